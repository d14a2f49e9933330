// caught by: the caller's arrays stay as they were
function update(weights: number[], bias: number, point: number[], label: number) {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
  if ((score >= 0 ? 1 : -1) === label) return { weights, bias };
  for (let j = 0; j < weights.length; j++) weights[j] += label * point[j];
  return { weights, bias: bias + label };
}
