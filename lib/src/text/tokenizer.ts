import { ShapeError } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** The numbers of tokens: an array, a typed array, or a tensor [tokens]. */
export type TokenIds = Tensor | ArrayLike<number>;

/** Turns text into tokens, each a number from 0 up to, not including, `size`, and back. */
export interface Tokenizer {
  /** How many different tokens there are. */
  readonly size: number;
  encode(text: string): number[];
  decode(ids: TokenIds): string;
}

/** The tokens of a text, ready for an embedding. int32 [tokens] */
export function encodeTensor(tokenizer: Tokenizer, text: string): Tensor {
  const ids = Int32Array.from(tokenizer.encode(text));
  return new Tensor(ids, [ids.length]);
}

/** The ids as a list; refuses those that no token has. */
export function checkIds(ids: TokenIds, size: number): number[] {
  if (ids instanceof Tensor && ids.rank !== 1)
    throw new ShapeError(
      "decode",
      [ids.shape],
      "one list of tokens is needed",
      "take one with row(i)",
    );
  const list = Array.from(ids instanceof Tensor ? ids.data : ids);
  list.forEach((id, place) => {
    if (!Number.isInteger(id) || id < 0 || id >= size)
      throw new RangeError(
        `decode: ${id} at place ${place} is not the id of a token\n` +
          `  hint: there are ${size} tokens, numbered from 0`,
      );
  });
  return list;
}
