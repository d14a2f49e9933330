/** What is composed of operations: plain functions, each of which forbid() can name. */
export * from "./join.ts";
export * from "./linear.ts";
export * from "./shape.ts";
export * from "./sort.ts";
