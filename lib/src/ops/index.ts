/** All operations, by their names. */
export * from "./activations.ts";
export * from "./arithmetic.ts";
export * from "./compare.ts";
export * from "./conv.ts";
export * from "./cumsum.ts";
export * from "./indexing.ts";
export * from "./join.ts";
export * from "./matmul.ts";
export * from "./movement.ts";
export * from "./normalize.ts";
export * from "./pool.ts";
export * from "./reduce.ts";
export * from "./softmax.ts";
export * from "./sort.ts";
export * from "./triangle.ts";
export * from "./verify.ts";
