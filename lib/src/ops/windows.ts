import type { Shape } from "../shape.ts";
import type { Pooling } from "./pool.ts";

/** From the first place up to, not including, the second. */
export type Span = readonly [start: number, end: number];

/** What each window covers of one axis of the image. */
export function spans(length: number, axis: 0 | 1, how: Pooling): Span[] {
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
export function walkWindows(
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
