import {
  AutogradError,
  type BackwardOptions,
  type GradientHook,
  type GraphNode,
  noGrad,
  walkBack,
} from "./autograd.ts";
import { allocate, type DType, dtypeOf, type TensorData } from "./dtype.ts";
import * as shapes from "./functional/shape.ts";
import * as sorting from "./functional/sort.ts";
import { Memory } from "./memory.ts";
import * as ops from "./ops/index.ts";
import { printTensor } from "./print.ts";
import {
  checkAxis,
  checkIndex,
  checkShape,
  counted,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
} from "./shape.ts";
import { refuseReading, traceFact, traceGradient } from "./trace.ts";

/** Numbers in arrays in arrays: one level for each axis. A bool is 0 or 1. */
export type NestedArray = number | NestedArray[];

/** Which axes a reduction takes away; -1 is the last. */
export type Axes = number | readonly number[];

/** Options of the reductions: `keepDims` leaves a reduced axis behind with size 1. */
export interface ReduceOptions {
  keepDims?: boolean;
}

/** Options of `var` and `std`: they divide by n - correction. */
export interface SpreadOptions extends ReduceOptions {
  correction?: number;
}

/**
 * Numbers in rows and columns, and so on up: a plain typed array with a shape over it. An
 * operation makes a new tensor and leaves its inputs as they are. Names as in NumPy and PyTorch.
 */
export class Tensor {
  /** The size of each axis. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** How many numbers there are. */
  readonly size: number;
  /** How this was made, if from something that requires a gradient; `null` for a leaf. */
  node: GraphNode | null = null;

  /** Where the numbers lie, for the library's own use. @internal */
  readonly memory: Memory;
  /** The place of the first of them in there. @internal */
  readonly start: number;

  /** The numbers in the memory, as long as its data are `numbersOf`. */
  private numbers: TensorData;
  private numbersOf: TensorData;
  private wantsGradient = false;
  private latestGradient: Tensor | null = null;
  private hooks: GradientHook[] = [];

  /**
   * Wraps a typed array without copying it. To copy, or for nested arrays, use `tensor`.
   *
   * @param base The tensor whose numbers these are, or a part of them.
   */
  constructor(data: TensorData, shape: Shape, base?: Tensor) {
    checkShape("Tensor", shape);
    if (sizeOf(shape) !== data.length)
      throw new ShapeError(
        "Tensor",
        [shape],
        `${data.length} numbers do not fill this shape, which holds ${sizeOf(shape)}`,
      );
    this.shape = Object.freeze([...shape]);
    this.dtype = dtypeOf(data);
    this.size = data.length;
    this.memory = base?.memory ?? new Memory(data);
    this.numbers = data;
    this.numbersOf = this.memory.data;
    this.start = (data.byteOffset - this.numbersOf.byteOffset) / data.BYTES_PER_ELEMENT;
  }

  /**
   * The numbers, row by row: the last axis varies fastest. Throws inside compile(), where they
   * would stand for those of every later call.
   */
  get data(): TensorData {
    refuseReading();
    this.memory.show();
    return this.storage;
  }

  /** The numbers, for the library's own use: {@link data} says no while they are not to be read. */
  get storage(): TensorData {
    const { data } = this.memory;
    if (data !== this.numbersOf) {
      this.numbers = data.subarray(this.start, this.start + this.size);
      this.numbersOf = data;
    }
    return this.numbers;
  }

  /** How many axes there are. */
  get rank(): number {
    return this.shape.length;
  }

  // ---- reading ---------------------------------------------------------------------------

  /** The one number in here, whatever the rank. Throws if there are more, or none. */
  item(): number {
    if (this.size !== 1)
      this.refuse(
        "item",
        `only a tensor of one number is an item, this one has ${this.size}`,
        "pick one with at(…), or reduce with sum(), mean() or max()",
      );
    return this.data[0];
  }

  /** One number by its place: an index for each axis; -1 is the last. */
  at(...indices: number[]): number {
    if (indices.length !== this.rank)
      this.refuse(
        "at",
        `${counted(this.rank, "index is", "indices are")} needed, got ${indices.length}`,
        "for a whole row, use row(i)",
      );
    const place = indices.reduce(
      (offset, index, axis) =>
        offset * this.shape[axis] + checkIndex("at", this.shape, axis, index),
      0,
    );
    return this.data[place];
  }

