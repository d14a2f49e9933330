import { allocate, type DType, dtypeOf, type TensorData } from "./dtype.ts";
import * as ops from "./ops/index.ts";
import { printTensor } from "./print.ts";
import {
  checkAxis,
  checkIndex,
  checkShape,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
} from "./shape.ts";

/** Numbers in arrays in arrays: one level for each axis. A bool is 0 or 1. */
export type NestedArray = number | NestedArray[];

/** What {@link tensor} makes a tensor of. */
export type TensorLike = Tensor | TensorData | number | boolean | readonly TensorLike[];

/** Options of the reductions: `keepDims` leaves a reduced axis behind with size 1. */
export interface ReduceOptions {
  keepDims?: boolean;
}

/**
 * Numbers in rows and columns, and so on up: a plain typed array with a shape over it. An
 * operation makes a new tensor and leaves its inputs as they are. Names as in NumPy and PyTorch.
 */
export class Tensor {
  /** The numbers, row by row: the last axis varies fastest. */
  readonly data: TensorData;
  /** The size of each axis. */
  readonly shape: Shape;
  readonly dtype: DType;

  /** Wraps a typed array without copying it. To copy, or for nested arrays, use `tensor`. */
  constructor(data: TensorData, shape: Shape) {
    checkShape("Tensor", shape);
    if (sizeOf(shape) !== data.length)
      throw new ShapeError(
        "Tensor",
        [shape],
        `${data.length} numbers do not fill this shape, which holds ${sizeOf(shape)}`,
      );
    this.data = data;
    this.shape = Object.freeze([...shape]);
    this.dtype = dtypeOf(data);
  }

  /** How many numbers there are. */
  get size(): number {
    return this.data.length;
  }

  /** How many axes there are. */
  get rank(): number {
    return this.shape.length;
  }

  // ---- reading ---------------------------------------------------------------------------

  /** The one number in here, whatever the rank. Throws if there are more, or none. */
  item(): number {
    if (this.data.length !== 1)
      throw new ShapeError(
        "item",
        [this.shape],
        `only a tensor of one number is an item, this one has ${this.data.length}`,
        "pick one with at(…), or reduce with sum(), mean() or max()",
      );
    return this.data[0];
  }

  /** One number by its place: an index for each axis; -1 is the last. */
  at(...indices: number[]): number {
    if (indices.length !== this.rank)
      throw new ShapeError(
        "at",
        [this.shape],
        `${this.rank} ${this.rank === 1 ? "index is" : "indices are"} needed, got ${indices.length}`,
        "for a whole row, use row(i)",
      );
    let offset = 0;
    indices.forEach((index, axis) => {
      offset = offset * this.shape[axis] + checkIndex("at", this.shape, axis, index);
    });
    return this.data[offset];
  }

  /** Row i of a matrix, or part i along the first axis of any tensor: one axis less. */
  row(i: number): Tensor {
    if (this.rank === 0)
      throw new ShapeError("row", [this.shape], "a single number has no rows", "use item()");
    const index = checkIndex("row", this.shape, 0, i);
    return this.slice(index, index + 1).reshape(this.shape.slice(1));
  }

  /** Column j of a matrix, as a vector. [n, m] → [n] */
  column(j: number): Tensor {
    if (this.rank !== 2)
      throw new ShapeError("column", [this.shape], "only a matrix has columns", "use slice(…)");
    const index = checkIndex("column", this.shape, 1, j);
    return this.slice(index, index + 1, 1).reshape([this.shape[0]]);
  }

  /** The parts along the first axis in turn: `for (const row of x)`. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    if (this.rank === 0)
      throw new ShapeError("for … of", [this.shape], "a single number has no rows", "use item()");
    for (let i = 0; i < this.shape[0]; i++) yield this.row(i);
  }

  /** The numbers as ordinary nested arrays. */
  toArray(): NestedArray {
    const nest = (axis: number, offset: number): NestedArray => {
      if (axis === this.rank) return this.data[offset];
      const size = this.shape[axis];
      return Array.from({ length: size }, (_, i) => nest(axis + 1, offset * size + i));
    };
    return nest(0, 0);
  }

