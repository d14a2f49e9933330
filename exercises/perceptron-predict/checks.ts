import { check, checks } from "@gradus/grader/checks";

export default checks(
  check(
    "the score is the weighted sum plus the bias",
    { points: 1 },
    async ({ learner, expect }) => {
      const got = await learner.call("score", [2, -1], 0.5, [3, 4]);
      expect(got, { input: "score([2, -1], 0.5, [3, 4])" }).toBeClose(2.5, {
        mistakes: [
          [2, "This is the sum without the bias. The bias is added once, whatever the point."],
          [1.5, "The bias was subtracted. A weighted sum adds it."],
          [3, "The bias was added once for each measurement. It belongs to the sum only once."],
          [8.5, "The weights were added to the point. Each weight multiplies its measurement."],
          [10.5, "The sign of a negative weight got lost."],
          [
            1,
            "This is the answer (1 or -1), or the bias was multiplied in. The score is the sum before its sign is taken, and the bias is added to it.",
          ],
        ],
      });
    },
  ),

  check("any number of measurements", { points: 1 }, async ({ learner, expect }) => {
    const one = await learner.call("score", [3], 0, [2]);
    expect(one, { input: "score([3], 0, [2])" }).toBeClose(6);
    const four = await learner.call("score", [1, 10, 100, 1000], 0, [4, 3, 2, 1]);
    expect(four, { input: "score([1, 10, 100, 1000], 0, [4, 3, 2, 1])" }).toBeClose(1234, {
      mistakes: [
        [34, "Only the first two measurements were used. Let the loop run over all of them."],
        [234, "The last measurement is missing. Where does your loop stop?"],
        [1230, "The first measurement is missing. Where does your loop begin?"],
      ],
    });
  }),

  check("the answer is the sign of the score", { points: 1 }, async ({ learner, expect }) => {
    const below = await learner.call("predict", [2, -1], 0, [0, 4]);
    expect(below, { input: "predict([2, -1], 0, [0, 4]), a score of -4" }).toBe(-1, {
      mistakes: [
        [0, "Labels are 1 and -1 here. With 0 for one side, the update would have nothing to add."],
        [1, "The two sides are exchanged: a negative score belongs to -1."],
        [-4, "This is the score itself. The answer keeps only its sign."],
        [false, "A comparison gives true or false. The answer has to be the number 1 or -1."],
      ],
    });
    const above = await learner.call("predict", [2, -1], 0, [3, 4]);
    expect(above, { input: "predict([2, -1], 0, [3, 4]), a score of 2" }).toBe(1, {
      mistakes: [
        [-1, "A positive score belongs to 1."],
        [2, "This is the score itself. The answer keeps only its sign."],
        [true, "A comparison gives true or false. The answer has to be the number 1 or -1."],
      ],
    });
  }),

  check("a score of exactly zero gives 1", { points: 1 }, async ({ learner, expect }) => {
    const got = await learner.call("predict", [1, 1], 0, [2, -2]);
    expect(got, { input: "predict([1, 1], 0, [2, -2]), a score of 0" }).toBe(1, {
      mistakes: [
        [-1, "Zero belongs to the 1 side. Is your comparison > instead of >= ?"],
        [0, "Math.sign gives 0 for 0. An answer is always 1 or -1."],
      ],
    });
  }),
);
