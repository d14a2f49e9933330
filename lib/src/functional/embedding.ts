import { guard } from "../forbid.ts";
import { verify } from "../ops/verify.ts";
import { placeOf, ShapeError } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";

/**
 * The row of the table for each id: how words become vectors. ids int32 [...], weight
 * [vocabulary, width] → [..., width]. Throws for an id that has no row.
 */
export function embedding(ids: Tensor, weight: Tensor): Tensor {
  guard("embedding");
  if (needTensor("embedding", weight).rank !== 2)
    throw new ShapeError("embedding", [weight.shape], "the table is [vocabulary, width]");
  if (needTensor("embedding", ids).dtype !== "int32")
    throw new TypeError(
      `embedding: ids are int32, these are ${ids.dtype}\n  hint: ids.to("int32"), or tensor(ids, { dtype: "int32" })`,
    );
  const rows = weight.shape[0];
  const known = verify([ids], {
    look(data, shape) {
      for (let i = 0; i < data.length; i++)
        if (!(data[i] >= 0 && data[i] < rows))
          throw new RangeError(
            `embedding: id ${data[i]}, at ${placeOf(shape, i)}, is not in the vocabulary of ${rows}: ids are 0 to ${rows - 1}`,
          );
    },
  });
  return weight.take(known);
}
