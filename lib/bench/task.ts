/** Something prepared, to be run as often as one likes. */
export interface Task {
  /** Runs it once; a training step returns its loss. */
  run(): number | undefined | Promise<number | undefined>;
  /** What came out of the last run: numbers that other engines should agree with. */
  result?(): number[] | Promise<number[]>;
}

/** Eight numbers spread over a result, and the root of its mean square. */
export function sample(values: ArrayLike<number>): number[] {
  const { length } = values;
  let squares = 0;
  for (let i = 0; i < length; i++) squares += values[i] ** 2;
  const picked = Array.from({ length: 8 }, (_, i) => values[Math.floor(((i + 0.5) * length) / 8)]);
  return [...picked, Math.sqrt(squares / length)];
}
