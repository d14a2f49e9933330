import { check, checks } from "@gradus/grader/checks";
import { Scalar } from "../../solutions/scalar-graph.ts";

/** One operation of a random program: the two values it takes, by their number. */
type Step = ["add" | "mul" | "tanh", number, number];

/** Runs a program on the learner's values or on ours. Sent as text, so it uses its arguments alone. */
function play(
  // biome-ignore lint/suspicious/noExplicitAny: the learner's class may be anything
  scope: any,
  _: unknown,
  leaves: number[],
  program: Step[],
  times: number,
): { data: number[]; grads: number[] } {
  const values = leaves.map((data) => new scope.Scalar(data));
  for (const [op, i, j] of program)
    values.push(op === "tanh" ? values[i].tanh() : values[i][op](values[j]));
  for (let k = 0; k < times; k++) values[values.length - 1].backward();
  return {
    data: values.map(({ data }) => data),
    grads: values.map(({ grad }) => grad),
  };
}

export default checks(
  check("random graphs", { points: 2 }, async ({ learner, expect, rng }) => {
    for (let trial = 0; trial < 4; trial++) {
      const leaves = Array.from(rng.uniform([3], -1, 1).data);
      const pick = (count: number) => Math.floor(rng.next() * count);
      const program = Array.from({ length: 12 }, (_, k): Step => {
        // Once at least a value meets itself.
        if (k === 0) return ["mul", 2, 2];
        const op = (["add", "mul", "tanh"] as const)[pick(3)];
        // One side is always the newest value, so that all that was made counts.
        return [op, 2 + k, pick(3 + k)];
      });
      const expected = play({ Scalar }, null, leaves, program, 1);
      const got = (await learner.run(play, leaves, program, 1)) as typeof expected;
      const input = `3 values, and 12 operations on them: ${program.map(([op, i, j]) => (op === "tanh" ? `v${i}.tanh()` : `v${i}.${op}(v${j})`)).join(", ")}`;
      expect(got?.data, { input: `${input}: the data of all` }).toBeClose(expected.data);
      expect(got?.grads, { input: `${input}: the grad of all` }).toBeClose(expected.grads);
    }
  }),

  check("called again", { points: 1 }, async ({ learner, expect, rng }) => {
    const leaves = Array.from(rng.uniform([2], 0.5, 1).data);
    const program: Step[] = [
      ["mul", 0, 1],
      ["add", 2, 0],
      ["mul", 3, 2],
      ["tanh", 4, 4],
    ];
    const expected = play({ Scalar }, null, leaves, program, 3);
    const got = (await learner.run(play, leaves, program, 3)) as typeof expected;
    expect(got?.grads, {
      input: "y = ((a·b + a) · (a·b)).tanh(), then the grad of all after three calls of backward()",
    }).toBeClose(expected.grads);
  }),

  check("two results that share values", { points: 1 }, async ({ learner, expect, rng }) => {
    const numbers = Array.from(rng.uniform([3], 0.5, 1).data);
    const share = (
      // biome-ignore lint/suspicious/noExplicitAny: the learner's class may be anything
      scope: any,
      _: unknown,
      numbers: number[],
    ): number[] => {
      const [a, b, c] = numbers.map((data) => new scope.Scalar(data));
      const shared = a.mul(b).tanh();
      const first = shared.mul(c);
      const second = shared.add(a);
      first.backward();
      second.backward();
      return [a, b, c, shared].map(({ grad }) => grad);
    };
    const got = await learner.run(share, numbers);
    expect(got, {
      input:
        "shared = a.mul(b).tanh(), shared.mul(c).backward(), shared.add(a).backward(), then the grad of a, b, c and shared",
    }).toBeClose(share({ Scalar }, null, numbers));
  }),
);
