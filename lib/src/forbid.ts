/** Thrown where an exercise asks the learner to build the very thing that was called. */
export class ForbiddenError extends Error {
  override readonly name: string = "ForbiddenError";
  /** What was called. */
  readonly forbidden: string;

  constructor(forbidden: string) {
    super(
      `${forbidden} may not be used in this exercise: building it is the exercise\n` +
        "  hint: write it with simpler operations",
    );
    this.forbidden = forbidden;
  }
}

/** Thrown by a starter's `todo()`: this part is for the learner to write. */
export class NotWrittenYet extends Error {
  override readonly name: string = "NotWrittenYet";
}

/** Marks a place that the learner is to fill in; throws {@link NotWrittenYet} when reached. */
export function todo(message = "this part is yours to write"): never {
  throw new NotWrittenYet(`not written yet: ${message}`);
}

// How many running forbid() calls name each thing: they may nest and, when async, overlap.
const forbidden = new Map<string, number>();

let atWorkInside = 0;

/** Throws {@link ForbiddenError} while an enclosing forbid() names this. */
export function guard(name: string): void {
  if (forbidden.size > 0 && atWorkInside === 0 && forbidden.has(name))
    throw new ForbiddenError(name);
}

/** Runs a part of the library itself that may use what the learner may not: a gradient rule. */
export function unguarded<T>(run: () => T): T {
  atWorkInside++;
  try {
    return run();
  } finally {
    atWorkInside--;
  }
}

/**
 * Runs a function during which everything guarded under one of the names throws
 * {@link ForbiddenError}. If it returns a promise, the names stay forbidden until that settles,
 * for all code that runs in the meantime.
 */
export function forbidNames<T>(names: readonly string[], run: () => T): T {
  const unique = [...new Set(names)];
  for (const name of unique) forbidden.set(name, (forbidden.get(name) ?? 0) + 1);
  const allow = () => {
    for (const name of unique) {
      const left = forbidden.get(name)! - 1;
      if (left > 0) forbidden.set(name, left);
      else forbidden.delete(name);
    }
  };
  let result: T;
  try {
    result = run();
  } catch (error) {
    allow();
    throw error;
  }
  if (!isThenable(result)) {
    allow();
    return result;
  }
  // The caller gets a promise that settles after the names are free again.
  return result.then(
    (value) => {
      allow();
      return value;
    },
    (error) => {
      allow();
      throw error;
    },
  ) as T;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === "function";
}
