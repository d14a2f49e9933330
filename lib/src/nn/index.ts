/** Networks: what they are made of, and where their training starts. */
export type * from "./activations.ts";
export type * from "./attention.ts";
export { KeyValueCache } from "./attention.ts";
export type * from "./conv.ts";
export * as init from "./init.ts";
export * from "./layers.ts";
export * from "./module.ts";
export type * from "./norm.ts";
export type * from "./pool.ts";
export type * from "./recurrent.ts";
export type * from "./transformer.ts";
