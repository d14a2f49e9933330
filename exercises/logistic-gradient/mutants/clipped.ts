// caught by: points very far from the line; the same numbers as PyTorch
function loss(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
  decay: number,
) {
  let sum = 0;
  for (let i = 0; i < points.length; i++) {
    const score = weights.reduce((total, weight, j) => total + weight * points[i][j], bias);
    // Keeps the logarithm finite, and the loss wrong.
    const p = Math.min(1 - 1e-7, Math.max(1e-7, 1 / (1 + Math.exp(-score))));
    sum -= labels[i] === 1 ? Math.log(p) : Math.log(1 - p);
  }
  return sum / points.length + (decay / 2) * weights.reduce((total, w) => total + w * w, 0);
}
function gradient(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
  decay: number,
) {
  const slopes = weights.map((weight) => decay * weight);
  let slope = 0;
  for (let i = 0; i < points.length; i++) {
    const score = weights.reduce((total, weight, j) => total + weight * points[i][j], bias);
    const error = 1 / (1 + Math.exp(-score)) - labels[i];
    for (let j = 0; j < slopes.length; j++) slopes[j] += (error * points[i][j]) / points.length;
    slope += error / points.length;
  }
  return { weights: slopes, bias: slope };
}
