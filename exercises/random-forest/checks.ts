import { check, checks, type Learner } from "@gradus/grader/checks";
import { penguins, Rng } from "gradus";

/** What the learner's code defines, and what it was given with the starter. */
interface Scope {
  bootstrap(n: number, rng: unknown): unknown;
  growForest(points: number[][], labels: number[], count: number, rng: unknown): unknown;
  vote(trees: unknown, point: number[]): unknown;
}
interface Branch {
  counts: number[];
  feature?: number;
  left?: Branch;
  right?: Branch;
}

const draws = (learner: Learner, n: number, seed: number): Promise<number[][]> =>
  learner.run(
    (scope: Scope, gradus: { Rng: typeof Rng }, n: number, seed: number) => {
      const rng = new gradus.Rng(seed);
      return [scope.bootstrap(n, rng), scope.bootstrap(n, rng)];
    },
    n,
    seed,
  ) as Promise<number[][]>;

const forest = (learner: Learner, ...given: unknown[]): Promise<Branch[]> =>
  learner.run(
    (
      scope: Scope,
      gradus: { Rng: typeof Rng },
      points: number[][],
      labels: number[],
      count: number,
      seed: number,
    ) => scope.growForest(points, labels, count, new gradus.Rng(seed)),
    ...given,
  ) as Promise<Branch[]>;

/** Four measurements; the first settles everything, the others say nothing. */
function oneThatTells(): { points: number[][]; labels: number[] } {
  const rng = new Rng(7);
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);
  const points = labels.map((label) => [
    10 * label + rng.next(),
    rng.next(),
    rng.next(),
    rng.next(),
  ]);
  return { points, labels };
}

export default checks(
  check("draws with replacement", { points: 2 }, async ({ learner, expect }) => {
    const n = 1000;
    const [first, second] = await draws(learner, n, 5);
    const input = "bootstrap(1000, new Rng(5))";
    expect(first, { input }).toHaveShape([n]);
    const inside = first.filter((i) => Number.isInteger(i) && i >= 0 && i < n).length;
    expect(inside, { input: `${input}: how many are whole numbers from 0 to 999` }).toBe(n);
    const ends = new Set((await draws(learner, 3, 5)).flat());
    for (let seed = 6; seed < 16; seed++)
      for (const i of (await draws(learner, 3, seed)).flat()) ends.add(i);
    expect([...ends].sort(), { input: "all numbers in 22 draws bootstrap(3, rng)" }).toEqual([
      0, 1, 2,
    ]);
    expect(new Set(first).size, { input: `${input}: how many different ones` }).toBeAtMost(680, {
      mistakes: [[n, "No place came twice. With replacement, each draw is from all places."]],
    });
    expect(new Set(first).size, { input: `${input}: how many different ones` }).toBeAtLeast(584);
    const same = first.filter((i, k) => i === second[k]).length;
    expect(same, { input: "two draws from one rng: at how many places they agree" }).toBeAtMost(
      20,
      {
        mistakes: [
          [n, "Both draws are the same. Take the numbers from the rng that you are given."],
        ],
      },
    );
  }),

  check("the vote", { points: 1 }, async ({ learner, expect }) => {
    const leaf = (label: number) => ({ counts: [0, 1, 2].map((kind) => (kind === label ? 5 : 0)) });
    const asks = { counts: [5, 0, 5], feature: 1, cut: 3, left: leaf(0), right: leaf(2) };
    const trees = [leaf(2), leaf(0), asks];
    expect(await learner.call("vote", trees, [9, 4]), {
      input: "vote of three trees that answer 2, 0 and 2",
    }).toBe(2, {
      mistakes: [[4 / 3, "This is the mean of the answers. Labels are names, not amounts."]],
    });
    expect(await learner.call("vote", [leaf(2), leaf(1), leaf(2), leaf(1)], [0, 0]), {
      input: "vote of four trees that answer 2, 1, 2 and 1",
    }).toBe(1, {
      mistakes: [[2, "Of labels with equally many votes, the smallest is asked for."]],
    });
  }),

  check("every tree has its own draw", { points: 1 }, async ({ learner, expect }) => {
    const { points, labels } = oneThatTells();
    const trees = await forest(learner, points, labels, 30, 11);
    const input = "growForest(60 points, 20 of each label, 30, rng)";
    expect(trees.length, { input: `${input}: how many trees` }).toBe(30);
    const totals = trees.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
    expect(totals, { input: `${input}: of how many points each tree was grown` }).toEqual(
      totals.map(() => 60),
    );
    const different = new Set(trees.map(({ counts }) => counts.join()));
    expect(different.size, {
      input: `${input}: how many different counts of the labels`,
    }).toBeAtLeast(12, {
      mistakes: [
        [
          1,
          "All trees were grown from the same labels. Draw anew for each tree, with replacement, and take points and labels by the same draw.",
        ],
      ],
    });
  }),

  check("tells three species apart", { points: 2 }, async ({ learner, expect }) => {
    const birds = penguins().dropMissing(
      "billLength",
      "billDepth",
      "flipperLength",
      "bodyMass",
    ).rows;
    const kinds = ["Adelie", "Chinstrap", "Gentoo"];
    const points = birds.map(({ billLength, billDepth, flipperLength, bodyMass }) => [
      billLength,
      billDepth,
      flipperLength,
      bodyMass,
    ]);
    const labels = birds.map(({ species }) => kinds.indexOf(species));
    let right = 0;
    const known = 256;
    for (const seed of [1, 2, 3]) {
      const order = new Rng(seed).permutation(birds.length);
      const got = (await learner.run(
        (
          scope: Scope,
          gradus: { Rng: typeof Rng },
          points: number[][],
          labels: number[],
          asked: number[][],
          seed: number,
        ) => {
          const trees = scope.growForest(points, labels, 40, new gradus.Rng(seed));
          return asked.map((point) => scope.vote(trees, point));
        },
        order.slice(0, known).map((i) => points[i]),
        order.slice(0, known).map((i) => labels[i]),
        order.slice(known).map((i) => points[i]),
        seed,
      )) as number[];
      right += order.slice(known).filter((i, k) => got[k] === labels[i]).length;
    }
    expect(right / (3 * (birds.length - known)), {
      input: "40 trees from 256 penguins, three times: the share of right answers about the others",
    }).toBeAtLeast(0.95);
  }),
);
