// caught by: a mistake moves the weights toward the point; a point of label -1 pushes the weights away; the bias moves by the label; a score of zero answers 1; random steps; the caller's arrays stay as they were
function update(weights: number[], bias: number, point: number[], label: number) {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
  const error = label - (score >= 0 ? 1 : -1);
  return { weights: weights.map((weight, j) => weight + error * point[j]), bias: bias + error };
}
