import * as tf from "@tensorflow/tfjs";
import { Rng, type Tensor } from "../src/index.ts";
import { type Fixture, look, type OpCase } from "./fixtures.ts";
import { leavesOf } from "./run.ts";

// In the browser it would not tell us to install something faster.
tf.env().set("IS_NODE", false);
await tf.setBackend("cpu");

type Named<T> = Readonly<Record<string, T>>;

/** How TensorFlow.js is asked for the same thing. Attributes are JSON: they fit anywhere. */
export interface Opinion {
  readonly call: (inputs: Named<tf.Tensor>, attributes: Named<never>) => tf.Tensor | tf.Tensor[];
  /** Which configurations it knows; by default all. */
  readonly knows?: (attributes: Named<never>, inputs: Named<tf.Tensor>) => boolean;
  /** Which of those it has a gradient for; by default all. */
  readonly differentiates?: Opinion["knows"];
}

const never = () => false;

function unary(call: (x: tf.Tensor) => tf.Tensor): Opinion {
  return { call: ({ x }) => call(x) };
}

function binary(call: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Opinion {
  return { call: ({ a, b }, { other }) => call(a, b ?? tf.scalar(other)) };
}

type Axis = number | number[] | undefined;

function reduction(call: (x: tf.Tensor, axis: Axis, keepDims?: boolean) => tf.Tensor): Opinion {
  return { call: ({ x }, { axis, keepDims }) => call(x, axis, keepDims) };
}

function place(call: (x: tf.Tensor, axis: number) => tf.Tensor): Opinion {
  return {
    call({ x }, { axis, keepDims }) {
      if (axis === undefined) return call(x.flatten(), 0);
      return keepDims ? call(x, axis).expandDims(axis) : call(x, axis);
    },
  };
}

type LossCall = (
  target: tf.Tensor,
  input: tf.Tensor,
  reduction: tf.Reduction,
  attributes: Named<never>,
) => tf.Tensor;

function loss(call: LossCall): Opinion {
  return {
    call: ({ input, target }, attributes) =>
      call(target, input, REDUCTIONS[attributes.reduction ?? "mean"], attributes),
  };
}

const REDUCTIONS = {
  none: tf.Reduction.NONE,
  sum: tf.Reduction.SUM,
  mean: tf.Reduction.MEAN,
};

/** [batch, channels, …] → [batch, …, channels], as TensorFlow.js has its images. */
function channelsLast(x: tf.Tensor): tf.Tensor4D {
  const [batch, channels, ...places] = x.shape.keys();
  return x.transpose([batch, ...places, channels]);
}

/** And back. */
function channelsSecond(x: tf.Tensor): tf.Tensor {
  const places = [...x.shape.keys()].slice(1, -1);
  return x.transpose([0, x.rank - 1, ...places]);
}

const pair = (size: number | [number, number] = 1): [number, number] =>
  typeof size === "number" ? [size, size] : size;

function explicit(padding: number | [number, number] = 0): [number, number][] {
  const [rows, columns] = pair(padding);
  return [
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ];
}

const withBias = (y: tf.Tensor, bias?: tf.Tensor) => channelsSecond(bias ? y.add(bias) : y);
const stackOf = (x: tf.Tensor) => String(x.shape.slice(0, -2));
/** Not from the end, which some of its operations get wrong. */
function counted(axes: number | number[], x: tf.Tensor): number[] {
  return [axes].flat().map((axis) => (axis < 0 ? axis + x.rank : axis));
}

const isLast = (axis: number, x: tf.Tensor) => axis === -1 || axis === x.rank - 1;

/** Some of its gradients forget to undo a broadcast. */
function sameShape(_: Named<never>, { a, b }: Named<tf.Tensor>): boolean {
  return b === undefined || String(a.shape) === String(b.shape);
}

/** All of our operations that TensorFlow.js has too. */
export const opinions: Named<Opinion> = {
  neg: unary(tf.neg),
  abs: unary(tf.abs),
  sign: unary(tf.sign),
  sqrt: unary(tf.sqrt),
  exp: unary(tf.exp),
  log: unary(tf.log),
  sin: unary(tf.sin),
  cos: unary(tf.cos),
  erf: unary(tf.erf),
  tanh: unary(tf.tanh),
  sigmoid: unary(tf.sigmoid),
  relu: unary(tf.relu),
  softplus: unary(tf.softplus),
  clone: unary(tf.clone),
  leakyRelu: { call: ({ x }, { slope }) => tf.leakyRelu(x, slope ?? 0.01) },
  clamp: {
    call: ({ x }, { min, max }) => tf.clipByValue(x, min ?? -Infinity, max ?? Infinity),
  },
  to: { call: ({ x }, { dtype }) => tf.cast(x, dtype) },
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div),
  pow: binary(tf.pow),
  maximum: { ...binary(tf.maximum), differentiates: sameShape },
  minimum: { ...binary(tf.minimum), differentiates: sameShape },
  equal: binary(tf.equal),
  notEqual: binary(tf.notEqual),
  greater: binary(tf.greater),
  greaterEqual: binary(tf.greaterEqual),
  less: binary(tf.less),
  lessEqual: binary(tf.lessEqual),
  logicalAnd: {
    call: ({ a, b }) => tf.logicalAnd(tf.cast(a, "bool"), tf.cast(b, "bool")),
  },
  logicalOr: {
    call: ({ a, b }) => tf.logicalOr(tf.cast(a, "bool"), tf.cast(b, "bool")),
  },
  logicalNot: unary((x) => tf.logicalNot(tf.cast(x, "bool"))),
  isNaN: unary((x) => tf.isNaN(tf.div(tf.cast(x, "float32"), tf.cast(x, "float32")))),
  any: reduction((x, axis, keepDims) => tf.any(tf.cast(x, "bool"), axis, keepDims)),
  all: reduction((x, axis, keepDims) => tf.all(tf.cast(x, "bool"), axis, keepDims)),
  where: {
    call: ({ condition, a, b }, { other }) => tf.where(condition, a, b ?? tf.scalar(other)),
  },
  maskedFill: { call: ({ x, mask }, { value }) => tf.where(mask, tf.scalar(value), x) },
  sum: reduction(tf.sum),
  mean: reduction(tf.mean),
  max: reduction(tf.max),
  min: reduction(tf.min),
  logsumexp: reduction(tf.logSumExp),
  prod: reduction((x, axis, keepDims) => tf.prod(x, axis && counted(axis, x), keepDims)),
  norm: {
    call: ({ x }, { axis, keepDims }) => tf.norm(x, "euclidean", axis, keepDims),
    knows: ({ p }) => p === undefined,
  },
  var: {
    call: ({ x }, { axis, keepDims }) => tf.moments(x, axis, keepDims).variance,
    knows: ({ correction }) => correction === 0,
  },
  argmax: place(tf.argMax),
  argmin: place(tf.argMin),
  cumsum: {
    call: ({ x }, { axis }) => tf.cumsum(x, ...counted(axis, x)),
    // Along any other axis its gradient is turned around.
    differentiates: ({ axis }, { x }) => isLast(axis, x),
  },
  topk: {
    call({ x }, { k }) {
      const { values, indices } = tf.topk(x, k);
      return [values, indices];
    },
    knows: ({ axis, largest }, { x }) => isLast(axis, x) && largest,
    differentiates: never,
  },
  sort: {
    call({ x }) {
      const { values, indices } = tf.topk(x, x.shape.at(-1));
      return [values, indices];
    },
    knows: ({ axis, descending }, { x }) => isLast(axis, x) && descending,
    differentiates: never,
  },
  reshape: { call: ({ x }, { shape }) => tf.reshape(x, shape) },
  flatten: unary((x) => x.flatten()),
  transpose: {
    call: ({ x }, { axes }) => tf.transpose(x, axes),
    knows: ({ axes }) => (axes as number[]).length > 0 && (axes as number[]).every((a) => a >= 0),
  },
  permute: {
    call: ({ x }, { axes }) => tf.transpose(x, axes),
    knows: ({ axes }) => (axes as number[]).every((axis) => axis >= 0),
  },
  squeeze: { call: ({ x }, { axis }) => tf.squeeze(x, axis === undefined ? axis : [axis]) },
  unsqueeze: { call: ({ x }, { axis }) => tf.expandDims(x, axis) },
  expand: {
    call: ({ x }, { shape }) => tf.broadcastTo(x, shape),
    knows: ({ shape }) => !(shape as number[]).includes(0),
  },
  slice: {
    call({ x }, { axis, start, end }) {
      const at = (axis + x.rank) % x.rank;
      const size = x.shape[at];
      const from = start < 0 ? start + size : start;
      const to = end === undefined ? size : end < 0 ? end + size : end;
      const along = <T>(there: T, elsewhere: T[]) => elsewhere.with(at, there);
      return tf.slice(
        x,
        along(
          from,
          x.shape.map(() => 0),
        ),
        along(to - from, x.shape),
      );
    },
    knows: ({ step }) => (step ?? 1) === 1,
  },
  select: {
    call: ({ x }, { axis, index }) => tf.unstack(x, axis).at(index) as tf.Tensor,
    // Its unstack along an axis of size 1 gives no array.
    knows: ({ axis }, { x }) => x.shape.at(axis) !== 1,
  },
  take: { call: ({ x, indices }, { axis }) => tf.gather(x, indices as tf.Tensor1D, axis) },
  gather: {
    call: ({ x, indices }) => tf.gather(x, indices as tf.Tensor1D, x.rank - 1, x.rank - 1),
    knows: ({ axis }, { x, indices }) =>
      isLast(axis, x) && String(x.shape.slice(0, -1)) === String(indices.shape.slice(0, -1)),
    differentiates: (_, { x }) => x.rank <= 2,
  },
  indexAdd: {
    call: ({ x, indices, source }) =>
      x.add(tf.unsortedSegmentSum(source, indices as tf.Tensor1D, x.shape[0])),
    knows: ({ axis }, { indices }) => axis === 0 && indices.rank === 1,
  },
  embedding: { call: ({ ids, weight }) => tf.gather(weight, ids as tf.Tensor1D) },
  oneHot: {
    call: ({ ids }, { classes }) => tf.oneHot(ids, classes, 1, 0, "float32"),
    knows: ({ classes }) => classes >= 2,
  },
  concat: { call: (tensors, { axis }) => tf.concat(Object.values(tensors), axis) },
  stack: { call: (tensors, { axis }) => tf.stack(Object.values(tensors), axis) },
  split: {
    call: ({ x }, { size, axis }) => tf.split(x, size, axis),
    knows({ size }) {
      const sizes: unknown = size;
      return Array.isArray(sizes) && sizes.length > 1 && !sizes.includes(0);
    },
  },
  chunk: {
    call: ({ x }, { count, axis }) => tf.split(x, count, axis),
    knows: ({ count, axis }, { x }) => count > 1 && x.shape.at(axis)! % count === 0,
  },
  pad: { call: ({ x }, { padding, value }) => tf.pad(x, padding, value) },
  flip: { call: ({ x }, { axis }) => tf.reverse(x, axis) },
  tril: {
    call: ({ x }, { diagonal }) => tf.linalg.bandPart(x, -1, diagonal),
    knows: ({ diagonal }, { x }) => diagonal >= 0 && x.rank > 2,
  },
  triu: {
    call: ({ x }, { diagonal }) => tf.linalg.bandPart(x, -diagonal, -1),
    knows: ({ diagonal }, { x }) => diagonal <= 0 && x.rank > 2,
  },
  matmul: {
    call: ({ a, b }) => tf.matMul(a, b),
    knows: (_, { a, b }) => Math.min(a.rank, b.rank) >= 2 && stackOf(a) === stackOf(b),
  },
  dot: { call: ({ a, b }) => tf.dot(a, b) },
  einsum: {
    call: (tensors, { equation }) => tf.einsum(equation, ...Object.values(tensors)),
    // No ..., no diagonals, no more than two tensors.
    knows: ({ equation }) => /^[^,.]*(,[^,.]*)?->/.test(equation) && !/(\w)\1/.test(equation),
    differentiates: never,
  },
  linear: {
    call: ({ x, weight, bias }) => tf.fused.matMul({ a: x, b: weight, transposeB: true, bias }),
    knows: (_, { x }) => x.rank === 2,
  },
  conv1d: {
    call: ({ x, weight, bias }, { stride, dilation }) => {
      const kernel = tf.transpose(weight, [2, 1, 0]) as tf.Tensor3D;
      const lines = channelsLast(x) as tf.Tensor as tf.Tensor3D;
      return withBias(tf.conv1d(lines, kernel, stride ?? 1, "valid", "NWC", dilation ?? 1), bias);
    },
    knows: ({ groups, padding }) => groups === undefined && padding === undefined,
    differentiates: ({ dilation }) => dilation === undefined,
  },
  conv2d: {
    call: ({ x, weight, bias }, { stride, padding, dilation }) => {
      const kernel = tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D;
      const pad = explicit(padding) as never;
      return withBias(
        tf.conv2d(channelsLast(x), kernel, pair(stride), pad, "NHWC", pair(dilation)),
        bias,
      );
    },
    knows: ({ groups, stride, dilation }) =>
      groups === undefined && (stride === undefined || dilation === undefined),
    differentiates: ({ dilation }) => dilation === undefined,
  },
  convTranspose2d: {
    call({ x, weight, bias }, { stride, padding, outputPadding }) {
      const kernel = tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D;
      const image = channelsLast(x);
      const sizes = [0, 1].map(
        (i) =>
          (image.shape[1 + i] - 1) * pair(stride)[i] -
          2 * pair(padding ?? 0)[i] +
          kernel.shape[i] +
          pair(outputPadding ?? 0)[i],
      );
      const shape = [image.shape[0], ...sizes, kernel.shape[2]] as never;
      const pad = explicit(padding) as never;
      return withBias(tf.conv2dTranspose(image, kernel, shape, pair(stride), pad), bias);
    },
    knows: ({ groups, dilation }) => groups === undefined && dilation === undefined,
  },
  maxPool2d: {
    call: ({ x }, { kernelSize, stride, padding }) =>
      channelsSecond(
        tf.maxPool(
          channelsLast(x),
          kernelSize,
          stride ?? kernelSize,
          padding === undefined ? "valid" : padding,
        ),
      ),
    knows: ({ padding }) => !Array.isArray(padding),
  },
  avgPool2d: {
    call: ({ x }, { kernelSize, stride }) =>
      channelsSecond(tf.avgPool(channelsLast(x), kernelSize, stride ?? kernelSize, "valid")),
    // It leaves the padding out of the mean.
    knows: ({ padding }) => padding === undefined,
  },
  upsample: {
    call({ x }, { mode, size, scaleFactor }) {
      const image = channelsLast(x);
      const [rows, columns] = image.shape.slice(1, 3);
      const to = size ?? [rows * scaleFactor, columns * scaleFactor];
      return channelsSecond(
        (mode as string) === "nearest"
          ? tf.image.resizeNearestNeighbor(image, to)
          : tf.image.resizeBilinear(image, to, false, true),
      );
    },
    // Its gradients are not those of its own results: they fail a gradcheck.
    differentiates: never,
  },
  softmax: {
    call: ({ x }) => tf.softmax(x),
    knows: ({ axis }, { x }) => isLast(axis, x),
  },
  logSoftmax: {
    call: ({ x }) => tf.logSoftmax(x),
    knows: ({ axis }, { x }) => isLast(axis, x),
  },
  batchNorm: {
    call: ({ x, runningMean, runningVar, weight, bias }, { eps }) =>
      channelsSecond(
        tf.batchNorm(
          channelsLast(x),
          runningMean as tf.Tensor1D,
          runningVar as tf.Tensor1D,
          bias as tf.Tensor1D,
          weight as tf.Tensor1D,
          eps ?? 1e-5,
        ),
      ),
    knows: ({ training }, { weight }) => !training && weight !== undefined,
  },
  crossEntropy: {
    call: ({ logits, targets }, { labelSmoothing, reduction }) =>
      tf.losses.softmaxCrossEntropy(
        tf.oneHot(targets, logits.shape[1] as number),
        logits,
        undefined,
        labelSmoothing ?? 0,
        REDUCTIONS[reduction ?? "mean"],
      ),
    knows: ({ ignoreIndex }, { logits, targets, weight }) =>
      ignoreIndex === undefined &&
      weight === undefined &&
      logits.rank === 2 &&
      logits.size > 1 &&
      targets.dtype === "int32" &&
      targets.dataSync().every((target) => target >= 0),
  },
  binaryCrossEntropyWithLogits: {
    ...loss((target, input, how) =>
      tf.losses.sigmoidCrossEntropy(target, input, undefined, 0, how),
    ),
    knows: (_, { posWeight }) => posWeight === undefined,
  },
  mseLoss: loss((target, input, how) => tf.losses.meanSquaredError(target, input, undefined, how)),
  l1Loss: loss((target, input, how) => tf.losses.absoluteDifference(target, input, undefined, how)),
  huberLoss: loss((target, input, how, { delta }) =>
    tf.losses.huberLoss(target, input, undefined, delta ?? 1, how),
  ),
};

