// caught by: three points by hand; the mistakes of each pass; random points that can be separated; random labels that no line explains; points and labels stay as they were
function train(points: number[][], labels: number[], epochs: number) {
  const weights = points[0].map(() => 0);
  const mistakes: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    let wrong = 0;
    points.forEach((point, i) => {
      const score = weights.reduce((sum, weight, j) => sum + weight * point[j], 0);
      if ((score >= 0 ? 1 : -1) === labels[i]) return;
      wrong++;
      for (let j = 0; j < weights.length; j++) weights[j] += labels[i] * point[j];
    });
    mistakes.push(wrong);
    if (wrong === 0) break;
  }
  return { weights, bias: 0, mistakes };
}
