/** Fetches the code that runs in workers: their own, and the library part by part. */
import type { Part, Parts } from "../../lib/parts.ts";
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

const index = async (): Promise<Parts> => JSON.parse(await load("library.json")) as Parts;

async function loadFiles(parts: readonly Part[]): Promise<Record<string, string>> {
  const files = [...new Set(parts.flatMap((part) => part.files))];
  const texts = await Promise.all(files.map(load));
  return Object.fromEntries(files.map((file, i) => [file, texts[i]]));
}

/**
 * A worker's whole script: these parts of the library, or all of it and what hosts need, in front of
 * its own code.
 */
export async function loadCode(worker: "cells" | "checks", names?: string[]): Promise<string> {
  const own = load(`${worker}.js`);
  const parts = await index();
  const begin = names?.map((name) => parts.parts[name]) ?? [
    ...Object.values(parts.parts),
    parts.host,
  ];
  const files = Object.entries(await loadFiles(begin));
  return [
    `self[Symbol.for("${HANDED}")] = { index: ${JSON.stringify(parts)}, files: {`,
    ...files.map(([file, text]) => `"${file}": ${text},`),
    "} };",
    await own,
  ].join("\n");
}

/** The text of a part's files, for a worker that began without them. Throws in words for the learner. */
export async function fetchPart(name: string): Promise<Record<string, string>> {
  try {
    return await loadFiles([(await index()).parts[name]]);
  } catch {
    throw new Error(
      `a part of "gradus" could not be fetched (${name}). Is the site still running? Then run the cell again.`,
    );
  }
}
