import type { AlongAxis } from "../../ops/indexing.ts";
import type { Epsilon } from "../../ops/normalize.ts";
import type { Spread } from "../../ops/reduce.ts";
import type { Reduction } from "../../ops/reduction.ts";
import { checkAxis, type Shape, sizeOf } from "../../shape.ts";
import type { Kernels } from "../kernels.generated.ts";
import {
  type Call,
  cut,
  isWorth,
  type Job,
  type JobMaker,
  onFloats,
  type Question,
} from "./job.ts";

/** Numbers of a part, at least. */
const LEAST = 8192;
/** What kernels of rows need of scratch: sums in lanes. */
const LANES = 128;

interface Rows {
  readonly rows: number;
  readonly width: number;
}

/** The rows along the last axis, or all numbers as one row. */
function rowsOf(question: Question, shape: Shape, axis: number | undefined): Rows | null {
  const size = sizeOf(shape);
  if (size === 0 || !isWorth(question, size)) return null;
  if (axis === undefined) return { rows: 1, width: size };
  const last = shape.length - 1;
  return axis === -1 || axis === last ? { rows: size / shape[last], width: shape[last] } : null;
}

function cutRows({ rows, width }: Rows, parts: number) {
  return cut(rows, parts, 1, Math.ceil(LEAST / width));
}

/** Along the last axis in rows, along another in columns; all tensors have the same shape. */
function shares(
  kernel: keyof Kernels,
  columns: "softmaxColumns" | "softmaxColumnsGradient",
  log: 0 | 1,
): JobMaker {
  return onFloats((question) => {
    const { outShape, attributes } = question;
    const axis = checkAxis("softmax", outShape, (attributes as AlongAxis).axis);
    const size = sizeOf(outShape);
    if (size === 0 || !isWorth(question, size)) return undefined;
    const count = outShape[axis];
    const inner = sizeOf(outShape.slice(axis + 1));
    const length = count * inner;
    return {
      scratch: () => LANES,
      calls: ({ inputs, out }, parts) => [
        cutRows({ rows: size / length, width: length }, parts).map(
          ({ from, length: blocks }): Call => {
            const places = [...inputs, out].map((address) => address + 4 * from * length);
            if (inner === 1) return [kernel, blocks, count, ...places];
            return [columns, log, blocks, count, inner, ...places];
          },
        ),
      ],
    };
  });
}

function normalization(
  kernel: "normalize" | "normalizeGradient",
  { centered }: { centered: boolean },
): JobMaker {
  return onFloats((question) => {
    const { eps } = question.attributes as Epsilon;
    const found = rowsOf(question, question.outShape, -1);
    if (!found) return undefined;
    const { width } = found;
    return {
      scratch: () => LANES,
      calls: ({ inputs, out }, parts) => [
        cutRows(found, parts).map(({ from, length }): Call => {
          const places = [...inputs, out].map((address) => address + 4 * from * width);
          return [kernel, length, 4 * width, 1, 0, width, eps, Number(centered), ...places];
        }),
      ],
    };
  });
}

/** Fewer places than this cost more to begin than to do, unless there is only one. */
const PLACES = 8;

interface Channelwise {
  /** What does it where a channel has one place in each image. */
  readonly columns: keyof Kernels;
  /** So many inputs, the first ones, have x's shape; the others a number for each channel, or two. */
  readonly tall: number;
  /** Whether the result has x's shape. */
  readonly result?: boolean;
  readonly eps?: boolean;
}

/** A kernel of channels, for tensors of [batch, channels, places]. */
function channelwise(
  kernel: keyof Kernels,
  { columns, tall, result = true, eps = true }: Channelwise,
): JobMaker {
  return onFloats((question) => {
    const [batch, channels, places] = question.inShapes[0];
    if (places > 1 && places < PLACES) return undefined;
    if (!isWorth(question, batch * channels * places)) return undefined;
    const given = eps ? [(question.attributes as Epsilon).eps] : [];
    const pieces = [4 * places, batch, 4 * channels * places, places, channels];
    return {
      scratch: () => LANES,
      calls: ({ inputs, out }, parts) => [
        cut(channels, parts, 4, Math.ceil(LEAST / (batch * places))).map(
          ({ from, length }): Call => {
            const moved = inputs.map((address, i) => address + 4 * from * (i < tall ? places : 1));
            const to = [...moved, out + 4 * from * (result ? places : 1)];
            if (places === 1) return [columns, batch, channels, length, ...given, ...to];
            return [kernel, length, ...pieces, ...given, ...to];
          },
        ),
      ],
    };
  });
}

