/** TensorFlow.js's side: `node tensorflow.ts cpu|wasm`. Images are [batch, height, width, channels]. */
import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { integers, uniform } from "./numbers.ts";
import { sample, type Task } from "./task.ts";
import { serve } from "./worker.ts";
import type {
  ElementwiseName,
  Generation,
  Network,
  NetworkName,
  Training,
  Work,
} from "./workloads.ts";

const [backend] = process.argv.slice(2);
// Its threads need a browser's workers; in Node it has one thread, with SIMD.
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
setWasmPaths(`${path.dirname(main)}/`);
if (!(await tf.setBackend(backend)))
  throw new Error(`TensorFlow.js does not start its backend "${backend}"`);

type P = Record<string, tf.Variable>;
type Cache = { keys: tf.Tensor; values: tf.Tensor };

const functions: Record<ElementwiseName, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor> = {
  add: (x, y) => tf.add(x, y),
  exp: (x) => tf.exp(x),
  tanh: (x) => tf.tanh(x),
  gelu: (x) => x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5),
  softmax: (x) => tf.softmax(x),
  layernorm: (x) => normalize(x, -1),
};

function plain(
  call: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  shape: number[],
  bound: number,
): Task {
  const size = shape.reduce((a, b) => a * b);
  const x = tf.tensor(uniform(1, size, bound), shape);
  const y = tf.tensor(uniform(2, size, bound), shape);
  let out: tf.Tensor | undefined;
  return {
    run() {
      out?.dispose();
      out = tf.tidy(() => call(x, y));
      return undefined;
    },
    result: () => sample(out!.dataSync()),
  };
}

function normalize(x: tf.Tensor, axis: number): tf.Tensor {
  const { mean, variance } = tf.moments(x, axis, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt());
}

const dense = (p: P, name: string, x: tf.Tensor): tf.Tensor =>
  tf.matMul(x, p[`${name}.weight`]).add(p[`${name}.bias`]);

const convolve = (p: P, name: string, x: tf.Tensor, stride = 1): tf.Tensor =>
  tf.conv2d(x as tf.Tensor4D, p[`${name}.weight`] as unknown as tf.Tensor4D, stride, "same");

/** Normalizes by the batch, and keeps the running statistics. */
function batchNorm(p: P, name: string, x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const count = x.size / x.shape[3]!;
  for (const [statistic, now] of [
    ["running_mean", mean],
    ["running_var", variance.mul(count / (count - 1))],
  ] as const) {
    const running = p[`${name}.${statistic}`];
    running.assign(running.mul(0.9).add(now.mul(0.1)));
  }
  const [offset, scale] = [p[`${name}.bias`], p[`${name}.weight`]];
  return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, 1e-5);
}

function block(p: P, name: string, x: tf.Tensor, stride: number): tf.Tensor {
  const y = batchNorm(p, `${name}.bn1`, convolve(p, `${name}.conv1`, x, stride)).relu();
  const change = batchNorm(p, `${name}.bn2`, convolve(p, `${name}.conv2`, y));
  const around =
    stride === 1
      ? x
      : batchNorm(p, `${name}.downsample.1`, convolve(p, `${name}.downsample.0`, x, stride));
  return change.add(around).relu();
}

const layerNorm = (p: P, name: string, x: tf.Tensor): tf.Tensor =>
  normalize(x, -1).mul(p[`${name}.weight`]).add(p[`${name}.bias`]);

/** x [batch, time, in] → [batch, time, out] */
function linear(p: P, name: string, x: tf.Tensor): tf.Tensor {
  const [batch, time, width] = x.shape as number[];
  const rows = x.reshape([batch * time, width]).matMul(p[`${name}.weight`]);
  return rows.add(p[`${name}.bias`]).reshape([batch, time, -1]);
}

function attention(p: P, name: string, x: tf.Tensor, heads: number, cache?: Cache): tf.Tensor {
  const [batch, time, width] = x.shape as number[];
  const [q, k, v] = tf
    .split(linear(p, `${name}.c_attn`, x), 3, 2)
    .map((part) => part.reshape([batch, time, heads, width / heads]).transpose([0, 2, 1, 3]));
  const keys = cache ? tf.concat([cache.keys, k], 2) : k;
  const values = cache ? tf.concat([cache.values, v], 2) : v;
  if (cache) Object.assign(cache, { keys, values });
  const all = keys.shape[2]!;
  let scores = tf.matMul(q, keys.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads));
  if (time > 1) {
    // 0 where a token may look, and as good as -Infinity in the future.
    const future = tf
      .range(0, all)
      .expandDims(0)
      .greater(tf.range(all - time, all).expandDims(1));
    scores = scores.add(future.cast("float32").mul(-1e30));
  }
  const mixed = tf.matMul(tf.softmax(scores), values).transpose([0, 2, 1, 3]);
  return linear(p, `${name}.c_proj`, mixed.reshape([batch, time, width]));
}

const geluTanh = (x: tf.Tensor): tf.Tensor =>
  x
    .add(x.square().mul(x).mul(0.044715))
    .mul(Math.sqrt(2 / Math.PI))
    .tanh()
    .add(1)
    .mul(x)
    .mul(0.5);