/** Why the others have no second opinion. */
export const withoutOpinion: Named<string> = Object.fromEntries(
  Object.entries({
    "its core has no such operation":
      "std unslice sumTo scatterAdd silu gelu argsort index swapAxes conv2dWeight avgUnpool2d " +
      "maxPool2dPlaces maxUnpool2d maxPool1d avgPool1d adaptiveAvgPool1d adaptiveAvgPool2d adaptiveMaxPool1d " +
      "adaptiveMaxPool2d layerNorm rmsNorm groupNorm nllLoss scaledDotProductAttention klDivLoss " +
      "samplingProbabilities verify",
    "random: statistics are tested in functional/dropout.test.ts": "dropout",
  }).flatMap(([reason, names]) => names.split(" ").map((name) => [name, reason])),
);

// Other numbers each time; to repeat a run, set PROOFS_SEED to what the failure names.
export const seed = Number(process.env.PROOFS_SEED ?? Date.now() % 1_000_000);

/** The shapes of a case with numbers drawn anew, each up to two fifths smaller than it was. */
export function drawn(one: OpCase, fixture: Fixture<OpCase>): Tensor[] {
  const rng = new Rng(seed);
  return leavesOf(one, fixture).map((leaf, i) => {
    const input = look(leaf, one.views?.[one.inputs[i]]).detach().clone();
    if (input.dtype === "float32")
      for (let k = 0; k < input.size; k++) input.data[k] *= 1 - 0.4 * rng.next();
    input.requiresGrad = leaf.requiresGrad;
    return input;
  });
}

export function toTensorFlow({ data, shape, dtype }: Tensor): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}

/** Each case with an opinion, and its inputs for it. Tensors without numbers are often too little. */
export function opinionated(fixture: Fixture<OpCase>): OpCase[] {
  return fixture.cases.filter((one) => {
    if (!(one.op in opinions) || one.special) return false;
    const inputs = drawn(one, fixture).map(toTensorFlow);
    if (inputs.some((input) => input.size === 0)) return false;
    const named = Object.fromEntries(one.inputs.map((key, i) => [key, inputs[i]]));
    return opinions[one.op].knows?.(one.attributes ?? {}, named) ?? true;
  });
}
