import { check, checks } from "@gradus/grader/checks";

type Slopes = { data: number; grads: number[] };

export default checks(
  check("a sum and a product", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.run(({ Scalar }) => {
      const [a, b, c] = [2, 3, -4].map((data) => new Scalar(data));
      const y = a.mul(b).add(c);
      y.backward();
      return { data: y.data, grads: [a, b, c, y].map(({ grad }) => grad) };
    })) as Slopes;
    expect(got?.data, { input: "a.mul(b).add(c).data, with a = 2, b = 3, c = -4" }).toBeClose(2);
    expect(got?.grads, { input: "y = a.mul(b).add(c), then the grad of a, b, c and y" }).toBeClose(
      [3, 2, 1, 1],
      {
        mistakes: [
          [
            [2, 3, 1, 1],
            "The two slopes of the product are exchanged: in a it is b, and in b it is a.",
          ],
          [[1, 1, 1, 1], "The local slopes of a product are not 1: in a it is b."],
          [[3, 2, 1, 0], "The slope of y in y itself is 1: it belongs into y.grad too."],
        ],
      },
    );
  }),

  check("tanh", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.run(({ Scalar }) => {
      const a = new Scalar(0.5);
      const two = new Scalar(2);
      const y = a.tanh().mul(two);
      y.backward();
      return { data: y.data, grads: [a.grad] };
    })) as Slopes;
    const slope = 2 * (1 - Math.tanh(0.5) ** 2);
    expect(got?.data, { input: "a.tanh().mul(two).data, with a = 0.5, two = 2" }).toBeClose(
      2 * Math.tanh(0.5),
    );
    expect(got?.grads, { input: "y = a.tanh().mul(two), then the grad of a" }).toBeClose([slope], {
      mistakes: [
        [[slope / 2], "This is the local slope of tanh. What comes from above multiplies it."],
        [
          [2 * (1 - 0.5 ** 2)],
          "The slope of tanh is 1 minus the square of its result, not of its input.",
        ],
      ],
    });
  }),

  check("a value used twice", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.run(({ Scalar }) => {
      const a = new Scalar(3);
      const y = a.mul(a).add(a);
      y.backward();
      return { data: y.data, grads: [a.grad] };
    })) as Slopes;
    expect(got?.grads, { input: "y = a.mul(a).add(a) with a = 3, then the grad of a" }).toBeClose(
      [7],
      {
        mistakes: [
          [[1], "Only the last use was kept. Where paths meet, slopes add."],
          [[3], "Only one of three uses was kept. Where paths meet, slopes add."],
          [[4], "a.mul(a) uses a twice: both of its slopes belong to a."],
        ],
      },
    );
  }),

  check("paths of different lengths", { points: 2 }, async ({ learner, expect }) => {
    const got = (await learner.run(({ Scalar }) => {
      const a = new Scalar(2);
      const b = a.mul(a); // 4
      const c = b.add(a); // 6
      const d = c.mul(b); // 24
      const y = d.add(b).mul(c); // 168
      y.backward();
      return { data: y.data, grads: [a, b, c, d].map(({ grad }) => grad) };
    })) as Slopes;
    const input =
      "a = 2, b = a.mul(a), c = b.add(a), d = c.mul(b), y = d.add(b).mul(c), then the grad of a, b, c and d";
    expect(got?.data, { input: "y.data" }).toBeClose(168);
    expect(got?.grads, { input }).toBeClose([428, 94, 52, 6], {
      mistakes: [
        [
          [308, 70, 52, 6],
          "Some slopes were passed on before they were complete. A value's turn comes after all that used it.",
        ],
      ],
    });
  }),

  check("backward adds", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.run(({ Scalar }) => {
      const a = new Scalar(2);
      const b = new Scalar(3);
      const y = a.mul(b).add(a);
      y.backward();
      const first = [a.grad, b.grad];
      y.backward();
      return { first, second: [a.grad, b.grad] };
    })) as { first: number[]; second: number[] };
    const input = "y = a.mul(b).add(a) with a = 2, b = 3, then the grad of a and b";
    expect(got?.first, { input }).toBeClose([4, 2]);
    expect(got?.second, { input: `${input}, after a second y.backward()` }).toBeClose([8, 4], {
      mistakes: [
        [[4, 2], "The second call replaced the slopes of the first. They are to be added."],
        [
          [11, 6],
          "What the middle values had in grad from the first call was passed on again. Keep the slopes of one walk apart.",
        ],
        [
          [12, 6],
          "What y had in grad from the first call was passed on again: each walk begins with 1.",
        ],
      ],
    });
  }),
);
