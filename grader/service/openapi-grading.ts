/** What there is to say of each route of grading by hand, and the shapes of its answers. */
import { z } from "zod";
import { commentChange, commentRequest } from "./comments.ts";
import { gradingChange, overrideRequest } from "./gradings.ts";
import type { Description, Descriptions } from "./openapi.ts";
import { grading, reading, writing } from "./openapi-kinds.ts";
import { ExerciseGrade, id, person, Report, shape, summary, time } from "./openapi-shapes.ts";
import { releaseRequest } from "./releases.ts";
import { criterionChange, criterionRequest } from "./rubrics.ts";
import type * as Api from "./types.ts";

const by = z.object({ id: z.string(), name: z.string() });
const Comment = shape<Api.Comment>()(
  "Comment",
  z.object({
    id,
    line: z.int().nullable(),
    body: z.string(),
    author: by,
    createdAt: time,
    editedAt: time.nullable(),
  }),
);
const Criterion = shape<Api.Criterion>()(
  "Criterion",
  z.object({ id, description: z.string(), points: z.number(), submissions: z.int() }),
);
const Grading = shape<Api.Grading>()(
  "Grading",
  z.object({
    read: z.object({ by, at: time }).nullable(),
    marks: z.array(z.string()),
    points: z.number().nullable(),
    note: z.string().nullable(),
  }),
);
const ScoreOverride = shape<Api.ScoreOverride>()(
  "ScoreOverride",
  z.object({ score: z.number(), reason: z.string(), by, at: time }),
);
const AssignmentRelease = shape<Api.AssignmentRelease>()(
  "AssignmentRelease",
  z.object({
    released: z.boolean(),
    sections: z.array(z.object({ id, name: z.string(), released: z.boolean() })),
  }),
);
const Reading = shape<Api.Reading>()(
  "Reading",
  z.object({
    submission: z.object({ ...summary, source: z.string(), report: Report.nullable() }),
    course: z.object({ id: z.string(), name: z.string(), timeZone: z.string() }),
    exercise: z.object({ name: z.string(), title: z.string() }),
    reference: z.string().nullable(),
    assignment: z
      .object({ id, name: z.string(), points: z.number(), handPoints: z.number() })
      .nullable(),
    learners: z.array(
      z.object({
        ...person.shape,
        section: z.string().nullable(),
        released: z.boolean(),
        grade: ExerciseGrade.nullable(),
        override: ScoreOverride.nullable(),
      }),
    ),
    attempts: z.array(z.object({ ...summary, read: z.boolean(), comments: z.int() })),
    criteria: z.array(Criterion),
    grading: Grading,
    comments: z.array(Comment),
  }),
);
const ReadingList = shape<Api.ReadingList>()(
  "ReadingList",
  z.object({
    exercise: z.object({ name: z.string(), title: z.string() }),
    assignment: z.object({ id, name: z.string() }).nullable(),
    entries: z.array(
      z.object({
        submission: id.nullable(),
        learners: z.array(
          z.object({ id: z.string(), name: z.string(), section: z.string().nullable() }),
        ),
        attempts: z.int(),
        state: z.enum(["queued", "running", "done"]).nullable(),
        read: z.boolean(),
        score: z.number().nullable(),
        maxScore: z.number().nullable(),
        comments: z.int(),
      }),
    ),
  }),
);
const GradingProgress = shape<Api.GradingProgress>()(
  "GradingProgress",
  z.object({
    id,
    name: z.string(),
    dueAt: time.nullable(),
    release: AssignmentRelease,
    exercises: z.array(
      z.object({
        exercise: z.string(),
        title: z.string(),
        points: z.number(),
        handPoints: z.number(),
        submitted: z.int(),
        read: z.int(),
        criteria: z.int(),
      }),
    ),
  }),
);
const Feedback = shape<Api.Feedback>()(
  "Feedback",
  z.object({
    released: z.boolean(),
    comments: z.array(Comment),
    marks: z.array(z.object({ description: z.string(), points: z.number() })),
    points: z.number().nullable(),
    note: z.string().nullable(),
    grade: ExerciseGrade.nullable(),
    counts: z.boolean(),
  }),
);

const tag = "Grading by hand";
const at = "/api/v1/courses/:course/grading";
const one = "/api/v1/submissions/:id/grading";
const submission = { id: "The submission's id." };
const comment = { ...submission, comment: "The comment's id." };
const exercise = { exercise: "The exercise's name." };
const criterion = { ...exercise, id: "The criterion's id." };

