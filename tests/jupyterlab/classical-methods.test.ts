// Chapter 2 in JupyterLab: all of it runs, also the cells that the page does not run, and with answers in its exercises.
import fs from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exercisesOf, loadChapter } from "../../course/src/chapter.ts";
import { loadOutputs } from "../../course/src/outputs.ts";
import { repository } from "../notebooks/course.ts";
import { cells, command, goTo, Lab, pictures, rewrite, textOf } from "./lab.ts";

const name = "02-classical-methods";
// A copy, because JupyterLab saves what it opens; inside the repository, because checks look upward for exercises.
const folder = path.join(pictures, "jupyterlab-classical");
const chapter = loadChapter(path.join(repository, "course", `${name}.mdx`));
let lab: Lab;
let page: Page;

beforeAll(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(
    path.join(repository, "notebooks", `${name}.ipynb`),
    path.join(folder, `${name}.ipynb`),
  );
  lab = await Lab.start(folder);
  page = await lab.open(`${name}.ipynb`);
}, 120_000);
afterAll(async () => {
  await lab?.close();
});

const picture = (what: string) =>
  page.screenshot({ path: path.join(pictures, `jupyterlab-classical-${what}.png`) });

/** An answer as a learner writes it: the solution without its exports. */
const answer = (exercise: string): string =>
  fs
    .readFileSync(path.join(repository, "solutions", `${exercise}.ts`), "utf8")
    .replaceAll("export ", "");

test("Run All runs every cell with all exercises answered, and nothing fails", {
  timeout: 240_000,
}, async () => {
  await command(page, "notebook:clear-all-cell-outputs");
  for (const exercise of exercisesOf(chapter))
    await rewrite(page, `exercise-${exercise}`, answer(exercise));
  await command(page, "notebook:run-all-cells");
  const code = (await cells(page)).filter(({ cell_type }) => cell_type === "code");
  expect(code.filter(({ execution_count }) => execution_count === null)).toEqual([]);
  expect(
    code
      .flatMap((cell) => cell.outputs ?? [])
      .filter(({ output_type, name }) => output_type === "error" || name === "stderr"),
  ).toEqual([]);
  for (const exercise of exercisesOf(chapter)) {
    const report = code.find(({ metadata }) => metadata.gradus?.check === exercise);
    expect(textOf(report!), exercise).toMatch(/passed|All public checks/i);
    expect(textOf(report!), exercise).not.toMatch(/not attempted|failed/i);
  }
  // What learners name in their answers must not change what the chapter shows below them.
  const outputs = loadOutputs(name, { root: repository });
  for (const cell of code) {
    const id = cell.metadata.gradus?.cell;
    if (id) expect(textOf(cell), id).toBe(textOf({ ...cell, outputs: outputs[id] as never }));
  }
  await goTo(page, "penguin-table");
  await picture("contest");
  await goTo(page, "library-logistic");
  await picture("tensorflow");
  await goTo(page, "forest");
  await picture("forest");
});
