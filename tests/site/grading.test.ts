// Reading and grading by hand in a real browser: an assistant reads, an instructor releases, a learner sees it.
import fs from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../service/helpers.ts";
import {
  launchBrowser,
  type Misdeeds,
  openPage,
  pictures,
  root,
  type Site,
  startSite,
} from "./site.ts";

const exercise = "perceptron-update";
const read = (...parts: string[]) => fs.readFileSync(path.join(root, ...parts), "utf8");
const right = read("solutions", `${exercise}.ts`).replace(/^export /gm, "");
const wrong = read("exercises", exercise, "mutants", "wrong-direction.ts");
const password = "correct horse";

let site: Site;
let browser: Browser;
const people: Record<string, Client> = {};
/** The submissions of Lena (two) and Nils. */
let first: string;
let second: string;
let nils: string;

const ask = async (who: Client, method: string, route: string, body?: unknown, type?: string) => {
  const answer = await who.ask(method, route, body, type ? { "content-type": type } : {});
  if (answer.status >= 300) throw new Error(`${route}: ${answer.status} ${answer.text}`);
  return answer.body;
};
const at = "/api/v1/courses/dl";

beforeAll(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  for (const [name, full] of Object.entries({
    ada: "Ada Admin",
    tim: "Tim Tutor",
    lena: "Lena Lernt",
    nils: "Nils Neu",
    vera: "Vera Viel",
  }))
    people[name] = await new Client(site.url).signUp(full, `${name}@example.org`);
  const { ada, tim, lena } = people;
  await ada.becomeAdministrator(site.adminLink);
  await ask(ada, "POST", "/api/v1/courses", { id: "dl", name: "Deep learning" });
  const roster = [
    "email,role,section",
    "tim@example.org,assistant,",
    "lena@example.org,,Tuesday",
    "nils@example.org,,Tuesday",
    "vera@example.org,,Thursday",
  ].join("\n");
  await ask(ada, "POST", `${at}/roster`, roster, "text/csv");
  await ask(ada, "POST", `${at}/assignments`, {
    name: "Week 1",
    released: false,
    exercises: [{ exercise, points: 10, handPoints: 3 }],
  });
  const handIn = async (who: Client, source: string) => {
    const body = { exercise, source };
    const { id } = (await ask(who, "POST", "/api/v1/submissions?course=dl", body)).submissions[0];
    await who.graded(id);
    return id as string;
  };
  first = await handIn(lena, wrong);
  second = await handIn(lena, right);
  nils = await handIn(people.nils, `${right}// Nils\n`);
  for (const [description, points] of [
    ["Names say what things are", 2],
    ["Changes what it was given", -1],
  ])
    await ask(tim, "POST", `${at}/grading/${exercise}/criteria`, { description, points });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

const cookies = new Map<string, Awaited<ReturnType<BrowserContext["cookies"]>>>();
async function signedIn(name: string) {
  const known = cookies.get(name);
  if (known) return known;
  const context = await browser.newContext();
  const answer = await context.request.post(`${site.url}/api/auth/sign-in/email`, {
    data: { email: `${name}@example.org`, password },
    headers: { origin: site.url },
  });
  expect(answer.status()).toBe(200);
  const own = await context.cookies();
  cookies.set(name, own);
  await context.close();
  return own;
}

/** A page of somebody who is signed in. */
async function open(
  name: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; context: BrowserContext; misdeeds: Misdeeds }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  // Once a person: signing in too often is slowed down.
  await context.addCookies(await signedIn(name));
  context.setDefaultTimeout(15_000);
  return { context, ...(await openPage(context, site)) };
}

const reading = (id: string) => `${site.url}/instructor/submissions/${id}`;
const score = (page: Page) => page.getByRole("complementary", { name: "Grading" });

