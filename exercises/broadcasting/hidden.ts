import { check, checks } from "@gradus/grader/checks";
import type { Rng } from "gradus";
import { broadcastShape, shrink, stretch } from "../../solutions/broadcasting.ts";

/** A shape of three or four axes, and one that fits it: some axes of length 1, up to two missing. */
function randomShapes(rng: Rng): { from: number[]; to: number[] } {
  const axes = 3 + Math.floor(rng.next() * 2);
  const to = Array.from({ length: axes }, () => 2 + Math.floor(rng.next() * 2));
  const ones = to.map((length) => (rng.next() < 0.5 ? 1 : length));
  return { from: ones.slice(Math.floor(rng.next() * 3)), to };
}

const size = (shape: number[]) => shape.reduce((product, length) => product * length, 1);

export default checks(
  check("shapes of many axes", { points: 1 }, async ({ learner, expect, rng }) => {
    for (let trial = 0; trial < 8; trial++) {
      const { from, to } = randomShapes(rng);
      // Axes of length 1 on both sides.
      const other = to.map((length) => (rng.next() < 0.4 ? 1 : length));
      const [a, b] = rng.next() < 0.5 ? [from, other] : [other, from];
      expect(await learner.call("broadcastShape", a, b), {
        input: `broadcastShape(${JSON.stringify(a)}, ${JSON.stringify(b)})`,
      }).toEqual(broadcastShape(a, b));
    }
  }),

  check("arrays of many axes", { points: 2 }, async ({ learner, expect, rng }) => {
    // One case in which an axis in the middle is stretched, then random ones.
    const cases = [
      { from: [2, 1, 3], to: [2, 2, 3] },
      ...Array.from({ length: 5 }, () => randomShapes(rng)),
    ];
    for (const { from, to } of cases) {
      const values = Array.from(rng.normal([size(from)]).data);
      const slopes = Array.from(rng.normal([size(to)]).data);
      const shapes = `${JSON.stringify(from)}, ${JSON.stringify(to)})`;
      expect(await learner.call("stretch", values, from, to), {
        input: `stretch(random numbers, ${shapes}`,
      }).toBeClose(stretch(values, from, to));
      expect(await learner.call("shrink", slopes, from, to), {
        input: `shrink(random slopes, ${shapes}`,
      }).toBeClose(shrink(slopes, from, to));
    }
  }),
);
