/** What kind of number a tensor holds. `bool` is 0 or 1. */
export type DType = "float32" | "int32" | "bool";

/** The plain typed array under a tensor. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

export function allocate(dtype: DType, size: number): TensorData {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "int32":
      return new Int32Array(size);
    case "bool":
      return new Uint8Array(size);
    default:
      throw new TypeError(`there is no dtype "${dtype}": choose "float32", "int32" or "bool"`);
  }
}

export function dtypeOf(data: TensorData): DType {
  if (data instanceof Float32Array) return "float32";
  return data instanceof Int32Array ? "int32" : "bool";
}

/** The dtype of a calculation with both: float32 if either is; two bools count as int32. */
export function promote(dtypes: readonly DType[]): DType {
  return dtypes.includes("float32") ? "float32" : "int32";
}
