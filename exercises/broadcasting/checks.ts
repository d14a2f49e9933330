import { check, checks } from "@gradus/grader/checks";

export default checks(
  check("shapes that fit", { points: 1 }, async ({ learner, expect }) => {
    for (const [a, b, shape] of [
      [[2, 3], [3], [2, 3]],
      [
        [4, 1],
        [1, 3],
        [4, 3],
      ],
      [[3], [2, 1], [2, 3]],
      [[], [2, 2], [2, 2]],
      [
        [5, 1, 4],
        [3, 1],
        [5, 3, 4],
      ],
    ])
      expect(await learner.call("broadcastShape", a, b), {
        input: `broadcastShape(${JSON.stringify(a)}, ${JSON.stringify(b)})`,
      }).toEqual(shape);
  }),

  check("shapes that do not fit", { points: 1 }, async ({ learner, expect }) => {
    // First that it answers at all: to throw always would be easy.
    expect(await learner.call("broadcastShape", [2, 3], [2, 1]), {
      input: "broadcastShape([2, 3], [2, 1])",
    }).toEqual([2, 3]);
    for (const [a, b] of [
      [[2, 3], [2]],
      [
        [4, 2],
        [3, 2],
      ],
      [
        [2, 1, 3],
        [2, 2, 2],
      ],
    ])
      await expect(
        learner.run(
          (scope, _, a, b) => {
            try {
              return scope.broadcastShape(a, b);
            } catch (error) {
              if ((error as Error)?.name === "NotWrittenYet") throw error;
              throw new Error("it threw");
            }
          },
          a,
          b,
        ),
        { input: `broadcastShape(${JSON.stringify(a)}, ${JSON.stringify(b)})` },
      ).toThrow("it threw");
  }),

  check("stretching", { points: 1 }, async ({ learner, expect }) => {
    const stretch = (values: number[], from: number[], to: number[]) =>
      learner.call("stretch", values, from, to);
    expect(await stretch([10, 20], [2, 1], [2, 3]), {
      input: "stretch([10, 20], [2, 1], [2, 3])",
    }).toEqual([10, 10, 10, 20, 20, 20], {
      mistakes: [
        [
          [10, 20, 10, 20, 10, 20],
          "This repeats the whole row of numbers. Here the axis of length 1 is the last: each number is repeated where it stands.",
        ],
      ],
    });
    expect(await stretch([1, 2, 3], [3], [2, 3]), {
      input: "stretch([1, 2, 3], [3], [2, 3])",
    }).toEqual([1, 2, 3, 1, 2, 3], {
      mistakes: [
        [[1, 1, 2, 2, 3, 3], "The missing axis is the first: the whole list comes again."],
      ],
    });
    expect(await stretch([7], [], [2, 2]), { input: "stretch([7], [], [2, 2])" }).toEqual([
      7, 7, 7, 7,
    ]);
  }),

  check("summing", { points: 2 }, async ({ learner, expect }) => {
    const shrink = (slopes: number[], from: number[], to: number[]) =>
      learner.call("shrink", slopes, from, to);
    expect(await shrink([1, 2, 3, 4, 5, 6], [2, 1], [2, 3]), {
      input: "shrink([1, 2, 3, 4, 5, 6], [2, 1], [2, 3])",
    }).toBeClose([6, 15], {
      mistakes: [
        [[2, 5], "This is the mean. Slopes add where a number was used several times."],
        [[3, 6], "Only the last use was kept. Slopes add where a number was used several times."],
        [[1, 4], "Only the first use was kept. Slopes add where a number was used several times."],
      ],
    });
    expect(await shrink([1, 2, 3, 4, 5, 6], [3], [2, 3]), {
      input: "shrink([1, 2, 3, 4, 5, 6], [3], [2, 3])",
    }).toBeClose([5, 7, 9]);
    expect(await shrink([1, 2, 3, 4], [], [2, 2]), {
      input: "shrink([1, 2, 3, 4], [], [2, 2])",
    }).toBeClose([10]);
  }),

  check("nothing is changed", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.run(
      (scope, _, values, slopes, from, to) => {
        const shape = scope.broadcastShape(from, to);
        const row = scope.stretch(values, from, to);
        const sums = scope.shrink(slopes, from, to);
        return { shape, row, sums, values, slopes, from, to };
      },
      [1, 2],
      [1, 2, 3, 4],
      [2],
      [2, 2],
    )) as Record<string, number[]>;
    const input =
      "broadcastShape(from, to), stretch([1, 2], from, to) and shrink([1, 2, 3, 4], from, to), with from = [2], to = [2, 2]";
    expect([got?.shape, got?.row, got?.sums], { input }).toEqual([
      [2, 2],
      [1, 2, 1, 2],
      [4, 6],
    ]);
    expect([got?.values, got?.slopes, got?.from, got?.to], {
      input: `${input}, and then the arguments`,
    }).toEqual([[1, 2], [1, 2, 3, 4], [2], [2, 2]]);
  }),
);
