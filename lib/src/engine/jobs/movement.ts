import type { AlongAxis } from "../../ops/indexing.ts";
import type { Padding } from "../../ops/join.ts";
import type { Range } from "../../ops/movement.ts";
import {
  broadcastStrides,
  checkAxis,
  type Level,
  levelsOf,
  type Shape,
  sizeOf,
  stridesOf,
} from "../../shape.ts";
import { type Call, cut, isWorth, type Job, type JobMaker, type Question } from "./job.ts";

/** Numbers of a part, at least. */
const LEAST = 16_384;

/** A copy of all numbers of a box: from which input, and where the first lies there and in the result. */
interface Move {
  /** Undefined: from the one number that a frame is filled with. */
  readonly input: number | undefined;
  readonly x: number;
  readonly out: number;
  /** Outermost first; the steps are those in the input and in the result. */
  readonly levels: readonly Level[];
}

/** The levels of a copy. */
function copying(lengths: Shape, stepsX: readonly number[], stepsOut: readonly number[]): Level[] {
  const levels = levelsOf(lengths, [stepsX, stepsOut]).reverse();
  // Neighbors of the input next to neighbors of the result: the kernel turns both around at once.
  const near = levels.findIndex(({ steps }) => steps[0] === 1);
  if (near >= 0 && near < levels.length - 2 && levels.at(-1)!.steps[1] === 1)
    levels.splice(-1, 0, ...levels.splice(near, 1));
  return levels;
}

/** A job that is nothing but copies; a frame around them is filled with `value`. */
function moving(question: Question, moves: readonly Move[], value = 0): Job {
  const bytes = question.outType === "bool" ? 1 : 4;
  const kernel = bytes === 1 ? "copyBytes" : "copy";
  const filling =
    question.outType === "float32" ? new Int32Array(Float32Array.of(value).buffer)[0] : value;
  const constants = [filling];
  const placed = moves
    .filter(({ levels }) => levels.every(({ length }) => length > 0))
    .map((move) => {
      const list = 4 * constants.length;
      constants.push(...move.levels.flatMap(({ length, steps }) => [length, ...steps]));
      return { ...move, list };
    });
  return {
    constants,
    calls: (at, parts) => [
      placed.flatMap(({ input, x, out, levels, list }) => {
        const [outer, ...inner] = levels;
        const [stepX, stepOut] = outer.steps;
        const each = sizeOf(inner.map(({ length }) => length));
        const from = input === undefined ? at.constants : at.inputs[input] + bytes * x;
        const to = at.out + bytes * out;
        return cut(outer.length, parts, 4, Math.ceil(LEAST / each)).map(
          ({ from: first, length }): Call => [
            ...([kernel, levels.length, length, at.constants + list] as const),
            from + bytes * first * stepX,
            to + bytes * first * stepOut,
          ],
        );
      }),
    ],
  };
}

/** What only moves is worth it where nothing has to be brought there for it. */
function movingJob(
  movesOf: (question: Question) => Move[] | undefined,
  fillOf = (_: Question) => 0,
): JobMaker {
  return (question) => {
    const { resident, outShape, inTypes, outType } = question;
    if (!resident || !isWorth(question, sizeOf(outShape), true)) return undefined;
    if (!inTypes.every((type) => type === outType)) return undefined;
    const moves = movesOf(question);
    return moves && moving(question, moves, fillOf(question));
  };
}

/** All of the result, read from x with a step for each axis. */
function reading(outShape: Shape, steps: readonly number[], x = 0): Move[] {
  return [{ input: 0, x, out: 0, levels: copying(outShape, steps, stridesOf(outShape)) }];
}

/** The box inside of the result into which x goes, and all boxes around it. */
function framed([shape]: readonly Shape[], outShape: Shape, starts: readonly number[]): Move[] {
  const strides = stridesOf(outShape);
  const place = (index: readonly number[]) =>
    index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
  const inside: Move = {
    input: 0,
    x: 0,
    out: place(starts),
    levels: copying(shape, stridesOf(shape), strides),
  };
  const around = outShape.flatMap((whole, axis) => {
    const end = starts[axis] + shape[axis];
    return [
      [0, starts[axis]],
      [end, whole],
    ].map(([first, last]): Move => {
      // Axes before this one are covered to the side of the box, those after it as a whole.
      const corner = starts.map((start, i) => (i < axis ? start : i === axis ? first : 0));
      const lengths = outShape.map((size, i) =>
        i < axis ? shape[i] : i === axis ? last - first : size,
      );
      const still = lengths.map(() => 0);
      return {
        input: undefined,
        x: 0,
        out: place(corner),
        levels: copying(lengths, still, strides),
      };
    });
  });
  return [inside, ...around];
}

interface Axes {
  readonly axes: readonly number[];
}

/** No axes given: all of them, last first. */
function orderOf(shape: Shape, { axes }: Axes): number[] {
  if (axes.length === 0) return shape.map((_, axis) => shape.length - 1 - axis);
  return axes.map((axis) => checkAxis("transpose", shape, axis));
}

export const movementJobs: Readonly<Record<string, JobMaker>> = {
  clone: movingJob(({ outShape }) => reading(outShape, stridesOf(outShape))),
  transpose: movingJob(({ inShapes: [shape], outShape, attributes }) =>
    reading(
      outShape,
      orderOf(shape, attributes as Axes).map((axis) => stridesOf(shape)[axis]),
    ),
  ),
  flip: movingJob(({ outShape, attributes }) => {
    const strides = stridesOf(outShape);
    const { axes } = attributes as Axes;
    const turned = new Set(axes.map((axis) => checkAxis("flip", outShape, axis)));
    const steps = strides.map((stride, axis) => (turned.has(axis) ? -stride : stride));
    const first = [...turned].reduce((sum, axis) => sum + (outShape[axis] - 1) * strides[axis], 0);
    return reading(outShape, steps, first);
  }),
  expand: movingJob(({ inShapes: [shape], outShape }) =>
    reading(outShape, broadcastStrides(shape, outShape)),
  ),
  slice: movingJob(({ inShapes: [shape], outShape, attributes }) => {
    const { axis, start, step } = attributes as Range;
    const strides = stridesOf(shape);
    const steps = strides.map((stride, i) => (i === axis ? step * stride : stride));
    return reading(outShape, steps, start * strides[axis]);
  }),
  unslice: movingJob(({ inShapes, outShape, attributes }) => {
    const { axis, start, step } = attributes as Range;
    const starts = outShape.map((_, i) => (i === axis ? start : 0));
    return step === 1 ? framed(inShapes, outShape, starts) : undefined;
  }),
  pad: movingJob(
    ({ inShapes, outShape, attributes }) =>
      framed(
        inShapes,
        outShape,
        (attributes as Padding).padding.map(([before]) => before),
      ),
    ({ attributes }) => (attributes as Padding).value,
  ),
  concat: movingJob(({ inShapes, outShape, attributes }) => {
    const at = checkAxis("concat", outShape, (attributes as AlongAxis).axis);
    const strides = stridesOf(outShape);
    let start = 0;
    return inShapes.map((shape, input) => {
      const out = start * strides[at];
      start += shape[at];
      return { input, x: 0, out, levels: copying(shape, stridesOf(shape), strides) };
    });
  }),
};