  /** Row i of a matrix, or part i along the first axis of any tensor: one axis less. */
  row(i: number): Tensor {
    if (this.rank === 0) this.refuse("row", "a single number has no rows", "use item()");
    return this.part("row", 0, i);
  }

  /** Column j of a matrix, as a vector. [n, m] → [n] */
  column(j: number): Tensor {
    if (this.rank !== 2) this.refuse("column", "only a matrix has columns", "use slice(…)");
    return this.part("column", 1, j);
  }

  /** The parts along the first axis in turn: `for (const row of x)`. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    if (this.rank === 0) this.refuse("for … of", "a single number has no rows", "use item()");
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

  /** Refuses to be a number, as `x * 2` and `x < y` want it: they would give NaN and false. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint !== "number") return this.toString();
    throw new TypeError(
      "JavaScript's *, -, / and < do not work on tensors\n" +
        "  hint: x.mul(2), x.sub(y), x.div(y), x.less(y); for a number of JavaScript, loss.item()",
    );
  }

  /** What display() shows. */
  toMimeBundle(): Record<string, unknown> {
    return { "text/plain": this.toString() };
  }

  // ---- gradients ---------------------------------------------------------------------------

  /** Whether gradients with respect to this are wanted, or needed on the way to others. */
  get requiresGrad(): boolean {
    return this.wantsGradient || this.node !== null;
  }
  set requiresGrad(wanted: boolean) {
    if (this.node && !wanted)
      throw new AutogradError(
        "requiresGrad: this tensor was computed from others that require a gradient\n" +
          "  hint: detach() gives the same numbers without their history",
      );
    if (wanted && this.dtype !== "float32")
      throw new AutogradError(
        `requiresGrad: only float32 tensors have gradients, this one is ${this.dtype}\n` +
          '  hint: to("float32")',
      );
    this.wantsGradient = wanted && !this.node;
  }

  /** The gradient that backward() left here, of this tensor's shape. Throws where there is none. */
  get grad(): Tensor {
    const { gradient } = this;
    if (gradient) {
      gradient.memory.keep();
      return gradient;
    }
    throw new AutogradError(
      this.node
        ? "grad: only leaves keep their gradient, and this tensor was computed from others\n" +
            "  hint: call retainGrad() on it before backward()"
        : this.wantsGradient
          ? "grad: no gradient yet\n  hint: call backward() on the loss first"
          : "grad: this tensor does not require a gradient\n" +
            "  hint: make it with tensor(…, { requiresGrad: true })",
    );
  }
  set grad(gradient: Tensor | null) {
    if (gradient && !sameShape(gradient.shape, this.shape))
      throw new ShapeError(
        "grad",
        [this.shape, gradient.shape],
        "a gradient has the shape of its tensor",
      );
    this.gradient = gradient;
  }

  /** Whether there is a gradient to read. */
  get hasGrad(): boolean {
    return this.gradient !== null;
  }

  /** Forgets the gradient, so that the next one does not add to it. */
  zeroGrad(): void {
    this.gradient = null;
  }

  /** Has this tensor keep its gradient, though it was computed from others. */
  retainGrad(): void {
    this.registerHook((gradient) => this.accumulate(gradient));
  }

  /**
   * Calls `hook` with this tensor's gradient whenever backward() has worked it out; what the
   * hook returns, if anything, goes on in its place. Returns a function that takes the hook off.
   */
  registerHook(hook: GradientHook): () => void {
    if (!this.requiresGrad)
      throw new AutogradError(
        "registerHook: this tensor does not require a gradient, so none will come by",
      );
    const own: GradientHook = (gradient) => hook(gradient);
    this.hooks = [...this.hooks, own];
    return () => {
      this.hooks = this.hooks.filter((other) => other !== own);
    };
  }

  /** Passes a gradient by the hooks. For the walk back, not for learners. */
  applyHooks(gradient: Tensor): Tensor {
    if (!this.node) traceFact(this, () => this.hooks);
    return this.hooks.reduce((seen, hook) => hook(seen) ?? seen, gradient);
  }