  /** As NumPy prints it; a large tensor is cut short. */
  toString(): string {
    return printTensor(this.data, this.shape, this.dtype);
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What display() shows. */
  toMimeBundle(): Record<string, unknown> {
    return { "text/plain": this.toString() };
  }

  // ---- copies and other views of the same numbers ------------------------------------------

  /** Zeros, by default with this tensor's dtype. */
  newZeros(shape: Shape, dtype: DType = this.dtype): Tensor {
    return new Tensor(allocate(dtype, sizeOf(shape)), shape);
  }

  clone(): Tensor {
    return new Tensor(this.data.slice(), this.shape);
  }

  /** The same values with another dtype: fractions are cut off, and for bool all but 0 is 1. */
  to(dtype: DType): Tensor {
    const out = this.newZeros(this.shape, dtype);
    for (let i = 0; i < this.data.length; i++)
      out.data[i] = dtype === "bool" ? Number(this.data[i] !== 0) : this.data[i];
    return out;
  }

  /** The same numbers in order under another shape; one size may be -1, and is worked out. */
  reshape(shape: Shape): Tensor {
    return ops.reshape([this], { shape });
  }

  /** All numbers in one row. */
  flatten(): Tensor {
    return this.reshape([this.size]);
  }

  /** The axes turned around, or in the order given. [n, m] → [m, n] */
  transpose(...axes: number[]): Tensor {
    return ops.transpose([this], { axes });
  }

  /** From `start` up to, not including, `end` along an axis, by default the first; -1 is the last place. */
  slice(start: number, end?: number, axis = 0): Tensor {
    const at = checkAxis("slice", this.shape, axis);
    const size = this.shape[at];
    const fromFront = (place: number) => (place < 0 ? place + size : place);
    return ops.slice([this], {
      axis: at,
      start: fromFront(start),
      end: end === undefined ? size : fromFront(end),
    });
  }

  /** The rows with these numbers, in this order. [n, …] → [indices, …] */
  take(indices: readonly number[] | Tensor): Tensor {
    const list = indices instanceof Tensor ? Array.from(indices.data) : indices;
    return ops.take([this], { indices: list });
  }

  // ---- arithmetic, number by number, shapes broadcast ---------------------------------------

  add(other: Tensor | number): Tensor {
    return ops.add([this, this.lift("add", other)]);
  }
  sub(other: Tensor | number): Tensor {
    return ops.sub([this, this.lift("sub", other)]);
  }
  mul(other: Tensor | number): Tensor {
    return ops.mul([this, this.lift("mul", other)]);
  }
  div(other: Tensor | number): Tensor {
    return ops.div([this, this.lift("div", other)]);
  }
  pow(exponent: Tensor | number): Tensor {
    return ops.pow([this, this.lift("pow", exponent)]);
  }
  /** The larger of the two, number by number. */
  maximum(other: Tensor | number): Tensor {
    return ops.maximum([this, this.lift("maximum", other)]);
  }
  /** The smaller of the two, number by number. */
  minimum(other: Tensor | number): Tensor {
    return ops.minimum([this, this.lift("minimum", other)]);
  }
  neg(): Tensor {
    return ops.neg([this]);
  }
  abs(): Tensor {
    return ops.abs([this]);
  }
  /** -1, 0 or 1. */
  sign(): Tensor {
    return ops.sign([this]);
  }
  /** The square root; of a negative number, NaN. */
  sqrt(): Tensor {
    return ops.sqrt([this]);
  }
  exp(): Tensor {
    return ops.exp([this]);
  }
  /** The natural logarithm; of 0, -Infinity; of a negative number, NaN. */
  log(): Tensor {
    return ops.log([this]);
  }

  // ---- activations -------------------------------------------------------------------------

  /** max(x, 0) */
  relu(): Tensor {
    return ops.relu([this]);
  }
  /** 1 / (1 + e^-x) */
  sigmoid(): Tensor {
    return ops.sigmoid([this]);
  }
  tanh(): Tensor {
    return ops.tanh([this]);
  }

  // ---- products ----------------------------------------------------------------------------

  /** The matrix product. [n, k] × [k, m] → [n, m]; [n, k] × [k] → [n] */
  matmul(other: Tensor): Tensor {
    return ops.matmul([this, needTensor("matmul", other)]);
  }
  /** The sum of the products of two vectors. [n] · [n] → [] */
  dot(other: Tensor): Tensor {
    return ops.dot([this, needTensor("dot", other)]);
  }

  // ---- reductions: along one axis, or over everything ----------------------------------------

  sum(axis?: number, options: ReduceOptions = {}): Tensor {
    return ops.sum([this], reduction(axis, options));
  }
  mean(axis?: number, options: ReduceOptions = {}): Tensor {
    return ops.mean([this], reduction(axis, options));
  }
  /** The standard deviation, dividing by n as NumPy does. */
  std(axis?: number, options: ReduceOptions = {}): Tensor {
    return ops.std([this], reduction(axis, options));
  }
  max(axis?: number, options: ReduceOptions = {}): Tensor {
    return ops.max([this], reduction(axis, options));
  }
  min(axis?: number, options: ReduceOptions = {}): Tensor {
    return ops.min([this], reduction(axis, options));
  }
  /** The place of the largest number, int32; without an axis, counted through all numbers. */
  argmax(axis?: number, options: ReduceOptions = {}): Tensor {
    return ops.argmax([this], reduction(axis, options));
  }
  /** The place of the smallest number, int32; without an axis, counted through all numbers. */
  argmin(axis?: number, options: ReduceOptions = {}): Tensor {
    return ops.argmin([this], reduction(axis, options));
  }

  // ---- comparisons: bool, number by number, shapes broadcast ----------------------------------

  equal(other: Tensor | number): Tensor {
    return ops.equal([this, this.lift("equal", other)]);
  }
  notEqual(other: Tensor | number): Tensor {
    return ops.notEqual([this, this.lift("notEqual", other)]);
  }
  greater(other: Tensor | number): Tensor {
    return ops.greater([this, this.lift("greater", other)]);
  }
  greaterEqual(other: Tensor | number): Tensor {
    return ops.greaterEqual([this, this.lift("greaterEqual", other)]);
  }
  less(other: Tensor | number): Tensor {
    return ops.less([this, this.lift("less", other)]);
  }
  lessEqual(other: Tensor | number): Tensor {
    return ops.lessEqual([this, this.lift("lessEqual", other)]);
  }

  /** Whether shapes are the same and no number differs by more than the tolerance. NaN never does. */
  allClose(other: Tensor, tolerance = 1e-6): boolean {
    const { data } = needTensor("allClose", other);
    if (!sameShape(this.shape, other.shape)) return false;
    return this.data.every(
      (x: number, i: number) => x === data[i] || Math.abs(x - data[i]) <= tolerance,
    );
  }

  /** A plain number beside a tensor: a whole one takes on an int32 or bool tensor's int32. */
  private lift(op: string, other: Tensor | number): Tensor {
    if (typeof other !== "number") return needTensor(op, other);
    const whole = this.dtype !== "float32" && Number.isInteger(other);
    return new Tensor(whole ? Int32Array.of(other) : Float32Array.of(other), []);
  }
}

function reduction(axis: number | undefined, { keepDims = false }: ReduceOptions) {
  return { axis, keepDims };
}

function needTensor(op: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  const got = Array.isArray(value) ? "an array" : describe(value);
  throw new TypeError(
    `${op}: expected a Tensor, got ${got}${Array.isArray(value) ? "\n  hint: make one with tensor([…])" : ""}`,
  );
}

/**
 * A tensor with a copy of the values: a number, nested arrays, tensors of equal shape in an
 * array, a typed array. Booleans give bool; anything else float32, unless `dtype` says otherwise.
 * Throws where rows have different lengths and where a value is no number.
 */
export function tensor(values: TensorLike, options: { dtype?: DType } = {}): Tensor {
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
    } else if (typeof value === "number") {
      flat.push(value);
    } else if (typeof value === "boolean") {
      booleans++;
      flat.push(Number(value));
    } else {
      throw new TypeError(
        `tensor: values${path} is ${describe(value)}, not a number${value === null || value === undefined ? "\n  hint: leave out or fill in missing values first" : ""}`,
      );
    }
  };
  collect(values, 0, "");
  const natural = flat.length > 0 && booleans === flat.length ? "bool" : naturalDtype(values);
  const dtype = options.dtype ?? natural;
  const out = new Tensor(allocate(dtype, flat.length), shape);
  for (let i = 0; i < flat.length; i++) {
    if (dtype === "int32" && flat[i] !== (flat[i] | 0))
      throw new TypeError(
        `tensor: ${flat[i]} is not an int32\n  hint: leave the dtype out for float32`,
      );
    out.data[i] = dtype === "bool" ? Number(flat[i] !== 0) : flat[i];
  }
  return out;
}

