import type { GeluAttributes } from "../../ops/activations.ts";
import { broadcastRuns, sizeOf } from "../../shape.ts";
import { cut, isWorth, type Job, type JobMaker, once, onFloats, type Question } from "./job.ts";

/** Numbers of a part, at least, and a whole number of vectors. */
const LEAST = 8192;
const STEP = 16;

/** `op` is the kernel's number for it: lib/kernels/elementwise.ts. */
function pair(op: number): JobMaker {
  return onFloats((question) => {
    const { inShapes, outShape } = question;
    if (!isWorth(question, sizeOf(outShape), true)) return undefined;
    const { lengths, steps } = broadcastRuns(inShapes, outShape);
    const levels = lengths.flatMap((length, i) => [length, ...steps[i], 0]);
    return {
      pointwise: op,
      constants: [lengths.length, ...levels],
      calls: ({ inputs: [a, b], out, constants }) => once("binary", op, constants, a, b, out),
    };
  });
}

function single(op: number): JobMaker {
  return onFloats((question) => oneByOne(op, question));
}

function oneByOne(op: number, question: Question): Job | undefined {
  const n = sizeOf(question.outShape);
  if (!isWorth(question, n)) return undefined;
  return {
    pointwise: 256 + op,
    calls: ({ inputs: [x], out }, parts) => [
      cut(n, parts, STEP, LEAST).map(
        ({ from, length }) => ["unary", op, length, x + 4 * from, out + 4 * from] as const,
      ),
    ],
  };
}

export const elementwiseJobs: Readonly<Record<string, JobMaker>> = {
  add: pair(0),
  sub: pair(1),
  mul: pair(2),
  div: pair(3),
  maximum: pair(4),
  minimum: pair(5),
  neg: single(0),
  abs: single(1),
  sqrt: single(2),
  relu: single(3),
  exp: single(4),
  log: single(5),
  tanh: single(6),
  sigmoid: single(7),
  silu: single(8),
  gelu: onFloats((question) =>
    (question.attributes as GeluAttributes).approximate === "tanh"
      ? oneByOne(9, question)
      : undefined,
  ),
};
