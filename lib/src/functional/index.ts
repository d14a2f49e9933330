/** What is composed of operations: plain functions, each of which forbid() can name. */
export * from "./attention.ts";
export * from "./conv.ts";
export * from "./dropout.ts";
export * from "./einsum.ts";
export * from "./embedding.ts";
export * from "./join.ts";
export * from "./linear.ts";
export * from "./loss.ts";
export * from "./normalize.ts";
export * from "./pool.ts";
export * from "./shape.ts";
export * from "./sort.ts";
export * from "./upsample.ts";