function naturalDtype(values: TensorLike): DType {
  if (values instanceof Tensor) return values.dtype;
  return values instanceof Int32Array ? "int32" : "float32";
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

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "string" ? JSON.stringify(value) : `a ${typeof value}`;
}

/** All 0. */
export function zeros(shape: Shape, options: { dtype?: DType } = {}): Tensor {
  return filled("zeros", shape, 0, options.dtype);
}

/** All 1. */
export function ones(shape: Shape, options: { dtype?: DType } = {}): Tensor {
  return filled("ones", shape, 1, options.dtype);
}

/** All the same value. */
export function full(shape: Shape, value: number, options: { dtype?: DType } = {}): Tensor {
  return filled("full", shape, value, options.dtype);
}

function filled(op: string, shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  checkShape(op, shape);
  return new Tensor(allocate(dtype, sizeOf(shape)).fill(value), shape);
}

/** From `start` up to, not including, `end`: `arange(3)` is 0, 1, 2; `arange(1, 2, 0.5)` is 1, 1.5. */
export function arange(start: number, end?: number, step = 1): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (!Number.isSafeInteger(count))
    throw new RangeError(`arange: from ${from} to ${to} in steps of ${step} never ends`);
  return new Tensor(
    Float32Array.from({ length: count }, (_, i) => from + i * step),
    [count],
  );
}

/** `count` numbers at equal distances, the first `start`, the last `end`. */
export function linspace(start: number, end: number, count = 50): Tensor {
  checkShape("linspace", [count]);
  const at = (_: unknown, i: number) =>
    count === 1 ? start : start + ((end - start) * i) / (count - 1);
  return new Tensor(Float32Array.from({ length: count }, at), [count]);
}

/** The identity matrix: 1 on the diagonal. [n, n] */
export function eye(n: number): Tensor {
  checkShape("eye", [n, n]);
  const out = zeros([n, n]);
  for (let i = 0; i < n; i++) out.data[i * n + i] = 1;
  return out;
}
