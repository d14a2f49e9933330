/** What the sandbox's realm has besides the language; see realm-main.ts. */
declare const console: Record<
  "log" | "info" | "warn" | "error" | "debug",
  (...values: unknown[]) => void
>;
declare const performance: { now(): number };
declare function setTimeout<T extends unknown[]>(
  run: (...args: T) => void,
  delay?: number,
  ...args: T
): number;
declare function clearTimeout(timer?: number): void;
declare function queueMicrotask(run: () => void): void;
declare function structuredClone<T>(value: T): T;
