/** Networks: what they are made of, where their training starts, what they look like. */
export * as init from "./init.ts";
export * from "./layers.ts";
export * from "./module.ts";
export * from "./parameter.ts";
