import { allocate, type DType, type TensorData } from "./dtype.ts";
import { oneHot as oneHotOp } from "./ops/indexing.ts";
import { defaultRng, type Rng } from "./random.ts";
import { checkShape, type Shape, ShapeError, sameShape, showShape, sizeOf } from "./shape.ts";
import { describe, Tensor } from "./tensor.ts";
import { effect } from "./trace.ts";

/** What {@link tensor} makes a tensor of. */
export type TensorLike = Tensor | TensorData | number | boolean | readonly TensorLike[];

/** Options of everything that makes a tensor. */
export interface TensorOptions {
  dtype?: DType;
  /** Whether gradients with respect to it are wanted; float32 only. */
  requiresGrad?: boolean;
}

/**
 * A tensor with a copy of the values: a number, nested arrays, tensors of equal shape in an
 * array, a typed array. Booleans give bool; anything else float32, unless `dtype` says otherwise.
 * Throws where rows have different lengths and where a value is no number.
 */
export function tensor(values: TensorLike, options: TensorOptions = {}): Tensor {
  const shape = nestedShape(values);
  const flat: number[] = [];
  let booleans = 0;
  const collect = (value: TensorLike, axis: number, path: string): void => {
    if (value instanceof Tensor || isTypedArray(value)) {
      const own = value instanceof Tensor ? value.shape : [value.length];
      if (!sameShape(own, shape.slice(axis))) throw ragged(path, own, shape.slice(axis));
      const data: TensorData = value instanceof Tensor ? value.data : value;
      for (let i = 0; i < data.length; i++) flat.push(data[i]);
      if (data instanceof Uint8Array && value instanceof Tensor) booleans += data.length;
    } else if (Array.isArray(value)) {
      if (value.length !== shape[axis]) throw ragged(path, nestedShape(value), shape.slice(axis));
      for (let i = 0; i < value.length; i++) collect(value[i], axis + 1, `${path}[${i}]`);
    } else if (axis < shape.length) {
      throw ragged(path, [], shape.slice(axis));
    } else if (typeof value === "number" || typeof value === "boolean") {
      if (typeof value === "boolean") booleans++;
      flat.push(Number(value));
    } else {
      throw new TypeError(
        `tensor: values${path} is ${describe(value)}, not a number${value === null || value === undefined ? "\n  hint: leave out or fill in missing values first" : ""}`,
      );
    }
  };
  collect(values, 0, "");
  const allBooleans = flat.length > 0 && booleans === flat.length;
  const own = values instanceof Int32Array ? "int32" : allBooleans ? "bool" : "float32";
  const dtype = options.dtype ?? (values instanceof Tensor ? values.dtype : own);
  const out = new Tensor(allocate(dtype, flat.length), shape);
  for (let i = 0; i < flat.length; i++) {
    if (dtype === "int32" && flat[i] !== (flat[i] | 0))
      throw new TypeError(
        `tensor: ${flat[i]} is not an int32\n  hint: leave the dtype out for float32`,
      );
    out.storage[i] = dtype === "bool" ? Number(flat[i] !== 0) : flat[i];
  }
  return withOptions(out, options);
}

/** The shape that the first element at each level gives; collecting then holds all to it. */
function nestedShape(values: TensorLike): number[] {
  const shape: number[] = [];
  let value: TensorLike = values;
  while (Array.isArray(value)) {
    shape.push(value.length);
    if (value.length === 0) return shape;
    value = value[0];
  }
  if (value instanceof Tensor) shape.push(...value.shape);
  else if (isTypedArray(value)) shape.push(value.length);
  return shape;
}

function isTypedArray(value: unknown): value is TensorData {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function ragged(path: string, got: Shape, expected: Shape): ShapeError {
  return new ShapeError(
    "tensor",
    [],
    `rows must have the same length: values${path} has shape ${showShape(got)}, the first has ${showShape(expected)}`,
  );
}

/** All 0. */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

/** All 1. */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

/** All the same value. */
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  return filled("full", shape, value, options);
}

function filled(op: string, shape: Shape, value: number, options: TensorOptions): Tensor {
  checkShape(op, shape);
  const data = allocate(options.dtype ?? "float32", sizeOf(shape)).fill(value);
  return withOptions(new Tensor(data, shape), options);
}

function withOptions(made: Tensor, { requiresGrad = false }: TensorOptions): Tensor {
  if (requiresGrad) made.requiresGrad = true;
  return made;
}

/** From `start` up to, not including, `end`: `arange(3)` is 0, 1, 2; `arange(1, 2, 0.5)` is 1, 1.5. */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  if (typeof end === "object")
    throw new TypeError("arange: options come after the step\n  hint: arange(0, n, 1, { dtype })");
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (!Number.isSafeInteger(count))
    throw new RangeError(`arange: from ${from} to ${to} in steps of ${step} never ends`);
  return computed([count], (i) => from + i * step, options);
}

/** `count` numbers at equal distances, the first `start`, the last `end`. */
export function linspace(
  start: number,
  end: number,
  count = 50,
  options: TensorOptions = {},
): Tensor {
  checkShape("linspace", [count]);
  const at = (i: number) => (count === 1 ? start : start + ((end - start) * i) / (count - 1));
  return computed([count], at, options);
}

/** The identity matrix: 1 on the diagonal. [n, n] */
export function eye(n: number, options: TensorOptions = {}): Tensor {
  checkShape("eye", [n, n]);
  return computed([n, n], (i) => Number(i % (n + 1) === 0), options);
}

function computed(shape: Shape, at: (i: number) => number, options: TensorOptions): Tensor {
  const data = allocate(options.dtype ?? "float32", sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = at(i);
  return withOptions(new Tensor(data, shape), options);
}

/** Options of what is random: where the chance comes from, by default {@link defaultRng}. */
export interface RandomOptions extends TensorOptions {
  rng?: Rng;
}

/** Numbers spread evenly from 0 up to 1. */
export function rand(shape: Shape, { rng = defaultRng(), ...options }: RandomOptions = {}): Tensor {
  return withOptions(rng.uniform(shape), options);
}

/** Numbers from the standard normal distribution. */
export function randn(
  shape: Shape,
  { rng = defaultRng(), ...options }: RandomOptions = {},
): Tensor {
  return withOptions(rng.normal(shape), options);
}

/** Whole numbers from `low` up to, not including, `high`; int32 unless `dtype` says otherwise. */
export function randint(
  low: number,
  high: number,
  shape: Shape,
  { rng = defaultRng(), dtype = "int32", ...options }: RandomOptions = {},
): Tensor {
  checkShape("randint", shape);
  const out = new Tensor(allocate(dtype, sizeOf(shape)), shape);
  // A recorded step draws anew each time.
  effect(() => {
    for (let i = 0; i < out.size; i++) out.storage[i] = rng.integer(low, high);
  });
  return withOptions(out, options);
}

/**
 * Each class number as a row with 1 in that place and 0 elsewhere. [...] int32 → [..., classes]
 * float32. Throws for a number that is no class.
 */
export function oneHot(classes: Tensor, count: number): Tensor {
  return oneHotOp([classes], { count });
}
