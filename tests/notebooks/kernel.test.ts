// The kernel that the launcher starts, through Jupyter's own client.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { marked, repository, until } from "./course.ts";
import { errorText, Kernel, printed } from "./kernel.ts";

const state = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-kernel-"));
let kernel: Kernel;

beforeAll(async () => {
  kernel = await Kernel.start(path.join(repository, "notebooks"), state);
});
afterAll(async () => {
  await kernel.close();
  fs.rmSync(state, { recursive: true, force: true });
});

describe("types", () => {
  test("Tab completes what gradus has, with kinds", async () => {
    const code = 'import { tensor } from "gradus";\nconst t = tensor([[1, 2], [3, 4]]);\nt.';
    const { matches, metadata, cursor_start } = await kernel.complete(code);
    expect(matches).toEqual(
      expect.arrayContaining(["shape", "matmul", "reshape", "sum", "toArray"]),
    );
    expect(cursor_start).toBe(code.length);
    const kinds = new Map(
      metadata._jupyter_types_experimental.map(({ text, type }) => [text, type]),
    );
    expect(kinds.get("matmul")).toBe("method");
  });
  test("Tab completes what an earlier cell declared, and what it has typed so far", async () => {
    await kernel.execute('import { penguins } from "gradus";\nconst birds = penguins();');
    const { matches, cursor_start, cursor_end } = await kernel.complete("birds.rows[0].spe");
    expect(matches[0]).toBe("species");
    expect([cursor_start, cursor_end]).toEqual([14, 17]);
  });
  test("names to import complete", async () => {
    const code = 'import { displ } from "gradus"';
    const { matches } = await kernel.complete(code.slice(0, 14));
    expect(Array.isArray(matches)).toBe(true);
    const full = await kernel.complete('import * as g from "gradus";\ng.displ');
    expect(full.matches).toContain("display");
  });
  test("Shift+Tab shows signature and documentation", async () => {
    const shown = await kernel.inspect('import { tensor } from "gradus";\ntensor([1]).matmul');
    expect(shown).toMatch(/Tensor\.matmul\(.*: Tensor\)?.*: Tensor/);
    expect(shown.split("\n").length).toBeGreaterThan(2);
  });
  test("a wrong type is refused at its place, strictly", async () => {
    const result = await kernel.execute(
      'import { tensor } from "gradus";\nconst s: string = tensor([1]);',
    );
    expect(result.reply).toMatchObject({
      status: "error",
      ename: "TypeScript",
      place: { line: 2, column: 7 },
    });
    expect(errorText(result)).toBe(
      [
        "TypeScript: Type 'Tensor' is not assignable to type 'string'. (line 2, column 7)",
        "   2 │ const s: string = tensor([1]);",
        "     │       ^",
      ].join("\n"),
    );
    const loose = await kernel.execute(
      "const find = [1, 2].find((x) => x > 1);\nconst twice = find * 2;",
    );
    expect(errorText(loose)).toMatch("possibly 'undefined'");
  });
});

