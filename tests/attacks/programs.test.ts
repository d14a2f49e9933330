// Here the program inside the sandbox is itself the enemy: as if the learner's code had got out of
// its realm and taken it over. The verdict is formed outside, so nothing that it sends earns a point,
// and a neighbor whom the same grader grades meanwhile gets every point.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Outcome } from "@gradus/grader/checks";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findLayers } from "../../grader/sandbox/layers.ts";
import { createSandbox, createSandboxOn, type Sandbox } from "../../grader/sandbox/sandbox.ts";
import { prepareStage, type Stage } from "../../grader/sandbox/stage.ts";
import {
  average,
  descendants,
  expectNothingEarned,
  leftFolders,
  leftProcesses,
} from "../sandbox/helpers.ts";

let stage: Stage;
let sandbox: Sandbox | undefined;
let beside: Sandbox;
const honest = readFileSync(average.solutionPath, "utf8");

beforeAll(async () => {
  const { layers, missing } = findLayers();
  if (!layers) throw new Error(`the sandbox cannot be tested here: ${missing.join("; ")}`);
  stage = prepareStage(layers);
  beside = await createSandbox({
    concurrency: 1,
    warm: 1,
    timeoutMs: 8000,
    budgetMs: 8000,
    types: false,
  });
});

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
  // The one that waits beside is all that is left.
  expect(descendants().filter(({ name }) => name === "node").length).toBeLessThan(2);
});

afterAll(async () => {
  await beside?.close();
  expect(leftProcesses()).toEqual([]);
  stage?.remove();
  expect(leftFolders()).toEqual([]);
});

/** A sandbox whose program is this one. */
function takenOver(program: string): Sandbox {
  writeFileSync(join(stage.app, "program.cjs"), program);
  const options = { concurrency: 1, warm: 1, timeoutMs: 500, budgetMs: 1500, types: false };
  sandbox = createSandboxOn({ ...stage, remove: () => {} }, options);
  return sandbox;
}

// Speaks the protocol up to the point where it does not: ready, and a realm for each that is asked.
const polite = (answer: string): string => `
  const fs = require("node:fs");
  const out = (bytes) => { for (let at = 0; at < bytes.length; ) at += fs.writeSync(1, bytes, at); };
  const packet = (realm, bytes) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(bytes.length, 0);
    head.writeUInt32LE(realm, 4);
    return Buffer.concat([head, bytes]);
  };
  const frame = (message, blocks = []) => {
    const header = Buffer.from(JSON.stringify({ m: message, b: blocks.map((b) => b.length) }));
    const pad = Buffer.alloc(((4 + header.length + 7) & ~7) - 4 - header.length);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(header.length, 0);
    return Buffer.concat([length, header, pad, ...blocks]);
  };
  let held = Buffer.alloc(0);
  process.stdin.on("data", (piece) => {
    held = Buffer.concat([held, piece]);
    while (held.length >= 8 && held.length >= 8 + held.readUInt32LE(0)) {
      const length = held.readUInt32LE(0);
      const realm = held.readUInt32LE(4);
      const bytes = held.subarray(8, 8 + length);
      held = held.subarray(8 + length);
      if (length === 0) { out(packet(realm, Buffer.alloc(0))); continue; }
      const headerLength = bytes.readUInt32LE(0);
      const m = JSON.parse(bytes.subarray(4, 4 + headerLength).toString()).m;
      const reply = (message, blocks) => out(packet(realm, frame(message, blocks)));
      if (m.do === "load" && !globalThis.hostileLoad) { reply({ id: m.id, value: ["u"] }); continue; }
      ${answer}
    }
  });
  out(packet(0, Buffer.alloc(0)));
`;

