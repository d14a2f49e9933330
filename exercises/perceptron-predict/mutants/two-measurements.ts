// caught by: any number of measurements; random points
function score(weights: number[], bias: number, point: number[]): number {
  return weights[0] * point[0] + weights[1] * point[1] + bias;
}
function predict(weights: number[], bias: number, point: number[]): number {
  return score(weights, bias, point) >= 0 ? 1 : -1;
}
