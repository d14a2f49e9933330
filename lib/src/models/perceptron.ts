import { tensor, zeros } from "../create.ts";
import { guard } from "../forbid.ts";
import type { Rng } from "../random.ts";
import { ShapeError } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** How {@link Perceptron.fit} trains. */
export interface FitOptions {
  /** How many passes over the examples at most; a pass without a mistake is the last. */
  epochs: number;
  /** Shuffles the examples before each pass; without it they come in their order. */
  rng?: Rng;
}

/** How {@link Perceptron.fit} ended. */
export interface FitResult {
  /** How many examples were on the wrong side when their turn came, for each pass. */
  mistakes: number[];
  /** Whether the last pass was free of mistakes. */
  converged: boolean;
}

/** One point [inputs], or many [n, inputs]. */
export type Points = Tensor | readonly number[] | readonly (readonly number[])[];

/**
 * Rosenblatt's perceptron: weighs its inputs, adds a bias, and says on which side of zero the sum
 * lies: +1 (zero included) or -1. It learns only from its mistakes.
 *
 * F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization
 * in the brain", Psychological Review 65 (1958); the rule as it is taught, with its proof, is in his
 * Principles of Neurodynamics (1962).
 */
export class Perceptron {
  /** One weight for each input. [inputs] */
  weights: Tensor;
  bias: number;
  readonly learningRate: number;

  /** Starts with all weights and the bias at 0. */
  constructor(inputs: number, options: { learningRate?: number } = {}) {
    guard("Perceptron");
    const { learningRate = 1 } = options;
    if (!(learningRate > 0 && learningRate < Infinity))
      throw new RangeError(`Perceptron: the learning rate must be above 0, got ${learningRate}`);
    if (!Number.isInteger(inputs) || inputs < 1)
      throw new RangeError(`Perceptron: inputs is a whole number, 1 or more, got ${inputs}`);
    this.weights = zeros([inputs]);
    this.bias = 0;
    this.learningRate = learningRate;
  }

  /** The weighted sum of the inputs plus the bias. [inputs] → [], [n, inputs] → [n] */
  activation(x: Points): Tensor {
    return this.weigh("activation", x);
  }

  /** The side of one point, -1 or +1. */
  predict(x: readonly number[]): -1 | 1;
  /** The side of each point, -1 or +1. [n, inputs] → [n], [inputs] → [] */
  predict(x: Tensor | readonly (readonly number[])[]): Tensor;
  predict(x: Points): Tensor | -1 | 1 {
    const sides = this.weigh("predict", x).greaterEqual(0).to("float32").mul(2).sub(1);
    return x instanceof Tensor || sides.rank > 0 ? sides : (sides.item() as -1 | 1);
  }

  /**
   * Looks at one example, a point x [inputs] and its label y, -1 or +1. After a mistake, moves
   * the weights by learningRate · y · x and the bias by learningRate · y. Returns whether it was one.
   */
  update(x: Tensor | readonly number[], y: number): boolean {
    checkLabel("update", y);
    const point = this.points("update", x);
    if (point.rank !== 1)
      throw new ShapeError(
        "update",
        [point.shape],
        "looks at one point at a time",
        "use fit(x, y, …) for many",
      );
    if (this.predict(point).item() === y) return false;
    this.weights = this.weights.add(point.mul(this.learningRate * y));
    this.bias += this.learningRate * y;
    return true;
  }

  /**
   * Passes over the examples x [n, inputs], y [n], until a pass is free of mistakes or `epochs`
   * passes are done.
   */
  fit(
    x: Tensor | readonly (readonly number[])[],
    y: Tensor | readonly number[],
    options: FitOptions,
  ): FitResult {
    const { points, labels } = this.examples("fit", x, y);
    const { epochs, rng } = options;
    if (!Number.isInteger(epochs) || epochs < 1)
      throw new RangeError(`fit: epochs is a whole number, 1 or more, got ${epochs}`);
    const order = labels.map((_, i) => i);
    const result: FitResult = { mistakes: [], converged: false };
    while (result.mistakes.length < epochs && !result.converged) {
      let mistakes = 0;
      for (const i of rng ? rng.shuffle(order) : order)
        if (this.update(points.row(i), labels[i])) mistakes++;
      result.mistakes.push(mistakes);
      result.converged = mistakes === 0;
    }
    return result;
  }

  /** The share of examples on the right side, from 0 to 1. x [n, inputs], y [n] */
  score(x: Tensor | readonly (readonly number[])[], y: Tensor | readonly number[]): number {
    const { points, labels } = this.examples("score", x, y);
    return this.predict(points).equal(tensor(labels)).mean().item();
  }

  /** The weighted sum, by the name of the method that needs it. */
  private weigh(op: string, x: Points): Tensor {
    return this.points(op, x).matmul(this.weights).add(this.bias);
  }

  /** The points as a tensor, if this perceptron can weigh them. */
  private points(op: string, x: Points): Tensor {
    const points = x instanceof Tensor ? x : tensor(x);
    const inputs = this.weights.size;
    if (points.rank < 1 || points.rank > 2 || points.shape[points.rank - 1] !== inputs)
      throw new ShapeError(
        op,
        [points.shape],
        `this perceptron has ${inputs} ${inputs === 1 ? "input" : "inputs"}`,
        `give one point of shape [${inputs}] or many of shape [n, ${inputs}]`,
      );
    // A comparison with NaN is false: each such point would quietly lie on the side of -1.
    const missing = points.data.findIndex((value: number) => Number.isNaN(value));
    if (missing >= 0)
      throw new RangeError(
        `${op}: ${points.rank === 2 ? `point ${Math.floor(missing / inputs)}` : "the point"} holds NaN\n` +
          "  hint: leave out or fill in missing values first",
      );
    return points;
  }

  private examples(
    op: string,
    x: Tensor | readonly (readonly number[])[],
    y: Tensor | readonly number[],
  ): { points: Tensor; labels: number[] } {
    const points = this.points(op, x);
    const labels = y instanceof Tensor ? Array.from(y.data) : [...y];
    if (points.rank !== 2 || points.shape[0] !== labels.length)
      throw new ShapeError(
        op,
        [points.shape, [labels.length]],
        "there must be one label for each point",
        `points of shape [n, ${this.weights.size}] with n labels`,
      );
    if (labels.length === 0) throw new ShapeError(op, [points.shape], "there are no examples");
    for (const label of labels) checkLabel(op, label);
    return { points, labels };
  }
}

function checkLabel(op: string, label: number): void {
  if (label !== 1 && label !== -1)
    throw new RangeError(`${op}: a label is -1 or +1, got ${label}\n  hint: turn 0 into -1`);
}
