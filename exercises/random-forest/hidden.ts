import { check, checks, type Learner } from "@gradus/grader/checks";
import type { Rng } from "gradus";

interface Branch {
  counts: number[];
  feature?: number;
  left?: Branch;
  right?: Branch;
}

const forest = (learner: Learner, ...given: unknown[]): Promise<Branch[]> =>
  learner.run(
    (
      scope: { growForest(...args: unknown[]): unknown },
      gradus: { Rng: typeof Rng },
      points: number[][],
      labels: number[],
      count: number,
      seed: number,
    ) => scope.growForest(points, labels, count, new gradus.Rng(seed)),
    ...given,
  ) as Promise<Branch[]>;

/** Four measurements; the first settles everything, the others say nothing. */
function oneThatTells(rng: Rng): { points: number[][]; labels: number[] } {
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);
  const points = labels.map((label) => [
    10 * label + rng.next(),
    rng.next(),
    rng.next(),
    rng.next(),
  ]);
  return { points, labels };
}

function* branches(tree: Branch): Generator<Branch> {
  if (tree.feature === undefined) return;
  yield tree;
  if (tree.left) yield* branches(tree.left);
  if (tree.right) yield* branches(tree.right);
}

export default checks(
  check("two measurements at each branch", { points: 1 }, async ({ learner, expect, rng }) => {
    const { points, labels } = oneThatTells(rng);
    const trees = await forest(learner, points, labels, 80, rng.integer(0, 1e6));
    const input = "growForest(60 points of which only the first measurement tells, 80, rng)";
    // With two of four, the first one is among them in half of the draws.
    const first = trees.filter(({ feature }) => feature === 0).length;
    expect(first, { input: `${input}: trees that ask the first one at their root` }).toBeAtLeast(6);
    expect(first, { input: `${input}: trees that ask the first one at their root` }).toBeAtMost(
      60,
      {
        mistakes: [[80, "Every tree looks at all measurements. Two are drawn at each branch."]],
      },
    );
    const asked = trees.map((tree) => new Set([...branches(tree)].map(({ feature }) => feature)));
    expect(asked.filter(({ size }) => size > 2).length, {
      input: `${input}: trees that ask about more than two measurements in all`,
    }).toBeAtLeast(10, {
      mistakes: [[0, "The two measurements were drawn once a tree. Draw them at each branch."]],
    });
  }),

  check("the trees differ", { points: 1 }, async ({ learner, expect, rng }) => {
    const { points, labels } = oneThatTells(rng);
    const seed = rng.integer(0, 1e6);
    const trees = await forest(learner, points, labels, 20, seed);
    const input = "growForest(60 points, 20, rng)";
    const texts = trees.map((tree) => JSON.stringify(tree));
    expect(new Set(texts).size, { input: `${input}: how many different trees` }).toBeAtLeast(5);
    // All chance comes from the rng: the same seed gives the same forest, another one another.
    const again = (await forest(learner, points, labels, 20, seed)).map((t) => JSON.stringify(t));
    expect(again.filter((text, i) => text === texts[i]).length, {
      input: `${input} once more with the same seed: how many trees are the same`,
    }).toBe(20);
    const other = (await forest(learner, points, labels, 20, seed + 1)).map((t) =>
      JSON.stringify(t),
    );
    expect(other.filter((text, i) => text === texts[i]).length, {
      input: `${input} with another seed: how many trees are the same`,
    }).toBeAtMost(3);
  }),

  check("points and labels go together", { points: 1 }, async ({ learner, expect, rng }) => {
    const { points, labels } = oneThatTells(rng);
    const right = (await learner.run(
      (
        scope: {
          growForest(...args: unknown[]): unknown;
          vote(trees: unknown, point: number[]): unknown;
        },
        gradus: { Rng: typeof Rng },
        points: number[][],
        labels: number[],
        seed: number,
      ) => {
        const trees = scope.growForest(points, labels, 25, new gradus.Rng(seed));
        return points.filter((point, i) => scope.vote(trees, point) === labels[i]).length;
      },
      points,
      labels,
      rng.integer(0, 1e6),
    )) as number;
    expect(right, {
      input: "25 trees of 60 points that one measurement tells apart, asked about the same points",
    }).toBeAtLeast(40);
  }),
);
