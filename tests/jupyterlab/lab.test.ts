// Chapter 1 as a learner meets it: in JupyterLab, in a browser.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { loadExercise } from "@gradus/grader/exercises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadChapter } from "../../course/src/chapter.ts";
import { jupyterEnvironment, python } from "../../jupyter/lab.mjs";
import { repository } from "../notebooks/course.ts";
import { type CellJson, cells, command, goTo, Lab, pictures, rewrite, textOf } from "./lab.ts";

const name = "01-perceptron";
// A copy, because JupyterLab saves what it opens; inside the repository, because checks look upward for exercises.
const folder = path.join(pictures, "jupyterlab");
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
});
afterAll(async () => {
  await lab?.close();
});

async function runAll(): Promise<CellJson[]> {
  await command(page, "notebook:run-all-cells");
  return cells(page);
}

const chapter = loadChapter(path.join(repository, "course", `${name}.mdx`));
const picture = (what: string) =>
  page.screenshot({ path: path.join(pictures, `jupyterlab-${what}.png`) });

test("what is committed is there before anything runs, and looks right in both themes", {
  timeout: 60_000,
}, async () => {
  expect(await page.locator(".jp-OutputArea .js-plotly-plot").first().isVisible()).toBe(true);
  expect(await page.locator(".jp-OutputArea table").first().isVisible()).toBe(true);
  await picture("light");
  const figure = await cells(page).then((all) =>
    all.find(({ source }) => source.startsWith("<img")),
  );
  await goTo(page, figure!.id);
  const image = page.locator('.jp-MarkdownOutput img[src^="data:image/png"]');
  await image.waitFor();
  expect(
    await image.evaluate((one: HTMLImageElement) => one.complete && one.naturalWidth > 100),
  ).toBe(true);
  await picture("figure");

  const dark = await lab.open(`${name}.ipynb`, "dark");
  expect(await dark.locator("body").getAttribute("data-jp-theme-light")).toBe("false");
  await dark.locator(".js-plotly-plot").first().waitFor();
  await dark.screenshot({ path: path.join(pictures, "jupyterlab-dark.png") });
  await dark.context().close();
});

test("Run All runs every cell; charts, tables and check reports appear; nothing fails", {
  timeout: 90_000,
}, async () => {
  await command(page, "notebook:clear-all-cell-outputs");
  expect((await cells(page)).flatMap(({ outputs = [] }) => outputs)).toEqual([]);
  const all = await runAll();
  const code = all.filter(({ cell_type }) => cell_type === "code");
  expect(code.map(({ execution_count }) => execution_count)).toEqual(
    code.map((_, index) => index + 1),
  );
  const outputs = code.flatMap((cell) => cell.outputs ?? []);
  expect(
    outputs.filter(({ output_type, name }) => output_type === "error" || name === "stderr"),
  ).toEqual([]);

  // Every cell that showed something when it was committed shows something now.
  const committed = JSON.parse(
    fs.readFileSync(path.join(repository, "notebooks", `${name}.ipynb`), "utf8"),
  );
  const silent = (list: CellJson[]) =>
    list.filter((cell) => (cell.outputs ?? []).length === 0).map(({ id }) => id);
  expect(silent(code)).toEqual(
    silent(committed.cells.filter((cell: CellJson) => cell.cell_type === "code")),
  );

  // Plotly's own extension has drawn the charts: points, axes and a title of its own.
  await goTo(page, "scatter");
  const chart = page
    .locator('.jp-Cell:has-text("Gentoos have longer flippers") .js-plotly-plot')
    .first();
  await chart.waitFor();
  expect(await chart.locator(".scatterlayer .point").count()).toBeGreaterThan(200);
  expect(await page.locator(".jp-OutputArea table").first().textContent()).toMatch(
    /species[\s\S]*Adelie/,
  );

  for (const exercise of chapter.blocks.flatMap((block) =>
    block.kind === "exercise" ? [block.name] : [],
  )) {
    const report = code.find(({ metadata }) => metadata.gradus?.check === exercise);
    expect(textOf(report!), exercise).toMatch("not attempted");
    expect(report?.outputs?.[0].data?.["text/html"], exercise).toBeTruthy();
  }
});

