import { guard } from "../forbid.ts";
import { defaultRng, type Rng } from "../random.ts";
import { ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What {@link standardize} found, and a way to treat more points alike. */
export interface Standardized {
  /** The points, each column now with mean 0 and standard deviation 1. [n, features] */
  readonly x: Tensor;
  /** [features] */
  readonly mean: Tensor;
  /** [features] */
  readonly std: Tensor;
  /** Moves and scales other points by the same mean and deviation: test points, say. */
  readonly apply: (points: Tensor) => Tensor;
}

/**
 * Moves and scales each column of x [n, features] to mean 0 and standard deviation 1. A column
 * that is the same everywhere becomes 0.
 */
export function standardize(x: Tensor): Standardized {
  guard("standardize");
  if (x.rank !== 2)
    throw new ShapeError(
      "standardize",
      [x.shape],
      "expects points in rows",
      "a shape of [n, features]",
    );
  const mean = x.mean(0);
  const std = x.std(0);
  // Dividing by 1 instead of 0 leaves the zeros of a constant column as they are.
  const scale = std.add(std.equal(0));
  const apply = (points: Tensor) => points.sub(mean).div(scale);
  return { x: apply(x), mean, std, apply };
}

/** Two parts of the same examples: one to learn from, one to be tested on. */
export interface Split {
  readonly xTrain: Tensor;
  readonly yTrain: Tensor;
  readonly xTest: Tensor;
  readonly yTest: Tensor;
}

/**
 * Splits examples at random. x [n, …] and y [n, …] stay in step.
 *
 * @param options.rng Where the order comes from, by default {@link defaultRng}.
 * @param options.testSize The share that is kept for testing, between 0 and 1; by default a quarter.
 */
export function trainTestSplit(
  x: Tensor,
  y: Tensor,
  options: { rng?: Rng; testSize?: number } = {},
): Split {
  guard("trainTestSplit");
  const { rng = defaultRng(), testSize = 0.25 } = options;
  if (x.rank === 0 || y.rank === 0 || x.shape[0] !== y.shape[0])
    throw new ShapeError(
      "trainTestSplit",
      [x.shape, y.shape],
      "there must be one label for each point",
    );
  const n = x.shape[0];
  const test = Math.round(n * testSize);
  if (!(testSize > 0 && testSize < 1) || test === 0 || test === n)
    throw new RangeError(
      `trainTestSplit: a test size of ${testSize} leaves no examples on one side of ${n}\n` +
        "  hint: a share such as 0.25",
    );
  const order = rng.permutation(n);
  const [forTest, forTrain] = [order.slice(0, test), order.slice(test)];
  return {
    xTrain: x.take(forTrain),
    yTrain: y.take(forTrain),
    xTest: x.take(forTest),
    yTest: y.take(forTest),
  };
}
