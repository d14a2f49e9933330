import type { MatmulAttributes } from "../../ops/matmul.ts";
import { broadcastStrides, type Shape, sizeOf } from "../../shape.ts";
import { cut, isWorth, type Job, type JobMaker, onFloats, type Question } from "./job.ts";

/** So many rows make a tile: a cut anywhere else would change how sums at its edge are rounded. */
const ROWS = 12;
/** Rows of a part, at least: each part packs the other side anew. */
const LEAST = 24;

function product(question: Question): Job | undefined {
  const { transposeA, transposeB } = question.attributes as MatmulAttributes;
  const [a, b] = question.inShapes;
  const [n, m] = question.outShape.slice(-2);
  const k = a[a.length - (transposeA ? 2 : 1)];
  const stack = question.outShape.slice(0, -2);
  if (!isWorth(question, sizeOf(question.outShape) * k)) return undefined;
  const [aRow, aColumn] = transposeA ? [1, n] : [k, 1];
  const [bRow, bColumn] = transposeB ? [1, k] : [m, 1];
  const aPlaces = stackPlaces(a, stack);
  const bPlaces = stackPlaces(b, stack);
  return {
    scratch: (kernels) => kernels.gemmScratch(),
    calls({ inputs: [x, y], out }, parts) {
      const rows = cut(n, Math.ceil(parts / aPlaces.length), ROWS, LEAST);
      return [
        aPlaces.flatMap((place, i) => {
          const left = x + 4 * n * k * place;
          const right = y + 4 * k * m * bPlaces[i];
          const to = out + 4 * n * m * i;
          return rows.map(
            ({ from, length }) =>
              [
                "gemm",
                ...[length, m, k],
                ...[left + 4 * from * aRow, aRow, aColumn],
                ...[right, bRow, bColumn],
                ...[to + 4 * from * m, m, 0],
              ] as const,
          );
        }),
      ];
    },
  };
}

/** Which matrix of a stack goes into each of the result's, where stacks broadcast. */
function stackPlaces(shape: Shape, stack: Shape): number[] {
  const strides = broadcastStrides(shape.slice(0, -2), stack);
  return stack.reduce<number[]>(
    (places, size, axis) =>
      places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * strides[axis])),
    [0],
  );
}

export const matmulJobs: Readonly<Record<string, JobMaker>> = { matmul: onFloats(product) };
