import { defineOp, type Op } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Pair } from "./conv.ts";
import { type Span, spans, walkWindows } from "./windows.ts";

/** Windows that move over the images; or as many windows as are asked for, sharing the image. */
export type Pooling =
  | { readonly kernelSize: Pair; readonly stride: Pair; readonly padding: Pair }
  | { readonly outputSize: Pair };

/** The largest number in each window; the padding never is. [n, c, h, w] → [n, c, …, …] */
export const maxPool2d: Op<Pooling> = defineOp({
  name: "maxPool2d",
  shape: pooledShape,
  dtype: "same",
  forward(y, [x], { inShapes: [shape], attributes }) {
    walkWindows(shape, attributes, (i, plane, rows, columns) => {
      y[i] = x[plane + largest(x, plane, shape[3], rows, columns)];
    });
  },
  backward: (g, { inputs: [x], attributes }) => [() => maxUnpool2d([g, x], attributes)],
});

/** Images like x, in which each number of g is where {@link maxPool2d} found the largest of its window; the rest is 0. */
export const maxUnpool2d: Op<Pooling> = defineOp({
  name: "maxUnpool2d",
  shape: ([, x]) => x,
  dtype: "same",
  forward(y, [g, x], { outShape, attributes }) {
    walkWindows(outShape, attributes, (i, plane, rows, columns) => {
      y[plane + largest(x, plane, outShape[3], rows, columns)] += g[i];
    });
  },
  backward: (gg, { inputs: [g, x], attributes }) => [
    () => {
      const [n, channels, down, across] = g.shape;
      const planes = (t: Tensor) => t.reshape([n * channels, t.shape[2] * t.shape[3]]);
      const places = maxPool2dPlaces([x], attributes).reshape([n * channels, down * across]);
      return planes(gg).gather(1, places).reshape(g.shape);
    },
    // The place of the largest does not change with a small step.
    null,
  ],
});

/** Where in its image {@link maxPool2d} found each number: row · width + column; of several, the first. */
export const maxPool2dPlaces: Op<Pooling> = defineOp({
  name: "maxPool2dPlaces",
  shape: pooledShape,
  dtype: "int32",
  forward(places, [x], { inShapes: [shape], attributes }) {
    walkWindows(shape, attributes, (i, plane, rows, columns) => {
      places[i] = largest(x, plane, shape[3], rows, columns);
    });
  },
});

/** The mean of each window, the zeros of the padding counted in. [n, c, h, w] → [n, c, …, …] */
export const avgPool2d: Op<Pooling> = defineOp({
  name: "avgPool2d",
  shape: pooledShape,
  dtype: "float32",
  forward(y, [x], { inShapes: [shape], attributes }) {
    walkWindows(shape, attributes, (i, plane, rows, columns, area) => {
      let total = 0;
      for (let row = rows[0]; row < rows[1]; row++)
        for (let column = columns[0]; column < columns[1]; column++)
          total += x[plane + row * shape[3] + column];
      y[i] = total / area;
    });
  },
  backward: (g, { inputs: [x], attributes }) => [
    () => avgUnpool2d([g], { ...attributes, of: x.shape }),
  ],
});

/** Images of the shape `of`, in which each number is spread evenly over its window: {@link avgPool2d} turned around. */
export const avgUnpool2d: Op<Pooling & { readonly of: Shape }> = defineOp({
  name: "avgUnpool2d",
  shape: (_, { of }) => of,
  dtype: "float32",
  forward(x, [y], { outShape, attributes }) {
    const sums = new Float64Array(x.length);
    walkWindows(outShape, attributes, (i, plane, rows, columns, area) => {
      for (let row = rows[0]; row < rows[1]; row++)
        for (let column = columns[0]; column < columns[1]; column++)
          sums[plane + row * outShape[3] + column] += y[i] / area;
    });
    x.set(sums);
  },
  backward: (g, { attributes }) => [() => avgPool2d([g], attributes)],
});

/** Where in its plane the largest number of a window is; a NaN beats everything. */
function largest(
  x: ArrayLike<number>,
  plane: number,
  width: number,
  rows: Span,
  columns: Span,
): number {
  let at = rows[0] * width + columns[0];
  for (let row = rows[0]; row < rows[1]; row++)
    for (let column = columns[0]; column < columns[1]; column++) {
      const place = row * width + column;
      const value = x[plane + place];
      if (Number.isNaN(value)) return place;
      if (value > x[plane + at]) at = place;
    }
  return at;
}

function pooledShape([x]: readonly Shape[], how: Pooling, refuse: (why: string) => never): Shape {
  if (x.length !== 4) refuse("images are [batch, channels, height, width]");
  const size = ([0, 1] as const).map((axis) => {
    const length = x[2 + axis];
    const lines = axis === 0 ? "rows" : "columns";
    if ("kernelSize" in how) {
      const [kernel, padding] = [how.kernelSize[axis], how.padding[axis]];
      if (2 * padding > kernel)
        refuse(
          `${padding} ${lines} of padding are more than half of the window's ${kernel}: it could see nothing else`,
        );
      if (kernel > length + 2 * padding)
        refuse(
          `the window is ${kernel} ${lines} large, the padded images have ${length + 2 * padding}`,
        );
    } else if (length === 0) refuse(`the images have no ${lines}`);
    return spans(length, axis, how).length;
  });
  return [x[0], x[1], ...size];
}
