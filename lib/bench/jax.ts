/**
 * jax-js's side: `node jax.ts`; everything is compiled by its jit. A function uses up its arguments
 * there, and `x.ref` is one more of x.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { defaultDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { integers, uniform } from "./numbers.ts";
import { sample, type Task } from "./task.ts";
import { serve } from "./worker.ts";
import type {
  ElementwiseName,
  Generation,
  NetworkName,
  ParameterSpec,
  Training,
  Work,
} from "./workloads.ts";

await init("wasm");
defaultDevice("wasm");

type P = Record<string, np.Array>;

const functions: Record<ElementwiseName, (x: np.Array, y: np.Array) => np.Array> = {
  add: (x, y) => x.add(y),
  exp: alone(np.exp),
  tanh: alone(np.tanh),
  gelu: alone((x) => nn.gelu(x, { approximate: false })),
  softmax: alone((x) => nn.softmax(x, -1)),
  layernorm: alone((x) => normalize(x, -1)),
};

function alone(call: (x: np.Array) => np.Array): (x: np.Array, y: np.Array) => np.Array {
  return (x, y) => {
    y.dispose();
    return call(x);
  };
}

const array = (values: Float32Array | Int32Array, shape: number[]): np.Array =>
  np.array(values as Float32Array<ArrayBuffer>).reshape(shape);

function plain(call: (x: np.Array, y: np.Array) => np.Array, shape: number[], bound: number): Task {
  const size = shape.reduce((a, b) => a * b);
  const x = array(uniform(1, size, bound), shape);
  const y = array(uniform(2, size, bound), shape);
  const compiled = jit(call);
  let out: np.Array | undefined;
  return {
    async run() {
      out?.dispose();
      out = compiled(x.ref, y.ref);
      await out.blockUntilReady();
      return undefined;
    },
    result: async () => sample(await out!.ref.data()),
  };
}

function normalize(x: np.Array, axis: number | number[]): np.Array {
  const centered = x.ref.sub(np.mean(x, axis, { keepdims: true }));
  const variance = np.mean(np.square(centered.ref), axis, { keepdims: true });
  return centered.div(np.sqrt(variance.add(1e-5)));
}

const dense = (p: P, name: string, x: np.Array): np.Array =>
  np.matmul(x, p[`${name}.weight`].transpose()).add(p[`${name}.bias`]);

function convolve(p: P, name: string, x: np.Array, padding: number, stride = 1): np.Array {
  const pads: [number, number] = [padding, padding];
  return lax.conv(x, p[`${name}.weight`], [stride, stride], [pads, pads]);
}

const perChannel = (x: np.Array): np.Array => x.reshape([1, -1, 1, 1]);

/** Normalizes by the batch, and puts the new running statistics into `running`. */
function batchNorm(p: P, name: string, x: np.Array, running: P): np.Array {
  const count = x.size / x.shape[1];
  const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true });
  const centered = x.sub(mean.ref);
  const variance = np.mean(np.square(centered.ref), [0, 2, 3], { keepdims: true });
  for (const [statistic, now] of [
    ["running_mean", mean],
    ["running_var", variance.ref.mul(count / (count - 1))],
  ] as const) {
    const place = `${name}.${statistic}`;
    running[place] = running[place].mul(0.9).add(lax.stopGradient(now).flatten().mul(0.1));
  }
  const normal = centered.div(np.sqrt(variance.add(1e-5)));
  return normal.mul(perChannel(p[`${name}.weight`])).add(perChannel(p[`${name}.bias`]));
}

function block(p: P, name: string, x: np.Array, stride: number, running: P): np.Array {
  const first = convolve(p, `${name}.conv1`, x.ref, 1, stride);
  const y = nn.relu(batchNorm(p, `${name}.bn1`, first, running));
  const change = batchNorm(p, `${name}.bn2`, convolve(p, `${name}.conv2`, y, 1), running);
  if (stride === 1) return nn.relu(change.add(x));
  const around = convolve(p, `${name}.downsample.0`, x, 0, stride);
  return nn.relu(change.add(batchNorm(p, `${name}.downsample.1`, around, running)));
}

const layerNorm = (p: P, name: string, x: np.Array): np.Array =>
  normalize(x, -1).mul(p[`${name}.weight`]).add(p[`${name}.bias`]);

const linear = (p: P, name: string, x: np.Array): np.Array =>
  np.matmul(x, p[`${name}.weight`]).add(p[`${name}.bias`]);

