function score(weights: number[], bias: number, point: number[]): number {
  return weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
}

/**
 * The perceptron criterion: how far, on average, the points lie on the wrong side.
 * weights [n], points [count, n], labels [count] of -1 and +1 → a number, 0 when all are right
 */
export function loss(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
): number {
  let sum = 0;
  points.forEach((point, i) => {
    sum += Math.max(0, -labels[i] * score(weights, bias, point));
  });
  return sum / points.length;
}

/** The slope of `loss` in every weight and in the bias → weights [n] and a number */
export function gradient(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
): { weights: number[]; bias: number } {
  const slope = { weights: weights.map(() => 0), bias: 0 };
  points.forEach((point, i) => {
    // A point on the right side lies where the loss is flat: it adds nothing.
    if (labels[i] * score(weights, bias, point) >= 0) return;
    point.forEach((value, j) => {
      slope.weights[j] -= (labels[i] * value) / points.length;
    });
    slope.bias -= labels[i] / points.length;
  });
  return slope;
}
