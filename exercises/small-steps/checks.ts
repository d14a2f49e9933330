import { check, checks } from "@gradus/grader/checks";

export default checks(
  check("a parabola and a line", { points: 1 }, async ({ learner, expect }) => {
    const got = await learner.run(
      (scope, _, at) => scope.slopes(([a, b]: number[]) => a * a + 3 * b, at, 0.1),
      [2, 5],
    );
    expect(got, { input: "slopes(([a, b]) => a * a + 3 * b, [2, 5], 0.1)" }).toBeClose([4, 3], {
      mistakes: [
        [[4.1, 3], "This is a step up only. A step up and a step down cancel most of the bend."],
        [[3.9, 3], "This is a step down only. A step up and a step down cancel most of the bend."],
        [[8, 6], "The two values lie two steps apart: divide by 2h."],
        [[0.8, 0.6], "This is how much f changes. The slope is the change per step: divide by 2h."],
        [[-4, -3], "The sign is turned: up minus down, not down minus up."],
        [
          [7, 7],
          "Both numbers moved at once. Each slope moves its own number and holds the others still.",
        ],
      ],
    });
  }),

  check("each number moves alone", { points: 1 }, async ({ learner, expect }) => {
    const got = await learner.run(
      (scope, _, at) => scope.slopes(([a, b, c]: number[]) => a * b * c, at, 0.5),
      [2, 3, 5],
    );
    expect(got, { input: "slopes(([a, b, c]) => a * b * c, [2, 3, 5], 0.5)" }).toBeClose(
      [15, 10, 6],
      {
        mistakes: [
          [
            [15, 7.5, 3.75],
            "A number that was moved has not been put back before the next one moves.",
          ],
        ],
      },
    );
  }),

  check("the point stays as it was", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.run(
      (scope, _, at) => ({
        slopes: scope.slopes(([a, b]: number[]) => a * b, at, 0.25),
        wrong: scope.firstWrong(([a, b]: number[]) => a * b, [4, 3], at),
        at,
      }),
      [3, 4],
    )) as { slopes: number[]; wrong: number; at: number[] };
    const input = "slopes(([a, b]) => a * b, at, 0.25), firstWrong(([a, b]) => a * b, [4, 3], at)";
    expect(got?.slopes, { input: `${input}, with at = [3, 4]: the slopes` }).toBeClose([4, 3]);
    expect(got?.wrong, { input: `${input}: the index` }).toBe(-1);
    expect(got?.at, { input: `${input}, and then at` }).toEqual([3, 4]);
  }),

  check("finds the wrong slope", { points: 1 }, async ({ learner, expect }) => {
    const ask = (claimed: number[]) =>
      learner.run(
        (scope, _, claimed, at) =>
          scope.firstWrong(([a, b]: number[]) => a * a + 3 * b, claimed, at),
        claimed,
        [2, 5],
      );
    const input = "firstWrong(([a, b]) => a * a + 3 * b, ";
    expect(await ask([4, 3]), { input: `${input}[4, 3], [2, 5])` }).toBe(-1);
    expect(await ask([4, 2]), { input: `${input}[4, 2], [2, 5])` }).toBe(1);
    expect(await ask([-4, 3]), { input: `${input}[-4, 3], [2, 5])` }).toBe(0, {
      mistakes: [[-1, "A slope of the wrong sign is wrong: measure the size of the difference."]],
    });
    expect(await ask([5, 2]), { input: `${input}[5, 2], [2, 5])` }).toBe(0, {
      mistakes: [[1, "Both are wrong. The first one is asked for."]],
    });
  }),
);
