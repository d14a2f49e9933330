import { guard } from "../forbid.ts";
import { defaultRng, Rng } from "../random.ts";
import { ShapeError } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** Options of {@link batches}. */
export interface BatchOptions {
  /** Where the order comes from; by default the common generator, see `manualSeed`. */
  rng?: Rng;
  /** Whether each pass has an order of its own; by default yes. */
  shuffle?: boolean;
  /** Whether to leave out a last batch that is not full; by default no. */
  dropLast?: boolean;
}

/** The fields of `Data` that are tensors, each with the rows of one batch. */
export type Batch<Data> = {
  [Field in keyof Data as Data[Field] extends Tensor ? Field : never]: Tensor;
};

/** Made by {@link batches}; every `for … of` over it is a new pass. */
export interface Batches<Data> extends Iterable<Batch<Data>> {
  /** How many batches a pass has. */
  readonly length: number;
}

/**
 * Examples in batches of `size`: `for (const { x, y } of batches({ x, y }, 64, rng))`. All tensors
 * in `data` have one row for each example, [n, …], and stay in step; what else is in it is passed
 * over. Each pass has every example once, in a new random order.
 * Throws where the tensors differ in length, and where a pass would have no batch.
 */
export function batches<Data extends object>(
  data: Data,
  size: number,
  options: Rng | BatchOptions = {},
): Batches<Data> {
  guard("batches");
  const given: BatchOptions = options instanceof Rng ? { rng: options } : options;
  const { rng = defaultRng(), shuffle = true, dropLast = false } = given;
  const fields = Object.entries(data).filter(
    (field): field is [string, Tensor] => field[1] instanceof Tensor,
  );
  if (fields.length === 0)
    throw new TypeError(
      "batches: there are no tensors to take examples from\n  hint: name them: batches({ x, y }, 64)",
    );
  const n = fields[0][1].shape[0];
  if (fields.some(([, { rank, shape }]) => rank === 0 || shape[0] !== n))
    throw new ShapeError(
      "batches",
      fields.map(([, { shape }]) => shape),
      `${fields.map(([name]) => name).join(" and ")} must have one row for each example, and so equally many`,
    );
  const length = (dropLast ? Math.floor : Math.ceil)(n / size);
  if (!Number.isInteger(size) || !(size > 0) || length === 0)
    throw new RangeError(
      `batches: ${n} examples cannot be put in batches of ${size}\n` +
        `  hint: ${n > 0 ? `a whole number from 1 to ${n}` : "there must be some examples"}`,
    );
  return {
    length,
    *[Symbol.iterator]() {
      const order = shuffle ? rng.permutation(n) : Array.from({ length: n }, (_, i) => i);
      for (let batch = 0; batch < length; batch++) {
        const rows = order.slice(batch * size, (batch + 1) * size);
        yield Object.fromEntries(
          fields.map(([name, tensor]) => [name, tensor.take(rows)]),
        ) as unknown as Batch<Data>;
      }
    },
  };
}
