import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { full, tensor } from "../create.ts";
import { Linear } from "../nn/index.ts";
import { Adam } from "../optim/index.ts";
import { Rng } from "../random.ts";
import { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { CharTokenizer } from "../text/characters.ts";
import { CheckpointError, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { fromSafetensors, toSafetensors } from "./safetensors.ts";

let workspace: string;
let folder: string;
let path: string;
const children = new Set<ChildProcess>();

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), "gradus-checkpoint-"));
  folder = join(workspace, "checkpoints");
  mkdirSync(folder);
  path = join(folder, "gpt.safetensors");
});
afterEach(() => {
  for (const process of children) process.kill("SIGKILL");
  rmSync(workspace, { recursive: true });
});

/** The state with each tensor as dtype, shape and numbers, so that toEqual can compare it. */
const plain = (state: unknown): unknown =>
  state instanceof Tensor
    ? { dtype: state.dtype, shape: [...state.shape], numbers: [...state.data] }
    : typeof state === "object" && state !== null && !Array.isArray(state)
      ? Object.fromEntries(Object.entries(state).map(([key, value]) => [key, plain(value)]))
      : Array.isArray(state)
        ? state.map(plain)
        : state;

/** An error's words without the folder, which is another each time. */
const wordsOf = (run: () => unknown): string => errorOf(run).replaceAll(folder, "…");