describe("an assistant", () => {
  let page: Page;
  let misdeeds: Misdeeds;
  beforeAll(async () => {
    ({ page, misdeeds } = await open("tim"));
  });

  test("sees the code beside the reference, every check, and what both attempts differ in", async () => {
    await page.goto(reading(second));
    await page.getByRole("region", { name: "The submission" }).waitFor();
    const code = await page.getByRole("region", { name: "The submission" }).boundingBox();
    const reference = await page.getByRole("region", { name: "The reference" }).boundingBox();
    expect(Math.abs(code!.y - reference!.y)).toBeLessThan(4);
    expect(reference!.x).toBeGreaterThan(code!.x + code!.width);
    expect(await page.getByRole("region", { name: "The reference" }).innerText()).toContain(
      "export function update",
    );
    await page.getByRole("button", { name: "Compare with attempt 1" }).click();
    await page.locator(".cm-mergeView .cm-changedLine").first().waitFor();
    await page.screenshot({ path: path.join(pictures, "grading-diff.png") });
    await page.keyboard.press("d");
    await page.getByRole("region", { name: "The reference" }).waitFor();
    // The attempt before shows what was expected and what came.
    await page.getByRole("navigation", { name: "Attempts" }).getByRole("link").first().click();
    await page.waitForURL(reading(first));
    await page.getByText("Expected").first().waitFor();
    await page.getByText("Got").first().waitFor();
    await page.goto(reading(second));
  });

  test("gives criteria by number keys and points by hand; the sum is shown with its parts", async () => {
    const panel = score(page);
    await panel.getByText("7 of 10 points").first().waitFor();
    await page.keyboard.press("1");
    await panel.getByText("9 of 10 points").first().waitFor();
    expect(await panel.getByRole("checkbox", { name: /Names say/ }).isChecked()).toBe(true);
    await page.keyboard.press("2");
    await panel.getByText("8 of 10 points").first().waitFor();
    await panel.getByRole("textbox", { name: "Points besides" }).fill("0,5");
    await panel.getByLabel("What for").fill("A fine comment");
    await panel.getByRole("button", { name: "Save the points" }).click();
    await panel.getByText("checks 7, rubric +1, by hand +0.5").waitFor();
    expect(await panel.locator("dl").first().innerText()).toMatch(
      /Checks\s+7\s+Rubric\s+\+1\s+Points besides\s+\+0\.5\s+Together\s+8\.5 of 10/,
    );
    await panel.getByText("Lena Lernt does not see this yet").waitFor();
    expect(await panel.getByRole("checkbox", { name: /^Read/ }).isChecked()).toBe(true);
  });

  test("is told how many submissions a change of the rubric touches", async () => {
    const panel = score(page);
    await panel.getByRole("button", { name: "Change “Changes what it was given”" }).click();
    await panel
      .getByText("1 graded submission meets it: a change holds for it, at once.")
      .waitFor();
    await panel.getByLabel(/^Points, with a minus/).fill("-0.5");
    await panel.getByRole("button", { name: "Save", exact: true }).click();
    await panel.getByText("checks 7, rubric +1.5, by hand +0.5").waitFor();
  });

  test("comments on a line by keyboard and on the whole; what is deleted comes back", async () => {
    const code = page.getByRole("region", { name: "The submission" });
    await code.getByRole("button", { name: "Comment on line 1", exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page
      .getByRole("textbox", { name: "On line 2" })
      .fill("Say what this line is for.\nThen it is easier to read.");
    await page.keyboard.press("Control+Enter");
    await code.getByRole("textbox").waitFor({ state: "detached" });
    await code.getByText("Say what this line is for.").waitFor();
    await page.getByRole("heading", { name: "Score" }).click();
    await page.keyboard.press("c");
    await page.getByLabel("On the whole", { exact: true }).fill("Good work.");
    await page.keyboard.press("Control+Enter");
    await score(page).getByText("Good work.").waitFor();
    await score(page).getByRole("button", { name: "Delete" }).click();
    await score(page).getByText("Deleted.").waitFor();
    expect(await score(page).getByText("Good work.").count()).toBe(0);
    await score(page).getByRole("button", { name: "Undo" }).click();
    await score(page).getByText("Good work.").waitFor();
    await score(page).evaluate((panel) => panel.scrollTo(0, 0));
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.screenshot({ path: path.join(pictures, "grading.png") });
  });

  test("sets another score with a reason, and takes it back", async () => {
    const panel = score(page);
    await panel.getByRole("button", { name: "Set another score" }).click();
    await panel.getByLabel(/^Score, in place/).fill("10");
    await panel.getByLabel(/^Reason/).fill("Explained it all.");
    await panel.getByRole("button", { name: "Set the score" }).click();
    await panel.getByText("in place of 9: Explained it all.").waitFor();
    await panel.getByRole("button", { name: "Take it back" }).click();
    await panel.getByText("9 of 10 points").first().waitFor();
    await panel.getByText("Explained it all.").first().waitFor({ state: "detached" });
  });

  test("goes on with j and k through those who handed in, in the choice one came from", async () => {
    await page.goto(`${site.url}/instructor/courses/dl/grading/${exercise}`);
    await page.getByRole("link", { name: "Lena Lernt" }).waitFor();
    await page.getByLabel("Section").selectOption({ label: "Tuesday" });
    await page.getByRole("link", { name: "Lena Lernt" }).waitFor();
    await page.getByRole("link", { name: "Vera Viel" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Lena Lernt" }).click();
    await page.getByText("1 of 2").waitFor();
    await page.keyboard.press("j");
    await page.waitForURL((url) => url.pathname.endsWith(nils));
    expect(new URL(page.url()).searchParams.get("section")).toMatch(/-/);
    await page.getByText("2 of 2").waitFor();
    await page.keyboard.press("k");
    await page.waitForURL((url) => url.pathname.endsWith(second));
    await page.getByText("1 of 2").waitFor();
    // Letters that are typed are letters.
    await page.keyboard.press("c");
    await page.getByLabel("On the whole", { exact: true }).pressSequentially("jk1r");
    expect(await page.getByLabel("On the whole", { exact: true }).inputValue()).toBe("jk1r");
    await page.keyboard.press("Escape");
    // Whoever needs the keys for something else switches them off.
    await page.getByText("Keys", { exact: true }).click();
    await page.getByLabel("Listen to single keys").uncheck();
    await page.getByRole("heading", { name: "Score" }).click();
    await page.keyboard.press("j");
    await page.getByLabel("Listen to single keys").check();
    expect(page.url()).toContain(second);
  });

  test("sees how far reading has come, and cannot release", async () => {
    await page.goto(`${site.url}/instructor/courses/dl/grading`);
    await page.getByText("1 of 2").waitFor();
    await page.getByText("Not released").waitFor();
    expect(await page.getByRole("button", { name: "Release to all" }).count()).toBe(0);
  });

  test("met no error", () => {
    expect(misdeeds.foreign).toEqual([]);
    expect(misdeeds.errors).toEqual([]);
  });
});

describe("a learner", () => {
  test("sees nothing of it until the release, and then all of it, beside the line", async () => {
    const { page, context } = await open("lena");
    await page.goto(`${site.url}/submissions/${second}`);
    await page.getByText("Your grade is not released yet").waitFor();
    expect(await page.locator("main").innerText()).not.toMatch(/Good work|Names say|Say what/);

    const { page: desk, context: office } = await open("ada");
    await desk.goto(`${site.url}/instructor/courses/dl/grading`);
    await desk.getByRole("button", { name: "Release to all" }).click();
    await desk.getByRole("dialog").getByRole("button", { name: "Release" }).click();
    await desk.getByText("Released", { exact: true }).waitFor();
    await desk.screenshot({ path: path.join(pictures, "grading-release.png"), fullPage: true });
    await office.close();

    await page.reload();
    await page.getByRole("heading", { name: "9 of 10 points" }).waitFor();
    const main = await page.locator("main").innerText();
    for (const said of ["Good work.", "Names say what things are", "A fine comment", "Tim Tutor"])
      expect(main).toContain(said);
    const code = page.getByRole("region", { name: "The code as handed in" });
    const lines = (await code.innerText()).split("\n").map((line) => line.trim());
    const comment = lines.findIndex((line) => line.includes("Say what this line is for."));
    const second_ = right.split("\n")[1].trim();
    expect(lines.slice(0, comment).join("\n")).toContain(second_);
    await page.screenshot({ path: path.join(pictures, "feedback.png"), fullPage: true });
    // The book shows a solution after a try, but not while the exercise is in an assignment.
    await page.evaluate(() => {
      for (const name of ["perceptron-update", "perceptron-predict"])
        localStorage.setItem(`gradus.attempts.${name}`, "1");
    });
    await page.goto(`${site.url}/course/perceptron`);
    const box = (name: string) => page.locator(`[data-exercise="${name}"]`);
    await box(exercise).getByRole("button", { name: "Show the solution" }).click();
    await box(exercise)
      .getByText(/locked while the exercise is in an assignment/)
      .waitFor();
    await box("perceptron-predict").getByRole("button", { name: "Show the solution" }).click();
    await box("perceptron-predict").getByRole("region", { name: "The solution" }).waitFor();
    // The pages of those who teach stay closed.
    await page.goto(reading(second));
    await page.getByText(/not for your role/).waitFor();
    expect(await page.locator("main").innerText()).not.toContain("export function");
    await context.close();
  });
});

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  describe.each([360, 768, 1280])("%i pixels wide", (width) => {
    test.each([
      ["reading", "tim", (): string => `/instructor/submissions/${second}`],
      ["reading-diff", "tim", (): string => `/instructor/submissions/${second}`],
      ["overview", "ada", (): string => "/instructor/courses/dl/grading"],
      ["list", "tim", (): string => `/instructor/courses/dl/grading/${exercise}`],
      ["feedback", "lena", (): string => `/submissions/${second}`],
    ] as const)(
      "%s",
      async (name, who, place) => {
        const { page, context, misdeeds } = await open(who, {
          colorScheme,
          viewport: { width, height: width < 500 ? 740 : 900 },
        });
        await page.goto(site.url + place(), { waitUntil: "networkidle" });
        await page.locator("h1, h2").first().waitFor();
        if (name === "reading-diff") {
          await page.getByRole("button", { name: "Compare with attempt 1" }).click();
          await page.locator(".cm-editor .cm-content").first().waitFor();
          if (width === 360) await page.locator(".cm-deletedChunk").first().waitFor();
        }
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
          "nothing stands out of the page",
        ).toBe(true);
        const { violations } = await new AxeBuilder({ page })
          .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
          .analyze();
        expect(
          violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes
                .slice(0, 3)
                .map((node) => node.html.slice(0, 160))
                .join(" | ")}`,
          ),
        ).toEqual([]);
        await page.screenshot({
          path: path.join(pictures, `grading-${name}-${width}-${colorScheme}.png`),
          fullPage: true,
        });
        expect(misdeeds.errors).toEqual([]);
        await context.close();
      },
      60_000,
    );
  });
});
