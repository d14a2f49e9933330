// caught by: random points that can be separated
function train(points: number[][], labels: number[], epochs: number) {
  let w1 = 0;
  let w2 = 0;
  let bias = 0;
  const mistakes: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    let wrong = 0;
    points.forEach(([x1, x2], i) => {
      const score = w1 * x1 + w2 * x2 + bias;
      if ((score >= 0 ? 1 : -1) === labels[i]) return;
      wrong++;
      w1 += labels[i] * x1;
      w2 += labels[i] * x2;
      bias += labels[i];
    });
    mistakes.push(wrong);
    if (wrong === 0) break;
  }
  return { weights: [w1, w2], bias, mistakes };
}
