// caught by: a right answer changes nothing; a score of zero answers 1; random steps
function update(weights: number[], bias: number, point: number[], label: number) {
  return { weights: weights.map((weight, j) => weight + label * point[j]), bias: bias + label };
}
