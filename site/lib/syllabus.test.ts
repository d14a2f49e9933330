import { resolve } from "node:path";
import { expect, test } from "vitest";
import { listChapters } from "../../course/src/chapter.ts";
import { syllabus } from "./syllabus.ts";

const planned = syllabus.flatMap((part) => part.chapters);

test("the syllabus counts from 1 without a gap", () => {
  expect(planned.map(({ number }) => number)).toEqual(planned.map((_, i) => i + 1));
});

test("every chapter that exists is the one that was planned under its number", () => {
  for (const { front } of listChapters({ root: resolve(import.meta.dirname, "../..") }))
    expect(planned.find(({ number }) => number === front.number)?.title).toBe(front.title);
});
