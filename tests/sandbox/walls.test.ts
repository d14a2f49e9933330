// The layers themselves: what a program with all of Node in its hands meets inside.
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { closeSandbox, probeSandbox } from "@gradus/grader/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findLayers, idleData, isOpenToAll, type Limits } from "../../grader/sandbox/layers.ts";
import { probe } from "../../grader/sandbox/probe.ts";
import { SandboxProcess } from "../../grader/sandbox/process.ts";
import { prepareStage, type Stage } from "../../grader/sandbox/stage.ts";
import { average, descendants, leftProcesses, peakMemory } from "./helpers.ts";

const LIMITS: Limits = { memoryMb: 128, cpuSeconds: 2 };
const graderFolder = join(import.meta.dirname, "../../grader");
let stage: Stage;
let idle: number;

beforeAll(() => {
  const { layers, missing } = findLayers();
  // No sandbox, no test: that is a failure, not a reason to skip.
  if (!layers) throw new Error(`the sandbox cannot be tested here: ${missing.join("; ")}`);
  stage = prepareStage(layers);
  idle = idleData(stage.layers, LIMITS);
});

afterAll(async () => {
  stage?.remove();
  await closeSandbox();
  expect(leftProcesses()).toEqual([]);
});

let number = 0;

/** Runs a program inside; it ends by calling `say(value)`. Resolves with that, or with how it ended. */
async function inside(program: string): Promise<unknown> {
  const entry = `attack-${++number}.cjs`;
  writeFileSync(
    join(stage.app, entry),
    `const say = (value) => {
       const bytes = Buffer.from(JSON.stringify(value) ?? "null");
       const head = Buffer.alloc(8);
       head.writeUInt32LE(bytes.length, 0);
       require("node:fs").writeSync(1, Buffer.concat([head, bytes]));
     };
     const refused = (run) => { try { run(); return "allowed"; } catch (error) { return error.code ?? error.message; } };
     (async () => { ${program} })().catch((error) => say("threw " + error.message));`,
  );
  const { layers, app, filter } = stage;
  const started = new SandboxProcess({
    layers,
    limits: LIMITS,
    idle,
    app,
    filter,
    entry,
    slot: 50 + (number % 50),
    // The kernel is what is tested here.
    unlocked: true,
  });
  try {
    return await new Promise((resolve) =>
      started.listen(
        ({ bytes }) => resolve(JSON.parse(bytes.toString("utf8"))),
        ({ kind, message }) => resolve({ ended: kind, message }),
      ),
    );
  } finally {
    await started.kill();
  }
}

test("the probe finds every layer in place", async () => {
  expect(await probeSandbox()).toEqual({ available: true, missing: [] });
});

