import { guard } from "../forbid.ts";
import { needTensor, type Tensor } from "../tensor.ts";
import { needEach, needRank } from "./need.ts";

/**
 * The row of the table for each id: how words become vectors. ids int32 [...], weight
 * [vocabulary, width] → [..., width]. Throws for an id that has no row.
 */
export function embedding(ids: Tensor, weight: Tensor): Tensor {
  guard("embedding");
  needRank("embedding", weight, 2, "the table is [vocabulary, width]");
  if (needTensor("embedding", ids).dtype !== "int32")
    throw new TypeError(
      `embedding: ids are int32, these are ${ids.dtype}\n  hint: ids.to("int32"), or tensor(ids, { dtype: "int32" })`,
    );
  const rows = weight.shape[0];
  const known = needEach(
    ids,
    (id) => id >= 0 && id < rows,
    (id, place) =>
      `embedding: id ${id}, at ${place}, is not in the vocabulary of ${rows}: ids are 0 to ${rows - 1}`,
  );
  return weight.take(known);
}