/** x [batch, time, 3 width] → three times [batch, time, heads, width / heads] */
function splitHeads(x: np.Array, heads: number): np.Array[] {
  const [batch, time, width] = x.shape;
  return np.split(x, 3, 2).map((part) => part.reshape([batch, time, heads, width / 3 / heads]));
}

/** The blocks of a GPT around what each of them does for attention. x and result [batch, time, width] */
function blocks(
  p: P,
  start: np.Array,
  attend: (qkv: np.Array, layer: number) => np.Array,
): np.Array {
  let x = start;
  for (let i = 0; `transformer.h.${i}.ln_1.weight` in p; i++) {
    const name = `transformer.h.${i}`;
    const qkv = linear(p, `${name}.attn.c_attn`, layerNorm(p, `${name}.ln_1`, x.ref));
    x = x.add(linear(p, `${name}.attn.c_proj`, attend(qkv, i)));
    const inner = linear(p, `${name}.mlp.c_fc`, layerNorm(p, `${name}.ln_2`, x.ref));
    x = x.add(linear(p, `${name}.mlp.c_proj`, nn.gelu(inner, { approximate: true })));
  }
  return layerNorm(p, "transformer.ln_f", x);
}

type Forward = (p: P, x: np.Array, running: P, heads: number) => np.Array;

const networks: Record<NetworkName, Forward> = {
  mlp(p, x) {
    const y = nn.relu(dense(p, "layers.1", nn.relu(dense(p, "layers.0", x))));
    return dense(p, "layers.2", y);
  },
  cnn(p, x) {
    const stage = (name: string, from: np.Array) => {
      const y = convolve(p, name, from, 2).add(perChannel(p[`${name}.bias`]));
      return lax.reduceWindow(nn.relu(y), (window) => np.max(window), [1, 1, 2, 2], [1, 1, 2, 2]);
    };
    const y = stage("3", stage("0", x)).reshape([x.shape[0], -1]);
    return dense(p, "9", nn.relu(dense(p, "7", y)));
  },
  resnet(p, x, running) {
    let y = nn.relu(batchNorm(p, "bn1", convolve(p, "conv1", x, 1), running));
    for (let i = 1; `layer${i}.0.conv1.weight` in p; i++)
      y = block(p, `layer${i}.0`, y, i === 1 ? 1 : 2, running);
    return dense(p, "fc", np.mean(y, [2, 3]));
  },
  gpt(p, ids, _running, heads) {
    const [batch, time] = ids.shape;
    const wte = p["transformer.wte.weight"];
    const width = wte.shape[1];
    const start = np.take(wte.ref, ids, 0).add(p["transformer.wpe.weight"]);
    const stream = blocks(p, start, (qkv) => {
      const [q, k, v] = splitHeads(qkv, heads);
      return nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([batch, time, width]);
    });
    return np.matmul(stream.reshape([batch * time, width]), wte.transpose());
  },
};

/** The same numbers as everywhere. */
function load(parameters: readonly ParameterSpec[]): P {
  const made = parameters.map(({ name, shape, series, bound, value = 0 }) => {
    const size = shape.reduce((a, b) => a * b);
    const values = bound ? uniform(series, size, bound) : new Float32Array(size).fill(value);
    return [name, array(values, shape)];
  });
  return Object.fromEntries(made);
}

function map(p: P, change: (one: np.Array, name: string) => np.Array): P {
  return Object.fromEntries(Object.entries(p).map(([name, one]) => [name, change(one, name)]));
}

/** All that a step takes and gives back changed. */
type State = { p: P; mean: P; square: P; running: P };

