import type { DType } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { checkAxis, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { walkLanes } from "./lanes.ts";

/** Which axis disappears (none: all of them), and whether it stays behind with size 1. */
export interface Reduction {
  readonly axis: number | undefined;
  readonly keepDims: boolean;
}

/** A reduction, with what it wants to know beyond the axis. */
export type ReduceOp<More> = Op<Reduction & More>;

interface ReduceDefinition<Attributes extends Reduction> {
  readonly name: string;
  readonly dtype?: DType | "same";
  /** How many numbers there must be at least, where fewer have no answer. */
  readonly needs?: (attributes: Attributes) => number;
  /** The result for the numbers x[start], x[start + stride], … before x[end]. */
  readonly run: (
    x: ArrayLike<number>,
    start: number,
    end: number,
    stride: number,
    attributes: Attributes,
  ) => number;
  /** The gradient for x. `g` and the result `y` come with the reduced axis in place, of size 1. */
  readonly backward?: (g: Tensor, x: Tensor, y: Tensor, attributes: Attributes) => Tensor;
}

/** An op that makes one number of all those along an axis. */
export function reduce<Attributes extends Reduction = Reduction>({
  name,
  dtype,
  needs,
  run,
  backward,
}: ReduceDefinition<Attributes>): Op<Attributes> {
  return defineOp<Attributes>({
    name,
    dtype,
    shape([x], attributes, refuse) {
      const { axis, keepDims } = attributes;
      const at = axis === undefined ? undefined : checkAxis(name, x, axis);
      const count = at === undefined ? sizeOf(x) : x[at];
      const least = needs?.(attributes) ?? 0;
      if (count === 0 && least > 0)
        refuse(
          `${at === undefined ? "a tensor without numbers has" : `axis ${at} is empty, so there is`} no such value`,
        );
      if (count < least) refuse(`at least ${least} numbers are needed, here is ${count}`);
      if (keepDims) return keptShape(name, x, axis);
      return at === undefined ? [] : x.filter((_, i) => i !== at);
    },
    forward(y, [x], { inShapes: [shape], attributes }) {
      walkLanes(name, shape, attributes.axis, (start, end, stride, lane) => {
        y[lane] = fitting(name, y, run(x, start, end, stride, attributes));
      });
    },
    backward:
      backward &&
      ((g, { inputs: [x], output, attributes }) => {
        const kept = keptShape(name, x.shape, attributes.axis);
        return [() => backward(g.reshape(kept), x, output.reshape(kept), attributes)];
      }),
  });
}

/** The shape with the reduced axis, or all of them, of size 1. */
function keptShape(name: string, shape: Shape, axis: number | undefined): Shape {
  const gone = axis === undefined ? undefined : checkAxis(name, shape, axis);
  return shape.map((size, i) => (gone === undefined || i === gone ? 1 : size));
}

/** The number, unless an int32 array would make another one of it. */
export function fitting(op: string, into: ArrayLike<number>, value: number): number {
  if (into instanceof Int32Array && value !== (value | 0))
    throw new RangeError(`${op}: ${value} is too large for int32\n  hint: to("float32") first`);
  return value;
}
