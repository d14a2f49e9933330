/**
 * Where training starts from. Each function fills a tensor in place, such as a layer's weight, and
 * returns it: `init.kaimingNormal(layer.weight, { rng })`.
 *
 * @module
 */
import { guard } from "../forbid.ts";
import { defaultRng, type Rng } from "../random.ts";
import { ShapeError, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Where the chance comes from, by default the default generator. */
export interface InitOptions {
  rng?: Rng;
}

/** What comes after the weights, and so how much of their output is left. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu";

/** How many numbers flow into one output, and out of one input, of a weight [out, in, ...kernel]. */
export function fans(weight: Tensor): { fanIn: number; fanOut: number } {
  guard("fans");
  if (weight.rank < 2)
    throw new ShapeError(
      "fans",
      [weight.shape],
      "only weights have a fan in and a fan out: at least two axes, [out, in]",
      "start a bias with constant(bias, 0)",
    );
  const kernel = sizeOf(weight.shape.slice(2));
  return { fanIn: weight.shape[1] * kernel, fanOut: weight.shape[0] * kernel };
}

/** By how much to widen the weights for what the nonlinearity takes away; PyTorch's values. */
export function gain(nonlinearity: Nonlinearity, negativeSlope = 0.01): number {
  guard("gain");
  switch (nonlinearity) {
    case "linear":
    case "sigmoid":
      return 1;
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leakyRelu":
      return Math.sqrt(2 / (1 + negativeSlope ** 2));
    default:
      throw new RangeError(`gain: there is no nonlinearity "${nonlinearity}"`);
  }
}

/** All the same value. */
export function constant<T extends Tensor>(tensor: T, value: number): T {
  guard("constant");
  tensor.storage.fill(value);
  return tensor;
}

/** Spread evenly from `low` up to `high`. */
export function uniform<T extends Tensor>(
  tensor: T,
  low = 0,
  high = 1,
  { rng = defaultRng() }: InitOptions = {},
): T {
  guard("uniform");
  return fill(tensor, rng.uniform(tensor.shape, low, high));
}

/** From the normal distribution. */
export function normal<T extends Tensor>(
  tensor: T,
  mean = 0,
  std = 1,
  { rng = defaultRng() }: InitOptions = {},
): T {
  guard("normal");
  return fill(tensor, rng.normal(tensor.shape, mean, std));
}

/** Options of {@link truncatedNormal}. */
export interface TruncatedNormalOptions extends InitOptions {
  mean?: number;
  std?: number;
  /** No number is below this; -2 by default. */
  low?: number;
  /** No number is above this; 2 by default. */
  high?: number;
}

/** From the normal distribution, but whatever lies outside low to high is drawn again. */
export function truncatedNormal<T extends Tensor>(
  tensor: T,
  { mean = 0, std = 1, low = -2, high = 2, rng = defaultRng() }: TruncatedNormalOptions = {},
): T {
  guard("truncatedNormal");
  if (!(std > 0 && low < high && low <= mean + 2 * std && high >= mean - 2 * std))
    throw new RangeError(
      `truncatedNormal: hardly anything of the normal distribution around ${mean}, std ${std}, lies from ${low} to ${high}`,
    );
  for (let i = 0; i < tensor.size; i++)
    do tensor.storage[i] = rng.normal([], mean, std).item();
    while (tensor.storage[i] < low || tensor.storage[i] > high);
  return tensor;
}

/** Options of the initializers by Glorot and Bengio. */
export interface XavierOptions extends InitOptions {
  /** A factor on the spread; 1 by default. See {@link gain}. */
  gain?: number;
}

/**
 * Uniform, with variance gain² · 2 / (fanIn + fanOut), so that signals forward and gradients
 * backward keep their size. X. Glorot and Y. Bengio, "Understanding the difficulty of training
 * deep feedforward neural networks" (2010).
 */
export function xavierUniform<T extends Tensor>(tensor: T, options: XavierOptions = {}): T {
  guard("xavierUniform");
  return fillUniform(tensor, xavierStd(tensor, options), options.rng);
}

/** Normal, with the variance of {@link xavierUniform}. */
export function xavierNormal<T extends Tensor>(tensor: T, options: XavierOptions = {}): T {
  guard("xavierNormal");
  return fillNormal(tensor, xavierStd(tensor, options), options.rng);
}

function xavierStd(tensor: Tensor, { gain = 1 }: XavierOptions): number {
  const { fanIn, fanOut } = fans(tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** Options of the initializers by He and others. */
export interface KaimingOptions extends InitOptions {
  /** Keep the size of signals forward ("fanIn", the default) or of gradients backward ("fanOut"). */
  mode?: "fanIn" | "fanOut";
  /** What comes after the weights; by default "relu". */
  nonlinearity?: Nonlinearity;
  /** For "leakyRelu". */
  negativeSlope?: number;
}

/**
 * Uniform, with variance gain² / fanIn, so that signals keep their size through a ReLU, which takes
 * half of it away. K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers" (2015).
 */
export function kaimingUniform<T extends Tensor>(tensor: T, options: KaimingOptions = {}): T {
  guard("kaimingUniform");
  return fillUniform(tensor, kaimingStd(tensor, options), options.rng);
}

/** Normal, with the variance of {@link kaimingUniform}. */
export function kaimingNormal<T extends Tensor>(tensor: T, options: KaimingOptions = {}): T {
  guard("kaimingNormal");
  return fillNormal(tensor, kaimingStd(tensor, options), options.rng);
}

function kaimingStd(
  tensor: Tensor,
  { mode = "fanIn", nonlinearity = "relu", negativeSlope }: KaimingOptions,
): number {
  return gain(nonlinearity, negativeSlope) / Math.sqrt(fans(tensor)[mode]);
}

/** Spread evenly around 0; from -b to b, the standard deviation is b / √3. */
function fillUniform<T extends Tensor>(tensor: T, std: number, rng = defaultRng()): T {
  const bound = Math.sqrt(3) * std;
  return fill(tensor, rng.uniform(tensor.shape, -bound, bound));
}

/** From the normal distribution around 0. */
function fillNormal<T extends Tensor>(tensor: T, std: number, rng = defaultRng()): T {
  return fill(tensor, rng.normal(tensor.shape, 0, std));
}

function fill<T extends Tensor>(tensor: T, drawn: Tensor): T {
  tensor.storage.set(drawn.storage);
  return tensor;
}

/**
 * A random matrix whose rows (or columns, if they are fewer) are at right angles and of length
 * `gain`: no signal grows or shrinks. Axes after the first are taken as one. A. Saxe,
 * J. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
 * linear neural networks" (2014).
 */
export function orthogonal<T extends Tensor>(tensor: T, options: XavierOptions = {}): T {
  guard("orthogonal");
  const { gain = 1, rng = defaultRng() } = options;
  fans(tensor);
  const [rows, columns] = [tensor.shape[0], sizeOf(tensor.shape.slice(1))];
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const basis: number[][] = [];
  while (basis.length < count) {
    let vector = Array.from(rng.normal([length]).data);
    // Gram and Schmidt: take away what lies along the others; twice, for what rounding left.
    for (const other of [...basis, ...basis]) {
      const along = dot(vector, other);
      vector = vector.map((x, i) => x - along * other[i]);
    }
    const size = Math.sqrt(dot(vector, vector));
    if (size > 1e-3) basis.push(vector.map((x) => x / size));
  }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      tensor.storage[row * columns + column] =
        gain * (rows <= columns ? basis[row][column] : basis[column][row]);
  return tensor;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, x, i) => total + x * b[i], 0);
}
