import { type Shape, sizeOf } from "../shape.ts";

/** How heads look at each other's places. */
export interface AttentionAttributes {
  /** The numbers of each place are those of so many heads, one after the other. */
  readonly heads: number;
  /** Whether each query sees only the keys up to its own place; it is the last place where there are more keys. */
  readonly causal: boolean;
  /** What the scores are multiplied by. */
  readonly scale: number;
}

/** Sizes, and steps in numbers. */
export interface Heads {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** Of one head. */
  readonly width: number;
  /** From one place to the next, in q, k and v, and in the result. */
  readonly row: number;
  readonly outRow: number;
  /** From q to k to v, if they lie in one tensor; and from gradient to gradient. */
  readonly part: number;
  readonly outPart: number;
}

/** Where the heads lie, from the shapes of q, k and v, or of all three in one. */
export function headsOf(shapes: readonly Shape[], heads: number): Heads {
  const [[batch, queries, row], [, keys] = shapes[0]] = shapes;
  const packed = shapes.length === 1;
  const outRow = packed ? row / 3 : row;
  const outPart = packed ? outRow : sizeOf(shapes[0]);
  const part = packed ? outRow : 0;
  return { batch, heads, queries, keys, width: outRow / heads, row, outRow, part, outPart };
}
