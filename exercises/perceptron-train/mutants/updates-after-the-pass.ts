// caught by: three points by hand; the mistakes of each pass; random points that can be separated; random labels that no line explains
function train(points: number[][], labels: number[], epochs: number) {
  let weights = points[0].map(() => 0);
  let bias = 0;
  const mistakes: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const wrong = points
      .map((_, i) => i)
      .filter((i) => {
        const score = weights.reduce((sum, weight, j) => sum + weight * points[i][j], bias);
        return (score >= 0 ? 1 : -1) !== labels[i];
      });
    for (const i of wrong) {
      weights = weights.map((weight, j) => weight + labels[i] * points[i][j]);
      bias += labels[i];
    }
    mistakes.push(wrong.length);
    if (wrong.length === 0) break;
  }
  return { weights, bias, mistakes };
}
