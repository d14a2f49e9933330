/** What there is to say of each route of a course's gradebook, and the shapes of its answers. */
import { z } from "zod";
import { bookRequest } from "./gradebook-page.ts";
import type { Descriptions } from "./openapi.ts";
import { reading } from "./openapi-kinds.ts";
import { id, person, Section, shape, time } from "./openapi-shapes.ts";
import type * as Api from "./types.ts";

const BookPage = shape<Api.BookPage>()(
  "BookPage",
  z.object({
    course: z.string(),
    timeZone: z.string(),
    lateDays: z.int(),
    view: z.string(),
    assignments: z.array(
      z.object({ id, name: z.string(), dueAt: time.nullable(), released: z.boolean() }),
    ),
    free: z.int(),
    sections: z.array(Section),
    columns: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        maxScore: z.number(),
        dueAt: time.nullable(),
      }),
    ),
    maxScore: z.number(),
    rows: z.array(
      z.object({
        user: person,
        rosterName: z.string().nullable(),
        studentId: z.string().nullable(),
        section: z.string().nullable(),
        active: z.boolean(),
        score: z.number().nullable(),
        lateDaysUsed: z.number(),
        cells: z.array(
          z.object({
            score: z.number().nullable(),
            missing: z.int(),
            daysLate: z.number(),
            deducted: z.number(),
            attempts: z.int(),
            waiting: z.int(),
            unread: z.int(),
            overridden: z.boolean(),
            extended: z.boolean(),
            group: z.string().nullable(),
            submission: id.nullable(),
          }),
        ),
      }),
    ),
    learners: z.int(),
    matching: z.int(),
    page: z.int(),
    pages: z.int(),
  }),
);

const says: Record<keyof typeof bookRequest.shape, string> = {
  view: "An assignment's id: a column each of its exercises; `free`: the exercises in no assignment.",
  search: "Only whose name, e-mail or student id has these words in it.",
  section: "Only this section, by id.",
  show: "Only those with something like that in one of the columns.",
  sort: "`name`, `section`, `score`, or a column's id.",
  order: "`desc` turns it round.",
  page: "From 1.",
  limit: "How many learners a page has.",
};
const at = "/api/v1/courses/:course";
const tag = "Grades";

export const gradebookDescriptions: Descriptions = {
  [`GET ${at}/gradebook`]: reading(tag, {
    summary: "A page of the gradebook: learners, a column each assignment",
    description:
      "It can be sorted by what changes with every grade, so its pages are numbered: it is for looking at. Who wants everything takes grades or grades.csv.",
    query: Object.fromEntries(
      Object.entries(bookRequest.shape).map(([name, schema]) => [
        name,
        { description: says[name as keyof typeof says], schema },
      ]),
    ),
    answers: { 200: BookPage },
  }),
  [`GET ${at}/grades.csv`]: reading(tag, {
    summary: "Everybody's grades as a file for another system",
    query: {
      format: {
        description: "Whose form it has. Default: csv.",
        schema: z.enum(["csv", "canvas", "moodle"]),
      },
      assignment: { description: "Only this one, by id.", schema: z.uuid() },
    },
    answers: { 200: { type: "text/csv", description: "A row a person." } },
  }),
};