  /**
   * Works out the gradient of this number with respect to every leaf that it depends on, and
   * adds it to that leaf's `grad`. Uses the graph up, unless told to keep it.
   *
   * @param gradient The gradient from above, of this shape; needed if this is more than one number.
   */
  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    walkBack("backward", this, gradient, options, (tensor, complete) => {
      if (tensor.wantsGradient) tensor.accumulate(complete);
    });
  }

  /** The same numbers, not copied, without their history: no gradient flows back from here. */
  detach(): Tensor {
    return noGrad(() => ops.reshape([this], { shape: this.shape }));
  }

  private accumulate(gradient: Tensor): void {
    this.gradient = this.gradient ? this.gradient.add(gradient) : gradient;
  }

  /** The gradient, if there is one, for the library's own use. @internal */
  get gradient(): Tensor | null {
    traceGradient(this, this.latestGradient, true);
    return this.latestGradient;
  }
  set gradient(gradient: Tensor | null) {
    traceGradient(this, this.latestGradient, false);
    this.latestGradient = gradient;
  }

  // ---- copies ----------------------------------------------------------------------------------

  /** Wraps numbers, or, as a view, a part of these; the ops make their results with it. */
  newTensor(data: TensorData, shape: Shape, view = false): Tensor {
    return new Tensor(data, shape, view ? this : undefined);
  }

  /** Zeros, by default with this tensor's dtype. */
  newZeros(shape: Shape, dtype: DType = this.dtype): Tensor {
    return new Tensor(allocate(dtype, sizeOf(shape)), shape);
  }

  /** All the same value, by default with this tensor's dtype. */
  newFull(shape: Shape, value: number, dtype: DType = this.dtype): Tensor {
    return new Tensor(allocate(dtype, sizeOf(shape)).fill(value), shape);
  }

  /** A copy of the numbers. */
  clone(): Tensor {
    return ops.clone([this]);
  }

  /** The same values with another dtype: fractions are cut off, and for bool all but 0 is 1. */
  to(dtype: DType): Tensor {
    return dtype === this.dtype ? this : ops.to([this], { dtype });
  }

  // ---- the same numbers in another shape or order ----------------------------------------------

  /** The same numbers in order under another shape; one size may be -1, and is worked out. */
  reshape(shape: Shape): Tensor {
    return ops.reshape([this], { shape });
  }

  /** All numbers in one row, or, from an axis on, all of each part: flatten(1): [n, a, b] → [n, a · b] */
  flatten(from = 0): Tensor {
    const at = this.rank === 0 ? 0 : checkAxis("flatten", this.shape, from);
    return this.reshape([...this.shape.slice(0, at), sizeOf(this.shape.slice(at))]);
  }

  /** The same numbers repeated along axes of size 1, and along new axes in front. */
  expand(shape: Shape): Tensor {
    return ops.expand([this], { shape });
  }

  /** Undoes a broadcast by sums: adds up what `expand` to this shape would have repeated. */
  sumTo(shape: Shape): Tensor {
    return sameShape(this.shape, shape) ? this : ops.sumTo([this], { shape });
  }

  /**
   * The axes turned around, or in the order given, as in NumPy. [n, m] → [m, n] PyTorch's
   * transpose(a, b) is {@link swapAxes} here.
   */
  transpose(...axes: number[]): Tensor {
    return ops.transpose([this], { axes });
  }

  /** The axes in the order given, one number for each: permute(0, 2, 1): [a, b, c] → [a, c, b] */
  permute(...axes: number[]): Tensor {
    return this.transpose(...axes);
  }

  /** Two axes change places. swapAxes(1, 2): [a, b, c] → [a, c, b] */
  swapAxes(a: number, b: number): Tensor {
    const [first, second] = [a, b].map((axis) => checkAxis("swapAxes", this.shape, axis));
    const axes = this.shape.map((_, i) => (i === first ? second : i === second ? first : i));
    return this.transpose(...axes);
  }

  /** Without an axis of size 1, or several; none given: without all of them. [n, 1] → [n] */
  squeeze(axis?: Axes): Tensor {
    return shapes.squeeze(this, axis);
  }

  /** With a new axis of size 1 in this place of the result's shape; -1 is the last. [n] → [n, 1] */
  unsqueeze(axis: number): Tensor {
    return shapes.unsqueeze(this, axis);
  }

  /** Read from the end to the start along an axis, or several; none given: along all. */
  flip(axis?: Axes): Tensor {
    return ops.flip([this], { axes: axis === undefined ? [...this.shape.keys()] : [axis].flat() });
  }

  // ---- parts -----------------------------------------------------------------------------------

  /**
   * A part along each axis, as `x[1, :, 2:5]` in NumPy is `index(1, null, [2, 5])` here: a place,
   * whose axis is gone, `null` for the whole axis, or `[start, end, step]`. Axes left out are whole.
   */
  index(...parts: shapes.IndexPart[]): Tensor {
    return shapes.index(this, parts);
  }

  /**
   * From `start` up to, not including, `end` along an axis, by default the first, every `step`-th
   * place of it; -1 is the last place.
   */
  slice(start: number, end?: number, axis = 0, step = 1): Tensor {
    const at = checkAxis("slice", this.shape, axis);
    const size = this.shape[at];
    const fromFront = (place: number) => (place < 0 ? place + size : place);
    return ops.slice([this], {
      axis: at,
      start: fromFront(start),
      end: end === undefined ? size : fromFront(end),
      step,
    });
  }

  /** Part `index` along an axis, which is gone from the result. */
  select(axis: number, index: number): Tensor {
    return this.part("select", checkAxis("select", this.shape, axis), index);
  }

  /**
   * The parts along an axis with these numbers, in this order; one may come twice.
   * [n, …] → [indices, …]; indices may have any shape.
   */
  take(indices: readonly number[] | Tensor, axis = 0): Tensor {
    return ops.take([this, asIndices("take", indices)], { axis });
  }

  /** For each place in `indices`, the number here at that place, but along the axis at that index. */
  gather(axis: number, indices: Tensor): Tensor {
    return ops.gather([this, asIndices("gather", indices)], { axis });
  }

  /**
   * Cut along an axis into parts of a size, the last one maybe smaller, or of these sizes.
   * split(2): [5, m] → [2, m], [2, m], [1, m]
   */
  split(sizes: number | readonly number[], axis = 0): Tensor[] {
    return shapes.split(this, sizes, axis);
  }

  /**
   * Cut along an axis into so many parts of equal size; the last may be smaller, or missing.
   * chunk(2): [5, m] → [3, m], [2, m]
   */
  chunk(count: number, axis = 0): Tensor[] {
    return shapes.chunk(this, count, axis);
  }

  // ---- parts added, framed and cut off ---------------------------------------------------------

  /** A copy with each part of `source` added to the one along an axis that the indices name. */
  indexAdd(axis: number, indices: readonly number[] | Tensor, source: Tensor): Tensor {
    const places = asIndices("indexAdd", indices);
    return ops.indexAdd([this, places, needTensor("indexAdd", source)], { axis });
  }

  /** A copy with each number of `source` added in the place that gather would have read it from. */
  scatterAdd(axis: number, indices: Tensor, source: Tensor): Tensor {
    const places = asIndices("scatterAdd", indices);
    return ops.scatterAdd([this, places, needTensor("scatterAdd", source)], { axis });
  }

  /**
   * In a frame of one value: a pair [places before, places after] for each axis, the first axis
   * first, as in NumPy (PyTorch's F.pad begins with the last). [n, m] → [n + 1, m + 4] with
   * pad([[1, 0], [2, 2]])
   */
  pad(padding: readonly (readonly [before: number, after: number])[], value = 0): Tensor {
    return ops.pad([this], { padding, value });
  }

  /** The lower left triangle of a matrix, 0 above the diagonal; diagonal 1 keeps one more. */
  tril(diagonal = 0): Tensor {
    return ops.tril([this], { diagonal });
  }

  /** The upper right triangle of a matrix, 0 below the diagonal; diagonal 1 keeps one less. */
  triu(diagonal = 0): Tensor {
    return ops.triu([this], { diagonal });
  }

  // ---- arithmetic, number by number, shapes broadcast ---------------------------------------

  /** The sum. */
  add(other: Tensor | number): Tensor {
    return ops.add([this, this.lift("add", other)]);
  }
  /** The difference: this minus the other. */
  sub(other: Tensor | number): Tensor {
    return ops.sub([this, this.lift("sub", other)]);
  }
  /** The product of numbers at the same place; of matrices, see {@link Tensor.matmul}. */
  mul(other: Tensor | number): Tensor {
    return ops.mul([this, this.lift("mul", other)]);
  }
  /** The quotient. 1 / 0 is Infinity, 0 / 0 is NaN. */
  div(other: Tensor | number): Tensor {
    return ops.div([this, this.lift("div", other)]);
  }
  /** This to the power of the exponent; of a negative number to a fraction, NaN. */
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
  /** -x */
  neg(): Tensor {
    return ops.neg([this]);
  }
  /** |x|, the distance from 0. */
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
  /** The sine of an angle in radians. */
  sin(): Tensor {
    return ops.sin([this]);
  }
  /** The cosine of an angle in radians. */
  cos(): Tensor {
    return ops.cos([this]);
  }
  /** The nearest number between the two bounds; one may be left open with Infinity. */
  clamp(min = -Infinity, max = Infinity): Tensor {
    if (!(min <= max)) throw new RangeError(`clamp: nothing lies between ${min} and ${max}`);
    return ops.clamp([this], { min, max });
  }
  /** e^x; above 88.7, where float32 ends, Infinity. */
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
  /** (e^x - e^-x) / (e^x + e^-x): between -1 and 1. */
  tanh(): Tensor {
    return ops.tanh([this]);
  }
  /** e^x divided by its sum along an axis: positive numbers that add up to 1. */
  softmax(axis = -1): Tensor {
    return ops.softmax([this], { axis });
  }
  /** The logarithm of the softmax, without the loss of digits in between. */
  logSoftmax(axis = -1): Tensor {
    return ops.logSoftmax([this], { axis });
  }
  /** x where it is above 0, elsewhere slope · x */
  leakyRelu(slope = 0.01): Tensor {
    return ops.leakyRelu([this], { slope });
  }
  /** log(1 + e^x) */
  softplus(): Tensor {
    return ops.softplus([this]);
  }
  /** x · sigmoid(x) */
  silu(): Tensor {
    return ops.silu([this]);
  }
  /** x · Φ(x), Φ being the normal distribution; or, with "tanh", GPT-2's approximation of it. */
  gelu({ approximate = "none" }: Partial<ops.GeluAttributes> = {}): Tensor {
    if (approximate !== "none" && approximate !== "tanh")
      throw new RangeError(`gelu: approximate is "none" or "tanh", got ${describe(approximate)}`);
    return ops.gelu([this], { approximate });
  }
  /** The error function: the chance that a normal draw lies between -x√2 and x√2. */
  erf(): Tensor {
    return ops.erf([this]);
  }

  // ---- products ----------------------------------------------------------------------------

  /**
   * The matrix product. [n, k] × [k, m] → [n, m]. A vector counts as one row on the left, as one
   * column on the right: [n, k] × [k] → [n]. Axes in front of the last two are a stack of
   * matrices, and broadcast: [b, n, k] × [k, m] → [b, n, m].
   */
  matmul(other: Tensor): Tensor {
    const a = this.rank === 1 ? this.reshape([1, this.size]) : this;
    const right = needTensor("matmul", other);
    const b = right.rank === 1 ? right.reshape([right.size, 1]) : right;
    if ((a !== this || b !== right) && a.shape.at(-1) !== b.shape.at(-2))
      throw new ShapeError(
        "matmul",
        [this.shape, right.shape],
        `the rows on the left have ${a.shape.at(-1)} numbers, the columns on the right ${b.shape.at(-2)}`,
      );
    const out = ops.matmul([a, b], { transposeA: false, transposeB: false });
    if (a === this && b === right) return out;
    const stack = out.shape.slice(0, -2);
    const rows = this.rank === 1 ? [] : [a.shape[a.rank - 2]];
    const columns = right.rank === 1 ? [] : [b.shape[b.rank - 1]];
    return out.reshape([...stack, ...rows, ...columns]);
  }
  /** The sum of the products of two vectors. [n] · [n] → [] */
  dot(other: Tensor): Tensor {
    return ops.dot([this, needTensor("dot", other)]);
  }

  // ---- reductions: along an axis, along several, or over everything ----------------------------

  /** The sum; of nothing, 0. */
  sum(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.sum, axis, options, {});
  }
  /** The sum divided by the number of numbers. */
  mean(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.mean, axis, options, {});
  }
  /** The variance, dividing by n as NumPy does; `correction: 1` divides by n - 1 as PyTorch does. */
  var(axis?: Axes, options: SpreadOptions = {}): Tensor {
    return this.reduce(ops.var, axis, options, { correction: options.correction ?? 0 });
  }
  /** The standard deviation, dividing by n as NumPy does; `correction: 1` divides by n - 1 as PyTorch does. */
  std(axis?: Axes, options: SpreadOptions = {}): Tensor {
    return this.reduce(ops.std, axis, options, { correction: options.correction ?? 0 });
  }
  /** The product. Of no numbers: 1. */
  prod(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.prod, axis, options, {});
  }
  /** log(e^a + e^b + …), computed so that nothing overflows. */
  logsumexp(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.logsumexp, axis, options, {});
  }
  /** (|a|^p + |b|^p + …)^(1/p): for p = 2 the length, for p = Infinity the largest size. */
  norm(axis?: Axes, { p = 2, ...options }: ReduceOptions & { p?: number } = {}): Tensor {
    if (!(p > 0)) throw new RangeError(`norm: p must be above 0, got ${p}`);
    return this.reduce(ops.norm, axis, options, { p });
  }
  /** Whether any number is not 0: bool. */
  any(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.any, axis, options, {});
  }
  /** Whether no number is 0: bool. */
  all(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.all, axis, options, {});
  }
  /** The largest number; NaN if there is one. */
  max(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.max, axis, options, {});
  }
  /** The smallest number; NaN if there is one. */
  min(axis?: Axes, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.min, axis, options, {});
  }
  /** The place of the largest number, int32; without an axis, counted through all numbers. */
  argmax(axis?: number, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.argmax, axis, options, {});
  }
  /** The place of the smallest number, int32; without an axis, counted through all numbers. */
  argmin(axis?: number, options: ReduceOptions = {}): Tensor {
    return this.reduce(ops.argmin, axis, options, {});
  }

  /** Each number with all before it along the axis added; the shape stays. */
  cumsum(axis: number): Tensor {
    return ops.cumsum([this], { axis });
  }

  // ---- order -------------------------------------------------------------------------------

  /** Numbers in ascending order along an axis, and where they stood; NaN counts as the largest. */
  sort(axis = -1, { descending = false } = {}): sorting.Sorted {
    return sorting.sort(this, axis, descending);
  }
  /** The places (int32) that would bring the numbers along an axis into order. */
  argsort(axis = -1, { descending = false } = {}): Tensor {
    return ops.argsort([this], { axis, descending });
  }
  /** The k largest numbers along an axis, the largest first, and where they stood. [n, m] → [n, k] */
  topk(k: number, axis = -1, { largest = true } = {}): sorting.Sorted {
    return sorting.topk(this, k, axis, largest);
  }

  // ---- comparisons: bool, number by number, shapes broadcast; and choosing by them -----------

  /** Whether the two are the same. NaN is not the same as anything. */
  equal(other: Tensor | number): Tensor {
    return ops.equal([this, this.lift("equal", other)]);
  }
  /** Whether the two differ. */
  notEqual(other: Tensor | number): Tensor {
    return ops.notEqual([this, this.lift("notEqual", other)]);
  }
  /** Whether this is more than the other. */
  greater(other: Tensor | number): Tensor {
    return ops.greater([this, this.lift("greater", other)]);
  }
  /** Whether this is at least the other. */
  greaterEqual(other: Tensor | number): Tensor {
    return ops.greaterEqual([this, this.lift("greaterEqual", other)]);
  }
  /** Whether this is less than the other. */
  less(other: Tensor | number): Tensor {
    return ops.less([this, this.lift("less", other)]);
  }
  /** Whether this is at most the other. */
  lessEqual(other: Tensor | number): Tensor {
    return ops.lessEqual([this, this.lift("lessEqual", other)]);
  }
  /** Where there is no number, but NaN. */
  isNaN(): Tensor {
    return ops.isNaN([this]);
  }
  /** Where there is a 0. */
  logicalNot(): Tensor {
    return ops.logicalNot([this]);
  }
  /** Where neither is 0. */
  logicalAnd(other: Tensor | number): Tensor {
    return ops.logicalAnd([this, this.lift("logicalAnd", other)]);
  }
  /** Where not both are 0. */
  logicalOr(other: Tensor | number): Tensor {
    return ops.logicalOr([this, this.lift("logicalOr", other)]);
  }

  /** This number where the condition is not 0, the other's elsewhere. */
  where(condition: Tensor, other: Tensor | number): Tensor {
    return ops.where([needTensor("where", condition), this, this.lift("where", other)]);
  }
  /** The value where the mask is not 0, this number elsewhere. */
  maskedFill(mask: Tensor, value: number): Tensor {
    return ops.where([needTensor("maskedFill", mask), this.lift("maskedFill", value), this]);
  }

  /** Whether shapes are the same and no number differs by more than the tolerance. NaN never does. */
  allClose(other: Tensor, tolerance = 1e-6): boolean {
    const { data } = needTensor("allClose", other);
    if (!sameShape(this.shape, other.shape)) return false;
    return this.data.every(
      (x: number, i: number) => x === data[i] || Math.abs(x - data[i]) <= tolerance,
    );
  }

  /** Several axes are moved to the end and taken as one. */
  private reduce<More extends object>(
    op: ops.ReduceOp<More>,
    axis: Axes | undefined,
    options: ReduceOptions,
    more: More,
  ): Tensor {
    const { keepDims = false } = options;
    const known = ["keepDims", ...Object.keys(more)];
    const unknown = Object.keys(options).find((name) => !known.includes(name));
    if (unknown !== undefined || typeof options !== "object")
      throw new TypeError(
        `${op.opName}: ${unknown === undefined ? `options are an object, got ${describe(options)}` : `there is no option "${unknown}"`}\n` +
          `  options: { ${known.join(", ")} }`,
      );
    if (axis === undefined || typeof axis === "number")
      return op([this], { axis, keepDims, ...more });
    const gone = axis.map((one) => checkAxis(op.opName, this.shape, one));
    if (new Set(gone).size !== gone.length)
      this.refuse(op.opName, `an axis is named twice in ${showShape(axis)}`);
    const kept = this.shape.map((_, i) => i).filter((i) => !gone.includes(i));
    const sizes = kept.map((i) => this.shape[i]);
    const together = sizeOf(gone.map((i) => this.shape[i]));
    const out = op([this.transpose(...kept, ...gone).reshape([...sizes, together])], {
      axis: kept.length,
      keepDims: false,
      ...more,
    });
    return keepDims ? out.reshape(this.shape.map((s, i) => (gone.includes(i) ? 1 : s))) : out;
  }

  /** Part i along an axis, which is gone from the result. */
  private part(op: string, axis: number, i: number): Tensor {
    const at = checkIndex(op, this.shape, axis, i);
    return this.slice(at, at + 1, axis).reshape(this.shape.filter((_, other) => other !== axis));
  }

  private refuse(op: string, why: string, hint?: string): never {
    throw new ShapeError(op, [this.shape], why, hint);
  }

  /** A plain number beside a tensor: a whole one takes on an int32 or bool tensor's int32. */
  private lift(op: string, other: Tensor | number): Tensor {
    if (typeof other !== "number") return needTensor(op, other);
    const whole = this.dtype !== "float32" && Number.isInteger(other);
    return this.newFull([], other, whole ? "int32" : "float32");
  }
}