function train(work: Training): Task {
  const missed = (p: P, running: P, x: np.Array, y: np.Array): [np.Array, P] => {
    const after = { ...running };
    const logits = networks[work.network](p, x, after, work.heads);
    const count = y.size;
    const hits = nn.logSoftmax(logits, -1).mul(nn.oneHot(y, work.classes));
    return [hits.sum().mul(-1 / count), after];
  };
  const differentiated = valueAndGrad(missed, { hasAux: true });
  /** `grown1` and `grown2` are 1 - beta to the power of the step. */
  const step = jit((state: State, grown1: np.Array, grown2: np.Array, x: np.Array, y: np.Array) => {
    const { p, running } = state;
    const [[loss, after], gradient] = differentiated(
      map(p, (one) => one.ref),
      running,
      x,
      y,
    );
    const mean = map(state.mean, (one, name) => one.mul(0.9).add(gradient[name].ref.mul(0.1)));
    const square = map(state.square, (one, name) =>
      one.mul(0.999).add(np.square(gradient[name]).mul(0.001)),
    );
    const moved = map(p, (one, name) => {
      const spread = np.sqrt(square[name].ref.div(grown2.ref)).add(1e-8);
      return one.sub(mean[name].ref.div(grown1.ref).div(spread).mul(1e-3));
    });
    grown1.dispose();
    grown2.dispose();
    return { state: { p: moved, mean, square, running: after }, loss };
  });
  const p = load(work.parameters);
  let state: State = {
    p,
    mean: map(p, (one) => np.zeros(one.shape)),
    square: map(p, (one) => np.zeros(one.shape)),
    running: load(work.buffers),
  };
  const size = work.input.reduce((a, b) => a * b);
  const data = work.batches.map((series) => {
    if (work.network !== "gpt") {
      const y = integers(series + 1, work.input[0], work.classes);
      return { x: array(uniform(series, size), work.input), y: array(y, [work.input[0]]) };
    }
    const ids = array(integers(series, size, work.classes), work.input);
    return { x: ids.ref.slice([], [0, -1]), y: ids.slice([], [1]).flatten() };
  });
  let done = 0;
  return {
    run() {
      const { x, y } = data[done++ % data.length];
      const [grown1, grown2] = [1 - 0.9 ** done, 1 - 0.999 ** done];
      const out = step(state, np.array(grown1), np.array(grown2), x.ref, y.ref);
      state = out.state;
      return out.loss.dataSync()[0];
    },
  };
}

/** One token at a time, the prompt too, so that every shape stays and nothing is compiled anew. */
function write(work: Generation): Task {
  const p = load(work.parameters);
  const [context, width] = p["transformer.wpe.weight"].shape;
  const { heads } = work;
  const cacheShape = [1, context, heads, width / heads];
  /** The token `id` [1] at the place `at` [1] → the likeliest after it [1]. */
  const advance = jit((p: P, keys: np.Array[], values: np.Array[], id: np.Array, at: np.Array) => {
    const wte = p["transformer.wte.weight"];
    const places = np.arange(context);
    const here = np.equal(places.ref, at.ref).reshape([1, context, 1, 1]);
    const past = np.lessEqual(places, at.ref).reshape([1, 1, 1, context]);
    const start = np.take(wte.ref, id, 0).add(np.take(p["transformer.wpe.weight"], at, 0));
    const newKeys: np.Array[] = [];
    const newValues: np.Array[] = [];
    const stream = blocks(p, start.reshape([1, 1, width]), (qkv, layer) => {
      const [q, k, v] = splitHeads(qkv, heads);
      newKeys.push(np.where(here.ref, k, keys[layer]));
      newValues.push(np.where(here.ref, v, values[layer]));
      return nn
        .dotProductAttention(q, newKeys[layer].ref, newValues[layer].ref, { mask: past.ref })
        .reshape([1, 1, width]);
    });
    here.dispose();
    past.dispose();
    const logits = np.matmul(stream.reshape([1, width]), wte.transpose());
    return { keys: newKeys, values: newValues, next: np.argmax(logits, 1) };
  });
  const layers = work.parameters.filter(({ name }) => name.endsWith("ln_1.weight")).length;
  const prompt = Array.from(integers(work.series, work.prompt, work.classes));
  let ids: number[];
  return {
    run() {
      ids = [...prompt];
      const empty = () => Array.from({ length: layers }, () => np.zeros(cacheShape));
      let cache = { keys: empty(), values: empty() };
      for (let at = 0; ids.length < prompt.length + work.tokens; at++) {
        const [id, place] = [ids[at], at].map((n) => array(Int32Array.of(n), [1]));
        const refs = map(p, (one) => one.ref);
        const { next, ...after } = advance(refs, cache.keys, cache.values, id, place);
        cache = after;
        const [likeliest] = next.dataSync();
        if (at + 1 >= prompt.length) ids.push(likeliest);
      }
      for (const one of [...cache.keys, ...cache.values]) one.dispose();
      return undefined;
    },
    result: () => ids.slice(prompt.length),
  };
}

function prepare(work: Work): Task {
  if (work.kind === "matmul") return plain((a, b) => np.matmul(a, b), [work.size, work.size], 1);
  if (work.kind === "elementwise") return plain(functions[work.function], work.shape, 3);
  return work.kind === "training" ? train(work) : write(work);
}

// It does not say its version at run time.
const require = createRequire(import.meta.url);
const { version } = require(
  path.join(path.dirname(require.resolve("@jax-js/jax")), "../package.json"),
);
await serve(`jax-js ${version}, wasm`, prepare);
