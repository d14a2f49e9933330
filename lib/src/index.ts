/**
 * The library as notebooks, pages and exercises see it: `import { … } from "gradus"`. Each line is a
 * part that a page loads when a cell first imports a name of it; see lib/parts.ts.
 */
export * from "./core.ts";
export * from "./data/index.ts";
export * from "./data/prepare.ts";
export * from "./data/tables.ts";
export * from "./display/charts.ts";
export * from "./display/image.ts";
export * from "./display/index.ts";
export * from "./functional/einsum.ts";
export * from "./inspection.ts";
export * from "./io/index.ts";
export * from "./models/index.ts";
export * from "./models/perceptron.ts";
export * from "./text/index.ts";
