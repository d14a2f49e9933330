// caught by: points and labels stay as they were
function train(points: number[][], labels: number[], epochs: number) {
  const answers = [...labels];
  // Turning each point of label -1 around makes every label 1, but these points are the caller's.
  points.forEach((point, i) => {
    if (answers[i] === -1) for (let j = 0; j < point.length; j++) point[j] = -point[j];
  });
  const weights = points[0].map(() => 0);
  let bias = 0;
  const mistakes: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    let wrong = 0;
    points.forEach((point, i) => {
      const pull = weights.reduce((sum, weight, j) => sum + weight * point[j], answers[i] * bias);
      if (answers[i] === 1 ? pull >= 0 : pull > 0) return;
      wrong++;
      for (let j = 0; j < weights.length; j++) weights[j] += point[j];
      bias += answers[i];
    });
    mistakes.push(wrong);
    if (wrong === 0) break;
  }
  return { weights, bias, mistakes };
}
