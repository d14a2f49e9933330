import type { Pair } from "../ops/conv.ts";
import { showShape } from "../shape.ts";

/** One number for rows and columns both, or one for each. */
export type Size2d = number | readonly [rows: number, columns: number];

/** Whole numbers, none smaller than `least`, one for rows and one for columns. */
export function asPair(op: string, name: string, size: Size2d, least: 0 | 1): Pair {
  const pair = typeof size === "number" ? ([size, size] as const) : size;
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((one) => isWhole(one, least)))
    throw new RangeError(
      `${op}: ${name} must be a whole number, ${least} or more, or two of them ([rows, columns]), got ${Array.isArray(size) ? showShape(size) : String(size)}`,
    );
  return pair;
}

/** A whole number, not smaller than `least`. */
export function asWhole(op: string, name: string, size: number, least: 0 | 1): number {
  if (!isWhole(size, least))
    throw new RangeError(
      `${op}: ${name} must be a whole number, ${least} or more, got ${String(size)}`,
    );
  return size;
}

function isWhole(size: unknown, least: number): boolean {
  return Number.isSafeInteger(size) && (size as number) >= least;
}