/** Of one submission: its course is found by it. */
const ofSubmission = (said: Omit<Description, "tag" | "who" | "scope">): Description => ({
  tag,
  who: "assistant",
  scope: "grade",
  ...said,
});

export const gradingDescriptions: Descriptions = {
  [`GET ${one}`]: ofSubmission({
    summary: "All that a reader of a submission needs",
    path: submission,
    answers: { 200: Reading },
  }),
  [`PATCH ${one}`]: ofSubmission({
    summary: "Mark criteria, give or take points, say why; what is not named stays as it is",
    path: submission,
    body: gradingChange,
    answers: { 200: Grading },
  }),
  [`POST ${one}/comments`]: ofSubmission({
    summary: "Say something of a line, or of the whole",
    path: submission,
    body: commentRequest,
    answers: { 201: Comment },
  }),
  [`PATCH ${one}/comments/:comment`]: ofSubmission({
    summary: "Change a comment of one's own",
    path: comment,
    body: commentChange,
    answers: { 200: Comment },
  }),
  [`DELETE ${one}/comments/:comment`]: ofSubmission({
    summary: "Delete a comment",
    path: comment,
    answers: { 204: "nothing" },
  }),
  [`POST ${one}/comments/:comment/restore`]: ofSubmission({
    summary: "Bring a deleted comment back",
    path: comment,
    answers: { 200: Comment },
  }),
  "GET /api/v1/submissions/:id/feedback": {
    tag: "Submissions",
    summary: "What was said of a submission, once it is released",
    who: "account",
    scope: "read",
    path: submission,
    answers: { 200: Feedback },
  },
  "GET /api/v1/exercises/:exercise/solution": {
    tag: "About",
    summary: "An exercise's reference solution, unless it is in an assignment that is still open",
    description: "Those who teach in a course with such an assignment, and are signed in, see it.",
    who: "anyone",
    path: exercise,
    answers: { 200: z.object({ source: z.string() }) },
    errors: ["not_found", "rate_limited", "solution_locked", "unknown_exercise"],
  },

  [`GET ${at}`]: reading(tag, {
    summary: "How far reading has come, by assignment",
    answers: { 200: z.object({ assignments: z.array(GradingProgress) }) },
  }),
  [`GET ${at}/assignments/:id/release`]: reading(tag, {
    summary: "To whom an assignment's grades are shown",
    path: { id: "The assignment's id." },
    answers: { 200: AssignmentRelease },
  }),
  [`PUT ${at}/assignments/:id/release`]: {
    ...writing(tag, {
      summary: "Show an assignment's grades, or hide them; for all, or for a section",
      path: { id: "The assignment's id." },
      body: releaseRequest,
      answers: { 200: AssignmentRelease },
    }),
    scope: "grade",
  },
  [`GET ${at}/:exercise`]: reading(tag, {
    summary: "Everybody's work at an exercise, by name",
    path: exercise,
    query: { section: { description: "Only this section, by id.", schema: z.uuid() } },
    answers: { 200: ReadingList },
    errors: ["unknown_exercise"],
  }),
  [`GET ${at}/:exercise/criteria`]: reading(tag, {
    summary: "An exercise's rubric, in its order",
    path: exercise,
    answers: { 200: z.object({ criteria: z.array(Criterion) }) },
    errors: ["unknown_exercise"],
  }),
  [`POST ${at}/:exercise/criteria`]: grading(tag, {
    summary: "Add a criterion",
    path: exercise,
    body: criterionRequest,
    answers: { 201: Criterion },
    errors: ["unknown_exercise"],
  }),
  [`PATCH ${at}/:exercise/criteria/:id`]: grading(tag, {
    summary: "Change a criterion, for every submission that meets it",
    path: criterion,
    body: criterionChange,
    answers: { 200: Criterion },
    errors: ["unknown_exercise"],
  }),
  [`DELETE ${at}/:exercise/criteria/:id`]: grading(tag, {
    summary: "Take a criterion out of the rubric",
    path: criterion,
    answers: { 204: "nothing" },
    errors: ["unknown_exercise"],
  }),
  [`PUT ${at}/:exercise/overrides/:user`]: grading(tag, {
    summary: "Decide a learner's score for an exercise, whatever else says otherwise",
    path: { ...exercise, user: "The learner's id." },
    body: overrideRequest,
    answers: { 200: ScoreOverride },
    errors: ["unknown_exercise"],
  }),
  [`DELETE ${at}/:exercise/overrides/:user`]: grading(tag, {
    summary: "Let the score be what it is without that decision",
    path: { ...exercise, user: "The learner's id." },
    answers: { 204: "nothing" },
    errors: ["unknown_exercise"],
  }),
};
