import type { ReadingEntry } from "@gradus/grader/service";
import { expect, test, vi } from "vitest";
import { choiceOf, listToReadThrough, neighbors, readingAt } from "./grading";

const entry = (name: string, read = false, submission: string | null = `s-${name}`) =>
  ({ submission, read, learners: [{ id: name, name, section: null }] }) as ReadingEntry;

test("the way on goes through those who handed in, in the list's order", () => {
  const list = [entry("a"), entry("b", false, null), entry("c", true), entry("d")];
  expect(neighbors(list, ["c"])).toMatchObject({
    before: { submission: "s-a" },
    after: { submission: "s-d" },
    place: 2,
    count: 3,
  });
  expect(neighbors(list, ["a"]).before).toBeUndefined();
  expect(neighbors(list, ["d"]).after).toBeUndefined();
});

test("of the unread, who was just read keeps their place", () => {
  const list = [entry("a", true), entry("b", true), entry("c"), entry("d")];
  expect(neighbors(list, ["b"], true)).toMatchObject({
    before: undefined,
    after: { submission: "s-c" },
    place: 1,
    count: 3,
  });
});

test("from outside the list the way on leads to its first", () => {
  expect(neighbors([entry("a")], ["x"])).toMatchObject({ after: { submission: "s-a" }, place: 0 });
  expect(neighbors([], ["x"])).toMatchObject({ before: undefined, after: undefined, count: 0 });
});

test("a group is one place", () => {
  const pair = entry("a");
  pair.learners.push({ id: "b", name: "b", section: null });
  expect(neighbors([pair, entry("c")], ["b"])).toMatchObject({
    place: 1,
    after: { submission: "s-c" },
  });
});

test("the choice stands in the address, and comes back from it", () => {
  for (const choice of [{}, { section: "x y" }, { section: "s", unread: true }, { unread: true }]) {
    const address = new URL(readingAt("1", choice), "http://x");
    expect(address.pathname).toBe("/instructor/submissions/1");
    expect(choiceOf(address.searchParams)).toEqual(choice);
  }
});

test("the list is asked for once on the way through it, and again when it is old or did not come", async () => {
  const asked: string[] = [];
  let broken = false;
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify({ entries: [] }), { status: broken ? 500 : 200 });
  });
  try {
    await listToReadThrough("dl", "a", "s", 0);
    await listToReadThrough("dl", "a", "s", 299_999);
    expect(asked).toEqual(["/api/v1/courses/dl/grading/a?section=s"]);
    await listToReadThrough("dl", "a", "s", 300_000);
    await listToReadThrough("dl", "b", undefined, 300_001);
    expect(asked).toHaveLength(3);
    broken = true;
    await expect(listToReadThrough("dl", "c", undefined, 0)).rejects.toThrow();
    broken = false;
    await listToReadThrough("dl", "c", undefined, 1);
    expect(asked).toHaveLength(5);
  } finally {
    vi.unstubAllGlobals();
  }
});
