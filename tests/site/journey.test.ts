// From text to grade, as people go through it: one learner, one instructor, one real browser.
import fs from "node:fs";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  launchBrowser,
  type Misdeeds,
  openPage,
  pictures,
  root,
  type Site,
  signUp,
  startSite,
} from "./site.ts";

const exercise = "perceptron-update";
const read = (...parts: string[]): string => fs.readFileSync(path.join(root, ...parts), "utf8");
const right = read("solutions", `${exercise}.ts`);
const wrong = read("exercises", exercise, "mutants", "wrong-direction.ts");
const password = "correct horse battery staple";
const learner = { name: "Lena Lernt", email: "lena@example.org", password };
const instructor = { name: "Ines Instructs", email: "ines@example.org", password };

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let misdeeds: Misdeeds;

beforeAll(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  ({ page, misdeeds } = await openPage(context, site));
});

afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

/** Puts code in place of all that stands in an editor. */
async function write(editor: ReturnType<Page["locator"]>, code: string): Promise<void> {
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(code);
}

const cell = (id: string) => page.locator(`[data-cell="${id}"]`);
const box = () => page.locator(`[data-exercise="${exercise}"]`);

describe("a learner on the site", () => {
  test("reads: the notebook's outputs stand there before anything runs", async () => {
    await page.goto(`${site.url}/course/perceptron`);
    expect(await page.title()).toContain("perceptron");
    await cell("load-penguins").scrollIntoViewIfNeeded();
    expect(await cell("load-penguins").getAttribute("data-status")).not.toBe("done");
    expect(await cell("load-penguins").locator("table").first().innerText()).toContain("Adelie");
  });

  test("runs a cell as it stands, and gets what the notebook had", async () => {
    await cell("load-penguins").getByRole("button", { name: "Run", exact: true }).click();
    await page.locator('[data-cell="load-penguins"][data-status="done"]').waitFor();
    expect(await cell("load-penguins").locator("table").first().innerText()).toContain("Adelie");
  });

  test("changes a cell and runs it; state is shared down the page; Reset puts it back", async () => {
    await cell("load-penguins").getByRole("button", { name: "Edit" }).click();
    await write(
      cell("load-penguins").locator(".cm-content"),
      `import { penguins } from "gradus";\nconst birds: any = penguins();\nlet answer: number = 6 * 7;\nconsole.log("rows", birds.rows.length, "answer", answer);`,
    );
    expect(await cell("load-penguins").getAttribute("data-stale")).not.toBeNull();
    await page.keyboard.press("Control+Enter");
    await cell("load-penguins").getByText("rows 344 answer 42").waitFor();

    await cell("scatter").getByRole("button", { name: "Edit" }).click();
    await write(
      cell("scatter").locator(".cm-content"),
      "answer += 1;\nconsole.log(`from above: ${answer}`);",
    );
    await page.keyboard.press("Control+Enter");
    await cell("scatter").getByText("from above: 43").waitFor();

    for (const id of ["load-penguins", "scatter"])
      await cell(id).getByRole("button", { name: "Reset" }).click();
    await cell("load-penguins").getByText("dropMissing").first().waitFor();
  });

  test("an error names its line; an endless loop is stopped, and the page lives on", async () => {
    await cell("load-penguins").getByRole("button", { name: "Edit" }).click();
    await write(cell("load-penguins").locator(".cm-content"), "const ok = 1;\nnotThere(ok);");
    await page.keyboard.press("Control+Enter");
    await cell("load-penguins").getByText("ReferenceError on line 2").waitFor();

    await write(cell("load-penguins").locator(".cm-content"), "while (true) {}");
    await page.keyboard.press("Control+Enter");
    await cell("load-penguins").getByRole("button", { name: "Stop" }).click();
    await page.locator('[data-cell="load-penguins"][data-status="stopped"]').waitFor();

    await cell("load-penguins").getByRole("button", { name: "Reset" }).click();
    await cell("load-penguins").getByRole("button", { name: "Run", exact: true }).click();
    await page.locator('[data-cell="load-penguins"][data-status="done"]').waitFor();
  });

  test("loads data in a cell, which has no network of its own", async () => {
    const answers: Promise<{ url: string; caching: string | undefined }>[] = [];
    page.on("response", (response) => {
      if (new URL(response.url()).pathname.startsWith("/data/"))
        answers.push(
          response.allHeaders().then((headers) => ({
            url: response.url().replace(site.url, ""),
            caching: headers["cache-control"],
          })),
        );
    });
    const load = cell("load-penguins");
    await load.getByRole("button", { name: "Edit" }).click();
    await write(
      load.locator(".cm-content"),
      `import { display, firstNames, mnist } from "gradus";
const [{ train, test }, names] = await Promise.all([mnist(), firstNames()]);
console.log("loaded", train.x.shape.join(), test.length, names.length);
display(test);`,
    );
    await page.keyboard.press("Control+Enter");
    await load.getByText("loaded 8000,1,28,28 2000 8841").waitFor();
    const sheet = load.getByRole("img", { name: /^the first 40 pictures: 0, 1, 2, / });
    await sheet.waitFor();
    expect(await sheet.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(280);
    const seen = await Promise.all(answers);
    expect(seen.map(({ url }) => url.split("?")[0]).sort()).toEqual([
      "/data/first-names",
      "/data/mnist",
    ]);
    for (const { caching } of seen) expect(caching).toBe("public, max-age=31536000, immutable");

    // The page answers for data packs, and for nothing else that is on the site.
    await write(
      load.locator(".cm-content"),
      `const ask = (globalThis as any)[Symbol.for("gradus.packs")];
for (const name of ["../api/session", "constructor"])
  await ask(name).catch((error: Error) => console.log(error.message));`,
    );
    await page.keyboard.press("Control+Enter");
    await load.getByText('there is no data called "../api/session"').waitFor();
    await load.getByText('there is no data called "constructor"').waitFor();
    expect(answers).toHaveLength(2);
    // Figures run in the page itself, and ask it in the same way.
    const size = await page.evaluate(async () => {
      const scope = globalThis as { [key: symbol]: (name: string) => Promise<Uint8Array> };
      return (await scope[Symbol.for("gradus.packs")]("first-names")).length;
    });
    expect(size).toBe(fs.statSync(path.join(root, "datasets/first-names/pack.gz")).size);
    expect((await fetch(`${site.url}/data/iris`)).status).toBe(404);
    await load.getByRole("button", { name: "Reset" }).click();
  });

  test("drags a point of the figure: the sentence and the counts follow", async () => {
    const figure = page.locator('[data-figure="perceptron-boundary"]').first();
    await figure.scrollIntoViewIfNeeded();
    await figure.getByRole("button", { name: "Run" }).click();
    await figure.getByText(/^0 of \d+$/).waitFor({ timeout: 20_000 });
    const before = await figure.locator(".boundary__plane svg").innerHTML();
    const point = figure.getByRole("button", { name: /1 of \d+/ }).first();
    const from = await point.boundingBox();
    const plane = await figure.locator(".boundary__plane svg").boundingBox();
    expect(from && plane).toBeTruthy();
    await page.mouse.move(from!.x + from!.width / 2, from!.y + from!.height / 2);
    await page.mouse.down();
    // Across the boundary, to the far corner of the plane.
    const across = from!.x < plane!.x + plane!.width / 2 ? 0.9 : 0.1;
    const down = from!.y < plane!.y + plane!.height / 2 ? 0.85 : 0.15;
    await page.mouse.move(plane!.x + plane!.width * across, plane!.y + plane!.height * down, {
      steps: 12,
    });
    await page.mouse.up();
    expect(await figure.locator(".boundary__plane svg").innerHTML()).not.toBe(before);
    await figure
      .getByText(/[1-9]\d* of \d+/)
      .first()
      .waitFor();
    // The same by keyboard.
    const there = await point.getAttribute("aria-label");
    await point.focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => point.getAttribute("aria-label")).not.toBe(there);
    await figure.screenshot({ path: path.join(pictures, "figure-dragged.png") });
  });

  test("solves an exercise wrongly: the feedback says input, expected, got", async () => {
    await box().scrollIntoViewIfNeeded();
    const editor = box().locator(".cm-content");
    await editor.waitFor();
    await write(editor, wrong);
    await box().getByRole("button", { name: "Check" }).click();
    await box()
      .getByText(/\d of \d checks passed/)
      .waitFor();
    const said = await box().locator(".exercise__checks").innerText();
    expect(said).toMatch(/expected/i);
    expect(said).toMatch(/got/i);
    await box().screenshot({ path: path.join(pictures, "exercise-wrong.png") });
  });

  test("then rightly; hints came in steps, and the draft survives a reload", async () => {
    await box()
      .getByRole("button", { name: /Show a hint/ })
      .click();
    await box()
      .getByRole("button", { name: /Show the next hint/ })
      .waitFor();
    await write(box().locator(".cm-content"), right);
    await box().getByRole("button", { name: "Check" }).click();
    await box()
      .getByText(/All \d+ checks passed/)
      .waitFor();
    await page.reload();
    await box().scrollIntoViewIfNeeded();
    await box().locator(".cm-content").waitFor();
    expect(await box().locator(".cm-content").innerText()).toContain("function update");
    await box().getByText("Solved").waitFor();
  });

  test("signs up, hands in, and sees the verdict with hidden checks named but not shown", async () => {
    await box().getByRole("link", { name: "Sign in to hand in" }).waitFor();
    await signUp(page, site, learner);
    await page.goto(`${site.url}/course/perceptron#exercise-${exercise}`);
    await box().scrollIntoViewIfNeeded();
    await box().getByRole("button", { name: "Hand in" }).click();
    await box()
      .getByRole("link", { name: /Every check/ })
      .waitFor({ timeout: 20_000 });
    await box().screenshot({ path: path.join(pictures, "handed-in.png") });
    await box()
      .getByRole("link", { name: /Every check/ })
      .click();
    await page.waitForURL(/\/submissions\//);
    await page
      .getByText(/hidden/i)
      .first()
      .waitFor();
    await page.screenshot({ path: path.join(pictures, "submission.png"), fullPage: true });
  });

  test("hands in something wrong too, and the verdict says so", async () => {
    await page.goto(`${site.url}/course/perceptron#exercise-${exercise}`);
    await box().scrollIntoViewIfNeeded();
    await box().locator(".cm-content").waitFor();
    await write(box().locator(".cm-content"), wrong);
    await box().getByRole("button", { name: "Hand in" }).click();
    await box()
      .getByRole("link", { name: /Every check/ })
      .waitFor({ timeout: 20_000 });
    expect(await box().locator('[role="status"]').last().innerText()).not.toMatch(/passed/i);
  });

  test("may not see the instructor's pages", async () => {
    await page.goto(`${site.url}/instructor`);
    await page
      .getByText(/instructor/i)
      .first()
      .waitFor();
    expect(await page.getByRole("table").count()).toBe(0);
    const answer = await page.request.get(`${site.url}/api/v1/gradebook.csv`);
    expect(answer.status()).toBe(403);
    misdeeds.errors = misdeeds.errors.filter((error) => !/403/.test(error)); // the refusals asked for above
  });

  test("met no error and no request to another origin on the way", () => {
    expect(misdeeds.foreign).toEqual([]);
    expect(misdeeds.errors.filter((error) => !/401/.test(error))).toEqual([]);
  });
});

describe("an instructor", () => {
  let desk: Page;

  test("becomes administrator by the link of the first start, once", async () => {
    const own = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      acceptDownloads: true,
    });
    ({ page: desk } = await openPage(own, site));
    await signUp(desk, site, instructor);
    await desk.goto(site.adminLink);
    await desk.getByRole("button", { name: /administrator/i }).click();
    await desk
      .getByText(/you are (now )?the administrator/i)
      .first()
      .waitFor();
    await desk.goto(site.adminLink);
    await desk
      .getByText(/already|used|no longer/i)
      .first()
      .waitFor();
  });

  test("sees the learner's points, code and every check in the gradebook", async () => {
    await desk.goto(`${site.url}/instructor`);
    await desk.getByText(learner.name, { exact: true }).waitFor();
    await desk.screenshot({ path: path.join(pictures, "gradebook.png"), fullPage: true });
    await desk.locator("tr", { hasText: learner.name }).getByRole("link").first().click();
    await desk.getByText("function update").first().waitFor();
    const text = await desk.locator("main").innerText();
    expect(text).toMatch(/hidden/i);
    await desk.screenshot({ path: path.join(pictures, "gradebook-learner.png"), fullPage: true });
  });

  test("exports the gradebook as CSV", async () => {
    await desk.goto(`${site.url}/instructor`);
    const [download] = await Promise.all([
      desk.waitForEvent("download"),
      desk
        .getByRole("link", { name: /CSV/ })
        .or(desk.getByRole("button", { name: /CSV/ }))
        .first()
        .click(),
    ]);
    const csv = fs.readFileSync(await download.path(), "utf8");
    expect(csv).toContain(learner.name);
    expect(csv).toContain("One step of Rosenblatt's rule (7)");
    expect(csv).toMatch(/Lena Lernt,lena@example\.org,learner,.*\b7\b/);
  });
});
