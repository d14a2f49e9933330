// caught by: the loss of three points; the slopes of three points; all points right: no loss, no slope; every slope, measured by small steps; the same numbers as PyTorch; random points
function score(weights: number[], bias: number, point: number[]): number {
  return weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
}
function wrong(weights: number[], bias: number, points: number[][], labels: number[]): number[] {
  return points.map((_, i) => i).filter((i) => labels[i] * score(weights, bias, points[i]) < 0);
}
function loss(weights: number[], bias: number, points: number[][], labels: number[]): number {
  const indices = wrong(weights, bias, points, labels);
  return (
    indices.reduce((sum, i) => sum - labels[i] * score(weights, bias, points[i]), 0) /
    indices.length
  );
}
function gradient(weights: number[], bias: number, points: number[][], labels: number[]) {
  const indices = wrong(weights, bias, points, labels);
  return {
    weights: weights.map(
      (_, j) => indices.reduce((sum, i) => sum - labels[i] * points[i][j], 0) / indices.length,
    ),
    bias: indices.reduce((sum, i) => sum - labels[i], 0) / indices.length,
  };
}
