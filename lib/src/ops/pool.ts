import { defineOp, type Op } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Pair } from "./conv.ts";

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
  backward: (g, { inputs: [x], attributes }) => [
    () => {
      const [n, channels, height, width] = x.shape;
      const planes = n * channels;
      const each = [planes, g.shape[2] * g.shape[3]];
      return g
        .newZeros([planes, height * width])
        .scatterAdd(1, maxPool2dPlaces([x], attributes).reshape(each), g.reshape(each))
        .reshape(x.shape);
    },
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

/** From the first place up to, not including, the second. */
type Span = readonly [start: number, end: number];

/** What each window covers of one axis of the image. */
function spans(length: number, axis: 0 | 1, how: Pooling): Span[] {
  if ("outputSize" in how) {
    const count = how.outputSize[axis];
    // Where the windows do not come out even, neighbors overlap.
    return Array.from({ length: count }, (_, i) => [
      Math.floor((i * length) / count),
      Math.ceil(((i + 1) * length) / count),
    ]);
  }
  const [kernel, stride, padding] = [how.kernelSize[axis], how.stride[axis], how.padding[axis]];
  const count = Math.floor((length + 2 * padding - kernel) / stride) + 1;
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride - padding;
    return [Math.max(0, start), Math.min(length, start + kernel)];
  });
}

/** Visits the windows in the order of the result: where the image begins, what of it, how large the window is. */
function walkWindows(
  [n, channels, height, width]: Shape,
  how: Pooling,
  visit: (i: number, plane: number, rows: Span, columns: Span, area: number) => void,
): void {
  const [down, across] = [spans(height, 0, how), spans(width, 1, how)];
  let i = 0;
  for (let plane = 0; plane < n * channels; plane++)
    for (const rows of down)
      for (const columns of across) {
        const size =
          "kernelSize" in how ? how.kernelSize : [rows, columns].map(([start, end]) => end - start);
        visit(i++, plane * height * width, rows, columns, size[0] * size[1]);
      }
}

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
