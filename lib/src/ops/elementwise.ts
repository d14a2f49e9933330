import type { InputGradient } from "../autograd.ts";
import type { DType } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { broadcastShapes, broadcastStrides, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

interface PointwiseOptions<Attributes> {
  /** The dtype of the result, where it does not follow the input's. */
  readonly dtype?: DType | ((dtypes: readonly DType[], attributes: Attributes) => DType);
  /** The gradient for x, from the gradient g for y = f(x). */
  readonly backward?: (g: Tensor, x: Tensor, y: Tensor, attributes: Attributes) => Tensor;
}

/** An op that looks at one number at a time; the shape stays. */
export function pointwise<Attributes = void>(
  name: string,
  f: (x: number, attributes: Attributes) => number,
  { dtype, backward }: PointwiseOptions<Attributes> = {},
): Op<Attributes> {
  return defineOp<Attributes>({
    name,
    shape: ([x]) => x,
    dtype: typeof dtype === "string" ? () => dtype : dtype,
    forward(y, [x], { attributes }) {
      for (let i = 0; i < y.length; i++) y[i] = f(x[i], attributes);
    },
    backward:
      backward &&
      ((g, { inputs: [x], output: y, attributes }) => [() => backward(g, x, y, attributes)]),
  });
}

interface PairwiseOptions {
  readonly dtype?: DType;
  /** The gradients for a and b, of the result's shape; a broadcast input's is summed back here. */
  readonly backward?: (g: Tensor, a: Tensor, b: Tensor) => [a: () => Tensor, b: () => Tensor];
}

/** An op that takes two tensors number by number; shapes broadcast. */
export function pairwise(
  name: string,
  f: (a: number, b: number) => number,
  { dtype, backward }: PairwiseOptions = {},
): Op<void> {
  return defineOp({
    name,
    shape: ([a, b]) => broadcastShapes(name, a, b),
    dtype: dtype && (() => dtype),
    forward(out, [a, b], { inShapes, outShape }) {
      if (a.length === out.length && b.length === out.length)
        for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i]);
      else
        walkBroadcast(inShapes, outShape, (i, [p, q]) => {
          out[i] = f(a[p], b[q]);
        });
    },
    backward:
      backward &&
      ((g, { inputs }): InputGradient[] =>
        backward(g, inputs[0], inputs[1]).map(
          (gradient, i) => () => gradient().sumTo(inputs[i].shape),
        )),
  });
}

/** Walks a broadcast result in order, like an odometer, and keeps a position in each input. */
export function walkBroadcast(
  inShapes: readonly Shape[],
  outShape: Shape,
  visit: (i: number, positions: readonly number[]) => void,
): void {
  const strides = inShapes.map((shape) => broadcastStrides(shape, outShape));
  const positions = inShapes.map(() => 0);
  const index = new Array<number>(outShape.length).fill(0);
  const size = outShape.reduce((product, length) => product * length, 1);
  for (let i = 0; i < size; i++) {
    visit(i, positions);
    for (let axis = outShape.length - 1; axis >= 0; axis--) {
      for (let k = 0; k < positions.length; k++) positions[k] += strides[k][axis];
      if (++index[axis] < outShape[axis]) break;
      for (let k = 0; k < positions.length; k++) positions[k] -= strides[k][axis] * outShape[axis];
      index[axis] = 0;
    }
  }
}
