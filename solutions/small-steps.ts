/** The slope of f in each of its numbers, by a step of h up and a step of h down. at [n] → [n] */
export function slopes(f: (x: number[]) => number, at: number[], h: number): number[] {
  return at.map((_, j) => {
    const moved = (by: number) => at.map((value, k) => (k === j ? value + by : value));
    return (f(moved(h)) - f(moved(-h))) / (2 * h);
  });
}

/** The index of the first claimed slope that small steps do not confirm; -1 if there is none. */
export function firstWrong(f: (x: number[]) => number, claimed: number[], at: number[]): number {
  return slopes(f, at, 1e-5).findIndex((slope, j) => {
    // Asked this way around, NaN counts as wrong.
    const right = Math.abs(claimed[j] - slope) <= 1e-4 * Math.max(1, Math.abs(slope));
    return !right;
  });
}
