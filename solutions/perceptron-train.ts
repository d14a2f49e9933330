/**
 * Rosenblatt's rule, pass after pass, from zero weights to the first pass without a mistake.
 * points [count, n], labels [count] of -1 and +1 → weights [n], a bias, and the mistakes of each pass
 */
export function train(
  points: number[][],
  labels: number[],
  epochs: number,
): { weights: number[]; bias: number; mistakes: number[] } {
  const weights = points[0].map(() => 0);
  let bias = 0;
  const mistakes: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    let wrong = 0;
    for (let i = 0; i < points.length; i++) {
      const point = points[i];
      const label = labels[i];
      let score = bias;
      for (let j = 0; j < weights.length; j++) score += weights[j] * point[j];
      if ((score >= 0 ? 1 : -1) === label) continue;
      wrong++;
      for (let j = 0; j < weights.length; j++) weights[j] += label * point[j];
      bias += label;
    }
    mistakes.push(wrong);
    // A pass without a mistake changed nothing, so every later pass would be the same.
    if (wrong === 0) break;
  }
  return { weights, bias, mistakes };
}
