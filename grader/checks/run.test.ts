import { expect as assert, describe, test } from "vitest";
import { connectInProcess } from "./connect.ts";
import { createHost } from "./host.ts";
import { runChecks } from "./run.ts";
import { type Check, check, checks } from "./suite.ts";
import type { Connect, Report } from "./types.ts";

/** The learner's side in this process, sent source. */
const connect: Connect = () => {
  let deliver: ((frame: Uint8Array) => void) | undefined;
  const host = createHost((frame) => deliver?.(frame));
  return {
    listen: (onFrame) => {
      deliver = onFrame;
    },
    send: (frame) => void host.receive(frame),
    close: () => {
      deliver = undefined;
    },
  };
};

const run = (
  source: string,
  list: Check[],
  options: Partial<Parameters<typeof runChecks>[2]> = {},
): Promise<Report> =>
  runChecks(checks(...list), connect, {
    exercise: "test",
    source,
    defines: ["f", "C", "n"],
    timeoutMs: 2000,
    ...options,
  });

const calls = (name: string, ...args: unknown[]): Check =>
  check(`calls ${name}`, { points: 2 }, async ({ learner, expect }) => {
    expect(await learner.call(name, ...args)).toBe(1);
  });

describe("one check", () => {
  const cases: [what: string, source: string, outcome: string, says: RegExp | undefined][] = [
    ["passes", "export const f = () => 1;", "passed", undefined],
    ["passes for code that is async", "async function f() { return 1; }", "passed", undefined],
    [
      "passes for a default export",
      "export default function f() { return 1; }",
      "passed",
      undefined,
    ],
    ["passes for a renamed export", "const g = () => 1; export { g as f };", "passed", undefined],
    [
      "passes after waiting at the top level",
      "const one = await Promise.resolve(1); const f = () => one;",
      "passed",
      undefined,
    ],
    [
      "passes for code that names things like ours",
      "const require = 1, exports2 = 2, module = 3; const f = () => require;",
      "passed",
      undefined,
    ],
    ["fails", "const f = () => 2;", "failed", /expected 1, got 2/],
    [
      "tells of an error, with its line",
      "\n\nfunction f() {\n  return g.h;\n}\nconst g: any = undefined;",
      "error",
      /threw an error \(line 4\): TypeError: .*'h'/,
    ],
    [
      "tells of a syntax error, with its place",
      "function f() {\n  return 1 +* 2;\n}",
      "error",
      /cannot be read \(line 2, column \d+\)/,
    ],
    [
      "tells of an error that only the engine sees",
      "function f() {\n  return 1;\n}\nlet a;\nlet a;\n",
      "error",
      /cannot be read \(line 5\)/,
    ],
    [
      "tells of await in the wrong place",
      "function f() {\n  await 1;\n}",
      "error",
      /cannot be read \(line 2/,
    ],
    ["tells of a missing definition", "const g = 1;", "error", /does not define f/],
    [
      "tells of a definition of the wrong kind",
      "const f = 1;",
      "error",
      /f should be a function, but it is number/,
    ],
    [
      "tells of an import that is not there",
      "import x from 'lodash';\nconst f = () => x();",
      "error",
      /"lodash" cannot be imported.*line 1/,
    ],
    [
      "tells of a name that is nearly right",
      "import { Zeros } from 'gradus';\nconst f = () => Zeros([1]);",
      "error",
      /gradus has no Zeros: did you mean zeros\?.*line 2/,
    ],
    [
      "says not attempted where todo() is reached",
      "import { todo } from 'gradus';\nconst f = () => todo('the sum');",
      "not attempted",
      /not written yet: the sum/,
    ],
    ["says not attempted for nothing", " \n", "not attempted", /began with/],
    [
      "gives up after its time",
      "const f = () => new Promise(() => {});",
      "timed out",
      /did not answer within 0\.1 seconds/,
    ],
    [
      "survives code that cannot break out of its wrapper",
      "}); globalThis.brokenOut = 1; (async () => {",
      "error",
      /cannot be read/,
    ],
  ];
  test.each(cases)("%s", async (_, source, outcome, says) => {
    const report = await run(
      source,
      [calls("f")],
      outcome === "timed out" ? { timeoutMs: 100 } : {},
    );
    const [result] = report.checks;
    assert(result.outcome, result.message).toBe(outcome);
    if (says) assert(result.message).toMatch(says);
    assert(result.points).toBe(outcome === "passed" ? 2 : 0);
    assert(report.outcome).toBe(outcome);
    assert("brokenOut" in globalThis).toBe(false);
  });

  test("drives objects, reads and writes their fields, hands them back", async () => {
    const source = `class C { v = 0; list = [1]; constructor(v: number) { this.v = v; } plus(o: C) { return this.v + o.v; } get twice() { return 2 * this.v; } }`;
    const report = await run(source, [
      check("objects", { points: 1 }, async ({ learner, expect }) => {
        const a = await learner.create("C", 2);
        const b = await learner.create("C", 3);
        expect(await a.call("plus", b)).toBe(5);
        expect(await a.get("twice")).toBe(4);
        await a.set("v", 10);
        expect(await a.call("plus", b)).toBe(13);
        expect(await a.get("list")).toEqual([1]);
      }),
      check("what is not there", { points: 1 }, async ({ learner, expect }) => {
        const a = await learner.create("C", 2);
        expect(await a.call("minus", a)).toBe(0);
      }),
    ]);
    assert(report.checks.map(({ outcome }) => outcome)).toEqual(["passed", "error"]);
    assert(report.checks[1].message).toMatch(/no method minus/);
  });

  test("runs a driver on the learner's side, with live definitions", async () => {
    const report = await run(`let n = 1; function f(by: number) { n += by; }`, [
      check("driver", { points: 1 }, async ({ learner, expect }) => {
        const got = await learner.run((scope, gradus, by: number) => {
          scope.f(by);
          return [scope.n, gradus.tensor([by]).data[0]];
        }, 4);
        expect(got).toEqual([5, 4]);
        expect(await learner.get("n")).toBe(5);
      }),
    ]);
    assert(report.outcome).toBe("passed");
  });

  test("names what is missing to a driver as it does to a call", async () => {
    const report = await run("const g = 1;", [
      check("driver", { points: 1 }, async ({ learner, expect }) => {
        expect(await learner.run((scope) => scope.f(1))).toBe(1);
      }),
    ]);
    assert(report.checks[0]).toMatchObject({ outcome: "error" });
    assert(report.checks[0].message).toBe("your code does not define f");
  });

  test("that asserts nothing, or forgets to wait, gives no points", async () => {
    const report = await run("const f = () => 1;", [
      check("nothing", { points: 1 }, async ({ learner }) => void (await learner.call("f"))),
      check("not awaited", { points: 1 }, async ({ learner, expect }) => {
        void learner.call("f");
        expect(1).toBe(1);
      }),
      check("a promise", { points: 1 }, async ({ learner, expect }) => {
        expect(learner.call("f")).toBe(1);
      }),
      check("its own error", { points: 1 }, async () => {
        throw new Error("oh");
      }),
    ]);
    assert(report.points).toBe(0);
    for (const { outcome, message } of report.checks) {
      assert(outcome).toBe("error");
      assert(message).toMatch(/this check is broken, which is not your fault/);
    }
  });

  test("that stumbles over what came back shows what that was", async () => {
    const report = await run("const f = () => undefined;", [
      check("fields", { points: 1 }, async ({ learner, expect }) => {
        const got = (await learner.call("f")) as { a: { b: number } };
        expect(got.a.b).toBe(1);
      }),
    ]);
    assert(report.checks[0]).toMatchObject({ outcome: "error", got: "undefined" });
    assert(report.checks[0].message).toMatch(/nothing \(undefined\)/);
  });
});

describe("a run", () => {
  test("gives each check a fresh learner's side", async () => {
    const counts = check("one", { points: 1 }, async ({ learner, expect }) => {
      expect(await learner.call("f")).toBe(1);
    });
    const report = await run("let n = 0; const f = () => ++n;", [
      counts,
      { ...counts, name: "two" },
    ]);
    assert(report.outcome).toBe("passed");
  });

  test("does not load again what cannot be loaded", async () => {
    let connections = 0;
    const report = await runChecks(
      checks(calls("f"), calls("n")),
      () => {
        connections += 1;
        return connect();
      },
      { exercise: "test", source: "throw 1;", defines: ["f"] },
    );
    assert(connections).toBe(1);
    assert(report.checks.map(({ message }) => message)).toEqual([
      "your code threw an error while it was loaded: number: 1",
      "your code threw an error while it was loaded: number: 1",
    ]);
  });

  test("stops when its budget is used up", async () => {
    const slow = "const f = () => new Promise((r) => setTimeout(() => r(1), 400));";
    const list = [1, 2, 3, 4].map((i) => ({ ...calls("f"), name: `check ${i}` }));
    const report = await run(slow, list, { budgetMs: 1000 });
    assert(report.checks[0].outcome).toBe("passed");
    assert(report.checks[3]).toMatchObject({
      outcome: "timed out",
      message: /not run|did not/ as never,
    });
    assert(report.outcome).toBe("timed out");
  });

  test("tells of each result as it comes, and adds up tenths", async () => {
    const seen: string[] = [];
    const tenth = (name: string) => ({ ...calls("f"), name, points: 0.1 });
    const report = await run("const f = () => 1;", [tenth("a"), tenth("b"), tenth("c")], {
      onResult: ({ name }) => seen.push(name),
    });
    assert(seen).toEqual(["a", "b", "c"]);
    assert(report.points).toBe(0.3);
  });

  test("draws hidden inputs from the seed, public ones from the exercise", async () => {
    const drawn: number[] = [];
    const draws = (name: string) =>
      check(name, { points: 1 }, async ({ rng, expect }) => {
        drawn.push(rng.next());
        expect(1).toBe(1);
      });
    for (const seed of ["a", "a", "b"])
      await run("const f = 1;", [draws("public")], { hidden: checks(draws("hidden")), seed });
    assert(drawn[0]).toBe(drawn[2]);
    assert(drawn[0]).toBe(drawn[4]);
    assert(drawn[1]).toBe(drawn[3]);
    assert(drawn[1]).not.toBe(drawn[5]);
    assert(drawn[0]).not.toBe(drawn[1]);
    await assert(run("const f = 1;", [draws("x")], { hidden: checks(draws("y")) })).rejects.toThrow(
      /secret seed/,
    );
  });

  test("keeps output short and hidden output back", async () => {
    const source = `const f = (where: string) => { console.log(where, "x".repeat(20000)); for (let i = 0; i < 5000; i++) console.log(i); return 1; };`;
    const report = await run(source, [calls("f", "public")], {
      hidden: checks({ ...calls("f", "hidden"), name: "h" }),
      seed: "s",
    });
    assert(report.checks[0].output!.length).toBeLessThan(9000);
    assert(report.checks[0].output).toMatch(/more characters/);
    assert(report.output).toContain("public");
    assert(report.output).not.toContain("hidden");
  });

  test("an answer that nobody waits for any more ends no grader", async () => {
    const lost: unknown[] = [];
    const note = (reason: unknown) => lost.push(reason);
    process.on("unhandledRejection", note);
    const both = check("asks for two at once", { points: 1 }, async ({ learner, expect }) => {
      const [a, b] = [learner.call("f"), learner.call("f")];
      const made = learner.create("C");
      expect(await a).toBe(1);
      await b;
      await made;
    });
    const report = await run(
      "const f = () => { throw new Error('no'); }; class C { constructor() { throw 1; } }",
      [both],
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", note);
    assert(report.checks[0]).toMatchObject({ outcome: "error", points: 0 });
    assert(lost).toEqual([]);
  });

  test("texts of a report are texts to any database: no zero bytes, no halves of characters", async () => {
    const source = `const f = () => { console.log("\\0😀\\ud800"); console.log("x".repeat(8186) + "😀"); return "\\0\\udc00😀"; };`;
    const report = await run(source, [calls("f")]);
    JSON.stringify(report, (_, value: unknown) => {
      if (typeof value === "string") assert(/\0|\p{Surrogate}/u.test(value)).toBe(false);
      return value;
    });
    assert(report.output).toMatch(/^\ufffd😀\ufffd\nx+\ufffd\n… and/);
  });

  test("forbids what the exercise forbids, by every way", async () => {
    for (const source of [
      "import { tensor } from 'gradus'; const f = () => tensor([1, 2]).sum().item();",
      "import * as g from 'gradus'; const f = () => new g.Perceptron(2) && 1;",
      "import { tensor } from 'gradus'; const f = async () => { await null; return tensor([1]).sum().item(); };",
    ]) {
      const report = await run(source, [calls("f")], { forbids: ["sum", "Perceptron"] });
      assert(report.checks[0], source).toMatchObject({ outcome: "error" });
      assert(report.checks[0].message).toMatch(/may not be used in this exercise/);
    }
  });

  test("takes a notebook's definitions as they are", async () => {
    const definitions = { f: () => 1, C: class {}, n: 3 };
    const report = await runChecks(checks(calls("f")), connectInProcess(definitions), {
      exercise: "test",
      defines: ["f"],
    });
    assert(report).toMatchObject({ outcome: "passed", points: 2 });
  });

  test("throws what is nobody's answer: no learner's side to be had", async () => {
    const broken = (): never => {
      throw new Error("no sandbox");
    };
    await assert(
      runChecks(checks(calls("f")), broken, { exercise: "x", source: "1" }),
    ).rejects.toThrow("no sandbox");
  });
});

test("suites are refused that prove nothing", () => {
  assert(() => checks()).toThrow(/proves nothing/);
  assert(() => checks(calls("f"), calls("f"))).toThrow(/two checks are named/);
  for (const points of [0, -1, Number.NaN, Infinity])
    assert(() => check("x", { points }, async () => {})).toThrow(/points must be/);
  assert(() => check(" ", { points: 1 }, async () => {})).toThrow(/without a name/);
});
