/** Data that comes as files, and what is done to data before a network sees it. */
export * from "./augment.ts";
export * from "./dataset.ts";
export * from "./images.ts";
export * from "./prepare.ts";
export * from "./texts.ts";
