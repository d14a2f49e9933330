// Regrades, statistics and similar answers in the browser: an instructor's way through them, each page on
// a phone, a tablet and a desk, light and dark, with nothing that stands out and nothing that axe finds.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { sql } from "kysely";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../grader/service/store/store.ts";
import {
  launchBrowser,
  type Misdeeds,
  openPage,
  pictures,
  root,
  type Site,
  startSite,
} from "./site.ts";

const fixtures = path.join(root, "tests/offline/fixtures/train");
const home = "/instructor/courses/gradus";
const data = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-insight-"));
let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let misdeeds: Misdeeds;

/** The answers of a class, graded by checks that were wrong: one of them nobody could pass. */
async function fillStore() {
  const store = await openStore({ dataDir: data });
  const files = fs.readdirSync(fixtures).sort();
  for (const [index, file] of files.entries()) {
    const who = path.basename(file, ".ts");
    const source = fs.readFileSync(path.join(fixtures, file), "utf8");
    const id = `00000000-0000-4000-8000-${String(index + 1).padStart(12, "0")}`;
    const report = {
      checks: [
        {
          name: "a line that separates",
          visibility: "public",
          outcome: "passed",
          points: 1,
          max: 1,
          milliseconds: 1,
        },
        {
          name: "a check that was wrong",
          visibility: "public",
          outcome: "failed",
          points: 0,
          max: 1,
          milliseconds: 1,
          input: "train(points)",
          expected: "3",
          got: index % 3 ? "2" : "4",
          message: `train(points) gave ${index % 3 ? 2 : 4}, not 3`,
        },
      ],
    };
    await sql`insert into "user" ("id", "name", "email", "emailVerified")
      values (${who}, ${who}, ${`${who}@example.org`}, false)`.execute(store.db);
    await sql`insert into enrollments (course, user_id, role) values ('gradus', ${who}, 'learner')`.execute(
      store.db,
    );
    await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed)
      values (${id}, 'gradus', ${who}, 'perceptron-train', 1, ${source}, ${who}, 'seed')`.execute(
      store.db,
    );
    await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
      values (${id}, 'failed', 1, 2, ${JSON.stringify(report)}, false)`.execute(store.db);
  }
  await store.close();
}

beforeAll(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  await fillStore();
  [site, browser] = await Promise.all([startSite(data), launchBrowser()]);
  context = await browser.newContext({ reducedMotion: "reduce" });
  ({ page, misdeeds } = await openPage(context, site));
  // The way through these pages has its own tests; here the account is only needed.
  const headers = { origin: site.url };
  const made = await context.request.post(`${site.url}/api/auth/sign-up/email`, {
    headers,
    data: { name: "Ines", email: "ines@example.org", password: "correct horse battery staple" },
  });
  expect(made.status()).toBe(200);
  const token = new URL(site.adminLink).searchParams.get("token");
  const admin = await context.request.post(`${site.url}/api/v1/setup`, {
    headers,
    data: { token },
  });
  expect(admin.status()).toBe(200);
  page.setDefaultTimeout(90_000);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
  fs.rmSync(data, { recursive: true, force: true });
});

const looks = [
  [360, "light"],
  [360, "dark"],
  [768, "light"],
  [1280, "dark"],
  [1280, "light"],
] as const;

