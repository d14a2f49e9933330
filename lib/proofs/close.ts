import type { Tensor } from "../src/index.ts";

/**
 * How near two arrays must be, once for all proofs: no number may differ by more than `relative` of
 * the largest number in the reference array, or by `absolute` where that array is smaller than
 * `absolute / relative`. Whole numbers and bools must be equal.
 */
export interface Closeness {
  readonly relative: number;
  readonly absolute: number;
}

/** For an operation, whose numbers are rounded to float32 once or twice. */
export const CLOSE: Closeness = { relative: 1e-5, absolute: 1e-7 };

/**
 * For a network: the gradient of a bias before a batch norm, or of a key's bias in attention, is 0,
 * and what is left of sums that cancel is the rounding of what was added up, numbers of about 1.
 */
export const CLOSE_NETWORK: Closeness = { relative: 1e-5, absolute: 1e-6 };

/** Throws unless shape, dtype and every number agree. */
export function mustAgree(
  what: string,
  got: Tensor,
  reference: Tensor,
  { relative, absolute } = CLOSE,
): void {
  if (String(got.shape) !== String(reference.shape))
    throw new Error(`${what}: shape [${got.shape}], the reference has [${reference.shape}]`);
  if (got.dtype !== reference.dtype)
    throw new Error(`${what}: dtype ${got.dtype}, the reference has ${reference.dtype}`);
  let scale = 0;
  for (const x of reference.data) scale = Math.max(scale, Math.abs(x));
  const allowed = got.dtype === "float32" ? Math.max(relative * scale, absolute) : 0;
  for (let i = 0; i < got.size; i++)
    if (!(Math.abs(got.data[i] - reference.data[i]) <= allowed))
      throw new Error(
        `${what}: number ${i} of [${got.shape}] is ${got.data[i]}, the reference has ${reference.data[i]} (allowed: ${allowed.toExponential(1)})`,
      );
}