describe("a checkpoint", () => {
  test("brings back the whole state", () => {
    const weight = tensor([
      [1, 2],
      [3, 4],
    ]);
    const state = {
      model: { "layers.0.weight": weight, "head.weight": weight },
      optimizer: {
        tensors: { "0.exp_avg": tensor([0.5, -0.5]) },
        options: { lr: 1e-3, steps: [1, 0] },
      },
      tokenizer: CharTokenizer.from("abc").toJSON(),
      step: 7,
      history: [
        { loss: 2.5, note: null },
        { loss: 1.25, note: "é\ud800" },
      ],
      mask: [tensor([true]), tensor([1, 2]).to("int32")],
      done: false,
    };
    saveCheckpoint(path, state);
    const loaded = loadCheckpoint<typeof state>(path);
    expect(plain(loaded)).toEqual(plain(state));
    expect(loaded.model["head.weight"]).toBe(loaded.model["layers.0.weight"]);
    expect(loaded.mask.map(({ dtype }) => dtype)).toEqual(["bool", "int32"]);
    expect(readdirSync(folder)).toEqual(["gpt.safetensors"]);
  });

  test("training goes on from it as if it had never stopped", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 7],
    ]);
    const start = (seed: number) => {
      const model = new Linear(2, 1, new Rng(seed));
      return { model, optimizer: new Adam(model.parameters(), { lr: 0.1 }) };
    };
    const train = ({ model, optimizer }: ReturnType<typeof start>) =>
      Array.from({ length: 5 }, () => {
        const loss = model.forward(x).pow(2).mean();
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        return loss.item();
      });
    const first = start(1);
    train(first);
    const { model, optimizer } = first;
    const state = { model: model.stateDict(), optimizer: optimizer.stateDict(), step: 5 };
    saveCheckpoint(path, state);
    const expected = train(first);

    const resumed = start(2);
    const saved = loadCheckpoint<typeof state>(path);
    resumed.model.loadStateDict(saved.model);
    resumed.optimizer.loadStateDict(saved.optimizer);
    expect(train(resumed)).toEqual(expected);
    expect(train(start(2))).not.toEqual(expected);
  });

  test("is a safetensors file that others can read", () => {
    saveCheckpoint(path, { model: { "0.weight": tensor([1, 2]) }, list: [tensor([3])] });
    const { tensors } = fromSafetensors(readFileSync(path));
    expect(Object.keys(tensors)).toEqual(["list.0", "model.0.weight"]);
    saveCheckpoint(path, [tensor([1]), 2]);
    expect(plain(loadCheckpoint(path))).toEqual(plain([tensor([1]), 2]));
  });

  test("keeps names apart that would be one, and strange ones", () => {
    const state = {
      a: { "b.c": tensor([1]), b: { c: tensor([2]) } },
      constructor: tensor([3]),
      inner: JSON.parse('{"__proto__": 1}'),
    };
    saveCheckpoint(path, state);
    expect(plain(loadCheckpoint(path))).toEqual(plain(state));
    expect(Object.hasOwn(loadCheckpoint<typeof state>(path).inner, "__proto__")).toBe(true);
  });

  test("leaves out what is undefined and asks toJSON", () => {
    saveCheckpoint(path, { a: undefined, tokenizer: CharTokenizer.from("ab") });
    expect(loadCheckpoint(path)).toEqual({
      tokenizer: { symbols: ["a", "b"], counts: [1, 1] },
    });
  });

  test("replaces what a link leads to", () => {
    const real = join(folder, "elsewhere");
    saveCheckpoint(real, { step: 1 });
    symlinkSync(real, path);
    saveCheckpoint(path, { step: 2 });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(loadCheckpoint(real)).toEqual({ step: 2 });
  });

  test("refuses what would not come back", () => {
    const refused = (state: object) => errorOf(() => saveCheckpoint(path, state));
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(refused({ best: { loss: Infinity } })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: best.loss is Infinity
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused({ list: [1, undefined] })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: list.1 is a undefined
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused({ f: () => 1 })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: f is a function
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused({ m: new Map() })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: m is an object of the class Map
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused({ x: Float32Array.of(1) })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: x is an object of the class Float32Array
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused({ rng: new Rng(1) })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: rng is an object of the class Rng
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused({ n: 1n })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: n is a bigint
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused({ t: { $tensor: "a" } })).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: t is an object with a $tensor, which stands for a tensor
        hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;
        of a model or an optimizer its stateDict(), of an Rng its state"
    `);
    expect(refused(circle)).toContain("too deep: does something contain itself?");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a file that is none, or damaged", () => {
  test("is refused in words that help", () => {
    expect(wordsOf(() => loadCheckpoint(path))).toMatchInlineSnapshot(
      `"CheckpointError: loadCheckpoint: …/gpt.safetensors could not be read: ENOENT: no such file or directory, open '…/gpt.safetensors'"`,
    );
    expect(wordsOf(() => loadCheckpoint(folder))).toMatchInlineSnapshot(
      `"CheckpointError: loadCheckpoint: … could not be read: EISDIR: illegal operation on a directory, read"`,
    );
    writeFileSync(path, toSafetensors({ a: tensor([1]) }));
    expect(wordsOf(() => loadCheckpoint(path))).toMatchInlineSnapshot(`
      "CheckpointError: loadCheckpoint: …/gpt.safetensors could not be read: it is no checkpoint
        hint: a file of tensors alone is read with fromSafetensors(bytes)"
    `);
    saveCheckpoint(path, { step: 1 });
    writeFileSync(path, readFileSync(path).subarray(0, -1));
    expect(wordsOf(() => loadCheckpoint(path))).toMatchInlineSnapshot(`
      "CheckpointError: loadCheckpoint: …/gpt.safetensors could not be read: it is damaged, for its checksum is wrong
        hint: go back to an older checkpoint"
    `);
  });

  test("any changed byte and any cut is found", () => {
    saveCheckpoint(path, { model: { w: tensor([1, 2]) }, step: 1 });
    const whole = readFileSync(path);
    const refuses = (bytes: Uint8Array) => {
      writeFileSync(path, bytes);
      expect(() => loadCheckpoint(path)).toThrow(CheckpointError);
    };
    for (let at = 0; at < whole.length; at++) {
      refuses(whole.subarray(0, at));
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        const bytes = Uint8Array.from(whole);
        bytes[at] ^= change;
        refuses(bytes);
      }
    }
    refuses(Buffer.concat([whole, Buffer.of(0)]));
    writeFileSync(path, whole);
    expect(loadCheckpoint(path)).toMatchObject({ step: 1 });
  });
});

describe("when saving fails", () => {
  const old = { step: 1, w: tensor([1, 2, 3]) };

  test("in a folder that is not there, that is a file, or for a name that is a folder", () => {
    expect(
      wordsOf(() => saveCheckpoint(join(folder, "none/x"), old)).replace(
        /\.\d+\.\d+\.tmp/,
        "….tmp",
      ),
    ).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: …/none/x could not be written: ENOENT: no such file or directory, scandir '…/none'
        hint: what was there before is still there"
    `);
    writeFileSync(path, "");
    expect(() => saveCheckpoint(join(path, "x"), old)).toThrow(CheckpointError);
    mkdirSync(join(folder, "there"));
    expect(
      wordsOf(() => saveCheckpoint(join(folder, "there"), old)).replace(/\.\d+\.\d+\.tmp/, "….tmp"),
    ).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: …/there could not be written: EISDIR: illegal operation on a directory, rename '…/there….tmp' -> '…/there'
        hint: what was there before is still there"
    `);
    expect(readdirSync(folder).sort()).toEqual(["gpt.safetensors", "there"]);
  });

  test("in a folder that may not be written to, the old file stays", async () => {
    saveCheckpoint(path, old);
    chmodSync(folder, 0o555);
    const { output } = await child("becomeNobody(); save(2);").ended;
    chmodSync(folder, 0o755);
    expect(output).toMatch(/^CheckpointError: saveCheckpoint: \S+ could not be written: EACCES/);
    expect(plain(loadCheckpoint(path))).toEqual(plain(old));
  });

  test("on a full disk, the old file stays and nothing is left beside it", async () => {
    saveCheckpoint(path, old);
    // The child may write no file of more than 64 blocks of 512 or 1,024 bytes.
    const { output } = await child("save(2, 1e5);", "trap '' XFSZ; ulimit -f 64;").ended;
    expect(output).toMatch(/^CheckpointError: saveCheckpoint: \S+ could not be written: EFBIG/);
    expect(output).toContain("hint: what was there before is still there");
    expect(plain(loadCheckpoint(path))).toEqual(plain(old));
    expect(readdirSync(folder)).toEqual(["gpt.safetensors"]);
  });

  test("where there is no Node, it says so", () => {
    const { process } = globalThis;
    Reflect.set(globalThis, "process", undefined);
    const errors = [() => saveCheckpoint("x", {}), () => loadCheckpoint("x")].map(errorOf);
    Reflect.set(globalThis, "process", process);
    expect(errors.join("\n")).toMatchInlineSnapshot(`
      "CheckpointError: saveCheckpoint: there are files only in Node
        hint: elsewhere, toSafetensors(tensors) and fromSafetensors(bytes) do without
      CheckpointError: loadCheckpoint: there are files only in Node
        hint: elsewhere, toSafetensors(tensors) and fromSafetensors(bytes) do without"
    `);
  });
});

describe("when the process is killed", () => {
  test("at any moment, the file is the old one or the new one, whole", {
    timeout: 120_000,
  }, async () => {
    const rng = new Rng(Date.now());
    let last = 0;
    let cut = 0;
    saveCheckpoint(path, { step: 0, w: full([500_000], 0) });
    for (let round = 0; round < 40; round++) {
      const saving = child(`for (let step = ${last + 1}; ; step++) save(step, 500_000);`);
      await saving.ready;
      // Half of the times it is killed while it writes, else some time after it has saved.
      const { ino } = statSync(path);
      const reached = () =>
        round % 2 === 0 ? readdirSync(folder).length > 1 : statSync(path).ino !== ino;
      for (let tries = 0; tries < 1000 && !reached(); tries++) await sleep(1);
      await sleep(round % 4 === 0 ? 0 : 50 * rng.next());
      saving.kill();
      await saving.ended;

      const { step, w } = loadCheckpoint<{ step: number; w: Tensor }>(path);
      expect(step).toBeGreaterThanOrEqual(last);
      expect(w.shape).toEqual([500_000]);
      expect(w.data.every((x: number) => x === step)).toBe(true);
      last = step;
      if (readdirSync(folder).length > 1) cut++;
    }
    expect(cut).toBeGreaterThan(5);
    expect(last).toBeGreaterThanOrEqual(20);
    saveCheckpoint(path, { step: -1 });
    expect(readdirSync(folder)).toEqual(["gpt.safetensors"]);
  });

  test("the next save removes what was left, but nothing else", async () => {
    const { pid: dead } = await child("").ended;
    const mine = `gpt.safetensors.${process.pid}.123.tmp`;
    const running = `gpt.safetensors.${process.ppid}.123.tmp`;
    const others = [
      running,
      "gpt.safetensors.tmp",
      "other.safetensors.1.2.tmp",
      `x.gpt.safetensors.${dead}.1.tmp`,
    ];
    for (const name of [mine, `gpt.safetensors.${dead}.123.tmp`, ...others])
      writeFileSync(join(folder, name), "");
    saveCheckpoint(path, { step: 1 });
    expect(readdirSync(folder).sort()).toEqual([...others, "gpt.safetensors"].sort());
  });

  test("two processes that save to the same file do not mix", async () => {
    const saving = (step: number) =>
      child(`for (let i = 0; i < 20; i++) save(${step}, 50_000);`).ended;
    const both = await Promise.all([saving(1), saving(2)]);
    expect(both.map(({ output }) => output)).toEqual(["", ""]);
    const { step, w } = loadCheckpoint<{ step: number; w: Tensor }>(path);
    expect(w.data.every((x: number) => x === step)).toBe(true);
    expect(readdirSync(folder)).toEqual(["gpt.safetensors"]);
  });
});

/**
 * Runs code in a process of its own, with `save` and `becomeNobody`; the shell runs `before` first.
 * An error is its output.
 */
function child(code: string, before = "") {
  const file = join(workspace, `child-${children.size}.mjs`);
  buildSync({
    stdin: {
      contents: `
        import { writeSync } from "node:fs";
        import { saveCheckpoint } from "./checkpoint.ts";
        import { full } from "../create.ts";
        const save = (step, size = 10) =>
          saveCheckpoint(${JSON.stringify(path)}, { step, w: full([size], step) });
        const becomeNobody = () => process.getuid() === 0 && process.seteuid(65534);
        writeSync(1, "ready\\n");
        try { ${code} } catch (error) { writeSync(1, String(error)); }
      `,
      loader: "ts",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: file,
  });
  const node = spawn("sh", ["-c", `${before} exec "$0" "$1"`, process.execPath, file]);
  children.add(node);
  let output = "";
  for (const stream of [node.stdout, node.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  return {
    ready: once(node.stdout, "data"),
    kill: () => node.kill("SIGKILL"),
    ended: once(node, "close").then(() => ({
      output: output.replace("ready\n", ""),
      pid: node.pid!,
    })),
  };
}
