import { describe, expect, test } from "vitest";
import { format, inspect } from "./inspect.ts";
import { Outbox } from "./outbox.ts";
import { type CellOutput, limits } from "./protocol.ts";
import { type CellModule, createRuntime, nearest } from "./runtime.ts";
import { compileCell } from "./transform.ts";

const library = {
  double: (x: number) => 2 * x,
  Perceptron: class Perceptron {},
  penguins: () => [1, 2, 3],
};

/** A module as a page has it: what was not taken is not there. */
function moduleOf(exports: Record<string, unknown>): CellModule & { taken: string[][] } {
  const names = Object.keys(exports);
  const taken: string[][] = [];
  return {
    names,
    taken,
    async take(wanted = names) {
      await Promise.resolve();
      const some = names.filter((name) => wanted.includes(name));
      taken.push(some);
      return Object.fromEntries(some.map((name) => [name, exports[name]]));
    },
  };
}

/** A notebook of its own: runs cells in one scope and collects what they leave behind. */
function notebook() {
  const shown: unknown[] = [];
  const gradus = moduleOf(library);
  const runtime = createRuntime({
    modules: { gradus },
    show: (value) => void shown.push(value),
  });
  const put = (value: unknown): void => void shown.push(value);
  (globalThis as Record<string, unknown>).put = put;
  let cells = 0;
  return {
    shown,
    taken: gradus.taken,
    run: (source: string, id = `c${++cells}`) => runtime.run(id, source),
    global: (name: string) => (globalThis as Record<string, unknown>)[name],
  };
}

describe("a cell's top level", () => {
  test("const, let, class, function and import reach the cells below", async () => {
    const { run, shown } = notebook();
    expect(
      await run(
        `import { double } from "gradus";\nconst a = 1; let b = 2;\nclass C { v = a }\nfunction f(x: number): number { return double(x) + b; }`,
      ),
    ).toBeUndefined();
    expect(await run("b = 5; put([a, b, new C().v, f(1)]);")).toBeUndefined();
    expect(shown).toEqual([[1, 5, 1, 7]]);
  });

  test("the same cell runs again, also with other declarations", async () => {
    const { run, shown } = notebook();
    for (const source of ["const x = 1;", "const x = 2;", "class x {}", "let x = 3;"])
      await run(source);
    await run("put(x);");
    expect(shown).toEqual([3]);
  });

  test("destructuring, defaults and several declarators", async () => {
    const { run, shown } = notebook();
    expect(
      await run(
        "const { a, b: [c, ...d], e = 9, ...f } = { a: 1, b: [2, 3, 4], g: 5 } as any, h = a + 1;\nlet i, j = 2;",
      ),
    ).toBeUndefined();
    await run("put([a, c, d, e, f, h, i, j]);");
    expect(shown).toEqual([[1, 2, [3, 4], 9, { g: 5 }, 2, undefined, 2]]);
  });

  test("await works, and lines that begin with a bracket stay apart", async () => {
    const { run, shown } = notebook();
    expect(
      await run("const x = await Promise.resolve(4)\nconst [y] = [x]\nlet z = y\nput(z)"),
    ).toBeUndefined();
    expect(shown).toEqual([4]);
  });

  test("enums, interfaces, generics, satisfies and types leave no trace", async () => {
    const { run, shown } = notebook();
    expect(
      await run(`import { type Missing, penguins } from "gradus";
interface P { x: number }
type Q<T> = T[];
enum Side { Left, Right }
const q: Q<P> = [{ x: 1 }] satisfies P[];
put([q[0]!.x, Side.Right, penguins().length]);`),
    ).toBeUndefined();
    expect(shown).toEqual([[1, 1, 3]]);
  });

  test("the last expression shows its value, a promise's too; statements show nothing", async () => {
    const { run, shown } = notebook();
    await run("1 + 1");
    await run("(2, 3);  // a comment");
    await run("Promise.resolve('later')");
    await run("const quiet = 4;");
    await run("undefined");
    expect(shown).toEqual([2, 3, "later"]);
  });

  test("a constant cannot be assigned, in its own cell or below", async () => {
    const { run } = notebook();
    await run("const fixed = 1;");
    expect(await run("\nfixed = 2;")).toMatchObject({
      name: "TypeError",
      line: 2,
      message: expect.stringContaining("fixed is a constant"),
    });
    expect(await run("let free = 1; free = 2;")).toBeUndefined();
  });

  test("a name that is not declared is an error, not a new global", async () => {
    const { run, global } = notebook();
    expect(await run("slip = 1;")).toMatchObject({ name: "ReferenceError", line: 1 });
    expect(global("slip")).toBeUndefined();
  });
});

describe("errors name the learner's line", () => {
  test.each([
    [
      "a type annotation and an import above",
      'import { double } from "gradus";\nconst n: number = 1;\n\nthrow new Error("here");',
      4,
    ],
    ["several lines of import", 'import {\n  double,\n  penguins,\n} from "gradus";\nnull.x;', 5],
    ["an interface above", "interface A {\n  x: number;\n}\nconst a: A = null as any;\na.x;", 5],
    ["inside a function", "function f() {\n  return missing;\n}\nf();", 2],
  ])("%s", async (_, source, line) => {
    const { run } = notebook();
    expect(await run(source)).toMatchObject({ line });
  });

  test("a function of another cell names that cell", async () => {
    const { run } = notebook();
    await run("function broken() {\n  return nothing.at.all;\n}", "upper");
    expect(await run("broken();", "lower")).toMatchObject({ line: 2, cell: "upper" });
  });

  test.each([
    ["const a = ;", 1],
    ["let x = 1;\nlet y = (2;", 2],
    ["const a = 1;\nconst a = 2;", 2],
  ])("syntax: %s", async (source, line) => {
    const { run } = notebook();
    expect(await run(source)).toMatchObject({ name: "SyntaxError", line });
  });
});

