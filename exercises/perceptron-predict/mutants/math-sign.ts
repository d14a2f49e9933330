// caught by: a score of exactly zero gives 1
function score(weights: number[], bias: number, point: number[]): number {
  return weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
}
function predict(weights: number[], bias: number, point: number[]): number {
  return Math.sign(score(weights, bias, point));
}
