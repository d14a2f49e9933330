// The library's reference as a reader uses it: by keyboard, by links, and down to the source.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import * as gradus from "../../lib/src/index.ts";
import { launchBrowser, type Misdeeds, openPage, type Site, startSite } from "./site.ts";

let site: Site;
let browser: Browser;
let page: Page;
let misdeeds: Misdeeds;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  const context = await browser.newContext({ reducedMotion: "reduce" });
  ({ page, misdeeds } = await openPage(context, site));
});

beforeEach(() => page.goto(`${site.url}/reference`));

afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

const box = () => page.getByRole("combobox", { name: "Search the reference" });
const options = () => page.getByRole("option");

test("the first page, reached from the header, has every export", async () => {
  await page.goto(site.url);
  await page.getByRole("link", { name: "Reference", exact: true }).click();
  await page.waitForURL("**/reference");
  const names = await page.locator(".ref__page :is(dt, .ref__types) a").allInnerTexts();
  for (const name of Object.keys(gradus)) expect(names).toContain(name);
});

test("a name is found while one types, and opened from the keyboard", async () => {
  await box().focus();
  await page.keyboard.type("matm");
  await options().first().waitFor();
  expect(await options().first().innerText()).toContain("Tensor.matmul");
  expect(await options().first().getAttribute("aria-selected")).toBe("true");
  const chosen = await box().getAttribute("aria-activedescendant");
  expect(chosen).toBe(await options().first().getAttribute("id"));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/reference/Tensor-class#.matmul");
  const member = page.locator('[id=".matmul"]');
  await expect
    .poll(() => member.evaluate((at) => at.getBoundingClientRect().top))
    .toBeLessThan(200);
  expect(await member.innerText()).toContain("matmul(other: Tensor): Tensor");
});

test("arrows choose, Escape closes and then clears", async () => {
  await box().fill("tensor");
  await options().nth(1).waitFor();
  await page.keyboard.press("ArrowDown");
  expect(await options().nth(1).getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  expect(await options().last().getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("Escape");
  expect(await options().count()).toBe(0);
  expect(await box().inputValue()).toBe("tensor");
  await page.keyboard.press("Escape");
  expect(await box().inputValue()).toBe("");
});

test("what is said of a thing is searched as well, and finding nothing is told", async () => {
  await box().fill("same seed numbers");
  await options().first().waitFor();
  expect(await options().first().innerText()).toContain("Rng");
  await options().first().click();
  await page.waitForURL("**/reference/Rng");
  await box().fill("zebra crossing");
  await expect.poll(() => page.getByRole("status").innerText()).toContain("Nothing is called that");
});

test("an index that does not come is told", async () => {
  await page.route("**/reference/index.json", (route) => route.abort());
  await box().fill("relu");
  await expect.poll(() => page.getByRole("status").innerText()).toContain("could not be loaded");
  await page.unroute("**/reference/index.json");
  await box().fill("relu ");
  await options().first().waitFor();
  misdeeds.errors.length = 0;
});

test("types in a declaration lead to their pages, and from there to the line of the source", async () => {
  await page.goto(`${site.url}/reference/trainTestSplit`);
  await page.locator(".code--still").getByRole("link", { name: "Rng" }).click();
  await page.waitForURL("**/reference/Rng");
  await page.locator(".ref__facts").getByRole("link").click();
  await page.waitForURL("**/reference/source/random.ts#L*");
  const line = page.locator(new URL(page.url()).hash);
  expect(await line.innerText()).toContain("export class Rng");
});

/** The pages of the reference by their addresses, once they have been followed. */
const seen = new Map<string, string>();

test("every link within the reference leads somewhere", async () => {
  const waiting = ["/reference", "/reference/source"];
  const links = new Set<string>();
  while (waiting.length > 0) {
    const place = waiting.pop()!;
    if (seen.has(place)) continue;
    const answer = await fetch(site.url + place);
    expect(answer.status, place).toBe(200);
    const html = await answer.text();
    seen.set(place, html);
    for (const [, href] of html.matchAll(/href="(\/reference[^"]*)"/g)) {
      links.add(href);
      waiting.push(href.split("#")[0]);
    }
  }
  expect(seen.size).toBeGreaterThan(150);
  const broken = [...links].filter((href) => {
    const [place, hash] = href.split("#");
    return hash && !seen.get(place)?.includes(`id="${hash}"`);
  });
  expect(broken).toEqual([]);
});

test("no page is wider than a phone", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  const some = [...seen.keys()].filter(
    (place, i) => i % 12 === 0 || place.endsWith("/Tensor-class"),
  );
  for (const place of some) {
    await page.goto(site.url + place);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, place).toBeLessThanOrEqual(360);
  }
});

test("nothing went wrong in the page, and nothing left it", () => {
  expect(misdeeds).toEqual({ errors: [], foreign: [] });
});
