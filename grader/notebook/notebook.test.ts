import { fileURLToPath } from "node:url";
import { check } from "@gradus/grader/notebook";
import { DISPLAY_SINK, type DisplayMessage } from "gradus/host";
import { afterEach, beforeEach, expect, test } from "vitest";

const shown: DisplayMessage[] = [];
const realm = globalThis as Record<PropertyKey, unknown>;
const before = process.cwd();

beforeEach(() => {
  shown.length = 0;
  realm[DISPLAY_SINK] = (message: DisplayMessage) => shown.push(message);
  process.chdir(fileURLToPath(new URL("../../tests/sandbox/fixtures/solutions", import.meta.url)));
});

afterEach(() => {
  delete realm[DISPLAY_SINK];
  process.chdir(before);
});

class Counter {
  total = 0;
  add(n: number) {
    this.total += n;
    return this.total;
  }
}
const average = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
const scale = (x: { mul(by: number): unknown }, by: number) => x.mul(by);

test("a right answer is told so, and that more checks are to come", async () => {
  await check("average", { average, Counter, scale });
  const [{ data }] = shown;
  expect(data["text/plain"]).toMatch(
    /All 4 checks passed here: 4 of 4 points\. More run when you hand it in\./,
  );
  expect(data["text/html"]).toContain("All 4 checks passed");
});

test("a wrong one hears input, expected, got and the usual mistake, and nothing is thrown", async () => {
  await check("average", { average: (n: number[]) => n.reduce((a, b) => a + b), Counter, scale });
  const [{ data }] = shown;
  const text = data["text/plain"] as string;
  expect(text).toContain("2 of 4 checks passed");
  expect(text).toMatch(
    /✗ three numbers[\s\S]*expected 3, got 9[\s\S]*input: +average\(\[1, 2, 6\]\)[\s\S]*usually: +This is the sum/,
  );
  expect(text).toMatch(/✓ a counter/);
});

test("what the learner's values say is shown as text, never as markup", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  await check("average", {
    average: () => evil,
    Counter,
    scale: () => {
      throw new Error(evil);
    },
  });
  const html = shown[0].data["text/html"] as string;
  expect(html).not.toContain("<img");
  expect(html).toContain("&lt;img");
});

test("an exercise that is not there, or a definition not handed over, is said at once", async () => {
  await expect(check("averag", { average })).rejects.toThrow(
    /no exercise "averag"\n {2}known: average/,
  );
  await expect(check("../average", { average })).rejects.toThrow(/no exercise/);
  await expect(check("average", { average })).rejects.toThrow(
    /asks for Counter and scale\n {2}hint: await check\("average", \{ average, Counter, scale \}\)/,
  );
  expect(shown).toEqual([]);
});
