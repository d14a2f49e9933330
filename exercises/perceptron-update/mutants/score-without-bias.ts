// caught by: random steps
function update(weights: number[], bias: number, point: number[], label: number) {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], 0);
  if ((score >= 0 ? 1 : -1) === label) return { weights, bias };
  return { weights: weights.map((weight, j) => weight + label * point[j]), bias: bias + label };
}
