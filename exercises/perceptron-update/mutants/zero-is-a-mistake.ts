// caught by: a score of zero answers 1
function update(weights: number[], bias: number, point: number[], label: number) {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
  if (label * score > 0) return { weights, bias };
  return { weights: weights.map((weight, j) => weight + label * point[j]), bias: bias + label };
}
