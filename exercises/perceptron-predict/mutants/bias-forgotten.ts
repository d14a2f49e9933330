// caught by: the score is the weighted sum plus the bias; random points
function score(weights: number[], _bias: number, point: number[]): number {
  return weights.reduce((sum, weight, j) => sum + weight * point[j], 0);
}
function predict(weights: number[], bias: number, point: number[]): number {
  return score(weights, bias, point) >= 0 ? 1 : -1;
}
