/** Every optimizer, schedule and way to clip: all that an exercise can forbid here. */
export * from "./clip.ts";
export * from "./optimizers.ts";
export * from "./schedules.ts";
