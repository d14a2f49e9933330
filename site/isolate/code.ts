/** Fetches the code that runs in workers: their own, and the library file by file. */
import { type Index, withNeeds } from "../../lib/parts-index.ts";
import { HANDED } from "./library.ts";

const texts = new Map<string, Promise<string>>();

/** Each file is fetched once a page. */
function load(file: string): Promise<string> {
  let text = texts.get(file);
  if (!text) {
    const address = `/workers/${file}`;
    text = fetch(address).then((response) => {
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      return response.text();
    });
    text.catch(() => texts.delete(file));
    texts.set(file, text);
  }
  return text;
}

/**
 * A worker's whole script: a part of the library, with all that it needs, in front of the worker's
 * own code.
 */
export async function loadCode(worker: "cells" | "checks", part: "core" | "host"): Promise<string> {
  const own = load(`${worker}.js`);
  const index = JSON.parse(await load("library.json")) as Index;
  const begin = withNeeds(index, index[part]);
  const files = await Promise.all(begin.map(load));
  return [
    `self[Symbol.for("${HANDED}")] = { index: ${JSON.stringify(index)}, files: {`,
    ...begin.map((file, i) => `"${file}": ${files[i]},`),
    "} };",
    await own,
  ].join("\n");
}

/** A file of the library, for a worker that began without it. Throws in words for the learner. */
export function fetchCode(file: string): Promise<string> {
  return load(file).catch(() => {
    throw new Error(
      'a part of "gradus" could not be fetched. Is the site still running? Then run the cell again.',
    );
  });
}