/** Sums over what lies between what is kept in front and behind: [kept, reduced, kept]. */
interface Middle {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** How the axis of a reduction lies; undefined if there is nothing to do, or too little. */
function middleOf(question: Question, exact: boolean): Middle | undefined {
  const [shape] = question.inShapes;
  const { axis } = question.attributes as Reduction;
  const size = sizeOf(shape);
  if (size === 0 || !isWorth(question, size, exact)) return undefined;
  if (axis === undefined) return { outer: 1, count: size, inner: 1 };
  const at = axis < 0 ? axis + shape.length : axis;
  const [outer, count, inner] = [shape.slice(0, at), [shape[at]], shape.slice(at + 1)].map(sizeOf);
  return { outer, count, inner };
}

function reduction(scaleOf: (count: number) => number): JobMaker {
  return onFloats((question) => {
    const middle = middleOf(question, false);
    return middle && sumMiddle(middle, scaleOf(middle.count));
  });
}

function spread(root: 0 | 1): JobMaker {
  return onFloats((question) => {
    const middle = middleOf(question, false);
    if (!middle || middle.inner > 1) return undefined;
    const { outer: rows, count } = middle;
    const scale = count / (count - (question.attributes as Spread).correction);
    return {
      scratch: () => LANES,
      calls: ({ inputs: [x], out }, parts) => [
        cutRows({ rows, width: count }, parts).map(
          ({ from, length }): Call => [
            "variance",
            length,
            count,
            scale,
            root,
            x + 4 * from * count,
            out + 4 * from,
          ],
        ),
      ],
    };
  });
}

/** The largest or the smallest, or the place of it. */
function extreme(smallest: 0 | 1, places: 0 | 1): JobMaker {
  return (question) => {
    const { inTypes, outType } = question;
    if (inTypes[0] !== "float32" || outType !== (places ? "int32" : "float32")) return undefined;
    const middle = middleOf(question, true);
    if (!middle) return undefined;
    const { outer, count, inner } = middle;
    if (inner === 1)
      return {
        calls: ({ inputs: [x], out }, parts) => [
          cutRows({ rows: outer, width: count }, parts).map(
            ({ from, length }): Call => [
              ...(["find", smallest, places, length, count] as const),
              ...[x + 4 * from * count, out + 4 * from],
            ],
          ),
        ],
      };
    return {
      calls: ({ inputs: [x], out }, parts) => [
        cutColumns(middle, parts).map(
          ({ from, to, length }): Call => [
            ...(["findColumns", smallest, places, count, 4 * inner, length] as const),
            ...[x + 4 * from, out + 4 * to],
          ],
        ),
      ],
    };
  };
}

/** Columns of each block of rows, from where to where, in parts. */
function cutColumns({ outer, count, inner }: Middle, parts: number) {
  const each = cut(inner, Math.ceil(parts / outer), 16, Math.ceil(LEAST / count));
  return Array.from({ length: outer }, (_, i) =>
    each.map(({ from, length }) => ({
      from: i * count * inner + from,
      to: i * inner + from,
      length,
    })),
  ).flat();
}

function sumMiddle({ outer, count, inner }: Middle, scale: number): Job {
  if (inner === 1) return sumAround(1, outer, count, scale);
  return {
    calls: ({ inputs: [x], out }, parts) => [
      cutColumns({ outer, count, inner }, parts).map(
        ({ from, to, length }): Call => [
          "sumColumns",
          count,
          4 * inner,
          length,
          scale,
          x + 4 * from,
          out + 4 * to,
        ],
      ),
    ],
  };
}

/**
 * Axes next to each other that are kept, or summed, are taken as one. Then what is summed lies in
 * front of, behind, between, or around what is kept: a bias, a row's number, a channel's.
 */
function sumTo(question: Question): Job | undefined {
  const [shape] = question.inShapes;
  const { outShape } = question;
  if (sizeOf(shape) === 0 || !isWorth(question, sizeOf(shape))) return undefined;
  const missing = shape.length - outShape.length;
  const groups: { kept: boolean; size: number }[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const kept = axis >= missing && outShape[axis - missing] === size;
    const last = groups.at(-1);
    if (last?.kept === kept) last.size *= size;
    else groups.push({ kept, size });
  });
  const sizes = groups.map(({ size }) => size);
  switch (groups.map(({ kept }) => (kept ? "k" : "s")).join("")) {
    case "s":
      return sumMiddle({ outer: 1, count: sizes[0], inner: 1 }, 1);
    case "ks":
      return sumMiddle({ outer: sizes[0], count: sizes[1], inner: 1 }, 1);
    case "sk":
      return sumMiddle({ outer: 1, count: sizes[0], inner: sizes[1] }, 1);
    case "ksk":
      return sumMiddle({ outer: sizes[0], count: sizes[1], inner: sizes[2] }, 1);
    case "sks":
      return sumAround(sizes[0], sizes[1], sizes[2]);
    default:
      return undefined;
  }
}

/** Sums over all pieces of each row: [pieces, rows, length] → [rows]. */
function sumAround(pieces: number, rows: number, length: number, scale = 1): Job {
  return {
    calls: ({ inputs: [x], out }, parts) => [
      cut(rows, parts, 1, Math.ceil(LEAST / (pieces * length))).map(
        ({ from, length: count }): Call => [
          ...(["sumRows", count, pieces, 4 * rows * length, length, scale] as const),
          ...[x + 4 * from * length, out + 4 * from],
        ],
      ),
    ],
  };
}

export const rowJobs: Readonly<Record<string, JobMaker>> = {
  softmax: shares("softmax", "softmaxColumns", 0),
  softmaxGradient: shares("softmaxGradient", "softmaxColumnsGradient", 0),
  logSoftmax: shares("logSoftmax", "softmaxColumns", 1),
  logSoftmaxGradient: shares("logSoftmaxGradient", "softmaxColumnsGradient", 1),
  layerNorm: normalization("normalize", { centered: true }),
  layerNormGradient: normalization("normalizeGradient", { centered: true }),
  rmsNorm: normalization("normalize", { centered: false }),
  rmsNormGradient: normalization("normalizeGradient", { centered: false }),
  moments: channelwise("moments", { columns: "columnMoments", tall: 1, result: false, eps: false }),
  batchNorm: channelwise("batchNorm", { columns: "columnNorm", tall: 1 }),
  channelSums: channelwise("channelSums", { columns: "columnSums", tall: 2, result: false }),
  batchNormGradient: channelwise("batchNormGradient", { columns: "columnNormGradient", tall: 2 }),
  sum: reduction(() => 1),
  mean: reduction((count) => 1 / count),
  sumTo: onFloats(sumTo),
  var: spread(0),
  std: spread(1),
  max: extreme(0, 0),
  min: extreme(1, 0),
  argmax: extreme(0, 1),
  argmin: extreme(1, 1),
};
