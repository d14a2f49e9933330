/** Data that comes as files, and how there is more of it. */
export * from "./augment.ts";
export * from "./dataset.ts";
export * from "./images.ts";
export * from "./texts.ts";