/** What is on show now, as everybody may see it. */
async function look(name: string) {
  for (const [width, colorScheme] of looks) {
    await page.setViewportSize({ width, height: width < 500 ? 740 : 900 });
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => window.scrollTo(0, 0));
    const wide = await page.evaluate(() =>
      document.documentElement.scrollWidth <= window.innerWidth
        ? []
        : [...document.querySelectorAll("body *")]
            .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
            .slice(0, 5)
            .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(wide, `${name} at ${width}: stands out of the page`).toEqual([]);
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
      .analyze();
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${name} ${id}: ${nodes
            .slice(0, 3)
            .map((node) => node.html.slice(0, 160))
            .join(" | ")}`,
      ),
    ).toEqual([]);
    await page.screenshot({
      path: path.join(pictures, `${name}-${width}-${colorScheme}.png`),
      fullPage: true,
    });
  }
}

const press = (name: string | RegExp) => page.getByRole("button", { name }).click();

test("statistics: where a class stops", async () => {
  await page.goto(`${site.url}${home}/statistics`);
  const exercise = page
    .getByRole("link", { name: "Train a perceptron" })
    .or(page.locator("tbody th a"))
    .first();
  await exercise.waitFor();
  expect(await page.locator("tbody tr").first().textContent()).toContain("a check that was wrong");
  await look("statistics");
  await exercise.click();
  await page.getByRole("heading", { name: "Checks" }).waitFor();
  // Nobody has passed: of attempts and hours until then there is no picture.
  expect(await page.locator("figure svg[role=img]").count()).toBe(1);
  expect(await page.locator("figure svg[role=img]").first().getAttribute("aria-label")).toMatch(
    /The best score of each.*50: \d/,
  );
  await page.getByText("What came out wrong").first().click();
  await page.getByText("train(points)").first().waitFor();
  await look("statistics-exercise");
  const [download] = await Promise.all([page.waitForEvent("download"), press("Export CSV")]);
  expect(fs.readFileSync(await download.path(), "utf8")).toContain("a check that was wrong");
}, 240_000);

test("a regrade: a dry run, its diff, applied to those that gain, and taken back", async () => {
  await page.goto(`${site.url}${home}/regrade`);
  await page.getByRole("button", { name: "Start a dry run" }).waitFor();
  await look("regrade-empty");
  await press("Start a dry run");
  await page
    .getByText(/ready, nothing changed yet/)
    .first()
    .waitFor({ timeout: 180_000 });
  const changes = page.getByRole("region", { name: "Checks that end differently" });
  expect(await changes.textContent()).toContain("a check that was wrong");
  await page.getByRole("region", { name: "Submissions" }).waitFor();
  await look("regrade-ready");
  await press("Apply …");
  await page.getByRole("dialog").waitFor();
  await look("regrade-apply");
  await press(/^Apply \d+ gains?$/);
  await page.getByText("Applied. Learners see the new verdicts.").waitFor();
  await press("Undo …");
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await page.getByText("Taken back.", { exact: true }).waitFor();
  await look("regrade-undone");
}, 400_000);

test("similar answers: pairs, groups, side by side, and a note that stays", async () => {
  await page.goto(`${site.url}${home}/similarity`);
  await page.getByText("Nothing was compared in this course yet.").waitFor();
  await look("similarity-empty");
  const exercises = page.getByLabel("Answers to");
  await exercises.selectOption({ value: "exercise perceptron-train" });
  await press("Compare");
  const report = page.locator("tbody th a").first();
  await report.waitFor();
  await page.getByRole("cell", { name: "done", exact: true }).waitFor({ timeout: 120_000 });
  await report.click();
  const first = page.getByRole("region", { name: "Pairs" }).locator("th a").first();
  await first.waitFor();
  await look("similarity-report");
  await first.click();
  await page.locator("mark").first().waitFor();
  // A passage's number leads to the same passage on the other side.
  expect(await page.locator("#left-1").getAttribute("href")).toBe("#right-1");
  await page.locator("#right-1").waitFor();
  await page.getByLabel("Note").fill("They worked together.");
  await press("Dismiss");
  await page.getByText("Dismissed.", { exact: true }).waitFor();
  await look("similarity-pair");
  await page.getByRole("link", { name: "All pairs" }).click();
  await press(/Show 1 dismissed one/);
  await page.getByText("They worked together.").waitFor();
}, 300_000);

test("nothing went wrong on the way, and nothing went out", () => {
  expect(misdeeds.foreign).toEqual([]);
  expect(misdeeds.errors.filter((error) => !/status of 40[14]/.test(error))).toEqual([]);
});
