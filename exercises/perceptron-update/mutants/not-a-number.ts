// caught by: a mistake moves the weights toward the point; a point of label -1 pushes the weights away; a score of zero answers 1; random steps; the caller's arrays stay as they were
function update(weights: number[], bias: number, point: number[], label: number) {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
  if ((score >= 0 ? 1 : -1) === label) return { weights, bias };
  const moved: number[] = [];
  for (let j = 0; j < weights.length; j++) moved.push(weights[j] + label * point[j + 1]);
  return { weights: moved, bias: bias + label };
}