describe("an exercise", () => {
  const exercise = loadExercise(path.join(repository, "exercises", "perceptron-predict"));
  const solve = async (source: string): Promise<string> => {
    await rewrite(page, `exercise-${exercise.name}`, source);
    await goTo(page, `exercise-${exercise.name}`);
    await command(page, "notebook:run-cell-and-select-next");
    await command(page, "notebook:run-cell");
    return textOf((await cells(page)).find(({ id }) => id === `check-${exercise.name}`)!);
  };

  test("answered wrongly says what is wrong, and rightly, that it is right", {
    timeout: 60_000,
  }, async () => {
    const wrong = exercise.mutants[0].source.replace(/^export /gm, "");
    const said = await solve(wrong);
    expect(said).toMatch(/3 of 4 checks passed/);
    expect(said).toMatch(/expected 2\.5, got 3[\s\S]*usually: /);
    await goTo(page, `check-${exercise.name}`);
    await picture("wrong");

    const right = fs.readFileSync(exercise.solutionPath, "utf8").replace(/^export /gm, "");
    const praise = await solve(right);
    expect(praise).not.toMatch(/✗|○|not attempted/);
    expect(praise.match(/✓/g)).toHaveLength(4);
    await goTo(page, `check-${exercise.name}`);
    await picture("right");
  });
});

test("Tab completes what gradus has, and an error shows the learner's own line", {
  timeout: 60_000,
}, async () => {
  await goTo(page, "load-penguins");
  await command(page, "notebook:insert-cell-below");
  await command(page, "notebook:enter-edit-mode");
  await page.keyboard.insertText(
    'import { tensor } from "gradus";\nconst grid = tensor([[1, 2], [3, 4]]);\ngrid.',
  );
  await page.keyboard.press("Tab");
  const completer = page.locator(".jp-Completer:not(.lm-mod-hidden)");
  await completer.waitFor();
  const items = await completer.locator(".jp-Completer-item").allInnerTexts();
  expect(items.join("\n")).toMatch(/matmul/);
  expect(items.join("\n")).toMatch(/reshape/);
  await picture("completion");
  await page.keyboard.insertText("matm");
  await page.keyboard.press("Tab");
  await page.waitForFunction(() =>
    document
      .querySelector(".jp-Notebook .jp-mod-active .cm-content")
      ?.textContent?.includes("grid.matmul"),
  );
  await page.keyboard.insertText("(tensor([[1, 2, 3]]))");
  await command(page, "notebook:run-cell");
  const active = page.locator(".jp-Notebook .jp-Cell.jp-mod-active .jp-OutputArea-output");
  await active.waitFor();
  const text = await active.textContent();
  expect(text).toMatch(/^ShapeError: matmul/);
  expect(text).toMatch(/3 │ grid\.matmul\(tensor/);
  expect(text).not.toMatch(/node_modules/);
  await picture("error");
});

test("nothing asked for another address, and the page reported no error", () => {
  expect(lab.foreign).toEqual([]);
  expect(lab.complaints).toEqual([]);
});

test("notebooks as they were committed are trusted, others are not", () => {
  const trusted = (file: string) => {
    const script =
      "import sys, nbformat; from nbformat.sign import NotebookNotary; print(NotebookNotary().check_signature(nbformat.read(sys.argv[1], 4)))";
    const { stdout } = spawnSync(python, ["-c", script, file], {
      encoding: "utf8",
      env: { ...process.env, ...jupyterEnvironment({ state: lab.state }) },
    });
    return stdout.trim();
  };
  const file = path.join(repository, "notebooks", `${name}.ipynb`);
  const { status } = spawnSync("git", ["-C", repository, "diff", "--quiet", "HEAD", "--", file]);
  expect(trusted(file)).toBe(status === 0 ? "True" : "False");
  const changed = JSON.parse(fs.readFileSync(file, "utf8"));
  changed.cells.find((cell: CellJson) => cell.cell_type === "code").source = ["somebody()"];
  const other = path.join(folder, "other.ipynb");
  fs.writeFileSync(other, JSON.stringify(changed));
  expect(trusted(other)).toBe("False");
});
