import { Scoped } from "./scope.ts";

/** What kind of number a tensor holds. `bool` is 0 or 1. */
export type DType = "float32" | "int32" | "bool";

/** The plain typed array under a tensor. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

const doublePrecision = new Scoped(false);

/**
 * Runs a function in which every new float tensor has 64 bits to a number instead of 32.
 * Numerical gradients need it: at 32 bits, half of a small difference is rounding.
 */
export function inDoublePrecision<T>(run: () => T): T {
  return doublePrecision.with(true, run);
}

/** Whether float tensors have 64 bits to a number at the moment. */
export function isDoublePrecision(): boolean {
  return doublePrecision.value;
}

/** The kind of typed array that holds each dtype. */
export const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** So many zeros. Throws a RangeError where there is no memory for them, which names what `wants` it. */
export function allocate(dtype: DType, size: number, wants = "a tensor"): TensorData {
  const Data = ARRAYS[dtype];
  if (!Data)
    throw new TypeError(`there is no dtype "${dtype}": choose "float32", "int32" or "bool"`);
  try {
    return dtype === "float32" && doublePrecision.value
      ? (new Float64Array(size) as unknown as Float32Array)
      : new Data(size);
  } catch (error) {
    const megabytes = Math.ceil((size * Data.BYTES_PER_ELEMENT) / 1e6);
    throw new RangeError(
      `${wants}: ${size} numbers take ${megabytes} MB of memory in one piece, and there is no such piece\n` +
        "  hint: smaller tensors; in training, a smaller batch",
      { cause: error },
    );
  }
}

export function dtypeOf(data: TensorData): DType {
  if (data instanceof Int32Array) return "int32";
  return data instanceof Uint8Array ? "bool" : "float32";
}

/** The dtype of a calculation with both: float32 if either is; two bools count as int32. */
export function promote(dtypes: readonly DType[]): DType {
  return dtypes.includes("float32") ? "float32" : "int32";
}

/** The dtype that a tensor takes on beside a plain number: its own, if that can hold the number. */
export function dtypeBeside(dtype: DType, value: number): DType {
  if (dtype === "float32" || (dtype === "bool" && (value === 0 || value === 1))) return dtype;
  return value === (value | 0) ? "int32" : "float32";
}
