import type { DType, TensorData } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { broadcastShapes, broadcastStrides, type Shape } from "../shape.ts";

/** An op that looks at one number at a time; the shape stays. */
export function pointwise(name: string, f: (x: number) => number, dtype?: DType): Op<void> {
  return defineOp({
    name,
    shape: ([x]) => x,
    dtype: dtype && (() => dtype),
    forward(y, [x]) {
      for (let i = 0; i < y.length; i++) y[i] = f(x[i]);
    },
  });
}

/** An op that takes two tensors number by number; shapes broadcast. */
export function pairwise(
  name: string,
  f: (a: number, b: number) => number,
  dtype?: DType,
): Op<void> {
  return defineOp({
    name,
    shape: ([a, b]) => broadcastShapes(name, a, b),
    dtype: dtype && (() => dtype),
    forward(out, [a, b], { inShapes, outShape }) {
      if (a.length === out.length && b.length === out.length)
        for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i]);
      else broadcastPairs(out, outShape, a, inShapes[0], b, inShapes[1], f);
    },
  });
}

/** Walks the result in order, like an odometer, and keeps a position in each input. */
function broadcastPairs(
  out: TensorData,
  outShape: Shape,
  a: TensorData,
  aShape: Shape,
  b: TensorData,
  bShape: Shape,
  f: (a: number, b: number) => number,
): void {
  const aStrides = broadcastStrides(aShape, outShape);
  const bStrides = broadcastStrides(bShape, outShape);
  const index = new Array<number>(outShape.length).fill(0);
  let p = 0;
  let q = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = f(a[p], b[q]);
    for (let axis = outShape.length - 1; axis >= 0; axis--) {
      p += aStrides[axis];
      q += bStrides[axis];
      if (++index[axis] < outShape[axis]) break;
      p -= aStrides[axis] * outShape[axis];
      q -= bStrides[axis] * outShape[axis];
      index[axis] = 0;
    }
  }
}
