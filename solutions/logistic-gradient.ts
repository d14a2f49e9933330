/** 1 / (1 + e^-s), the chance that goes with the score s. */
const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score));

function scoreOf(weights: number[], bias: number, point: number[]): number {
  return weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
}

/**
 * The mean surprise -ln(chance given to the right label), and decay / 2 times the squared length of the weights.
 * weights [n], points [m][n], labels [m] of 0 and 1
 */
export function loss(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
  decay: number,
): number {
  let sum = 0;
  for (let i = 0; i < points.length; i++) {
    const score = scoreOf(weights, bias, points[i]);
    // -ln(sigmoid(s)) = ln(1 + e^-s). Written so that nothing overflows, however large the score is.
    const toward = labels[i] === 1 ? score : -score;
    sum += Math.max(0, -toward) + Math.log1p(Math.exp(-Math.abs(toward)));
  }
  const squared = weights.reduce((total, weight) => total + weight * weight, 0);
  return sum / points.length + (decay / 2) * squared;
}

/** Its slopes: (chance - label) times the measurement, on average, and decay times the weight. */
export function gradient(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
  decay: number,
): { weights: number[]; bias: number } {
  const slopes = weights.map((weight) => decay * weight);
  let slope = 0;
  for (let i = 0; i < points.length; i++) {
    const error = (sigmoid(scoreOf(weights, bias, points[i])) - labels[i]) / points.length;
    for (let j = 0; j < slopes.length; j++) slopes[j] += error * points[i][j];
    slope += error;
  }
  return { weights: slopes, bias: slope };
}
