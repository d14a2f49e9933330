import type { AlongAxis } from "../../ops/indexing.ts";
import type { Epsilon } from "../../ops/normalize.ts";
import type { Reduction } from "../../ops/reduction.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { cut, isWorth, type Job, type JobMaker, once, onFloats, type Question } from "./job.ts";

/** Numbers of a part, at least. */
const LEAST = 8192;

/** The rows along the last axis, or all numbers as one row. */
function rowsOf(
  question: Question,
  shape: Shape,
  axis: number | undefined,
): { rows: number; width: number } | null {
  const size = sizeOf(shape);
  if (size === 0 || !isWorth(question, size)) return null;
  if (axis === undefined) return { rows: 1, width: size };
  const last = shape.length - 1;
  return axis === -1 || axis === last ? { rows: size / shape[last], width: shape[last] } : null;
}

function rowwise(kernel: "softmax" | "logSoftmax"): JobMaker {
  return onFloats((question) => {
    const found = rowsOf(question, question.outShape, (question.attributes as AlongAxis).axis);
    if (!found) return undefined;
    const { rows, width } = found;
    return {
      calls: ({ inputs: [x], out }, parts) => [
        cutRows(rows, width, parts).map(
          ({ from, length }) =>
            [kernel, length, width, x + 4 * from * width, out + 4 * from * width] as const,
        ),
      ],
    };
  });
}

function cutRows(rows: number, width: number, parts: number) {
  return cut(rows, parts, 1, Math.ceil(LEAST / width));
}

function normalization(centered: 0 | 1): JobMaker {
  return onFloats((question) => {
    const { eps } = question.attributes as Epsilon;
    const found = rowsOf(question, question.outShape, -1);
    if (!found) return undefined;
    const { rows, width } = found;
    return {
      calls: ({ inputs: [x], out }, parts) => [
        cutRows(rows, width, parts).map(
          ({ from, length }) =>
            [
              "normalize",
              ...[length, width, eps, centered],
              ...[x + 4 * from * width, out + 4 * from * width],
            ] as const,
        ),
      ],
    };
  });
}

function reduction(scaleOf: (count: number) => number): JobMaker {
  return onFloats((question) => {
    const { axis } = question.attributes as Reduction;
    const found = rowsOf(question, question.inShapes[0], axis as number | undefined);
    if (!found) return undefined;
    const { rows, width } = found;
    const scale = scaleOf(width);
    return {
      calls: ({ inputs: [x], out }, parts) => [
        cutRows(rows, width, parts).map(
          ({ from, length }) =>
            ["sumRows", length, width, scale, x + 4 * from * width, out + 4 * from] as const,
        ),
      ],
    };
  });
}

/** Where all that is left are the last axes, as of a bias. */
function sumTo(question: Question): Job | undefined {
  const [shape] = question.inShapes;
  const { outShape } = question;
  const size = sizeOf(shape);
  const width = sizeOf(outShape);
  if (!isWorth(question, size) || width === 1) return undefined;
  const kept = outShape.slice(outShape.findIndex((length) => length !== 1));
  const last = shape.slice(shape.length - kept.length);
  if (!kept.every((length, i) => length === last[i])) return undefined;
  return {
    scratch: () => 8 * width,
    calls: ({ inputs: [x], out }) => once("sumColumns", size / width, width, x, out),
  };
}

export const rowJobs: Readonly<Record<string, JobMaker>> = {
  softmax: rowwise("softmax"),
  logSoftmax: rowwise("logSoftmax"),
  layerNorm: normalization(1),
  rmsNorm: normalization(0),
  sum: reduction(() => 1),
  mean: reduction((count) => 1 / count),
  sumTo: onFloats(sumTo),
};
