/** Every layer; each of them begins with guard(), so that forbid() can name it. */
export * from "./linear.ts";
export * from "./sequential.ts";
