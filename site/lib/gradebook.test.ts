import type { GradebookRow } from "@gradus/grader/service";
import { expect, test } from "vitest";
import { best, matching, sorted } from "./gradebook";

const row = (name: string, email: string, points: Record<string, number | null>): GradebookRow => ({
  id: name,
  name,
  email,
  role: "learner",
  points: Object.values(points).reduce<number>((sum, one) => sum + (one ?? 0), 0),
  cells: Object.fromEntries(
    Object.entries(points).map(([exercise, one]) => [
      exercise,
      {
        points: one,
        outcome: one === null ? null : "passed",
        attempts: 1,
        submission: `${name} ${exercise}`,
        receivedAt: "2026-11-22T10:00:00.000Z",
        waiting: one === null ? 1 : 0,
      },
    ]),
  ),
});

const rows = [
  row("Zoë Åkesson", "zoe@example.org", { update: 3, xor: null }),
  row("ada Lovelace", "ada@example.org", { update: 5 }),
  row("Émile Borel", "borel@sorbonne.fr", {}),
  row("Learner 10", "l10@example.org", { update: 0, xor: 2 }),
  row("Learner 9", "l9@example.org", { update: 5 }),
];
const names = (list: GradebookRow[]) => list.map(({ name }) => name);

test("the filter looks at every word in name and e-mail, whatever the case and accents", () => {
  expect(names(matching(rows, "ZOE akes"))).toEqual(["Zoë Åkesson"]);
  expect(names(matching(rows, "emile"))).toEqual(["Émile Borel"]);
  expect(names(matching(rows, "sorbonne"))).toEqual(["Émile Borel"]);
  expect(matching(rows, "  ")).toHaveLength(rows.length);
  expect(matching(rows, "lovelace sorbonne")).toEqual([]);
});

test("names sort as people read them: no case, accents where they belong, numbers by value", () => {
  const order = ["ada Lovelace", "Émile Borel", "Learner 9", "Learner 10", "Zoë Åkesson"];
  expect(names(sorted(rows, { by: "name", down: false }))).toEqual(order);
  expect(names(sorted(rows, { by: "name", down: true }))).toEqual([...order].reverse());
});

test("who has no points in a column comes last, up or down; equals stand by name", () => {
  const down = sorted(rows, { by: "update", down: true });
  expect(names(down)).toEqual([
    "ada Lovelace",
    "Learner 9",
    "Zoë Åkesson",
    "Learner 10",
    "Émile Borel",
  ]);
  const up = sorted(rows, { by: "xor", down: false });
  expect(names(up)[0]).toBe("Learner 10");
  expect(names(up).at(-1)).toBe("Zoë Åkesson");
});

test("sorting leaves the gradebook itself alone", () => {
  const before = names(rows);
  sorted(rows, { by: "points", down: true });
  expect(names(rows)).toEqual(before);
});

test("the attempt that counts is the best; of equals the first; ungraded ones only for want of others", () => {
  const attempt = (attempt: number, points: number | null) => ({ attempt, points });
  const newestFirst = [attempt(4, null), attempt(3, 5), attempt(2, 5), attempt(1, 0)];
  expect(best(newestFirst).attempt).toBe(2);
  expect(best([attempt(2, null), attempt(1, 0)]).attempt).toBe(1);
  expect(best([attempt(2, null), attempt(1, null)]).attempt).toBe(2);
});
