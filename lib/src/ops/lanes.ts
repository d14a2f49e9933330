import type { DType, TensorData } from "../dtype.ts";
import { type BackwardInfo, defineOp, type Op } from "../op.ts";
import { checkAxis, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { AlongAxis } from "./indexing.ts";

interface LaneDefinition<Attributes> {
  readonly name: string;
  readonly dtype?: DType;
  /** Fills y[start], y[start + stride], … before y[end] from the same places of x. */
  run(
    y: TensorData,
    x: TensorData,
    start: number,
    end: number,
    stride: number,
    attributes: Attributes,
  ): void;
  backward?(g: Tensor, info: BackwardInfo<Attributes>): [() => Tensor];
}

/** An op that treats each row of numbers along an axis by itself; the shape stays. */
export function alongAxis<Attributes extends AlongAxis = AlongAxis>({
  run,
  ...rest
}: LaneDefinition<Attributes>): Op<Attributes> {
  return defineOp<Attributes>({
    ...rest,
    shape([x], { axis }) {
      checkAxis(rest.name, x, axis);
      return x;
    },
    forward(y, [x], { outShape, attributes }) {
      walkLanes(rest.name, outShape, attributes.axis, (start, end, stride) =>
        run(y, x, start, end, stride, attributes),
      );
    },
  });
}

/**
 * Visits each row of numbers along an axis, or all numbers as one row: they lie at `start`,
 * `start + stride`, … below `end`.
 */
export function walkLanes(
  op: string,
  shape: Shape,
  axis: number | undefined,
  visit: (start: number, end: number, stride: number, lane: number) => void,
): void {
  if (axis === undefined) {
    visit(0, sizeOf(shape), 1, 0);
    return;
  }
  const at = checkAxis(op, shape, axis);
  const stride = sizeOf(shape.slice(at + 1));
  const length = shape[at] * stride;
  const lanes = sizeOf(shape.slice(0, at)) * stride;
  for (let lane = 0; lane < lanes; lane++) {
    const start = Math.floor(lane / stride) * length + (lane % stride);
    visit(start, start + length, stride, lane);
  }
}
