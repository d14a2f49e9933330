import type { AlongAxis } from "../../ops/indexing.ts";
import { checkAxis, levelsOf, type Shape, sizeOf, stridesOf } from "../../shape.ts";
import { type Call, cut, isWorth, type Job, type JobMaker, type Question } from "./job.ts";

/** Numbers of a part, at least. */
const LEAST = 8192;

/** Whether that what is taken or added is of a type, the indices are whole, and the work is worth it. */
function fits(question: Question, amount: number, floats: boolean): boolean {
  const { inTypes, outType, resident } = question;
  const [x, indices, source = x] = inTypes;
  const known = indices === "int32" && (floats ? x === "float32" : x !== "bool");
  return known && x === outType && source === x && resident && isWorth(question, amount, true);
}

/** x [blocks, size, width], taken along the axis in the middle. */
function around(shape: Shape, axis: number) {
  const at = checkAxis("take", shape, axis);
  const [blocks, width] = [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at + 1))];
  return { blocks, size: shape[at], width };
}

function take(question: Question): Job | undefined {
  const [shape, indexShape] = question.inShapes;
  if (!fits(question, sizeOf(question.outShape), false)) return undefined;
  const { blocks, size, width } = around(shape, (question.attributes as AlongAxis).axis);
  const total = sizeOf(indexShape);
  return {
    calls: ({ inputs: [x, indices], out }, parts) => [
      cut(total, parts, 1, Math.ceil(LEAST / width)).map(
        ({ from, length }): Call => [
          ...(["take", blocks, size, width, total, length] as const),
          ...[x, indices + 4 * from, out + 4 * from * width],
        ],
      ),
    ],
  };
}

/** The copy that is then added to: its one level lies at the beginning of the constants. */
function copyFirst(size: number, parts: number, list: number, x: number, out: number): Call[] {
  return cut(size, parts, 16, LEAST).map(
    ({ from, length }): Call => ["copy", 1, length, list, x + 4 * from, out + 4 * from],
  );
}

/** Threads get columns of their own: each number is added to in the order of the indices. */
function indexAdd(question: Question): Job | undefined {
  const [shape, indexShape, sourceShape] = question.inShapes;
  if (!fits(question, sizeOf(shape) + sizeOf(sourceShape), true)) return undefined;
  const { blocks, size, width } = around(shape, (question.attributes as AlongAxis).axis);
  const count = sizeOf(indexShape);
  const all = sizeOf(shape);
  const least = Math.ceil(LEAST / Math.max(1, blocks * count));
  return {
    constants: [all, 1, 1],
    calls: ({ inputs: [x, indices, source], out, constants }, parts) => [
      copyFirst(all, parts, constants, x, out),
      cut(width, parts, 16, least).map(
        ({ from, length }): Call => [
          ...(["addTaken", blocks, size, width, count, length] as const),
          ...[indices, source + 4 * from, out + 4 * from],
        ],
      ),
    ],
  };
}

function beside(question: Question, floats: boolean) {
  const [shape, indexShape] = question.inShapes;
  if (!fits(question, sizeOf(question.outShape), floats)) return undefined;
  const at = checkAxis("gather", shape, (question.attributes as AlongAxis).axis);
  const strides = stridesOf(shape);
  const steps = strides.map((stride, axis) => (axis === at ? 0 : stride));
  // The kernels begin with the outermost level.
  const levels = levelsOf(indexShape, [steps]).reverse();
  const [outer, ...inner] = levels;
  return {
    outer: { length: outer.length, step: outer.steps[0] },
    each: sizeOf(inner.map(({ length }) => length)),
    list: levels.flatMap(({ length, steps: [step] }) => [length, step]),
    levels: levels.length,
    size: shape[at],
    stride: strides[at],
    empty: sizeOf(indexShape) === 0,
  };
}

function gather(question: Question): Job | undefined {
  const how = beside(question, false);
  if (!how) return undefined;
  const { outer, each, list, levels, size, stride } = how;
  return {
    constants: list,
    calls: ({ inputs: [x, indices], out, constants }, parts) => [
      cut(outer.length, parts, 1, Math.ceil(LEAST / each)).map(
        ({ from, length }): Call => [
          ...([
            "gather",
            levels,
            length,
            constants,
            size,
            stride,
            x + 4 * from * outer.step,
          ] as const),
          ...[indices + 4 * from * each, out + 4 * from * each],
        ],
      ),
    ],
  };
}

function scatterAdd(question: Question): Job | undefined {
  const how = beside(question, true);
  if (!how) return undefined;
  const { outer, each, list, levels, size, stride, empty } = how;
  const all = sizeOf(question.outShape);
  return {
    constants: [all, 1, 1, ...list],
    calls: ({ inputs: [x, indices, source], out, constants }, parts) => [
      copyFirst(all, parts, constants, x, out),
      // Only along the axis of the indices can two meet in a place.
      cut(empty ? 0 : outer.length, outer.step === 0 ? 1 : parts, 1, Math.ceil(LEAST / each)).map(
        ({ from, length }): Call => [
          ...(["scatterAdd", levels, length, constants + 12, size, stride] as const),
          ...[indices, source].map((address) => address + 4 * from * each),
          out + 4 * from * outer.step,
        ],
      ),
    ],
  };
}

export const indexingJobs: Readonly<Record<string, JobMaker>> = {
  take,
  indexAdd,
  gather,
  scatterAdd,
};
