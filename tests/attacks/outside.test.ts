// Attacks by a program that has taken all of Node over: what is left are the walls.
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { arena } from "./arena.ts";
import { every, NODE } from "./attack.ts";
import { acts, reads, type Try } from "./outside.ts";

const { stand } = arena();
const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
// Names and a line that stand in hidden checks and solutions, and nowhere else.
const canaries = ["random lists", "sum / numbers.length", "random networks"];

describe.each([
  ["reads:", reads(repository, canaries)],
  ["acts:", acts],
])("a program that %s", (_, list) => {
  let got: Map<string, string>;

  // All in one submission, so that each finds what the one before has left.
  beforeAll(async () => {
    const report = await stand({
      name: "all of Node",
      tries: "everything",
      source: `${NODE}\nfor (const [name, run] of [${list.map(program).join(",\n")}] as any) {
        let got;
        try { got = String(await run()); } catch (error: any) { got = "refused: " + (error?.code ?? error?.message ?? error); }
        console.log(JSON.stringify([name, got.slice(0, 200)]));
      }\n${every("return 3.5;")}`,
      ends: ["failed", "error"],
      says: /./,
    });
    const lines = report.checks[0].output?.split("\n").filter((line) => line.startsWith("[")) ?? [];
    got = new Map(lines.map((line) => JSON.parse(line) as [string, string]));
  });

  test.each(list.map((one) => [one.name, one] as const))("%s", (_, { name, gets }) => {
    expect(got.get(name)).toMatch(gets);
  });
});

const program = ({ name, code }: Try): string =>
  `[${JSON.stringify(name)}, async () => { ${code} }]`;