/** Places to read or write: whole numbers, int32. */
function asIndices(op: string, indices: readonly number[] | Tensor): Tensor {
  if (!(indices instanceof Tensor)) {
    for (const index of indices)
      if (!Number.isInteger(index))
        throw new TypeError(`${op}: an index is a whole number, got ${describe(index)} ${index}`);
    return new Tensor(Int32Array.from(indices), [indices.length]);
  }
  if (indices.dtype === "bool")
    throw new TypeError(
      `${op}: indices are places, got a bool tensor\n  hint: to choose by a mask, use where(…) or maskedFill(…)`,
    );
  if (indices.dtype === "float32" && !indices.data.every(Number.isInteger))
    throw new TypeError(
      `${op}: indices must be whole numbers, got a float32 tensor with fractions`,
    );
  return indices.dtype === "int32" ? indices : indices.to("int32");
}

/** A tensor, or else a TypeError. */
export function needTensor(op: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  const got = Array.isArray(value) ? "an array" : describe(value);
  throw new TypeError(
    `${op}: expected a Tensor, got ${got}${Array.isArray(value) ? "\n  hint: make one with tensor([…])" : ""}`,
  );
}

/** What a value is, in a word or two, for errors. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? JSON.stringify(value) : `a ${typeof value}`;
}
