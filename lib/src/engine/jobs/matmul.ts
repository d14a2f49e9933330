import type { MatmulAttributes } from "../../ops/matmul.ts";
import { broadcastStrides, type Shape, sizeOf } from "../../shape.ts";
import { isWide } from "../wasm.ts";
import {
  type Call,
  cut,
  isWorth,
  type Job,
  type JobMaker,
  onFloats,
  type Question,
} from "./job.ts";

/** The tile of lib/kernels/strip.ts: where the work is cut elsewhere, some of a tile is for nothing. */
const [ROWS, COLUMNS] = [6, 16];
/** So many multiplications are done before another thread has begun. */
const LEAST = 2 ** 18;

/** One side of the products: a matrix, or a stack of them. */
interface Side {
  /** Which input it is. */
  readonly input: number;
  /** Which of its matrices goes into each product. */
  readonly places: readonly number[];
  /** How many numbers lie from one matrix to the next, from row to row and within a row. */
  readonly next: number;
  readonly row: number;
  readonly column: number;
}

/** Several products whose matrices lie equally far apart. */
interface Run {
  readonly from: number;
  readonly length: number;
  readonly leftStep: number;
  readonly rightStep: number;
}

/** What is to be done: products of m × k and k × n numbers. */
interface Products {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly left: Side;
  readonly right: Side;
  readonly runs: readonly Run[];
}

function product(question: Question): Job | undefined {
  const { transposeA } = question.attributes as MatmulAttributes;
  const work =
    sizeOf(question.outShape) * (question.inShapes[0].at(transposeA ? -2 : -1) as number);
  if (!isWorth(question, work)) return undefined;
  const { m, n, k, left, right, runs } = asked(question);
  const count = left.places.length;
  // Here the numbers of both sides that are multiplied lie together.
  const dots = m === 1 && right.row === 1 && k > 1;
  return {
    scratch: (kernels) => (dots ? kernels.dotsScratch() : kernels.gemmScratch()),
    calls({ inputs, out }, parts) {
      const wide = Number(isWide());
      const wanted = Math.max(1, Math.min(parts, Math.floor(work / LEAST)));
      const pieces = Math.ceil(wanted / count);
      const [rows, columns] = [
        cut(m, n < m ? pieces : 1, ROWS),
        cut(n, n < m ? 1 : pieces, COLUMNS),
      ];
      const calls: Call[] = [];
      for (const run of runs.flatMap((run) => cutRun(run, (wanted * run.length) / count)))
        for (const i of rows)
          for (const j of columns) {
            const x = addressOf(left, run, inputs) + 4 * i.from * left.row;
            const y = addressOf(right, run, inputs) + 4 * j.from * right.column;
            const z = out + 4 * (run.from * m * n + i.from * n + j.from);
            const [xNext, yNext] = [run.leftStep * left.next, run.rightStep * right.next];
            calls.push(
              dots
                ? ["dots", run.length, j.length, k, y, yNext, right.column, x, xNext, z, n]
                : [
                    "gemm",
                    ...[wide, run.length, i.length, j.length, k],
                    ...[x, xNext, left.row, left.column],
                    ...[y, yNext, right.row, right.column],
                    ...[z, m * n, n, 0],
                  ],
            );
          }
      return [calls];
    },
  };
}

function asked({ inShapes: [a, b], outShape, attributes }: Question): Products {
  const { transposeA, transposeB } = attributes as MatmulAttributes;
  const stack = outShape.slice(0, -2);
  const [m, n] = outShape.slice(-2);
  const k = a[a.length - (transposeA ? 2 : 1)];
  const left = sideOf(0, a, stack, transposeA);
  const right = sideOf(1, b, stack, transposeB);
  const runs = runsOf(left.places, right.places);
  const [{ length, leftStep, rightStep }] = runs;
  // A single column is best looked at as a row: (A b)ᵀ = bᵀ Aᵀ.
  if (n === 1)
    return {
      ...{ m: 1, n: m, k, left: turned(right), right: turned(left) },
      runs: runs.map((run) => ({ ...run, leftStep: run.rightStep, rightStep: run.leftStep })),
    };
  // One right side for all: the left ones, one below the other, are a single matrix.
  if (runs.length === 1 && leftStep === 1 && rightStep === 0 && left.row * m === left.next)
    return {
      ...{ m: m * length, n, k, left: { ...left, places: [0] }, right: { ...right, places: [0] } },
      runs: [{ from: 0, length: 1, leftStep: 0, rightStep: 0 }],
    };
  return { m, n, k, left, right, runs };
}

function sideOf(input: number, shape: Shape, stack: Shape, transposed: boolean): Side {
  const [rows, columns] = shape.slice(-2);
  const side = { input, places: placesOf(shape, stack), next: rows * columns };
  return transposed ? { ...side, row: 1, column: columns } : { ...side, row: columns, column: 1 };
}

function turned(side: Side): Side {
  return { ...side, row: side.column, column: side.row };
}

/** Which matrix of a stack goes into each of the result's, where stacks broadcast. */
function placesOf(shape: Shape, stack: Shape): number[] {
  const strides = broadcastStrides(shape.slice(0, -2), stack);
  return stack.reduce<number[]>(
    (places, size, axis) =>
      places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * strides[axis])),
    [0],
  );
}

function runsOf(left: readonly number[], right: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < left.length; ) {
    const step = (places: readonly number[], i: number) => (places[i + 1] ?? places[i]) - places[i];
    const [leftStep, rightStep] = [step(left, from), step(right, from)];
    let end = from + 1;
    while (
      end < left.length &&
      step(left, end - 1) === leftStep &&
      step(right, end - 1) === rightStep
    )
      end++;
    runs.push({ from, length: end - from, leftStep, rightStep });
    from = end;
  }
  return runs;
}

function cutRun(run: Run, parts: number): Run[] {
  return cut(run.length, Math.ceil(parts)).map(({ from, length }) => ({
    ...run,
    from: run.from + from,
    length,
  }));
}

function addressOf({ input, places, next }: Side, run: Run, inputs: readonly number[]): number {
  return inputs[input] + 4 * next * places[run.from];
}

export const matmulJobs: Readonly<Record<string, JobMaker>> = { matmul: onFloats(product) };
