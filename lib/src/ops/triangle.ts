import { defineOp, type Op } from "../op.ts";

/** Which diagonal: 0 from the top left corner, 1 the one above it, -1 the one below. */
export interface Diagonal {
  readonly diagonal: number;
}

/** Matrices [..., n, m] with 0 in the places that are not kept. */
function triangle(
  name: string,
  keeps: (row: number, column: number, diagonal: number) => boolean,
): Op<Diagonal> {
  const op: Op<Diagonal> = defineOp<Diagonal>({
    name,
    dtype: "same",
    shape([x], { diagonal }, refuse) {
      if (x.length < 2) refuse("only a matrix, or a stack of them, has a diagonal");
      if (!Number.isInteger(diagonal))
        refuse(`there is no diagonal ${diagonal}: it is a whole number`);
      return x;
    },
    forward(y, [x], { outShape, attributes: { diagonal } }) {
      const [n, m] = outShape.slice(-2);
      for (let start = 0, row = 0; start < y.length; start += m, row = (row + 1) % n)
        for (let column = 0; column < m; column++)
          if (keeps(row, column, diagonal)) y[start + column] = x[start + column];
    },
    backward: (g, { attributes }) => [() => op([g], attributes)],
  });
  return op;
}

/** The lower left triangle, up to and with a diagonal; 0 above it. */
export const tril = triangle("tril", (row, column, diagonal) => column - row <= diagonal);

/** The upper right triangle, from a diagonal on; 0 below it. */
export const triu = triangle("triu", (row, column, diagonal) => column - row >= diagonal);