const cases: [what: string, program: string, outcome: Outcome | RegExp, says: RegExp][] = [
  ["says nothing after it is ready", polite(""), "timed out", /did not answer/],
  [
    "exits as if all were well",
    polite("process.exit(0);"),
    "error",
    /ended by itself \(exit code 0\)/,
  ],
  [
    "exits when it is asked to load",
    polite("").replace("if (m.do", "process.exit(3); if (m.do"),
    "error",
    /exit code 3/,
  ],
  [
    "kills itself",
    polite("process.kill(process.pid, 'SIGKILL'); process.abort();"),
    "error",
    /memory|ended/,
  ],
  [
    "closes its output",
    polite("fs.closeSync(1); setInterval(() => {}, 1e6);"),
    "timed out",
    /did not answer/,
  ],
  ["answers with undefined", polite("reply({ id: m.id, value: ['u'] });"), "failed", /nothing/],
  [
    "forges a report",
    polite("reply({ id: m.id, value: ['o', ['outcome', 'passed'], ['points', 8], ['max', 8]] });"),
    "failed",
    /./,
  ],
  [
    "forges a report beside its answer",
    polite("reply({ id: m.id, value: 3, outcome: 'passed', points: 8 });"),
    "error",
    /protocol: an answer with more to it/,
  ],
  [
    "answers what nobody asked",
    polite("reply({ id: m.id + 1000, value: 3 });"),
    "error",
    /protocol: an answer that nobody asked for/,
  ],
  [
    "answers twice",
    polite("reply({ id: m.id, value: 1e9 }); reply({ id: m.id, value: 3 });"),
    "error",
    /protocol|failed|expected/,
  ],
  ["sends noise", polite("out(require('node:crypto').randomBytes(1000));"), "error", /protocol/],
  [
    "announces four gigabytes",
    polite("out(Buffer.from('ffffffff01000000', 'hex'));"),
    "error",
    /protocol: a packet longer/,
  ],
  [
    "sends a header that is cut off",
    polite("out(packet(realm, Buffer.from([255, 255, 0, 0, 123])));"),
    "error",
    /protocol: the header/,
  ],
  [
    "sends a header that is no JSON",
    polite("out(packet(realm, Buffer.from('\\u0004\\0\\0\\0oops')));"),
    "error",
    /protocol: the header is no JSON/,
  ],
  [
    "sends JSON of the wrong kind",
    polite("out(packet(realm, frame(7)));"),
    "error",
    /protocol: the header has no message/,
  ],
  [
    "sends a thousand levels",
    polite(
      "reply({ id: m.id, value: JSON.parse('[\"a\",'.repeat(1000) + '1' + ']'.repeat(1000)) });",
    ),
    "error",
    /protocol: nested too deep/,
  ],
  [
    "sends a hundred thousand levels",
    polite(
      "reply({ id: m.id, value: 0 }); out(packet(realm, (() => { const h = Buffer.from('{\"m\":{\"id\":' + (m.id + 1) + ',\"value\":' + '['.repeat(1e5) + ']'.repeat(1e5) + '},\"b\":[]}'); const l = Buffer.alloc(4); l.writeUInt32LE(h.length); return Buffer.concat([l, h, Buffer.alloc(((4 + h.length + 7) & ~7) - 4 - h.length)]); })()));",
    ),
    "error",
    /protocol|expected/,
  ],
  [
    "sends unknown tags",
    polite("reply({ id: m.id, value: ['constructor', 1] });"),
    "error",
    /protocol: an unknown tag/,
  ],
  [
    "sends a tensor without numbers",
    polite("reply({ id: m.id, value: ['T', 'float32', [1e9], 0] });"),
    "error",
    /protocol: numbers that are missing/,
  ],
  [
    "sends a tensor of false shape",
    polite("reply({ id: m.id, value: ['T', 'float32', [2 ** 40], 0] }, [Buffer.alloc(16)]);"),
    "error",
    /protocol: a tensor whose shape/,
  ],
  [
    "sends a tensor of dtype __proto__",
    polite("reply({ id: m.id, value: ['T', '__proto__', [1], 0] }, [Buffer.alloc(16)]);"),
    "error",
    /protocol: a tensor of unknown dtype/,
  ],
  [
    "sends numbers that are cut off",
    polite("reply({ id: m.id, value: ['f', 0] }, [Buffer.alloc(13)]);"),
    "error",
    /protocol/,
  ],
  [
    "sends a reference to an object of ours",
    polite("reply({ id: m.id, value: ['h', 1, 'Counter'] });"),
    "error",
    /protocol: a reference out of place/,
  ],
  [
    "sends an error of its own invention",
    polite("reply({ id: m.id, error: { kind: 'passed', thrown: 'x', message: 'y' } });"),
    "error",
    /protocol: an unknown kind/,
  ],
  [
    "sends an error that is a list",
    polite("reply({ id: m.id, error: [] });"),
    "error",
    /protocol: a malformed error/,
  ],
  [
    "says not attempted",
    polite("reply({ id: m.id, error: { kind: 'unwritten', thrown: 'x', message: 'y' } });"),
    "not attempted",
    /y/,
  ],
  [
    "prints without end",
    polite("for (;;) out(packet(realm, frame({ output: 'x'.repeat(1000) })));"),
    /error|timed out/,
    /protocol: a flood of output|did not answer/,
  ],
  [
    "prints empty lines without end",
    polite("for (;;) out(packet(realm, frame({ output: '' })));"),
    /error|timed out/,
    /protocol: a flood of output|did not answer/,
  ],
  [
    "sends to realms that are not open",
    polite("for (;;) out(packet(realm + 7, frame({ id: m.id, value: 3 })));"),
    "error",
    /protocol: a packet from a realm that is not open/,
  ],
  [
    "sends megabytes without end",
    polite(
      "if (realm === 1) reply({ id: m.id, value: 1e9 }); else for (;;) out(packet(realm - 1, Buffer.alloc(2 ** 22)));",
    ),
    /error|timed out/,
    /protocol: more bytes|did not answer/,
  ],
  [
    "names one block of numbers two thousand times",
    polite(
      "reply({ id: m.id, value: ['a', ...Array(2000).fill(['f', 0])] }, [Buffer.alloc(2 ** 25)]);",
    ),
    "error",
    /protocol: numbers that are used twice/,
  ],
  [
    "announces a million blocks of numbers",
    polite("reply({ id: m.id, value: 3 }, Array(1e6).fill(Buffer.alloc(0)));"),
    "error",
    /protocol: too many blocks of numbers/,
  ],
  [
    "answers with 32 MiB of numbers in a list",
    polite("reply({ id: m.id, value: ['a', ['t', 'Uint8Array', 0]] }, [Buffer.alloc(2 ** 25)]);"),
    // Whether all of it is read in time depends on the machine.
    /failed|timed out/,
    /more numbers than can be compared/,
  ],
  [
    "puts megabytes beside its answer",
    polite("reply({ id: m.id, value: 3, more: Array(1e6).fill([]) });"),
    "error",
    /protocol: an answer with more to it/,
  ],
  [
    "puts megabytes beside what it prints, without end",
    polite(
      "const large = packet(realm, frame({ output: '', more: Array(1e6).fill([]) })); for (;;) out(large);",
    ),
    "error",
    /protocol: a flood of output/,
  ],
  [
    "sends thousands of empty packets in one piece",
    polite(
      "if (realm === 1) reply({ id: m.id, value: 1e9 }); else { const many = Buffer.alloc(8 * 8192); for (let i = 0; i < 8192; i++) many.writeUInt32LE(realm - 1, i * 8 + 4); for (;;) out(many); }",
    ),
    "error",
    /protocol: more packets/,
  ],
  [
    "answers slowly for ever",
    polite("setInterval(() => out(Buffer.from([1])), 50);"),
    "timed out",
    /did not answer/,
  ],
];

describe("a program that", () => {
  test.each(cases)("%s", async (_, program, outcome, says) => {
    const before = process.memoryUsage().rss;
    // The site's process grades too: whatever comes, it must have time for everybody else.
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const [report, neighbor] = await Promise.all([
      takenOver(program).grade({ exercise: average, source: "const x = 1;", seed: "s" }),
      beside.grade({ exercise: average, source: honest, seed: "s" }),
    ]);
    expect(neighbor).toMatchObject({ outcome: "passed", points: average.points });
    expectNothingEarned(report);
    const texts = report.checks.map((check) => `${check.outcome}: ${check.message}`).join("\n");
    expect(texts).toMatch(says);
    expect(report.outcome, texts).toMatch(outcome);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(250);
    delay.disable();
    expect(delay.max / 1e6, "the longest pause in ms").toBeLessThan(2000);
  });

  test("is never ready, is an error of the machine and not of the learner", async () => {
    const broken = takenOver("throw new Error('broken');");
    await expect(
      broken.grade({ exercise: average, source: "const x = 1;", seed: "s" }),
    ).rejects.toThrow(/ended before it was ready[\s\S]*broken/);
  });
});