describe("imports are explained", () => {
  test.each([
    ['import { penguin } from "gradus"; penguin();', "Did you mean penguins?"],
    ['import gradus from "gradus"; gradus;', "no default export"],
    ['import fs from "node:fs"; fs;', "belongs to Node"],
    ['import { check } from "@gradus/grader/notebook"; check();', "Check button"],
    ['import x from "./x.ts"; x;', "is a file"],
    ['import _ from "lodash"; _;', 'a cell can import "gradus"'],
    ['const g = require("gradus");', "require"],
    ["export const x = 1;", "cannot export"],
    ["const u = import.meta.url;", "import.meta"],
    ["const self = 1;", "belongs to the page"],
  ])("%s", async (source, message) => {
    const { run } = notebook();
    expect((await run(source))?.message).toContain(message);
  });

  test("import * and import() give the library", async () => {
    const { run, shown } = notebook();
    expect(
      await run(
        'import * as g from "gradus";\nconst again = await import("gradus");\nput([g.double(2), again.double(3)]);',
      ),
    ).toBeUndefined();
    expect(shown).toEqual([[4, 6]]);
  });

  test("only what is named is taken, in one go; all of it for a namespace", async () => {
    const { run, taken } = notebook();
    await run('import { double as twice, penguins, type Bird } from "gradus";\ntwice(1);');
    expect(taken).toEqual([["double", "penguins"]]);
    await run('import "gradus";\n');
    await run('import * as all from "gradus";');
    expect(taken.slice(1)).toEqual([[], ["double", "Perceptron", "penguins"]]);
  });

  test("what cannot be fetched is an error at the import, and the next run tries again", async () => {
    const answers = [
      () => Promise.reject(new Error("the site is gone")),
      async () => ({ late: "here" }),
    ];
    const late = { names: ["late"], take: () => answers.shift()!() };
    const shown: unknown[] = [];
    const { run } = createRuntime({ modules: { late }, show: (value) => void shown.push(value) });
    const cell = '\nimport { late } from "late";\nlate';
    expect(await run("x", cell)).toEqual({
      name: "ImportError",
      message: "the site is gone",
      line: 2,
    });
    expect(await run("x", cell)).toBeUndefined();
    expect(shown).toEqual(["here"]);
  });

  test("an import used only by a later cell is there", async () => {
    const { run, shown } = notebook();
    await run('import { double } from "gradus";');
    await run("put(double(4));");
    expect(shown).toEqual([8]);
  });

  test("nearest finds slips, not strangers", () => {
    expect(nearest("perceptron", ["Perceptron", "penguins"])).toBe("Perceptron");
    expect(nearest("quantum", ["Perceptron", "penguins"])).toBeUndefined();
  });
});

test("compiled code adds no line before the learner's first", () => {
  const { code } = compileCell("const a = 1;\nconst b = 2;", "x");
  expect(code.split("\n").findIndex((line) => line.includes("b = 2"))).toBe(1);
});

describe("text as the console writes it", () => {
  test.each([
    [["a", 1, [1, 2]], "a 1 [ 1, 2 ]"],
    [[{ a: "b", c: [] }], "{ a: 'b', c: [] }"],
    [[new Float32Array([0.5, 1])], "Float32Array(2) [ 0.5, 1 ]"],
    [["%s has %d", "x", 3, "more"], "x has 3 more"],
    [[new Map([["k", 1]])], "Map(1) { 'k' => 1 }"],
    [[-0, null, undefined], "-0 null undefined"],
    [[[[[[1]]]]], "[ [ [ [Array] ] ] ]"],
  ])("%o", (values, text) => expect(format(values as unknown[])).toBe(text));

  test("rings, long arrays and objects that throw come out whole", () => {
    const ring: Record<string, unknown> = {};
    ring.self = ring;
    expect(inspect(ring)).toBe("{ self: [Circular] }");
    expect(inspect(new Array(1000).fill(7))).toContain("900 more items");
    expect(
      inspect(
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no");
            },
          },
        ),
      ),
    ).toContain("cannot be shown: no");
  });
});

describe("the outbox", () => {
  test("an endless print is cut at the limit and says so", () => {
    const sent: CellOutput[] = [];
    const outbox = new Outbox((outputs) => sent.push(...outputs), 1e9);
    for (let i = 0; i < 100_000; i++) outbox.text("stdout", "0123456789");
    outbox.flush();
    const length = sent.reduce(
      (sum, item) => sum + (item.kind === "stream" ? item.text.length : 0),
      0,
    );
    expect(length).toBeLessThan(limits.text + 200);
    expect(sent.at(-1)).toMatchObject({
      name: "stderr",
      text: expect.stringContaining("the rest is not shown"),
    });
  });

  test("updates of one display collapse; a new display keeps its place", () => {
    const sent: CellOutput[] = [];
    const outbox = new Outbox((outputs) => sent.push(...outputs), 1e9);
    outbox.text("stdout", "first");
    outbox.display({ kind: "display", data: { v: 0 }, displayId: "d" });
    outbox.text("stdout", "then");
    for (let v = 1; v < 50; v++)
      outbox.display({ kind: "display", data: { v }, displayId: "d", update: true });
    outbox.flush();
    expect(sent).toEqual([
      { kind: "stream", name: "stdout", text: "first" },
      { kind: "display", data: { v: 49 }, displayId: "d", update: undefined },
      { kind: "stream", name: "stdout", text: "then" },
    ]);
  });
});
