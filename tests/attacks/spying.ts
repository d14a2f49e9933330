/** Code that looks for what it must not see, forges what it can, and tries to carry things out. */
import type { Report } from "@gradus/grader/checks";
import { expect } from "vitest";
import { forLearner } from "../../grader/service/submissions.ts";
import { type Attack, every, NODE, OUTSIDE, PIPE } from "./attack.ts";

/** What the learner gets to read says nothing of what hidden checks gave their code. */
function carriesNothingOut(report: Report): void {
  const seen = forLearner(report);
  for (const check of seen.checks.filter(({ visibility }) => visibility === "hidden"))
    expect(Object.keys(check).sort()).toEqual(
      ["max", "milliseconds", "name", "outcome", "points", "visibility"].sort(),
    );
  const hidden = report.checks.filter(({ visibility }) => visibility === "hidden");
  expect(JSON.stringify(hidden), "that it was in the report at all").toContain("SECRET");
  const all = JSON.stringify(seen);
  for (const [number] of JSON.stringify(hidden).matchAll(/-?\d\.\d{6,}/g))
    expect(all).not.toContain(number);
}

export const reading: Attack[] = [
  {
    name: "prints what hidden checks give it",
    tries: "to read hidden inputs in its output",
    source: every("console.log('SECRET', JSON.stringify(args)); return 0;"),
    ends: "failed",
    says: /SECRET/,
    also: carriesNothingOut,
  },
  {
    name: "displays what hidden checks give it",
    tries: "to read hidden inputs in the library's display",
    source: `import { display } from "gradus";\n${every("display('SECRET ' + JSON.stringify(args)); return 0;")}`,
    ends: "failed",
    says: /SECRET/,
    also: carriesNothingOut,
  },
  {
    name: "throws what hidden checks give it",
    tries: "to read hidden inputs in the error's text",
    source: every("throw new Error('SECRET ' + JSON.stringify(args));"),
    ends: "error",
    says: /SECRET/,
    also: carriesNothingOut,
  },
  {
    name: "answers with what hidden checks give it",
    tries: "to read hidden inputs in the answer that is shown",
    source: every("return 'SECRET ' + JSON.stringify(args);"),
    ends: "failed",
    says: /text/,
  },
  {
    name: "names its error after what hidden checks give it",
    tries: "to read hidden inputs in the error's name",
    source: every("throw Object.assign(new Error('SECRET'), { name: JSON.stringify(args) });"),
    ends: "error",
    says: /SECRET/,
    also: carriesNothingOut,
  },
  {
    name: "keeps what one check gives for the next",
    tries: "to carry inputs from check to check in the globals",
    source: `(globalThis as any).seen = [...((globalThis as any).seen ?? [])];\nif ((globalThis as any).seen.length) throw new Error("KEPT");\n${every("(globalThis as any).seen.push(args); return 0;")}`,
    ends: "failed",
    says: /^(?![\s\S]*KEPT)/,
  },
  {
    name: "keeps it outside of the realm",
    tries:
      "to print in a later check what an earlier one gave: hidden checks are the last, so there is no later one that is shown",
    source: `${OUTSIDE}\nfor (const one of outside.seen ?? []) console.log("KEPT", one);\n${every("(outside.seen ??= []).push('SECRET ' + JSON.stringify(args)); return 0;")}`,
    ends: "failed",
    says: /KEPT/,
    also: (report) => {
      const seen = JSON.stringify(forLearner(report));
      // Of public checks it may print what it likes.
      expect(seen).toContain("[1,2,6]");
      for (const [number] of JSON.stringify(report).matchAll(/SECRET \[\[(-?\d\.\d+)\]/g))
        expect(seen).not.toContain(number);
    },
  },
  {
    name: "asks who called it",
    tries: "to read the checks by way of Function.caller and arguments",
    source: every(
      "const callers: string[] = []; for (let f: any = average; f && callers.length < 9; f = f.caller) callers.push(String(f).slice(0, 300)); throw new Error('callers: ' + callers.length + callers.join(' <- '));",
    ),
    ends: "error",
    // Of what runs in the realm it may see the small function that a check sends along; never a check.
    says: /callers: (?!.*(hidden|expect|toBeClose))|TypeError/,
  },
  {
    name: "reads where its stack comes from",
    tries: "to learn the paths of the machine",
    source: `${OUTSIDE}\n(outside as any).Error.prepareStackTrace = (_: any, sites: any) => sites.map((s: any) => s.getFileName());\nconst paths = [String(new Error().stack), String(new outside.Error().stack)];\nthrow new Error("paths: " + paths.join(" "));`,
    ends: "error",
    says: /paths: /,
    also: (report) => expect(JSON.stringify(report)).not.toMatch(/\/(home|root|work|usr|tmp)\//),
  },
  {
    name: "uses import.meta",
    tries: "to learn where it lies",
    source: `const here = import.meta;\n${every("return 0;")}`,
    ends: "error",
    says: /import\.meta/,
  },
  {
    name: "imports the hidden checks",
    tries: "to read them as a module",
    source: `import hidden from "../../exercises/average/hidden.ts";\n${every("return hidden;")}`,
    ends: "error",
    says: /cannot be imported/,
  },
  {
    name: "requires the reference",
    tries: "to hand in the solution itself",
    source: `const { average, scale } = require("../../solutions/average.ts");`,
    ends: "error",
    says: /cannot be imported/,
  },
  {
    name: "imports at run time, outside",
    tries: "to load Node's files module from the program around it",
    source: `${OUTSIDE}\nawait F('return import("node:fs")')();`,
    ends: "error",
    says: /ERR_VM_DYNAMIC_IMPORT|dynamic import/,
  },
  {
    name: "fetches",
    tries: "to send hidden inputs home",
    source: `${OUTSIDE}\nawait outside.fetch("http://127.0.0.1:9");`,
    ends: "error",
    says: /not a function/,
  },
  {
    name: "knows the public answers by heart",
    tries: "to have more than the points of the public checks, which anybody can read",
    source: `import { tensor } from "gradus";
      function average(n: number[]) { return n.length === 3 && n[2] === 6 ? 3 : 2; }
      class Counter { total = 0; add(n: number) { return (this.total += n); } }
      function scale() { return tensor([[2, 4], [6, 8]]); }`,
    ends: "failed",
    says: /expected/,
    earns: 4,
  },
  {
    name: "counts the calls",
    tries: "to tell hidden checks from public ones by their number",
    source: `let calls = 0;\n${every("console.log('call', ++calls); return 0;")}`,
    ends: "failed",
    says: /call 1/,
    // Each check has a realm of its own, where counting begins anew.
    also: ({ checks }) => {
      for (const { output } of checks) expect(output).toMatch(/^call 1\n/);
    },
  },
  {
    name: "searches for the seed",
    tries: "to foretell hidden inputs by trying the first seeds with the library's own generator",
    source: `import { Rng } from "gradus";
      ${every("if (args[0]?.length === 1) for (let s = 0; s < 2e4; s++) for (const seed of [s, String(s), s + ' random lists', 'a secret', 'average random lists']) if (new Rng(seed as any).uniform([1], -5, 5).data[0] === args[0][0]) throw new Error('FOUND ' + seed); throw new Error('searched');")}`,
    ends: ["error", "timed out"],
    says: /^(?![\s\S]*FOUND)/,
  },
  {
    name: "looks for the library's own generator",
    tries: "to find the checks' random numbers in the default generator, or to seed it",
    source: `import { defaultRng, manualSeed } from "gradus"; manualSeed(1);\n${every("manualSeed(1); const [x] = defaultRng().uniform([1], -5, 5).data; if (x === args[0]?.[0]) throw new Error('SAME'); return x;")}`,
    ends: ["failed", "error"],
    says: /^(?![\s\S]*SAME)/,
  },
  {
    name: "measures how long things take",
    tries: "to carry an input out in the time that a hidden check takes",
    source: every(
      "if (args[0]?.length === 1) { const t = performance.now(); while (performance.now() - t < 100 + 30 * args[0][0]); } return 0;",
    ),
    ends: "failed",
    says: /expected/,
    also: (report) => {
      for (const { visibility, milliseconds } of forLearner(report).checks)
        if (visibility === "hidden") expect(milliseconds).toBe(0);
    },
  },
];

export const forging: Attack[] = [
  {
    name: "prints a report of its own",
    tries: "to be read as the verdict",
    source: every(
      `console.log(JSON.stringify({ exercise: "average", outcome: "passed", points: 8, max: 8, checks: [] })); return 0;`,
    ),
    ends: "failed",
    says: /expected/,
  },
  {
    name: "poisons the program around it",
    tries: "to break what carries frames",
    source: `${OUTSIDE}\noutside.Map.prototype.get = outside.Array.prototype.push = outside.Uint8Array.prototype.subarray = () => { throw 1; };\n${every("return 3.5;")}`,
    ends: "timed out",
    says: /./,
  },
  {
    name: "answers before it is asked",
    tries: "to have the answers lie ready when the questions come",
    source: `${PIPE}\nfor (let realm = 1; realm < 8; realm++) for (let id = 1; id < 50; id++) out(packet(realm, frame({ id, value: 3.5 })));\n${every("return 3.5;")}`,
    ends: "error",
    says: /protocol: an answer that nobody asked for|protocol: a packet from a realm/,
  },
  {
    name: "answers in the name of the next realm",
    tries: "to answer the next check from this one",
    source: `${PIPE}\nsetTimeout(() => { for (let i = 0; i < 9; i++) out(packet(9, frame({ id: 1, value: 3 }))); });\n${every("return new Promise((r) => setTimeout(() => r(3.5), 50));")}`,
    ends: "error",
    says: /protocol: a packet from a realm that is not open/,
  },
  {
    name: "takes the pipe over and guesses",
    tries: "to answer every question with a number",
    source: `${PIPE}\ntakeOver(({ id }) => ({ id, value: 3.5 }));\n${every("return 3.5;")}`,
    ends: ["failed", "error", "timed out"],
    says: /./,
  },
  {
    name: "takes the pipe over and forges verdicts",
    tries: "to be believed instead of the checks",
    source: `${PIPE}\ntakeOver(({ id }) => ({ id, value: ["o", ["outcome", "passed"], ["points", 8]], outcome: "passed", points: 8 }));\n${every("return 3.5;")}`,
    ends: ["error", "timed out"],
    says: /protocol: an answer with more to it|./,
  },
  {
    name: "takes the pipe over and carries hidden inputs out",
    tries: "to print, in the name of a public check's realm, what a hidden check asks",
    source: `${PIPE}\ntakeOver(({ id, args }, realm) => { for (let r = 1; r <= realm; r++) out(packet(r, frame({ output: "SECRET " + JSON.stringify(args) }))); return { id, value: 3.5 }; });\n${every("return 3.5;")}`,
    ends: ["failed", "error", "timed out"],
    says: /./,
    also: (report) => expect(forLearner(report).output).not.toMatch(/SECRET[\s\S]*-?\d\.\d{6,}/),
  },
  {
    name: "writes to every file that is open",
    tries: "to forge what bubblewrap tells the grader: whom to kill",
    source: `${NODE}\nconst fs = node("node:fs");\nfor (let fd = 2; fd < 64; fd++) try { fs.writeSync(fd, '{ "child-pid": 1 }'); } catch {}\n${every("return 3.5;")}`,
    ends: ["failed", "error", "timed out"],
    says: /./,
  },
  {
    name: "floods its standard error",
    tries: "to fill the grader's memory with complaints",
    source: `${NODE}\nconst fs = node("node:fs");\nfor (;;) try { fs.writeSync(2, "x".repeat(60000)); } catch {}`,
    ends: "timed out",
    says: /loading|used up/,
  },
  {
    name: "floods its pipe with megabytes",
    tries: "to fill the grader's memory, or its time",
    source: `${PIPE}\nconst large = packet(1, frame({ output: "", more: Array(1e5).fill([]) })); for (;;) out(large);`,
    ends: ["error", "timed out"],
    says: /protocol|loading/,
  },
  {
    name: "sends the largest headers there may be, as answers",
    tries: "to keep the grader reading, so that neighbors wait",
    source: `${PIPE}\nconst most = Array(3e5).fill([]);\ntakeOver(({ id }) => ({ id, value: ["a", ...most] }));\n${every("return 3.5;")}`,
    ends: ["error", "failed", "timed out"],
    says: /./,
  },
  ...(
    [
      ["exits as if all were well", "host.exit(0);", /exit code 0/],
      [
        "exits after its first answer",
        "setTimeout(() => host.exit(0), 30);",
        /exit code 0|expected/,
      ],
      ["aborts", "host.abort();", /memory|ended/],
      [
        "kills what started it",
        "for (const pid of [1, host.ppid, 0, -1]) try { host.kill(pid, 'SIGKILL'); } catch {} host.reallyExit(7);",
        /exit code 7/,
      ],
      [
        "stops itself",
        "try { host.kill(host.pid, 'SIGSTOP'); } catch (error: any) { throw new Error('refused: ' + error.code); }",
        /refused: EPERM/,
      ],
      ["closes its output", "node('node:fs').closeSync(1);", /did not answer|finish loading|ended/],
      ["closes its input", "node('node:fs').closeSync(0);", /./],
      [
        "listens for no signal and stays",
        "for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU']) try { host.on(s, () => {}); } catch {} for (;;);",
        /finish loading|used up/,
      ],
    ] as const
  ).map(
    ([name, code, says]): Attack => ({
      name: `with all of Node, ${name}`,
      tries: "to be gone, deaf or dumb when the verdict is due",
      source: `${NODE}\n${every("return 3.5;")}\n${code}`,
      ends: ["error", "failed", "timed out"],
      says,
    }),
  ),
];
