import { check, checks } from "@gradus/grader/checks";
import { entropy, gain } from "../../solutions/information-gain.ts";

export default checks(
  check("random labels of many kinds", { points: 1 }, async ({ learner, expect, rng }) => {
    for (const kinds of [2, 3, 6]) {
      const labels = Array.from({ length: 25 }, () => `kind ${rng.integer(0, kinds)}`);
      const goesLeft = labels.map(() => rng.next() < 0.3);
      // At least one on either side, and at least two kinds.
      goesLeft.splice(0, 2, true, false);
      labels.splice(2, 2, "kind 0", "kind 1");
      const shown = `${JSON.stringify(labels)}, ${JSON.stringify(goesLeft)}`;
      expect(await learner.call("entropy", labels), {
        input: `entropy(${JSON.stringify(labels)})`,
      }).toBeClose(entropy(labels));
      expect(await learner.call("gain", labels, goesLeft), { input: `gain(${shown})` }).toBeClose(
        gain(labels, goesLeft),
      );
    }
  }),

  check("a question that does not divide", { points: 1 }, async ({ learner, expect, rng }) => {
    const labels = ["a", "b", "b", "c", "c", "c"];
    const order = rng.permutation(6);
    // To say 0 is only worth something from somebody who does not always say it.
    const split = order.map((i) => labels[i] === "c");
    const shuffled = order.map((i) => labels[i]);
    expect(await learner.call("gain", shuffled, split), {
      input: `gain(${JSON.stringify(shuffled)}, ${JSON.stringify(split)})`,
    }).toBeClose(1);
    for (const side of [true, false]) {
      const all = labels.map(() => side);
      expect(await learner.call("gain", labels, all), {
        input: `gain(${JSON.stringify(labels)}, ${JSON.stringify(all)})`,
      }).toBeClose(0);
    }
  }),

  check("the lists stay as they were", { points: 1 }, async ({ learner, expect }) => {
    const labels = ["c", "a", "b", "a", "a"];
    const goesLeft = [true, false, true, false, true];
    const after = (await learner.run(
      (
        scope: { gain(...args: unknown[]): unknown },
        _gradus: unknown,
        labels: string[],
        goesLeft: boolean[],
      ) => ({ gained: scope.gain(labels, goesLeft), labels, goesLeft }),
      labels,
      goesLeft,
    )) as { gained: number; labels: string[]; goesLeft: boolean[] };
    const input = `gain(${JSON.stringify(labels)}, ${JSON.stringify(goesLeft)})`;
    expect(after.gained, { input }).toBeClose(gain(labels, goesLeft));
    expect(after.labels, { input: `${input}, and then the labels` }).toEqual(labels);
    expect(after.goesLeft, { input: `${input}, and then the sides` }).toEqual(goesLeft);
  }),
);
