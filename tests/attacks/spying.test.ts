// Attacks that read and forge, from the realm and from the program around it.
import { describe, expect, test } from "vitest";
import { arena } from "./arena.ts";
import { every } from "./attack.ts";
import { forging, reading } from "./spying.ts";

const { stand, grade } = arena();

describe.each([
  ["reads:", reading],
  ["forges:", forging],
])("code that %s", (_, attacks) => {
  test.each(attacks.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
    await stand(attack);
  });
});

test("hidden inputs come from the secret seed: another submission has others", async () => {
  const says = every("throw new Error(JSON.stringify(args));");
  const given = async (seed: string): Promise<string[]> =>
    (await grade(says, seed)).checks.map(({ message }) => message ?? "");
  const [first, again, other] = [await given("a"), await given("a"), await given("b")];
  expect(first).toEqual(again);
  // The public ones are the same for everybody.
  expect(first.slice(0, 4)).toEqual(other.slice(0, 4));
  expect(first[4]).toMatch(/\[\[-?\d\.\d+\]\]/);
  expect(first[4]).not.toBe(other[4]);
  expect(first[5]).not.toBe(other[5]);
});
