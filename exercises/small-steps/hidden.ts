import { check, checks } from "@gradus/grader/checks";

/** A cubic with random weights: its slopes are known exactly. */
function slopesOfCubic(weights: number[], at: number[]): number[] {
  const sum = weights.reduce((total, weight, j) => total + weight * at[j], 0);
  return weights.map((weight, j) => 3 * sum ** 2 * weight + at[(j + 1) % at.length]);
}

export default checks(
  check("random cubics", { points: 1 }, async ({ learner, expect, rng }) => {
    for (let n = 2; n <= 5; n++) {
      const weights = Array.from(rng.uniform([n], -1, 1).data);
      const at = Array.from(rng.uniform([n], -1, 1).data);
      // The cubic, and one term that depends on the order: at[0] · at[last], …
      const got = await learner.run(
        (scope, _, weights: number[], at: number[]) => {
          const last = at.map((_, j) => at[(j + 1) % at.length]);
          const f = (x: number[]) =>
            x.reduce((sum, value, j) => sum + weights[j] * value, 0) ** 3 +
            x.reduce((sum, value, j) => sum + last[j] * value, 0);
          return scope.slopes(f, at, 1e-4);
        },
        weights,
        at,
      );
      expect(got, { input: `slopes(a random cubic in ${n} numbers, …, 1e-4)` }).toBeClose(
        slopesOfCubic(weights, at),
        { tolerance: 1e-5 },
      );
    }
  }),

  check("every slope, also the last, also NaN", { points: 1 }, async ({ learner, expect, rng }) => {
    const ask = (claimed: number[]) =>
      learner.run(
        (scope, _, claimed, at) =>
          scope.firstWrong(
            (x: number[]) => x.reduce((sum, value, j) => sum + (j + 1) * value ** 2, 0),
            claimed,
            at,
          ),
        claimed,
        at,
      );
    const at = Array.from(rng.uniform([6], 1, 2).data);
    const right = at.map((value, j) => 2 * (j + 1) * value);
    const f = "firstWrong((x) => x[0]² + 2·x[1]² + … + 6·x[5]², ";
    expect(await ask(right), { input: `${f}the right slopes, …)` }).toBe(-1);
    for (const j of [0, 3, 5]) {
      const input = `${f}slopes of which number ${j}`;
      expect(await ask(right.with(j, right[j] * 1.01)), {
        input: `${input} is 1 % too large, …)`,
      }).toBe(j);
      expect(await ask(right.with(j, Number.NaN)), { input: `${input} is NaN, …)` }).toBe(j);
    }
  }),

  check("right within the tolerance", { points: 1 }, async ({ learner, expect, rng }) => {
    // The slopes are about 2000 and 0.002: the tolerance grows with the first, and is 1e-4 for the second.
    const [large, small] = Array.from(rng.uniform([2], 0.9, 1.1).data);
    const ask = (claimed: number[]) =>
      learner.run(
        (scope, _, claimed, at) =>
          scope.firstWrong(([a, b]: number[]) => 1000 * a * a + 0.001 * b * b, claimed, at),
        claimed,
        [large, small],
      );
    const right = [2000 * large, 0.002 * small];
    const f = "firstWrong(([a, b]) => 1000·a² + 0.001·b², ";
    expect(await ask([right[0] + 0.1, right[1]]), {
      input: `${f}[a slope of about 2000 that is off by 0.1, …], …)`,
    }).toBe(-1);
    expect(await ask([right[0] + 1, right[1]]), {
      input: `${f}[a slope of about 2000 that is off by 1, …], …)`,
    }).toBe(0);
    expect(await ask([right[0], right[1] + 5e-5]), {
      input: `${f}[…, a slope of about 0.002 that is off by 0.00005], …)`,
    }).toBe(-1);
    expect(await ask([right[0], right[1] + 5e-4]), {
      input: `${f}[…, a slope of about 0.002 that is off by 0.0005], …)`,
    }).toBe(1);
  }),
);