function gpt(p: P, ids: tf.Tensor, { heads, classes }: Network, caches?: Cache[]): tf.Tensor {
  const [batch, time] = ids.shape as number[];
  const before = caches ? caches[0].keys.shape[2]! : 0;
  const wte = p["transformer.wte.weight"];
  const width = wte.shape[1]!;
  const places = p["transformer.wpe.weight"].slice([before, 0], [time, width]);
  // A product with ones and zeros: the wasm backend has no gradient for a gather.
  const tokens = tf.oneHot(ids.flatten().cast("int32"), classes).cast("float32").matMul(wte);
  let x: tf.Tensor = tokens.reshape([batch, time, width]).add(places);
  for (let i = 0; `transformer.h.${i}.ln_1.weight` in p; i++) {
    const name = `transformer.h.${i}`;
    const seen = layerNorm(p, `${name}.ln_1`, x);
    x = x.add(attention(p, `${name}.attn`, seen, heads, caches?.[i]));
    const inner = linear(p, `${name}.mlp.c_fc`, layerNorm(p, `${name}.ln_2`, x));
    x = x.add(linear(p, `${name}.mlp.c_proj`, geluTanh(inner)));
  }
  const rows = layerNorm(p, "transformer.ln_f", x).reshape([batch * time, width]);
  return tf.matMul(rows, wte.transpose());
}

const networks: Record<NetworkName, (p: P, x: tf.Tensor, work: Network) => tf.Tensor> = {
  mlp(p, x) {
    const y = dense(p, "layers.1", dense(p, "layers.0", x).relu()).relu();
    return dense(p, "layers.2", y);
  },
  cnn(p, x) {
    const stage = (name: string, from: tf.Tensor) => {
      const y = convolve(p, name, from).add(p[`${name}.bias`]).relu();
      return tf.maxPool(y as tf.Tensor4D, 2, 2, "valid");
    };
    const y = stage("3", stage("0", x)).reshape([x.shape[0], -1]);
    return dense(p, "9", dense(p, "7", y).relu());
  },
  resnet(p, x) {
    let y: tf.Tensor = batchNorm(p, "bn1", convolve(p, "conv1", x)).relu();
    for (let i = 1; `layer${i}.0.conv1.weight` in p; i++)
      y = block(p, `layer${i}.0`, y, i === 1 ? 1 : 2);
    return dense(p, "fc", y.mean([1, 2]));
  },
  gpt,
};

/** The same numbers as everywhere, where this framework has them. */
function load({ parameters, buffers }: Network, network: NetworkName): P {
  const made = [...parameters, ...buffers].map(({ name, shape, series, bound, value = 0 }) => {
    const size = shape.reduce((a, b) => a * b);
    let start = bound ? tf.tensor(uniform(series, size, bound), shape) : tf.fill(shape, value);
    if (shape.length === 4) start = start.transpose([2, 3, 1, 0]);
    // It reads the 7 × 7 maps of 32 channels place by place, not channel by channel.
    if (network === "cnn" && name === "7.weight")
      start = start.reshape([128, 32, 7, 7]).transpose([0, 2, 3, 1]).reshape(shape);
    // Weights are [in, out] here: only products without a transposed side take its fast path.
    if (shape.length === 2 && network !== "gpt") start = start.transpose();
    return [
      name,
      tf.variable(
        start,
        parameters.some((one) => one.name === name),
      ),
    ];
  });
  return Object.fromEntries(made);
}

function train(work: Training): Task {
  const p = load(work, work.network);
  const trainable = Object.values(p).filter((one) => one.trainable);
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const size = work.input.reduce((a, b) => a * b);
  const data = work.batches.map((series) => {
    if (work.network !== "gpt") {
      const x = tf.tensor(uniform(series, size), work.input);
      const y = tf.tensor1d(integers(series + 1, work.input[0], work.classes), "int32");
      return { x: x.rank === 4 ? x.transpose([0, 2, 3, 1]) : x, y };
    }
    const ids = tf.tensor(integers(series, size, work.classes), work.input, "int32");
    const [batch, time] = [work.input[0], work.input[1] - 1];
    return { x: ids.slice([0, 0], [batch, time]), y: ids.slice([0, 1], [batch, time]).flatten() };
  });
  let done = 0;
  return {
    run() {
      const { x, y } = data[done++ % data.length];
      return tf.tidy(() => {
        const loss = () => {
          const logits = networks[work.network](p, x, work);
          return tf.losses.softmaxCrossEntropy(tf.oneHot(y, work.classes), logits) as tf.Scalar;
        };
        return optimizer.minimize(loss, true, trainable)!.dataSync()[0];
      });
    },
  };
}

function write(work: Generation): Task {
  const p = load(work, "gpt");
  const prompt = Array.from(integers(work.series, work.prompt, work.classes));
  const width = p["transformer.wte.weight"].shape[1]!;
  const layers = work.parameters.filter(({ name }) => name.endsWith("ln_1.weight")).length;
  let ids: number[];
  return {
    run() {
      ids = [];
      const empty = tf.zeros([1, work.heads, 0, width / work.heads]);
      let caches: Cache[] = Array.from({ length: layers }, () => ({ keys: empty, values: empty }));
      while (ids.length < work.tokens) {
        const seen = ids.length === 0 ? prompt : ids.slice(-1);
        const { id, after } = tf.tidy(() => {
          const after = caches.map((cache) => ({ ...cache }));
          const logits = gpt(p, tf.tensor([seen], undefined, "int32"), work, after);
          const last = logits.slice([seen.length - 1, 0], [1, work.classes]);
          return { id: last.argMax(1).dataSync()[0], after };
        });
        tf.dispose(caches);
        caches = after;
        ids.push(id);
      }
      tf.dispose(caches);
      return undefined;
    },
    result: () => ids,
  };
}

function prepare(work: Work): Task {
  if (work.kind === "matmul") return plain((a, b) => tf.matMul(a, b), [work.size, work.size], 1);
  if (work.kind === "elementwise") return plain(functions[work.function], work.shape, 3);
  return work.kind === "training" ? train(work) : write(work);
}

await serve(`TensorFlow.js ${tf.version.tfjs}, ${tf.getBackend()}`, prepare);
