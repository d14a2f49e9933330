/** The size of each axis: `[]` is a single number, `[3]` a vector, `[2, 3]` two rows of three. */
export type Shape = readonly number[];

/** Thrown when the sizes of tensors do not fit an operation. */
export class ShapeError extends Error {
  override readonly name: string = "ShapeError";
  /** The operation that could not be done. */
  readonly op: string;
  /** The shapes it was given. */
  readonly shapes: readonly Shape[];

  constructor(op: string, shapes: readonly Shape[], why: string, hint?: string) {
    const lines = [`${op}: ${why}`];
    if (shapes.length > 0)
      lines.push(
        `  ${shapes.length > 1 ? "shapes" : "shape"}: ${shapes.map(showShape).join(" and ")}`,
      );
    if (hint) lines.push(`  hint: ${hint}`);
    super(lines.join("\n"));
    this.op = op;
    this.shapes = shapes;
  }
}

export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** How many of a thing there are, in words: "1 axis", "2 axes". */
export function counted(n: number, thing: string, things = `${thing}s`): string {
  return `${n} ${n === 1 ? thing : things}`;
}

/** How many numbers a tensor of this shape holds. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Refuses a shape with a size that no axis can have: negative, fractional, NaN. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape))
    throw new ShapeError(
      op,
      [],
      `a shape is an array of sizes, got ${String(shape)}`,
      "in brackets: [2, 3] for two rows of three",
    );
  shape.forEach((size, axis) => {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new ShapeError(
        op,
        [shape],
        `axis ${axis} has size ${size}`,
        "a size is a whole number, 0 or more",
      );
  });
}

/** The axis counted from the front; -1 names the last one. */
export function checkAxis(op: string, shape: Shape, axis: number): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(
      op,
      [shape],
      `there is no axis ${axis} in a tensor with ${counted(rank, "axis", "axes")}`,
      rank === 0 ? "leave the axis out" : `an axis is a whole number from ${-rank} to ${rank - 1}`,
    );
  return axis < 0 ? axis + rank : axis;
}

/** The index counted from the front; -1 names the last element. */
export function checkIndex(op: string, shape: Shape, axis: number, index: number): number {
  const size = shape[axis];
  if (!Number.isInteger(index) || index < -size || index >= size)
    throw new ShapeError(
      op,
      [shape],
      `there is no index ${index} along axis ${axis}, which has size ${size}`,
      size === 0 ? "the axis is empty" : `an index is a whole number from ${-size} to ${size - 1}`,
    );
  return index < 0 ? index + size : index;
}

/**
 * The shape of two tensors taken together element by element, as in NumPy: shapes are lined up
 * from the last axis; sizes must be equal, or one of them 1, which is then repeated.
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const out: number[] = new Array(rank);
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const left = a[a.length - fromEnd] ?? 1;
    const right = b[b.length - fromEnd] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new ShapeError(
        op,
        [a, b],
        `axis -${fromEnd} has size ${left} on the left and ${right} on the right`,
        "line the shapes up from the right: sizes must be equal, or one of them 1",
      );
    out[rank - fromEnd] = left === 1 ? right : left;
  }
  return out;
}

/** How far apart neighbors along each axis lie in memory, last axis fastest. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = new Array(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** Strides that read `shape` as if it were the larger `out`: a repeated axis does not move. */
export function broadcastStrides(shape: Shape, out: Shape): number[] {
  const own = stridesOf(shape);
  const missing = out.length - shape.length;
  return out.map((_, axis) => {
    const at = axis - missing;
    return at < 0 || shape[at] === 1 ? 0 : own[at];
  });
}

/** Where number i of a tensor stands, as an index for each axis: `[1, 0]`. */
export function placeOf(shape: Shape, i: number): string {
  return showShape(stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis]));
}

/** A level of a walk through numbers: so many steps, and how far one goes in each thing that is walked. */
export interface Level {
  readonly length: number;
  readonly steps: readonly number[];
}

/**
 * How things of one shape are walked side by side, each with its own strides, innermost level
 * first. Axes along which every thing just reads on are taken as one.
 */
export function levelsOf(shape: Shape, strides: readonly (readonly number[])[]): Level[] {
  const levels: Level[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis];
    if (length === 1) continue;
    const steps = strides.map((of) => of[axis]);
    const inner = levels.at(-1);
    if (inner && steps.every((step, k) => step === inner.steps[k] * inner.length))
      levels[levels.length - 1] = { length: inner.length * length, steps: inner.steps };
    else levels.push({ length, steps });
  }
  return levels.length > 0 ? levels : [{ length: 1, steps: strides.map(() => 0) }];
}

/** The levels of a broadcast: what is repeated goes no step. */
export function broadcastLevels(inShapes: readonly Shape[], outShape: Shape): Level[] {
  return levelsOf(
    outShape,
    inShapes.map((shape) => broadcastStrides(shape, outShape)),
  );
}
