// gradus similar: copies in disguise are found, and honest answers are left alone.
import fs from "node:fs";
import path from "node:path";
import { closeSandbox, grade } from "@gradus/grader/sandbox";
import { beforeAll, expect, test } from "vitest";
import { loadExercise } from "../../grader/exercises/index.ts";
import { type Candidate, compare } from "../../grader/similarity/compare.ts";
import { tokenize } from "../../grader/similarity/tokens.ts";
import { answer, gradus, notebook, put, root, tempDir } from "./helpers.ts";

const exercise = loadExercise(path.join(root, "exercises/perceptron-train"));
const known = {
  starter: exercise.starter,
  reference: fs.readFileSync(exercise.solutionPath, "utf8"),
};
const folder = path.join(import.meta.dirname, "fixtures/train");
const answers: Candidate[] = fs.readdirSync(folder).map((file) => ({
  who: path.basename(file, ".ts"),
  source: fs.readFileSync(path.join(folder, file), "utf8"),
}));
const named = (...names: string[]) => answers.filter(({ who }) => names.includes(who));
const honest = answers.filter(({ who }) => !who.includes("-"));
const copies = { bob: "renamed-bob", cyd: "reordered-cyd", fay: "commented-fay" };
const tokens = (source: string) =>
  tokenize(source)
    .map(({ text }) => text)
    .join(" ");
const found = (candidates: readonly Candidate[]) =>
  compare(candidates, known).pairs.map(({ left, right, similarity }) => ({
    pair: [left.who, right.who].sort().join(" "),
    similarity,
  }));

test("the material is real: every answer gets every point", async () => {
  expect(honest).toHaveLength(6);
  try {
    for (const { who, source } of answers) {
      const report = await grade({ exercise, source, seed: "similar" });
      expect([who, report.points]).toEqual([who, exercise.points]);
    }
  } finally {
    await closeSandbox();
  }
}, 60_000);

test("renamed, reordered and recommented copies stand far above all honest pairs", () => {
  const pairs = found(answers);
  const disguised = Object.entries(copies).map(([from, to]) => [from, to].sort().join(" "));
  expect(
    pairs
      .slice(0, 3)
      .map(({ pair }) => pair)
      .sort(),
  ).toEqual(disguised.sort());
  for (const { similarity } of pairs.slice(0, 3)) expect(similarity).toBeGreaterThan(0.9);
  for (const { pair, similarity } of pairs.slice(3)) expect(similarity, pair).toBeLessThan(0.3);
});

test("honest answers alone give nothing to ask about", () => {
  const { pairs, median, compared } = compare(honest, known);
  expect(compared).toBe(6);
  expect(median).toBeLessThan(0.15);
  for (const { similarity } of pairs) expect(similarity).toBeLessThan(0.3);
});

test.each([
  ["names", "const f = (a: number) => a + 1;", "const other = (b) => b + 1"],
  ["comments and layout", "let a = [1,2]; /* x */", "let a = [\n  1, // one\n  2\n]"],
  [
    "types",
    "function f(x: number[], y?: string): void { g(x as any); }",
    "function f(x, y) { g(x) }",
  ],
  ["commas at the end", "f(a, b); g([1])", "f(\n  a,\n  b,\n); g([1,])"],
  ["braces", "for (const x of xs) { if (x) continue; }", "for (const x of xs) if (x) continue"],
  ["const and var", "const a = 1", "var a = 1"],
  ["quotes", "f('a')", 'f("a")'],
  ["short and long objects", "const a = 1; f({ a })", "const b = 1; f({ a: b })"],
  [
    "members of one's own class",
    "class A { x = 1; f() { return this.x } }",
    "class B { y = 1; g() { return this.y } }",
  ],
])("%s make no difference", (_, one, other) => {
  expect(tokens(other)).toBe(tokens(one));
});

test.each([
  ["numbers", "f(1)", "f(2)"],
  ["operators", "a < b", "a <= b"],
  ["methods of others", "xs.map(f)", "xs.filter(f)"],
  ["what is called", "Math.abs(x)", "Math.exp(x)"],
])("%s do", (_, one, other) => {
  expect(tokens(other)).not.toBe(tokens(one));
});

test("passages say where: the very lines that were copied", () => {
  const [bob] = named("bob");
  const body = bob.source.split("\n").slice(1, 13).join("\n");
  const mixed = `${named("dan")[0].source}\n${body.replaceAll("errors", "n")}\n`;
  const { pairs } = compare([bob, { who: "mixed", source: mixed }], known);
  const [{ passages, similarity }] = pairs;
  expect(similarity).toBeGreaterThan(0.4);
  const at = mixed.slice(0, mixed.indexOf("function onePass")).split("\n").length;
  expect(passages[0]).toMatchObject({
    left: { firstLine: 2, lastLine: 13 },
    right: { firstLine: at, lastLine: at + 11 },
  });
  expect(bob.source.slice(passages[0].left.start, passages[0].left.end)).toMatch(
    /^function onePass[\s\S]*\[b, errors\];?$/,
  );
});

