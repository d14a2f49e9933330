// caught by: the slopes of three points; every slope, measured by small steps; the same numbers as PyTorch; random points
function score(weights: number[], bias: number, point: number[]): number {
  return weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
}
function loss(weights: number[], bias: number, points: number[][], labels: number[]): number {
  const parts = points.map((point, i) => Math.max(0, -labels[i] * score(weights, bias, point)));
  return parts.reduce((sum, part) => sum + part, 0) / points.length;
}
function gradient(weights: number[], bias: number, points: number[][], labels: number[]) {
  const slope = { weights: weights.map(() => 0), bias: 0 };
  points.forEach((point, i) => {
    if (labels[i] * score(weights, bias, point) >= 0) return;
    for (let j = 0; j < weights.length; j++)
      slope.weights[j] -= (labels[i] * point[j]) / points.length;
  });
  return slope;
}