describe("errors", () => {
  test("point at the line of the cell as it was written, through calls and cells", async () => {
    const first = await kernel.execute(
      "interface Point { at: { x: number } }\n\ntype Unused = string;\nfunction read(point: Point): number {\n  return point.at.x;\n}",
    );
    expect(first.reply.status).toBe("ok");
    const result = await kernel.execute(
      "// a comment\nawait Promise.resolve();\nread({} as Point);",
    );
    expect(result.reply).toMatchObject({
      status: "error",
      ename: "TypeError",
      place: { line: 3, column: 1 },
    });
    const text = errorText(result);
    expect(text).toMatch(
      /^TypeError: Cannot read properties of undefined \(reading 'x'\)\nat read, line 5 of cell \[\d+\]/,
    );
    expect(text).toMatch("   5 │   return point.at.x;");
    expect(text).toMatch("at line 3\n   3 │ read({} as Point);");
    expect(text).not.toMatch(/node_modules|evalmachine|gradus-cell|node:/);
  });
  test("of the library read as the library wrote them", async () => {
    const result = await kernel.execute(
      'import { ones } from "gradus";\nconst a = ones([2, 3]);\n\nconst b = a.matmul(ones([2, 3]));',
    );
    expect(result.reply).toMatchObject({ ename: "ShapeError", place: { line: 4 } });
    expect(errorText(result)).toMatch(/^ShapeError: matmul/);
  });
  test("name a cause, and tell what was thrown that is no error", async () => {
    const result = await kernel.execute(
      'throw new Error("top", { cause: new RangeError("below") });',
    );
    expect(errorText(result)).toMatch(/^Error: top\nbecause of RangeError: below\nat line 1/);
    expect(errorText(await kernel.execute("throw { code: 7 };"))).toBe(
      "Thrown: { code: 7 } (not an Error)",
    );
  });
  test("stop what was sent along with the cell, but not what is sent after", async () => {
    const slow = "const end = Date.now() + 300; while (Date.now() < end) {} throw new Error('no');";
    expect(await kernel.executeAll(["let ran = 0;", slow, "ran = 1;", "ran = 2;"])).toEqual([
      "ok",
      "error",
      "aborted",
      "aborted",
    ]);
    expect(printed(await kernel.execute("console.log(ran);"))).toBe("0\n");
    expect((await kernel.execute("throw new Error();")).reply.status).toBe("error");
    expect(printed(await kernel.execute('console.log("at once");'))).toBe("at once\n");
  });
  test("leave what was declared before", async () => {
    await kernel.execute("const kept = 41;");
    await kernel.execute('throw new Error("no");');
    expect(printed(await kernel.execute("console.log(kept + 1);"))).toBe("42\n");
  });
});

describe("names of earlier cells", () => {
  test("may stand alone in an object, and be assigned from one", async () => {
    await kernel.execute("function half(x: number) { return x / 2; }\nlet kept = 1;");
    expect(
      printed(
        await kernel.execute("const both = { half, kept };\nconsole.log(both.half(8), both.kept);"),
      ),
    ).toBe("4 1\n");
    await kernel.execute("const got = await Promise.resolve({ half });\n({ kept } = { kept: 5 });");
    expect(printed(await kernel.execute("console.log(got.half(4), kept);"))).toBe("2 5\n");
  });
});

describe("display", () => {
  test("sends full bundles, and updates in place while a cell still runs", async () => {
    const result = await kernel.execute(
      [
        'import { chart, display, table } from "gradus";',
        'const series = (y: number[]) => ({ title: "Loss", series: [{ kind: "line" as const, y }] });',
        "const curve = display(chart(series([1])));",
        "const end = Date.now() + 400;",
        "while (Date.now() < end) {}",
        "curve.update(chart(series([1, 2])));",
        "curve.finish(chart(series([1, 2, 3])));",
        "display(table([{ a: 1 }]));",
      ].join("\n"),
    );
    const shown = result.outputs.filter(({ data }) => data);
    expect(shown.map(({ type }) => type)).toEqual([
      "display_data",
      "update_display_data",
      "update_display_data",
      "display_data",
    ]);
    const ids = shown.map(({ transient }) => transient?.display_id);
    expect(ids[0]).toBeTruthy();
    expect(ids.slice(1, 3)).toEqual([ids[0], ids[0]]);
    expect(ids[3]).not.toBe(ids[0]);
    expect(Object.keys(shown[0].data!)).toEqual(
      expect.arrayContaining(["text/plain", "image/svg+xml", "application/vnd.plotly.v1+json"]),
    );
    expect(shown[3].data!["text/html"]).toMatch("<table");
    // The first picture came while the loop still ran.
    expect(shown[1].at - shown[0].at).toBeGreaterThan(0.3);
  });
  test("a last line that gradus can show is shown; a handle of display() is not printed", async () => {
    const { outputs } = await kernel.execute('import { tensor } from "gradus";\ntensor([1, 2]);');
    expect(outputs.filter(({ data }) => data?.["text/plain"])).toHaveLength(1);
    const handle = await kernel.execute('import { display } from "gradus";\ndisplay("hello");');
    expect(printed(handle)).toBe("");
    expect(handle.outputs.filter(({ data }) => data)).toHaveLength(1);
  });
  test("keeps the order of what is printed and shown", async () => {
    const { outputs } = await kernel.execute(
      'import { display } from "gradus";\nconsole.log("a");\ndisplay("b");\nconsole.error("c");\nconsole.log("d");',
    );
    const order = outputs.flatMap(({ type, text, data, name }) =>
      type === "stream" ? `${name} ${text}` : data ? String(data["text/plain"]) : [],
    );
    expect(order).toEqual(["stdout a\n", "b", "stderr c\n", "stdout d\n"]);
  });
});

