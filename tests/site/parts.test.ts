// What of the library a page loads, and when: real site, real browser, the cells' own worker.
import type { Browser, Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, openPage, type Site, startSite } from "./site.ts";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

/** A chapter's page, and the code that it fetches for workers. */
async function open(): Promise<{ page: Page; fetched: string[]; misdeeds: { errors: string[] } }> {
  const { page, misdeeds } = await openPage(await browser.newContext(), site);
  const fetched: string[] = [];
  page.on("request", (request: Request) => {
    const found = /\/workers\/(.+)$/.exec(request.url());
    if (found && found[1] !== "frame.html") fetched.push(found[1]);
  });
  await page.goto(`${site.url}/course/perceptron`);
  return { page, fetched, misdeeds };
}

/** Writes `source` into the chapter's first cell, runs it, and gives what it showed. */
async function run(page: Page, source: string): Promise<string> {
  const cell = page.locator('[data-cell="load-penguins"]');
  const content = cell.locator(".cm-content");
  if (!(await content.isVisible())) await cell.getByRole("button", { name: "Edit" }).click();
  await content.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(source);
  await cell.getByRole("button", { name: "Run", exact: true }).click();
  await page
    .locator('[data-cell="load-penguins"]:is([data-status="done"], [data-status="failed"])')
    .waitFor();
  return cell.innerText();
}

test("a cell waits for the parts that it imports, each fetched once", async () => {
  const { page, fetched, misdeeds } = await open();
  expect(await run(page, "console.log(6 * 7)")).toContain("42");
  const begun = [...fetched];
  // The worker, the index, what trains, the kernels.
  expect(begun.sort()).toEqual([
    "cells.js",
    expect.stringMatching(/^gradus-/),
    expect.stringMatching(/^gradus-/),
    "library.json",
  ]);
  expect(
    await run(
      page,
      'import { ones, engine } from "gradus";\nconsole.log(ones([2]).sum().item(), engine().name)',
    ),
  ).toContain("2 wasm");
  expect(fetched).toHaveLength(begun.length);

  const charted = await run(
    page,
    `import { chart, penguins, Tensor } from "gradus";
console.log(chart({ series: [{ kind: "line", y: [1, 2] }] }).constructor.name);
console.log(penguins().dropMissing().toTensor("bodyMass") instanceof Tensor);`,
  );
  expect(charted).toContain("Chart\ntrue");
  const more = fetched.length;
  expect(more).toBeGreaterThan(begun.length);
  await run(page, 'import { Chart, iris } from "gradus";\niris().length');
  expect(fetched).toHaveLength(more);

  expect(
    await run(
      page,
      `import * as all from "gradus";
const again = await import("gradus");
console.log(Object.keys(all).length > 150, all.Tensor === again.Tensor, all.BERT.name);`,
    ),
  ).toContain("true true BERT");
  expect(new Set(fetched).size).toBe(fetched.length);
  expect(await run(page, 'import { savecheckpoint } from "gradus";\nsavecheckpoint')).toContain(
    "Did you mean saveCheckpoint?",
  );
  expect(misdeeds.errors).toEqual([]);
});

test("without the site, a part that is not there yet is said in words; later it comes", async () => {
  const { page } = await open();
  expect(await run(page, 'import { ones } from "gradus";\nones([3]).size')).toContain("3");
  await page.context().setOffline(true);
  const source = 'import { encodeTensor } from "gradus";\nconsole.log(typeof encodeTensor)';
  expect(await run(page, source)).toContain("Is the site still running? Then run the cell again.");
  await page.context().setOffline(false);
  expect(await run(page, source)).toContain("function");
});

test("files of the library are kept by the browser; their names say what is in them", async () => {
  const index = await (await fetch(`${site.url}/workers/library.json`)).json();
  const file = index.core;
  const answer = await fetch(`${site.url}/workers/${file}`);
  expect(answer.headers.get("Cache-Control")).toContain("immutable");
  expect((await fetch(`${site.url}/workers/gradus-OTHER.js`)).status).toBe(404);
});
