import type { DType } from "../../dtype.ts";
import type { GeluAttributes } from "../../ops/activations.ts";
import { broadcastLevels, type Level, sizeOf } from "../../shape.ts";
import { type Call, cut, isWorth, type Job, type JobMaker, type Question } from "./job.ts";

/** Numbers of a part, at least, and a whole number of vectors. */
const LEAST = 8192;
const STEP = 16;
/** More calls than this nobody wants: only shapes that broadcast back and forth four times come to it. */
const CALLS = 16_384;

/** What an operation on numbers in the same place is to the kernels. */
interface Pointwise {
  /** The kernel's number for it: lib/kernels/elementwise.ts. */
  readonly op: number;
  readonly inTypes: readonly DType[];
  readonly outType: DType;
  /** Whether it gives the very bits of the plain kernel. */
  readonly exact: boolean;
  /** What the kernel wants to know besides: a slope, two bounds. */
  readonly settings?: (attributes: unknown) => readonly [number, number];
}

const float = "float32";

function exactly(op: number, inputs: number): JobMaker {
  const inTypes = new Array<DType>(inputs).fill(float);
  return pointwise({ op, inTypes, outType: float, exact: true });
}

function nearly(op: number, inputs = 1): JobMaker {
  const inTypes = new Array<DType>(inputs).fill(float);
  return pointwise({ op, inTypes, outType: float, exact: false });
}

function compared(op: number): JobMaker {
  return pointwise({ op, inTypes: [float, float], outType: "bool", exact: true });
}

function logical(op: number, inputs: number): JobMaker {
  const inTypes = new Array<DType>(inputs).fill("bool");
  return pointwise({ op, inTypes, outType: "bool", exact: true });
}

function pointwise(how: Pointwise): JobMaker {
  return (question) => {
    const { inTypes, outType, outShape } = question;
    const known = outType === how.outType && inTypes.every((type, i) => type === how.inTypes[i]);
    const n = sizeOf(outShape);
    return known && n > 0 && isWorth(question, n, how.exact) ? jobOf(how, question) : undefined;
  };
}

/**
 * Along the innermost level of a broadcast an input moves on number by number, or is repeated; the
 * kernel takes two levels at once, and for each place of those further out there is a call.
 */
function jobOf({ op, settings }: Pointwise, question: Question): Job | undefined {
  const { inShapes, inTypes, outShape, outType, attributes } = question;
  const levels = broadcastLevels(inShapes, outShape);
  const sizes = inTypes.map(bytesOf);
  const still = { length: 1, steps: inShapes.map(() => 0) };
  const [{ length: n, steps: step }, { length: rows, steps: row } = still, ...outer] = levels;
  if (sizeOf(outer.map(({ length }) => length)) > CALLS) return undefined;
  const places = placesOf(outer, inShapes.length);
  const given = settings?.(attributes) ?? [0, 0];
  const call = (
    count: number,
    length: number,
    inputs: readonly number[],
    out: number,
    rowSteps: readonly number[],
  ): Call => {
    const operands = [0, 1, 2].flatMap((i) =>
      i < inputs.length ? [inputs[i], sizes[i] * rowSteps[i], step[i]] : [0, 0, 0],
    );
    return ["elementwise", op, count, length, ...operands, out, ...given];
  };
  const moved = (inputs: readonly number[], by: readonly number[], times = 1) =>
    inputs.map((address, i) => address + sizes[i] * by[i] * times);
  const size = bytesOf(outType);
  return {
    pointwise: op,
    settings: given,
    calls({ inputs, out }, parts) {
      const each = Math.ceil(parts / places.length);
      const calls = places.flatMap((place, i) => {
        const from = moved(inputs, place);
        const to = out + size * n * rows * i;
        if (levels.length === 1)
          return cut(n, each, STEP, LEAST).map((part) =>
            call(1, part.length, moved(from, step, part.from), to + size * part.from, row),
          );
        return cut(rows, each, 1, Math.ceil(LEAST / n)).map((part) =>
          call(part.length, n, moved(from, row, part.from), to + size * n * part.from, row),
        );
      });
      return [calls];
    },
  };
}

/** Where each input stands at each place of the outer levels, innermost first. */
function placesOf(levels: readonly Level[], inputs: number) {
  let places: readonly (readonly number[])[] = [new Array<number>(inputs).fill(0)];
  for (const { length, steps } of levels)
    places = Array.from({ length }, (_, k) =>
      places.map((place) => place.map((at, i) => at + k * steps[i])),
    ).flat();
  return places;
}

function bytesOf(type: DType): number {
  return type === "bool" ? 1 : 4;
}

/** What is NaN is not equal to itself. */
function notNumbers(question: Question): Job | undefined {
  const [shape] = question.inShapes;
  const twice = { ...question, inShapes: [shape, shape], inTypes: [question.inTypes[0], float] };
  const job = compared(NOT_EQUAL)(twice as Question);
  return (
    job && { calls: ({ inputs: [x], ...at }, parts) => job.calls({ ...at, inputs: [x, x] }, parts) }
  );
}

const NOT_EQUAL = 65;

const gelu = { none: nearly(14), tanh: nearly(15) };
const geluGradient = { none: nearly(39, 2), tanh: nearly(40, 2) };

export const elementwiseJobs: Readonly<Record<string, JobMaker>> = {
  neg: exactly(0, 1),
  abs: exactly(1, 1),
  sign: exactly(2, 1),
  sqrt: exactly(3, 1),
  relu: exactly(4, 1),
  leakyRelu: pointwise({
    op: 5,
    inTypes: [float],
    outType: float,
    exact: false,
    settings: (attributes) => [(attributes as { slope: number }).slope, 0],
  }),
  clamp: pointwise({
    op: 6,
    inTypes: [float],
    outType: float,
    exact: true,
    settings(attributes) {
      const { min, max } = attributes as { min: number; max: number };
      return [min, max];
    },
  }),
  exp: nearly(7),
  log: nearly(8),
  tanh: nearly(9),
  sigmoid: nearly(10),
  softplus: nearly(11),
  silu: nearly(12),
  erf: nearly(13),
  gelu: (question) => gelu[(question.attributes as GeluAttributes).approximate](question),
  sin: nearly(16),
  cos: nearly(17),
  add: exactly(32, 2),
  sub: exactly(33, 2),
  mul: exactly(34, 2),
  div: exactly(35, 2),
  maximum: exactly(36, 2),
  minimum: exactly(37, 2),
  pow: nearly(41, 2),
  siluGradient: nearly(38, 2),
  geluGradient: (question) =>
    geluGradient[(question.attributes as GeluAttributes).approximate](question),
  equal: compared(64),
  notEqual: compared(NOT_EQUAL),
  isNaN: notNumbers,
  greater: compared(66),
  greaterEqual: compared(67),
  less: compared(68),
  lessEqual: compared(69),
  logicalAnd: logical(70, 2),
  logicalOr: logical(71, 2),
  logicalNot: logical(72, 1),
  where: pointwise({ op: 80, inTypes: ["bool", float, float], outType: float, exact: true }),
};
