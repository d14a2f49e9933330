import { check, checks } from "@gradus/grader/checks";
import { penguins } from "gradus";

const two = ["Adelie", "Adelie", "Gentoo", "Gentoo"];
const uneven = ["Adelie", "Adelie", "Adelie", "Gentoo"];
const uneven4 = 2 - (3 / 4) * Math.log2(3);

/** The entropy, written once more here: public checks know no solutions. */
function bits(labels: string[]): number {
  let sum = 0;
  for (const kind of new Set(labels)) {
    const share = labels.filter((label) => label === kind).length / labels.length;
    sum -= share * Math.log2(share);
  }
  return sum;
}

export default checks(
  check("the entropy of small groups", { points: 2 }, async ({ learner, expect }) => {
    const got = await learner.call("entropy", uneven);
    expect(got, { input: `entropy(${JSON.stringify(uneven)})` }).toBeClose(uneven4, {
      mistakes: [
        [uneven4 * Math.LN2, "This is in natural units. Bits need Math.log2, not Math.log."],
        [uneven4 * Math.log10(2), "This is in decimal digits. Bits need Math.log2."],
        [-uneven4, "The logarithm of a share is negative: the minus in front of the sum turns it."],
        [3 / 8, "This is Gini. The entropy has a logarithm where Gini has a square."],
        [-3 * Math.log2(3), "These are the counts. The formula wants shares."],
        [-(Math.log2(3 / 4) + Math.log2(1 / 4)), "Each logarithm counts by its share p."],
        [1, "Each label counts as often as it occurs; here each kind was counted once."],
      ],
    });
    const kinds = ["a", "b", "c", "d"];
    expect(await learner.call("entropy", kinds), {
      input: 'entropy(["a", "b", "c", "d"])',
    }).toBeClose(2);
    expect(await learner.call("entropy", ["Gentoo", "Gentoo", "Gentoo"]), {
      input: 'entropy(["Gentoo", "Gentoo", "Gentoo"])',
    }).toBeClose(0, {
      mistakes: [[1, "A pure group has nothing to ask about."]],
    });
  }),

  check("the gain of a question, by hand", { points: 2 }, async ({ learner, expect }) => {
    const after = (3 / 4) * (Math.log2(3) - 2 / 3);
    const input = `gain(${JSON.stringify(two)}, [true, false, false, false])`;
    expect(await learner.call("gain", two, [true, false, false, false]), { input }).toBeClose(
      1 - after,
      {
        mistakes: [
          [after, "This is what remains after the question. The gain is what is saved."],
          [after - 1, "Before less after, not the other way around."],
          [
            1 - (Math.log2(3) - 2 / 3) / 2,
            "Both sides have the same say here. Each counts by its share of the labels.",
          ],
          [
            1 - (Math.log2(3) - 2 / 3),
            "The entropies of the sides were added. Each counts by its share of the labels.",
          ],
          [1 - after / 3, "Left and right have changed their shares."],
        ],
      },
    );
    expect(await learner.call("gain", two, [true, true, false, false]), {
      input: `gain(${JSON.stringify(two)}, [true, true, false, false])`,
    }).toBeClose(1);
  }),

  check("the best cut on flipper length", { points: 1 }, async ({ learner, expect }) => {
    const birds = penguins().dropMissing("flipperLength");
    const kinds = birds.values("species");
    const flippers = birds.values("flipperLength");
    const got: number[] = [];
    const expected: number[] = [];
    for (const cut of [190.5, 200.5, 206.5, 212.5]) {
      const goesLeft = flippers.map((flipper) => flipper <= cut);
      got.push((await learner.call("gain", kinds, goesLeft)) as number);
      const sides = [true, false].map((side) => kinds.filter((_, i) => goesLeft[i] === side));
      const after = sides.reduce((sum, side) => sum + (side.length / kinds.length) * bits(side), 0);
      expected.push(bits(kinds) - after);
    }
    expect(got, {
      input: "gain(species of 342 penguins, flipper at most 190.5, 200.5, 206.5, 212.5 mm)",
    }).toBeClose(expected);
  }),
);
