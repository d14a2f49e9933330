import { guard } from "../forbid.ts";
import * as ops from "../ops/index.ts";
import { ShapeError, sameShape } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";

/** Tensors one after another along an axis: [2, n] and [3, n] → [5, n]. Only that axis may differ. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  guard("concat");
  return ops.concat(listOf("concat", tensors), { axis });
}

/** Tensors of one shape beside each other along a new axis: three of [n, m] → [3, n, m]. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  guard("stack");
  const [first, ...rest] = listOf("stack", tensors);
  if (!first) throw new ShapeError("stack", [], "there is nothing to stack: the list is empty");
  for (const other of rest)
    if (!sameShape(first.shape, other.shape))
      throw new ShapeError(
        "stack",
        [first.shape, other.shape],
        "all tensors must have the same shape",
        "to join them along an axis that they have, use concat",
      );
  return concat(
    tensors.map((one) => one.unsqueeze(axis)),
    axis,
  );
}

function listOf(op: string, tensors: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(tensors))
    throw new TypeError(`${op}: expected an array of tensors\n  hint: ${op}([a, b])`);
  return tensors.map((one) => needTensor(op, one));
}
