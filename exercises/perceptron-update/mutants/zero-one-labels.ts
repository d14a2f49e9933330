// caught by: a point of label -1 pushes the weights away; the bias moves by the label; a right answer changes nothing; a score of zero answers 1; random steps
function update(weights: number[], bias: number, point: number[], label: number) {
  const score = weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
  const answer = score >= 0 ? 1 : 0;
  const error = label - answer;
  return { weights: weights.map((weight, j) => weight + error * point[j]), bias: bias + error };
}
