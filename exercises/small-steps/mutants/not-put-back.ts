// caught by: each number moves alone; the point stays as it was; random cubics
function slopes(f: (x: number[]) => number, at: number[], h: number): number[] {
  const x = [...at];
  return at.map((_, j) => {
    x[j] += h;
    const up = f(x);
    x[j] -= 2 * h;
    return (up - f(x)) / (2 * h);
  });
}
function firstWrong(f: (x: number[]) => number, claimed: number[], at: number[]): number {
  return slopes(f, at, 1e-5).findIndex(
    (slope, j) => !(Math.abs(claimed[j] - slope) <= 1e-4 * Math.max(1, Math.abs(slope))),
  );
}
