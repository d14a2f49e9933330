// Every page, light and dark, on a phone and on a desk: no violation, no overflow, no error, no request out.
import fs from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage, pictures, type Site, signUp, startSite } from "./site.ts";

const person = {
  name: "Ada Admin",
  email: "ada@example.org",
  password: "correct horse battery staple",
};
const places = {
  home: "/",
  chapter: "/course/perceptron",
  reference: "/reference",
  "reference-class": "/reference/Rng",
  "reference-function": "/reference/trainTestSplit",
  source: "/reference/source/shape.ts",
  developers: "/developers",
  "sign-in": "/sign-in",
  "sign-up": "/sign-up",
  account: "/account",
  submissions: "/submissions",
  gradebook: "/instructor",
  members: "/instructor/members",
  missing: "/no/such/page",
};
const signedIn = ["account", "submissions", "gradebook", "members"];

let site: Site;
let browser: Browser;
let cookies: Awaited<ReturnType<Awaited<ReturnType<Browser["newContext"]>>["cookies"]>>;

beforeAll(async () => {
  fs.mkdirSync(pictures, { recursive: true });
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  const context = await browser.newContext();
  const { page } = await openPage(context, site);
  await signUp(page, site, person);
  await page.goto(site.adminLink);
  await page.getByRole("button", { name: /administrator/i }).click();
  await page
    .getByText(/you are (now )?the administrator/i)
    .first()
    .waitFor();
  cookies = await context.cookies();
  await context.close();
});

afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  describe.each([360, 1280])("%i pixels wide", (width) => {
    test.each(Object.entries(places))(
      "%s",
      async (name, place) => {
        const context = await browser.newContext({
          colorScheme,
          viewport: { width, height: width < 500 ? 740 : 900 },
          reducedMotion: "reduce",
        });
        if (signedIn.includes(name)) await context.addCookies(cookies);
        const { page, misdeeds, settled } = await openPage(context, site);
        await page.goto(site.url + place, { waitUntil: "networkidle" });
        await page.locator("h1").first().waitFor();
        // Through the whole page once, so that all that waits to be seen has come.
        for (let y = 0; y < (await page.evaluate(() => document.body.scrollHeight)); y += 600) {
          await page.evaluate((to) => window.scrollTo(0, to), y);
          await page.waitForTimeout(20);
        }
        await settled();
        const wide = await page.evaluate(() =>
          document.documentElement.scrollWidth <= window.innerWidth
            ? []
            : [...document.querySelectorAll("body *")]
                .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
                .slice(0, 5)
                .map((element) => element.outerHTML.slice(0, 120)),
        );
        expect(wide, "stands out of the page").toEqual([]);
        // At the top again: a link that has gone halfway under the header is no smaller for that.
        await page.evaluate(() => window.scrollTo(0, 0));
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
          path: path.join(pictures, `${name}-${width}-${colorScheme}.png`),
          fullPage: name !== "chapter",
        });
        expect(misdeeds.foreign).toEqual([]);
        // Signed out, the page asks who is there and is told 401; the page that is missing is a 404.
        expect(misdeeds.errors.filter((error) => !/status of 40[14]/.test(error))).toEqual([]);
        await context.close();
      },
      90_000,
    );
  });
});