describe("a program inside", () => {
  test("runs at all", async () => {
    expect(await inside("say(6 * 7);")).toBe(42);
  });

  test("sees no file but Node, its libraries and itself", async () => {
    const seen = (await inside(`
      const fs = require("node:fs");
      const walk = (dir) => fs.readdirSync(dir, { withFileTypes: true }).flatMap((one) =>
        one.isDirectory() ? walk(dir + one.name + "/") : [dir + one.name]);
      say(walk("/"));`)) as string[];
    const unexpected = seen.filter(
      (file) =>
        file !== "/node" && !file.startsWith("/app/") && !/\/(lib|ld)[\w+-]*[\w.-]*\.so/.test(file),
    );
    expect(unexpected).toEqual([]);
    expect(seen.length).toBeLessThan(60);
    expect(seen.some((file) => /hidden|solutions|checks\.ts/.test(file))).toBe(false);
  });

  test("cannot write anywhere", async () => {
    expect(
      await inside(`const fs = require("node:fs");
        say(["/x", "/app/x", "/tmp", "/dev/shm/x", "/app/program.cjs", "/node"].map((file) => refused(() => fs.writeFileSync(file, "x"))));`),
    ).toEqual(
      ["EROFS", "EROFS", "EROFS", "ENOENT", "EROFS", "EROFS"].map(() =>
        expect.stringMatching(/EROFS|EPERM|ENOENT|EACCES/),
      ),
    );
  });

  test("has no environment, no name, no rights", async () => {
    const seen = (await inside(`const os = require("node:os");
      say({ env: Object.keys(process.env), host: os.hostname(), uid: process.getuid(), pid: process.pid, user: refused(() => os.userInfo().username) });`)) as {
      env: string[];
      host: string;
      uid: number;
      pid: number;
    };
    expect(
      seen.env.filter((name) => !["MALLOC_ARENA_MAX", "UV_THREADPOOL_SIZE", "PWD"].includes(name)),
    ).toEqual([]);
    expect(seen.host).toBe("gradus");
    expect(seen.uid).not.toBe(0);
    expect(seen.pid).toBeLessThan(10);
  });

  test("has no file open but its three pipes", async () => {
    expect(
      await inside(`const fs = require("node:fs");
        const kinds = [];
        for (let fd = 0; fd < 64; fd++) { try { const s = fs.fstatSync(fd); if (s.isFile() || s.isDirectory() || (fd > 2 && s.isSocket())) kinds.push(fd); } catch {} }
        say(kinds);`),
    ).toEqual([]);
  });

  test("starts no other program and no process", async () => {
    expect(
      await inside(`const { spawnSync, execFileSync } = require("node:child_process");
        say([spawnSync("/node", ["-v"]).error?.code, refused(() => execFileSync("/node", ["-v"])), refused(() => require("node:cluster").fork())]);`),
    ).toEqual([
      expect.stringMatching(/EPERM|EAGAIN|ENOSYS/),
      expect.stringMatching(/EPERM|EAGAIN|ENOSYS/),
      expect.anything(),
    ]);
  });

  test("reaches no network, not even itself", async () => {
    expect(
      await inside(`const net = require("node:net");
        const tried = (options) => new Promise((resolve) => net.connect(options).on("connect", () => resolve("connected")).on("error", (e) => resolve(e.code)));
        const listened = await new Promise((resolve) => net.createServer().on("error", (e) => resolve(e.code)).listen(0, () => resolve("listening")));
        const udp = await new Promise((resolve) => { try { require("node:dgram").createSocket("udp4").on("error", (e) => resolve(e.code)).send("x", 9, "127.0.0.1", (e) => resolve(e ? e.code : "sent")); } catch (e) { resolve(e.code); } });
        say([await tried({ host: "127.0.0.1", port: 80 }), await tried({ path: "/x" }), listened, udp]);`),
    ).toEqual(["EPERM", "EPERM", "EPERM", "EPERM"]);
  });

  test("sends no signal to others", async () => {
    expect(
      await inside(`say([1, 2, -1].map((pid) => refused(() => process.kill(pid, "SIGKILL"))));`),
    ).toEqual(["EPERM", "EPERM", "EPERM"]);
  });

  test("raises none of its limits and no priority", async () => {
    expect(
      await inside(`const os = require("node:os"); say(refused(() => os.setPriority(0, -10)));`),
    ).toMatch(/ERR_SYSTEM_ERROR|EPERM|EACCES/);
  });

  const bombs: [string, string][] = [
    ["buffers", "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));"],
    [
      "WebAssembly",
      "const all = []; for (;;) { const m = new WebAssembly.Memory({ initial: 500 }); new Uint8Array(m.buffer).fill(1); all.push(m); }",
    ],
    [
      "shared memory",
      "const all = []; for (;;) { const b = new SharedArrayBuffer(1e7); new Uint8Array(b).fill(1); all.push(b); }",
    ],
    [
      "threads",
      "const { Worker } = require('node:worker_threads'); const all = []; for (let i = 0; i < 1000; i++) { all.push(new Worker('const a = []; for (;;) a.push(new Array(1e4).fill(1.5));', { eval: true })); await new Promise((r) => setTimeout(r, 5)); } say('all started');",
    ],
    [
      "a heap",
      "require('node:v8').setFlagsFromString('--max-old-space-size=8000'); const all = []; for (;;) all.push(new Array(1e5).fill({}));",
    ],
    [
      "its own pipe",
      "const all = []; process.stdout.on('error', () => {}); for (;;) all.push('x'.repeat(1e6) + all.length, Buffer.alloc(1e6, 2));",
    ],
  ];
  test.each(bombs)("cannot fill memory with %s", async (_, program) => {
    const { result, peakMb } = await peakMemory(() => inside(program));
    // It may be refused the memory, and say so, or be ended.
    if (typeof result === "string") expect(result).toMatch(/threw/);
    else expect(result).toMatchObject({ ended: expect.stringMatching(/memory|ended|stopped/) });
    expect(peakMb).toBeLessThan(LIMITS.memoryMb + 110);
  });

  test("gets no more processor time than it may", async () => {
    const begun = performance.now();
    expect(await inside("for (;;);")).toMatchObject({
      ended: "stopped",
      message: expect.stringContaining("processor time"),
    });
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  test("dies with the grader", async () => {
    // Nothing kills it but the loss of its parent: a child that is killed takes its sandbox along.
    const child = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import { createSandbox } from "@gradus/grader/sandbox";
         await createSandbox({ concurrency: 1 });
         process.send?.("ready"); console.log("ready"); setInterval(() => {}, 1e6);`,
      ],
      { cwd: graderFolder, stdio: ["ignore", "pipe", "inherit"] },
    );
    await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const started = descendants(child.pid).map(({ pid }) => pid);
    expect(started.length).toBeGreaterThan(2);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    const alive = (): number[] =>
      started.filter((pid) => {
        try {
          process.kill(pid, 0);
          return true;
        } catch {
          return false;
        }
      });
    for (let i = 0; i < 50 && alive().length > 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(alive()).toEqual([]);
    // Its folder is cleared away by the next grader.
    prepareStage(stage.layers).remove();
    expect(
      readdirSync(tmpdir()).filter((name) => name.startsWith(`gradus-sandbox-${child.pid}-`)),
    ).toEqual([]);
  });
});

/** Grades one right answer in a Node of its own. */
async function gradeElsewhere(
  node: string,
  as: { uid?: number; gid?: number },
  folder: string,
): Promise<string> {
  const program = `
    import { readFileSync } from "node:fs";
    import { loadExercise } from "@gradus/grader/exercises";
    import { closeSandbox, grade, probeSandbox } from "@gradus/grader/sandbox";
    const exercise = loadExercise(${JSON.stringify(average.dir)});
    const { missing } = await probeSandbox();
    if (missing.length > 0) console.log(missing.join("; "));
    else {
      const { outcome, points } = await grade({ exercise, source: readFileSync(exercise.solutionPath, "utf8"), seed: "s" });
      console.log(outcome, points);
    }
    await closeSandbox();`;
  const { stdout } = await promisify(execFile)(node, ["--input-type=module", "-e", program], {
    ...as,
    cwd: graderFolder,
    env: { ...process.env, TMPDIR: folder },
  });
  return stdout.trim();
}

const root = process.getuid?.() === 0;

describe("the sandbox works", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gradus-elsewhere-"));
  });
  afterEach(() => {
    // Whoever graded there has cleared up.
    expect(readdirSync(folder).filter((name) => name.startsWith("gradus-sandbox-"))).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });

  // Where the course lies in a folder that others cannot enter, no other user can try it.
  test.runIf(root && isOpenToAll(graderFolder))("for an ordinary user", async () => {
    chownSync(folder, 1000, 1000);
    const said = await gradeElsewhere(
      realpathSync(process.execPath),
      { uid: 1000, gid: 1000 },
      folder,
    );
    expect(said).toBe("passed 8");
  });

  test.runIf(root)("for root whose Node and temporary folder nobody else can enter", async () => {
    // As after a clone into root's home.
    chmodSync(folder, 0o700);
    const node = join(folder, "node");
    copyFileSync(realpathSync(process.execPath), node);
    expect(await gradeElsewhere(node, {}, folder)).toBe("passed 8");
  });
});

test("where bubblewrap may not make namespaces, the probe says what to do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gradus-refused-"));
  chmodSync(folder, 0o755);
  const path = process.env.PATH;
  try {
    // What bubblewrap says in an unprivileged container.
    const refusing =
      "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n";
    writeFileSync(join(folder, "bwrap"), refusing, { mode: 0o755 });
    process.env.PATH = `${folder}:${path}`;
    const { available, missing } = await probe();
    expect(available).toBe(false);
    expect(missing).toEqual([
      expect.stringMatching(/not allowed[\s\S]*No permissions[\s\S]*apparmor[\s\S]*Docker/),
    ]);
  } finally {
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  }
});
