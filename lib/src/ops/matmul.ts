import { defineOp } from "../op.ts";
import { ShapeError } from "../shape.ts";

/**
 * The matrix product. a [n, k] times b [k, m] gives [n, m]. A vector on the left counts as one
 * row, on the right as one column, and its axis is gone from the result, as in NumPy.
 */
export const matmul = defineOp({
  name: "matmul",
  shape([a, b]) {
    if (a.length < 1 || a.length > 2 || b.length < 1 || b.length > 2)
      throw new ShapeError(
        "matmul",
        [a, b],
        "both sides must be matrices or vectors",
        a.length === 0 || b.length === 0 ? "to scale by a number, use mul" : undefined,
      );
    const columns = a[a.length - 1];
    const rows = b[0];
    if (columns !== rows)
      throw new ShapeError(
        "matmul",
        [a, b],
        `the left side has ${count(columns, "column")}, the right side has ${count(rows, "row")}`,
        b.length === 2 && b[1] === columns
          ? "did you mean to transpose the right side? b.transpose()"
          : a.length === 2 && a[0] === rows
            ? "did you mean to transpose the left side? a.transpose()"
            : undefined,
      );
    return [...a.slice(0, -1), ...b.slice(1)];
  },
  forward(out, [a, b], { inShapes: [aShape, bShape] }) {
    const k = bShape[0];
    const m = bShape.length === 2 ? bShape[1] : 1;
    const n = aShape.length === 2 ? aShape[0] : 1;
    for (let row = 0; row < n; row++)
      for (let column = 0; column < m; column++) {
        let total = 0;
        for (let i = 0; i < k; i++) total += a[row * k + i] * b[i * m + column];
        out[row * m + column] = total;
      }
  },
});

/** The sum of the products of two vectors of the same length. [n] · [n] → [] */
export const dot = defineOp({
  name: "dot",
  shape([a, b]) {
    if (a.length !== 1 || b.length !== 1)
      throw new ShapeError("dot", [a, b], "both sides must be vectors", "for matrices, use matmul");
    if (a[0] !== b[0])
      throw new ShapeError(
        "dot",
        [a, b],
        `the left side has ${a[0]} numbers, the right side ${b[0]}`,
      );
    return [];
  },
  forward(out, [a, b]) {
    let total = 0;
    for (let i = 0; i < a.length; i++) total += a[i] * b[i];
    out[0] = total;
  },
});

function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? "" : "s"}`;
}
