import { checkAxis, type Shape, sizeOf } from "../shape.ts";

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
