// caught by: the bias moves by the label; random steps
function update(weights: number[], bias: number, point: number[], label: number) {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
  if ((score >= 0 ? 1 : -1) === label) return { weights, bias };
  return { weights: weights.map((weight, j) => weight + label * point[j]), bias };
}
