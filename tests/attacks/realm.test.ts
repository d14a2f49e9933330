// Attacks from inside the learner's own realm, each beside honest neighbors.
import { describe, test } from "vitest";
import { answers } from "./answers.ts";
import { arena } from "./arena.ts";
import { endings } from "./endings.ts";
import { libraryAttacks } from "./library.ts";
import { patches } from "./patches.ts";
import { texts } from "./texts.ts";

const { stand } = arena();

describe.each([
  ["answers with", answers],
  ["patches", patches],
  ["ends:", endings],
  ["writes:", texts],
  ["uses the library:", libraryAttacks],
])("code that %s", (_, attacks) => {
  test.each(attacks.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
    await stand(attack);
  });
});
