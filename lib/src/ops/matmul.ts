import { defineOp } from "../op.ts";
import { broadcastShapes, counted, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { walkBroadcast } from "./elementwise.ts";

/** Reads a side turned around, without copying it. */
export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * The product of matrices, or of stacks of them: a [..., n, k] times b [..., k, m] gives
 * [..., n, m]; the axes in front broadcast. Either side may be read turned around.
 */
export const matmul = defineOp<MatmulAttributes>({
  name: "matmul",
  shape([a, b], { transposeA, transposeB }, refuse) {
    if (a.length < 2 || b.length < 2)
      refuse(
        "both sides must be matrices or vectors",
        a.length === 0 || b.length === 0 ? "to scale by a number, use mul" : undefined,
      );
    const [n, columns] = lastTwo(a, transposeA);
    const [rows, m] = lastTwo(b, transposeB);
    if (columns !== rows)
      refuse(
        `the left side has ${counted(columns, "column")}, the right side has ${counted(rows, "row")}`,
        m === columns
          ? "did you mean to transpose the right side? b.transpose()"
          : n === rows
            ? "did you mean to transpose the left side? a.transpose()"
            : undefined,
      );
    return [...broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2)), n, m];
  },
  forward(out, [a, b], { inShapes: [aShape, bShape], outShape, attributes }) {
    const [n, m] = outShape.slice(-2);
    const k = lastTwo(aShape, attributes.transposeA)[1];
    const [aRow, aColumn] = attributes.transposeA ? [1, n] : [k, 1];
    const [bRow, bColumn] = attributes.transposeB ? [1, k] : [m, 1];
    const stacks = [aShape, bShape].map((shape) => shape.slice(0, -2));
    const right = new Float64Array(k);
    walkBroadcast(stacks, outShape.slice(0, -2), (start, length, [p, q], [stepA, stepB]) => {
      for (let i = start; i < start + length; i++, p += stepA, q += stepB)
        for (let column = 0; column < m; column++) {
          // Read once, used for every row.
          for (let j = 0, y = q * k * m + column * bColumn; j < k; j++, y += bRow) right[j] = b[y];
          for (let row = 0; row < n; row++) {
            let total = 0;
            for (let j = 0, x = p * n * k + row * aRow; j < k; j++, x += aColumn)
              total += a[x] * right[j];
            out[(i * n + row) * m + column] = total;
          }
        }
    });
  },
  backward(g, { inputs: [a, b], attributes: { transposeA, transposeB } }) {
    const forA = () =>
      transposeA ? product(b, g, transposeB, true) : product(g, b, false, !transposeB);
    const forB = () => {
      const single = b.rank === 2 && !transposeA;
      const [x, y] = single ? [asMatrix(a), asMatrix(g)] : [a, g];
      return transposeB ? product(y, x, true, transposeA) : product(x, y, !transposeA, false);
    };
    return [() => forA().sumTo(a.shape), () => forB().sumTo(b.shape)];
  },
});

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return matmul([a, b], { transposeA, transposeB });
}

/** All rows of a stack, one below the other. */
function asMatrix(stack: Tensor): Tensor {
  const { shape } = stack;
  return stack.reshape([sizeOf(shape.slice(0, -1)), shape[shape.length - 1]]);
}

/** Rows and columns, as they are read. */
function lastTwo(shape: Shape, transposed: boolean): [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

/** The sum of the products of two vectors of the same length. [n] · [n] → [] */
export const dot = defineOp({
  name: "dot",
  shape([a, b], _, refuse) {
    if (a.length !== 1 || b.length !== 1)
      refuse("both sides must be vectors", "for matrices, use matmul");
    if (a[0] !== b[0]) refuse(`the left side has ${a[0]} numbers, the right side ${b[0]}`);
    return [];
  },
  forward(out, [a, b]) {
    let total = 0;
    for (let i = 0; i < a.length; i++) total += a[i] * b[i];
    out[0] = total;
  },
  backward: (g, { inputs: [a, b] }) => [() => g.mul(b), () => g.mul(a)],
});
