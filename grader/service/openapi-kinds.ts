/** The kinds of routes that a course has: who may, and with which scope. */
import type { Description } from "./openapi.ts";

const course = { course: "The course's id." };

type Said = Omit<Description, "tag" | "who" | "scope" | "path"> & { path?: Record<string, string> };

/** What only those see who teach. */
export const reading = (tag: string, { path, ...said }: Said): Description => ({
  tag,
  who: "assistant",
  scope: "course:read",
  path: { ...course, ...path },
  ...said,
});
/** What only instructors change. */
export const writing = (tag: string, { path, ...said }: Said): Description => ({
  tag,
  who: "instructor",
  scope: "course:write",
  path: { ...course, ...path },
  ...said,
});
/** What learners see of their own, and those who teach of everybody's. */
export const own = (tag: string, { path, ...said }: Said): Description => ({
  tag,
  who: "learner",
  scope: "read",
  path: { ...course, ...path },
  ...said,
});

/** What those who teach do with learners' work. */
export const grading = (tag: string, { path, ...said }: Said): Description => ({
  tag,
  who: "assistant",
  scope: "grade",
  path: { ...course, ...path },
  ...said,
});
