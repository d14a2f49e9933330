// A course from its first day to its grades, in a real browser: roster, assignment, extension, late work.
import fs from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
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

const password = "correct horse battery staple";
const home = "/instructor/courses/dl";
const solution = fs.readFileSync(path.join(root, "solutions/perceptron-update.ts"), "utf8");
let site: Site;
let browser: Browser;
let office: BrowserContext;
let desk: Page;
let classroom: BrowserContext;
let seat: Page;
let misdeeds: Misdeeds;
let assignment: string;

beforeAll(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  office = await browser.newContext({
    acceptDownloads: true,
    viewport: { width: 1280, height: 900 },
  });
  ({ page: desk, misdeeds } = await openPage(office, site));
  desk.setDefaultTimeout(60_000);
  await signUp(desk, site, { name: "Ines", email: "ines@example.org", password });
  await desk.goto(site.adminLink);
  await desk.getByRole("button", { name: /administrator/i }).click();
  await desk
    .getByText(/you are (now )?the administrator/i)
    .first()
    .waitFor();
  classroom = await browser.newContext({ timezoneId: "America/New_York" });
  ({ page: seat } = await openPage(classroom, site));
  seat.setDefaultTimeout(60_000);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

test("a course is made, and a roster shows what it would do before it does it", async () => {
  await desk.goto(`${site.url}/instructor/courses`);
  await desk.getByText("Make a new course").click();
  await desk.getByLabel("Name", { exact: true }).fill("Deep learning");
  await desk.getByLabel("Short name").fill("dl");
  await desk.getByLabel("Time zone").fill("UTC");
  await desk.getByRole("button", { name: "Make the course" }).click();
  await desk.waitForURL((url) => url.pathname === `${home}/people`);

  await desk.getByRole("button", { name: "Import a roster" }).click();
  const paste = desk.getByLabel("Or paste it here");
  const look = desk.getByRole("button", { name: "Show what would change" });
  await paste.fill("email,section\nlin@example.org,A\nlin@example,A\n");
  await look.click();
  await desk.getByText(/line 3/).waitFor();
  const panel = desk.getByRole("region", { name: "Import a roster" });
  expect(await panel.getByRole("alert").innerText()).toContain("is not an e-mail address");

  await paste.fill("email,name,section\nlin@example.org,Lin Wu,A\nmo@example.org,Mo Sy,B\n");
  await look.click();
  await desk.getByText(/This would invite 2/).waitFor();
  expect(await desk.getByRole("region", { name: "What would change" }).innerText()).toMatch(
    /2\s+Invite\s+lin@example\.org/,
  );
  await desk.getByRole("button", { name: "Carry out 2 changes" }).click();
  await desk.getByText("Done: invite 2.").waitFor();
  await desk.getByText("2 invited").waitFor();
}, 120_000);

test("an assignment shows how lateness falls on points while its rules are written", async () => {
  await desk.goto(`${site.url}${home}/assignments/new`);
  await desk.getByLabel("Name", { exact: true }).fill("Homework 1");
  await desk.getByLabel("Add an exercise").selectOption("perceptron-predict");
  await desk.getByLabel("Add an exercise").selectOption("perceptron-update");
  await desk.getByRole("button", { name: /Rosenblatt.*: up/ }).click();
  await desk.getByLabel(/^Points for .*Rosenblatt/).fill("20");
  const due = new Date(Date.now() - 36 * 3600 * 1000).toISOString().slice(0, 16);
  await desk.getByLabel("Due", { exact: true }).fill(due);
  await desk.getByLabel("Taken off each day, in percent").fill("10");
  await desk.getByLabel("Taken off at most, in percent").fill("25");
  const picture = desk.getByRole("img", { name: /What is left of the points/ });
  expect(await picture.getAttribute("aria-label")).toBe(
    "What is left of the points: on time 100 %, 1 day late 90 %, 2 days late 80 %, 3 days late 75 %, and no less after that.",
  );
  await desk.getByLabel("Allowed at each exercise").fill("3");
  await desk.getByRole("button", { name: "Make the assignment" }).click();
  await desk.getByRole("heading", { name: "Homework 1" }).waitFor();
  assignment = new URL(desk.url()).pathname.split("/").at(-1)!;
  const made = await (
    await desk.request.get(`${site.url}/api/v1/courses/dl/assignments/${assignment}`)
  ).json();
  expect(made).toMatchObject({
    dueAt: `${due}:00.000Z`,
    allowedAttempts: 3,
    lateSubmissionMaximumDeduction: 25,
    exercises: [{ exercise: "perceptron-update", points: 20 }, { exercise: "perceptron-predict" }],
  });
}, 120_000);

test("who signs up with an invited address sees what is due, and a late grade step by step", async () => {
  await signUp(seat, site, { name: "Lin", email: "lin@example.org", password });
  await seat.goto(`${site.url}/due`);
  await seat.getByRole("link", { name: "Homework 1" }).waitFor();
  expect(await seat.locator("main").innerText()).toMatch(
    /your own clock \(America\/New_York\)[\s\S]*Overdue: due/,
  );
  const answer = await seat.request.post(`${site.url}/api/v1/submissions?course=dl`, {
    data: { exercise: "perceptron-update", source: solution },
    headers: { origin: site.url },
  });
  const [{ id }] = (await answer.json()).submissions;
  await expect
    .poll(
      async () =>
        (await (await seat.request.get(`${site.url}/api/v1/submissions/${id}?wait=20`)).json())
          .state,
      { timeout: 60_000 },
    )
    .toBe("done");
  await seat.getByRole("link", { name: "Homework 1" }).click();
  const steps = seat.getByRole("list", { name: "How the score came about" });
  await steps.waitFor();
  expect((await steps.innerText()).split(/\s*\n\s*/)).toEqual([
    "Checks passed",
    "20 of 20",
    "2 days late, 10 % a day: 20 % of 20",
    "−4",
    "Counts",
    "16 of 20",
  ]);
  await seat.getByText("2 attempts left.").waitFor();
  await seat.getByText("Attempt 1", { exact: true }).click();
  await seat.getByText("a mistake moves the weights toward the point").waitFor();
}, 180_000);

test("the gradebook finds who is late and who misses something, and writes files", async () => {
  const other = await browser.newContext();
  const { page } = await openPage(other, site);
  await signUp(page, site, { name: "Mo", email: "mo@example.org", password });
  await other.close();
  await desk.goto(site.url + home);
  const rows = desk.locator("tbody tr");
  await rows.filter({ hasText: "Lin Wu" }).waitFor();
  expect(await rows.filter({ hasText: "Lin Wu" }).innerText()).toMatch(/16[\s\S]*2 d late · −4/);
  expect(await rows.filter({ hasText: "Mo Sy" }).innerText()).toContain("missing");
  await desk.getByLabel("Show").selectOption("late");
  await desk.getByText("1 of 2 learners").waitFor();
  expect(await rows.allInnerTexts()).toHaveLength(1);
  // What is shown stands in the address.
  await desk.reload();
  await desk.getByText("1 of 2 learners").waitFor();
  await desk.getByLabel("Show").selectOption("all");
  await desk.getByText("2 learners", { exact: true }).waitFor();
  await desk.getByLabel("Find a learner").fill("sy");
  await desk.getByText("1 of 2 learners").waitFor();
  expect(await rows.first().innerText()).toContain("Mo Sy");
  await desk.getByLabel("Find a learner").fill("");
  await desk.getByText("2 learners", { exact: true }).waitFor();
  // By keyboard: the most points first.
  await desk.getByRole("button", { name: /^Total/ }).focus();
  await desk.keyboard.press("Enter");
  await desk.locator('th[aria-sort="descending"]').waitFor();
  await expect.poll(() => rows.first().innerText()).toContain("Lin Wu");
  const [download] = await Promise.all([
    desk.waitForEvent("download"),
    desk.getByLabel("Export the grades").selectOption("canvas"),
  ]);
  const csv = fs.readFileSync(await download.path(), "utf8");
  expect(csv).toContain("SIS Login ID");
  expect(csv).toMatch(/Lin Wu,,,lin@example\.org,A,16/);
}, 180_000);

test("an extension is given, taken away, and given back", async () => {
  await desk.goto(`${site.url}${home}/assignments/${assignment}`);
  await desk.getByRole("button", { name: "Give an extension" }).click();
  const dialog = desk.getByRole("dialog");
  await dialog.getByLabel("Learner").fill("nobody@example.org");
  await dialog.getByLabel("Due", { exact: true }).fill("2030-01-31T23:59");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Nobody in this course has this address.").waitFor();
  await dialog.getByLabel("Learner").fill("lin@example.org");
  await dialog.getByLabel("Why").fill("ill");
  await dialog.getByRole("button", { name: "Save" }).click();
  await desk.getByText("Lin has an extension.").waitFor();
  const table = desk.getByRole("region", { name: "Extensions" });
  expect(await table.innerText()).toMatch(/due Thu, Jan 31, 2030, 23:59/);
  await desk.getByRole("button", { name: /Take away/ }).click();
  await desk.getByText("Nobody has one.").waitFor();
  await desk.getByRole("button", { name: "Give it back" }).click();
  await table.waitFor();
  expect(await table.innerText()).toContain("ill");
  // Late no more.
  await seat.reload();
  await seat.getByText("20 of 25 points").first().waitFor();
}, 120_000);

test("every change stands in the log, and losing something is asked about first", async () => {
  await desk.goto(`${site.url}${home}/groups`);
  await desk.getByRole("button", { name: "New set of groups" }).click();
  await desk.getByLabel("Name of the set").fill("Pairs");
  await desk.getByLabel("Groups", { exact: true }).fill("Red: lin@example.org, Who\n");
  await desk.getByText("line 1: Who is not a learner of this course").waitFor();
  expect(await desk.getByRole("button", { name: "Save the groups" }).isDisabled()).toBe(true);
  await desk.getByLabel("Groups", { exact: true }).fill("Red: lin@example.org, Mo Sy\n");
  await desk.getByRole("button", { name: "Save the groups" }).click();
  await desk.getByText("Pairs is saved: 1 group.").waitFor();
  await desk.getByRole("button", { name: "Delete Pairs" }).click();
  await desk.getByRole("dialog").getByText("1 group with 2 members").waitFor();
  await desk.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await desk.goto(`${site.url}${home}/changes`);
  const log = desk.getByRole("region", { name: "Changes" });
  await log.waitFor();
  const text = await log.innerText();
  for (const words of [
    "made the groups Pairs",
    "gave an extension in Homework 1",
    "made the assignment Homework 1",
    "enrolled Lin",
    "made the course",
  ])
    expect(text).toContain(words);
}, 120_000);

test("a learner is told that the teaching pages are not theirs", async () => {
  await seat.goto(site.url + home);
  await seat.getByText("its teaching pages are not for you").waitFor();
  expect(await seat.getByRole("table").count()).toBe(0);
}, 60_000);

describe("every page", () => {
  const places = {
    courses: "/instructor/courses",
    book: home,
    assignments: `${home}/assignments`,
    "assignment-new": `${home}/assignments/new`,
    people: `${home}/people`,
    groups: `${home}/groups`,
    settings: `${home}/settings`,
    changes: `${home}/changes`,
    due: "/due",
    "due-one": "",
  };
  test.each(Object.entries(places))(
    "%s is right on a phone, a tablet and a desk, light and dark",
    async (name, place) => {
      const learns = name.startsWith("due");
      const state = await (learns ? classroom : office).storageState();
      const address = name === "due-one" ? `/due/dl/${assignment}` : place;
      for (const colorScheme of ["light", "dark"] as const)
        for (const width of [360, 768, 1280]) {
          const context = await browser.newContext({
            storageState: state,
            colorScheme,
            viewport: { width, height: 900 },
            reducedMotion: "reduce",
          });
          const { page, misdeeds, settled } = await openPage(context, site);
          await page.goto(site.url + address);
          await page.locator("h1").first().waitFor();
          await settled();
          const over = await page.evaluate(
            () => document.documentElement.scrollWidth - window.innerWidth,
          );
          expect(over, `${width} ${colorScheme}`).toBeLessThanOrEqual(0);
          const { violations } = await new AxeBuilder({ page })
            .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
            .analyze();
          expect(
            violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)}`),
          ).toEqual([]);
          await page.screenshot({
            path: path.join(pictures, `course-${name}-${width}-${colorScheme}.png`),
            fullPage: true,
          });
          expect(misdeeds).toEqual({ errors: [], foreign: [] });
          await context.close();
        }
    },
    180_000,
  );

  test("met no error on the way, but for the refusals that were asked for", () => {
    expect(misdeeds.foreign).toEqual([]);
    expect(misdeeds.errors.filter((error) => !/status of 40[01]/.test(error))).toEqual([]);
  });
});