test("what the starter gives, and what the reference makes everybody write, is no similarity", () => {
  const untouched = { who: "starter", source: exercise.starter };
  expect(compare([untouched, { ...untouched, who: "too" }, ...honest], known)).toMatchObject({
    tooShort: ["starter", "too"],
    compared: 6,
  });
  // Mutants differ from the reference in a line or two: all that they share is what it forces.
  const same = exercise.mutants.map(({ name, source }) => ({ who: name, source }));
  const all = found([...same, ...honest.slice(0, 2)]);
  const without = compare([...same, ...honest.slice(0, 2)], { ...known, reference: "" });
  const mean = (pairs: { similarity: number }[]) =>
    pairs.reduce((sum, { similarity }) => sum + similarity, 0) / pairs.length;
  const bare = without.pairs.map(({ similarity }) => ({ similarity }));
  expect(mean(all)).toBeLessThan(mean(bare) - 0.03);
  // A pair that shares a mistake besides still shows.
  const twins = same.flatMap((one) =>
    one.who === "starts-over" ? [one, { ...one, who: "twin" }] : [one],
  );
  expect(found(twins).find(({ pair }) => pair === "starts-over twin")?.similarity).toBe(1);
});

test("two answers are enough, broken and hostile code is compared too, and a class is quick", () => {
  const deep = "(".repeat(50_000);
  const broken = `${named("bob")[0].source}\nfunction (`;
  const [first] = found([
    { who: "broken", source: broken },
    { who: "deep", source: deep },
    ...named("bob"),
  ]);
  expect(first).toMatchObject({ pair: "bob broken" });
  expect(compare([], known)).toMatchObject({ pairs: [], compared: 0, median: 0 });
  const many = Array.from({ length: 60 }, (_, n) => ({ ...honest[n % 6], who: `s${n}` }));
  const began = performance.now();
  expect(compare(many, known).compared).toBe(60);
  expect(performance.now() - began).toBeLessThan(30_000);
});

let dir: string;
beforeAll(() => {
  dir = tempDir();
  for (const { who, source } of answers)
    put(dir, `class/${who}.ipynb`, notebook([answer("perceptron-train", source)]));
});

test("the command prints the pairs and writes the page", async () => {
  const page = path.join(dir, "page.html");
  const { code, out, err } = await gradus([
    "similar",
    "perceptron-train",
    path.join(dir, "class"),
    "--out",
    page,
  ]);
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out.replace(page, "PAGE")).toMatchInlineSnapshot(`
    "100 %  bob  and  renamed-bob
           lines 2–16 and lines 1–20 (127 tokens)
           lines 17–27 and lines 21–31 (81 tokens)
    100 %  commented-fay  and  fay
           lines 6–30 and lines 3–24 (169 tokens)
     96 %  cyd  and  reordered-cyd
           lines 24–32 and lines 1–9 (110 tokens)
           lines 14–20 and lines 15–21 (45 tokens)
           lines 7–12 and lines 23–28 (38 tokens)
           lines 4–5 and lines 30–31 (21 tokens)

    9 answers compared; 3 pairs of 60 % or more; in the middle of all pairs: 0 %.
    Side by side: PAGE
    "
  `);
  const html = fs.readFileSync(page, "utf8");
  expect(html).not.toContain("<script");
  expect(html.match(/<section/g)).toHaveLength(3);
  expect(html).toContain('<a href="#pair-3">');
});

test("a learner's name and code stand in the page as text", async () => {
  const evil = "</pre><script>alert(1)</script>";
  for (const name of ["<img src=x>", "too"])
    put(
      dir,
      `evil/${name}/a.ipynb`,
      notebook([answer("perceptron-train", `${named("bob")[0].source}// ${evil}`)]),
    );
  const page = path.join(dir, "evil.html");
  const { out } = await gradus([
    "similar",
    "perceptron-train",
    path.join(dir, "evil"),
    "--out",
    page,
    "--json",
  ]);
  expect(JSON.parse(out).pairs[0]).toMatchObject({
    left: "<img src=x>",
    right: "too",
    similarity: 1,
  });
  expect(fs.readFileSync(page, "utf8")).not.toMatch(/<script|<img/);
});
