// caught by: the losses of four steps; the weights that it returns; random networks
import { grad, tensor } from "gradus";

type Weights = { w1: number[][]; b1: number[]; w2: number[][]; b2: number[] };

/**
 * Gradient descent on a network with one hidden layer, on all examples at once.
 * points [examples, measurements], labels [examples] of -1 and +1 → the loss of each step, and the last weights
 */
function train(
  points: number[][],
  labels: number[],
  start: Weights,
  rate: number,
  steps: number,
): { losses: number[]; weights: Weights } {
  const x = tensor(points);
  // One column: against a plain list, broadcasting would compare every answer with every label.
  const target = tensor(labels).reshape([labels.length, 1]);
  const w1 = tensor(start.w1, { requiresGrad: true });
  const b1 = tensor(start.b1, { requiresGrad: true });
  const w2 = tensor(start.w2, { requiresGrad: true });
  const b2 = tensor(start.b2, { requiresGrad: true });
  const weights = [w1, b1, w2, b2];

  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const hidden = x.matmul(w1).add(b1).tanh();
    const answers = hidden.matmul(w2).add(b2).tanh();
    const loss = answers.sub(target).pow(2).mean();
    losses.push(loss.item());
    const slopes = grad(loss, [w1, w2]);
    [w1, w2].forEach((weight, i) => {
      for (let k = 0; k < weight.size; k++) weight.data[k] -= rate * slopes[i].data[k];
    });
  }
  return {
    losses,
    weights: {
      w1: w1.toArray() as number[][],
      b1: b1.toArray() as number[],
      w2: w2.toArray() as number[][],
      b2: b2.toArray() as number[],
    },
  };
}
