import { guard } from "../forbid.ts";
import { counted, ShapeError, sizeOf } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";

/** A tensor with a name for each of its axes: a letter, or for those in `...` a number. */
interface Named {
  readonly x: Tensor;
  readonly axes: readonly string[];
}

/**
 * Einstein's sums: each axis gets a letter, numbers that meet at the same letters are multiplied,
 * and letters that the result does not have are summed over. `einsum("ij,jk->ik", a, b)` is the
 * product of two matrices, `"ii->i"` a diagonal, `"bhqd,bhkd->bhqk"` the scores of attention.
 * Without `->` the result has the letters that occur once, in alphabetical order. `...` stands for
 * any axes; these broadcast, and so do axes of size 1. Throws where letters and axes do not fit.
 */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  guard("einsum");
  const { operands, result } = parse(equation, tensors);
  const sizes = sizesOf(equation, operands);
  const [first, ...rest] = operands.map((operand) => simplify(operand, sizes));
  const product = rest.reduce((left, right, i) => {
    const later = rest.slice(i + 1).flatMap((operand) => operand.axes);
    return multiply(left, right, [...result, ...later]);
  }, first);
  return arrange(sumAllBut(result, product), result);
}

function parse(equation: string, tensors: readonly Tensor[]) {
  const [left, right, ...more] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (more.length > 0) throw misread(equation, "there is more than one ->");
  if (terms.length !== tensors.length)
    throw misread(equation, `it is for ${counted(terms.length, "tensor")}, got ${tensors.length}`);
  const operands = terms.map((term, i): Named => {
    const x = needTensor("einsum", tensors[i]);
    const [before, after] = lettersOf(equation, term);
    const named = before.length + (after?.length ?? 0);
    if (after ? named > x.rank : named !== x.rank)
      throw new ShapeError(
        "einsum",
        [x.shape],
        `"${term}" in "${equation}" names ${counted(named, "axis", "axes")}, tensor ${i} has ${x.rank}`,
      );
    // Counted from the last, since that is how they are lined up.
    const open = Array.from({ length: x.rank - named }, (_, k) => String(x.rank - named - 1 - k));
    return { x, axes: [...before, ...open, ...(after ?? [])] };
  });
  const all = operands.flatMap((operand) => operand.axes);
  const open = [...new Set(all)].filter((axis) => /\d/.test(axis)).sort((a, b) => +b - +a);
  if (right === undefined) {
    const once = all.filter(
      (axis) => /\D/.test(axis) && all.indexOf(axis) === all.lastIndexOf(axis),
    );
    return { operands, result: [...open, ...once.sort()] };
  }
  const [before, after] = lettersOf(equation, right);
  const result = [...before, ...(after ? [...open, ...after] : [])];
  for (const axis of result) {
    if (!all.includes(axis)) throw misread(equation, `no tensor has the result's letter ${axis}`);
    if (result.indexOf(axis) !== result.lastIndexOf(axis))
      throw misread(equation, `the result has the letter ${axis} twice`);
  }
  return { operands, result };
}

/** The letters before and after `...`; none after where there is no `...`. */
function lettersOf(equation: string, term: string): [before: string[], after?: string[]] {
  if (!/^[a-zA-Z]*(\.\.\.[a-zA-Z]*)?$/.test(term))
    throw misread(equation, `"${term}" is not letters, with ... once at most`);
  return term.split("...").map((letters) => [...letters]) as [string[], string[]?];
}

/** How long each named axis is. */
function sizesOf(equation: string, operands: readonly Named[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { x, axes } of operands)
    axes.forEach((axis, i) => {
      const known = sizes.get(axis) ?? 1;
      const repeated = axes.indexOf(axis) !== i && x.shape[axes.indexOf(axis)] !== x.shape[i];
      if (repeated || (known !== x.shape[i] && known !== 1 && x.shape[i] !== 1))
        throw new ShapeError(
          "einsum",
          operands.map((operand) => operand.x.shape),
          `${/\d/.test(axis) ? "an axis in ..." : axis} in "${equation}" has size ${known} and size ${x.shape[i]}`,
        );
      sizes.set(axis, known === 1 ? x.shape[i] : known);
    });
  return sizes;
}

/** Takes the diagonal where an axis is named twice, and drops axes of size 1 that broadcast. */
function simplify({ x, axes }: Named, sizes: ReadonlyMap<string, number>): Named {
  const twice = axes.find((axis, i) => axes.indexOf(axis) !== i);
  if (twice !== undefined) {
    const [p, q] = [axes.indexOf(twice), axes.lastIndexOf(twice)];
    const rest = [...axes.keys()].filter((i) => i !== p && i !== q);
    const n = x.shape[p];
    // In a square read as one row, the diagonal is every (n + 1)-th number.
    const square = x.permute(...rest, p, q).reshape([...rest.map((i) => x.shape[i]), n * n]);
    const line = square.slice(0, n * n, rest.length, n + 1);
    return simplify({ x: line, axes: [...rest.map((i) => axes[i]), twice] }, sizes);
  }
  const kept = axes.filter((axis, i) => x.shape[i] === sizes.get(axis));
  return { x: x.reshape(kept.map((axis) => sizes.get(axis)!)), axes: kept };
}

/** The product of two, summed over what neither the result nor a later tensor needs. */
function multiply(left: Named, right: Named, needed: readonly string[]): Named {
  const a = sumAllBut([...needed, ...right.axes], left);
  const b = sumAllBut([...needed, ...left.axes], right);
  const shared = a.axes.filter((axis) => b.axes.includes(axis));
  const stack = shared.filter((axis) => needed.includes(axis));
  const summed = shared.filter((axis) => !needed.includes(axis));
  const rows = a.axes.filter((axis) => !shared.includes(axis));
  const columns = b.axes.filter((axis) => !shared.includes(axis));
  const size = ({ x, axes }: Named, of: readonly string[]) =>
    of.map((axis) => x.shape[axes.indexOf(axis)]);
  const [n, k, m] = [size(a, rows), size(a, summed), size(b, columns)].map(sizeOf);
  const product = arrange(a, [...stack, ...rows, ...summed])
    .reshape([...size(a, stack), n, k])
    .matmul(arrange(b, [...stack, ...summed, ...columns]).reshape([...size(a, stack), k, m]));
  return {
    x: product.reshape([...size(a, stack), ...size(a, rows), ...size(b, columns)]),
    axes: [...stack, ...rows, ...columns],
  };
}

function sumAllBut(kept: readonly string[], { x, axes }: Named): Named {
  const gone = [...axes.keys()].filter((i) => !kept.includes(axes[i]));
  if (gone.length === 0) return { x, axes };
  return { x: x.sum(gone), axes: axes.filter((axis) => kept.includes(axis)) };
}

/** The tensor with its axes in this order. */
function arrange({ x, axes }: Named, order: readonly string[]): Tensor {
  return order.every((axis, i) => axis === axes[i])
    ? x
    : x.permute(...order.map((axis) => axes.indexOf(axis)));
}

function misread(equation: string, why: string): TypeError {
  return new TypeError(`einsum: "${equation}" cannot be read: ${why}`);
}