describe("output", () => {
  test("20,000 lines arrive whole", async () => {
    const result = await kernel.execute("for (let i = 0; i < 20000; i++) console.log(i);");
    expect(printed(result)).toBe(Array.from({ length: 20000 }, (_, i) => `${i}\n`).join(""));
    expect(result.outputs.length).toBeLessThan(200);
  });
  test("without end is cut, and the cell can be stopped", async () => {
    const result = await kernel.execute('for (;;) console.log("x".repeat(99));', 1);
    expect(result.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(printed(result).length).toBeLessThan(1_100_000);
    expect(printed(result, "stderr")).toMatch(
      "printed more than 1,000,000 characters; the rest is left out",
    );
  });
});

describe("interrupt", () => {
  test("stops a loop, and the kernel goes on with all it knew", async () => {
    await kernel.execute("let turns = 0;");
    const loop = await kernel.execute("for (;;) turns++;", 0.7);
    expect(loop.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(loop.seconds).toBeLessThan(5);
    expect(errorText(loop)).toBe("Interrupted: the cell was stopped. What it did before stays.");
    expect(printed(await kernel.execute("console.log(turns > 0);"))).toBe("true\n");
  });
  test("stops a loop with progress(), and the next loop has a place of its own", async () => {
    await kernel.execute(
      `import { progress } from "gradus";
function wait(ms: number) { const end = Date.now() + ms; while (Date.now() < end); }`,
    );
    const first = await kernel.execute(
      "for (const _ of progress(Array(2000).keys())) wait(10);",
      3,
    );
    expect(first.reply.ename).toBe("Interrupted");
    const bars = first.outputs.filter(({ data }) => data);
    // It came while the loop ran, and in one place.
    expect(bars.length).toBeGreaterThan(4);
    expect(bars.at(-1)!.at - bars[0].at).toBeGreaterThan(0.4);
    const place = (output: (typeof bars)[0]) => output.transient?.display_id;
    expect(new Set(bars.map(place)).size).toBe(1);
    const next = await kernel.execute("for (const _ of progress([1, 2])) wait(1);");
    expect(next.outputs[0].type).toBe("display_data");
    expect(place(next.outputs[0])).not.toBe(place(bars[0]));
    expect(next.outputs.at(-1)!.data?.["text/plain"]).toMatch(/2 of 2/);
  });
  test("stops a compiled step in the middle, and threads go on with the next cell", async () => {
    await kernel.execute(
      `import { compile, engine, ones, setThreads, type Tensor, threads } from "gradus";
setThreads(2);
const step = compile((x: Tensor) => x.matmul(x));
const expected = ones([700, 700]).mul(700);`,
    );
    const loop = await kernel.execute("for (;;) step(ones([700, 700]));", 2);
    expect(loop.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(loop.seconds).toBeLessThan(5);
    const next = await kernel.execute(
      "console.log(step(ones([700, 700])).allClose(expected), engine().name, threads());",
    );
    expect(printed(next)).toBe("true wasm 2\n");
    await kernel.execute("setThreads(1);");
  });
  test("ends what held in the cell that was stopped: noGrad(), a recording", async () => {
    await kernel.execute('import { noGrad, tensor } from "gradus";');
    const after = `const w = tensor([3], { requiresGrad: true });
w.mul(w).sum().backward();
console.log(w.grad.item());`;
    for (const holding of ["noGrad(() => { for (;;); });", "compile(() => { for (;;); })();"]) {
      const loop = await kernel.execute(holding, 0.5);
      expect(loop.reply).toMatchObject({ status: "error", ename: "Interrupted" });
      expect(printed(await kernel.execute(after))).toBe("6\n");
    }
  });
  test("stops a cell that waits", async () => {
    const wait = await kernel.execute("await new Promise(() => {});", 0.5);
    expect(wait.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(printed(await kernel.execute('console.log("on");'))).toBe("on\n");
  });
});

test("data packs load with their types, go through batches, and are shown as pictures", async () => {
  const result = await kernel.execute(
    `import { batches, mnist, Rng } from "gradus";
const { train, test: held } = await mnist();
let seen = 0;
for (const { x, y } of batches(train, 64, new Rng(1))) seen += x.shape[0] === y.size ? y.size : NaN;
console.log(seen, held.classes.length);
held`,
  );
  expect(printed(result)).toBe("8000 10\n");
  const shown = result.outputs.find(({ type }) => type === "display_data")?.data;
  expect(Object.keys(shown ?? {})).toEqual(["text/html", "image/png", "text/plain"]);
  const wrong = await kernel.execute("for (const { z } of batches(train, 64)) console.log(z);");
  expect(errorText(wrong)).toMatch("Property 'z' does not exist on type 'Batch<LabeledImages>'");
});

test("a kernel in a folder of its own, outside the repository, finds gradus and its types", async () => {
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-elsewhere-"));
  const other = await Kernel.start(elsewhere, state);
  try {
    const result = await other.execute(
      'import { Rng, tensor } from "gradus";\nconsole.log(process.cwd(), tensor([1, 2]).sum().item(), new Rng(1).next() < 1);',
    );
    expect(printed(result)).toBe(`${fs.realpathSync(elsewhere)} 3 true\n`);
    expect(
      (await other.complete('import { tensor } from "gradus";\ntensor([1]).resh')).matches,
    ).toContain("reshape");
    const names = await other.execute(
      'import { firstNames } from "gradus";\nconsole.log((await firstNames()).length);',
    );
    expect(printed(names)).toBe("8841\n");
  } finally {
    await other.close();
    fs.rmSync(elsewhere, { recursive: true });
  }
});

describe("the end", () => {
  const alive = (pid: number) =>
    fs.existsSync(`/proc/${pid}/environ`) && marked("JPY_PARENT_PID").includes(String(pid));

  test("a closed kernel is gone at once, even with a timer still running", async () => {
    const other = await Kernel.start(os.tmpdir(), state);
    await other.execute("setInterval(() => {}, 1000);");
    expect(alive(other.pid)).toBe(true);
    // After 5 s Jupyter would have killed it.
    expect(await other.close()).toBeLessThan(4.5);
    await until(() => !alive(other.pid), "the kernel is gone", 2);
  });
  test.runIf(process.platform === "linux")(
    "a kernel whose Jupyter was killed ends itself, even in an endless loop",
    async () => {
      const other = await Kernel.start(os.tmpdir(), state);
      other.process.stdin!.write('{"do":"execute","code":"for (;;) {}"}\n');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(alive(other.pid)).toBe(true);
      other.process.kill("SIGKILL");
      await until(() => !alive(other.pid), "the kernel is gone", 5);
    },
  );
});
