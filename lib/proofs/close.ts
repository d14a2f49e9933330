import type { Tensor } from "../src/index.ts";

/**
 * How near two arrays must be, once for all proofs: no number may differ by more than 1e-5 of the
 * largest number in the reference array. Where the whole array is smaller than 0.01, rounding in
 * float32 of what it was made from is what remains, and 1e-7 is allowed. Whole numbers and bools
 * are equal.
 */
export const RELATIVE = 1e-5;
export const ABSOLUTE = 1e-7;

/** Throws unless shape, dtype and every number agree. */
export function mustAgree(what: string, got: Tensor, reference: Tensor, relative = RELATIVE): void {
  if (String(got.shape) !== String(reference.shape))
    throw new Error(`${what}: shape [${got.shape}], the reference has [${reference.shape}]`);
  if (got.dtype !== reference.dtype)
    throw new Error(`${what}: dtype ${got.dtype}, the reference has ${reference.dtype}`);
  let scale = 0;
  for (const x of reference.data) scale = Math.max(scale, Math.abs(x));
  const allowed = got.dtype === "float32" ? Math.max(relative * scale, ABSOLUTE) : 0;
  for (let i = 0; i < got.size; i++)
    if (!(Math.abs(got.data[i] - reference.data[i]) <= allowed))
      throw new Error(
        `${what}: number ${i} of [${got.shape}] is ${got.data[i]}, the reference has ${reference.data[i]} (allowed: ${allowed.toExponential(1)})`,
      );
}
