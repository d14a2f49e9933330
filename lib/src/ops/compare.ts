import { pairwise } from "./elementwise.ts";

export const equal = pairwise("equal", (a, b) => (a === b ? 1 : 0), "bool");
export const notEqual = pairwise("notEqual", (a, b) => (a !== b ? 1 : 0), "bool");
export const greater = pairwise("greater", (a, b) => (a > b ? 1 : 0), "bool");
export const greaterEqual = pairwise("greaterEqual", (a, b) => (a >= b ? 1 : 0), "bool");
export const less = pairwise("less", (a, b) => (a < b ? 1 : 0), "bool");
export const lessEqual = pairwise("lessEqual", (a, b) => (a <= b ? 1 : 0), "bool");
