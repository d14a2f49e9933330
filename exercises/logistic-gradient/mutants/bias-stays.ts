// caught by: every slope, measured by small steps; the price of the weights; the same numbers as PyTorch; the slopes of three points
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
    const t = labels[i] === 1 ? score : -score;
    sum += Math.max(0, -t) + Math.log1p(Math.exp(-Math.abs(t)));
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
  }
  return { weights: slopes, bias: slope };
}
