/** What there is to say of the routes of regrades, statistics and comparisons, and what they answer. */
import { z } from "zod";
import type { Description, Descriptions } from "./openapi.ts";
import { grading, reading } from "./openapi-kinds.ts";
import * as shapes from "./openapi-shapes.ts";
import { applyRequest, regradeRequest } from "./regrade.ts";
import { reviewRequest, similarityRequest } from "./similarity.ts";
import type * as Api from "./types.ts";

const { id, outcome, shape, time } = shapes;
const at = "/api/v1/courses/:course";
const person = z.object({ id: z.string(), name: z.string(), email: z.string() });
const named = z.object({ id: z.string(), name: z.string() });
const section = named.nullable();
const visibility = z.enum(["public", "hidden"]);
const quartiles = z.object({ lower: z.number(), median: z.number(), upper: z.number() }).nullable();

const directions = ["up", "down", "other", "same", "broken"] as const;
const direction = z.enum(directions);
const policy = z.enum(["all", "gains"]);
const Regrade = shape<Api.Regrade>()(
  "Regrade",
  z.object({
    id,
    course: z.string(),
    section,
    exercises: z.array(
      z.object({ name: z.string(), title: z.string(), version: z.string(), present: z.boolean() }),
    ),
    state: z.enum(["running", "ready", "stopped", "applied", "discarded", "undone"]),
    policy: policy.nullable(),
    reason: z.string().optional(),
    startedBy: named,
    startedAt: time,
    changedBy: named.nullable(),
    changedAt: time.nullable(),
    total: z.int(),
    graded: z.int(),
    counts: z.object({
      up: z.int(),
      down: z.int(),
      other: z.int(),
      same: z.int(),
      broken: z.int(),
    }),
    learners: z.int(),
    changes: z.array(
      z.object({
        exercise: z.string(),
        check: z.string(),
        from: outcome.nullable(),
        to: outcome.nullable(),
        count: z.int(),
      }),
    ),
  }),
);
const verdict = z.object({ outcome, points: z.number(), max: z.number() });
const RegradeItem = shape<Api.RegradeItem>()(
  "RegradeItem",
  z.object({
    submission: id,
    learner: person,
    exercise: z.string(),
    attempt: z.int(),
    receivedAt: time,
    from: verdict,
    to: verdict,
    direction,
    changes: z.array(
      z.object({
        check: z.string(),
        from: outcome.nullable(),
        to: outcome.nullable(),
        fromPoints: z.number(),
        toPoints: z.number(),
      }),
    ),
  }),
);
const VerdictVersion = shape<Api.VerdictVersion>()(
  "VerdictVersion",
  z.object({
    stands: z.boolean(),
    outcome,
    points: z.number(),
    max: z.number(),
    checks: z.string().nullable(),
    gradedAt: time,
    replaced: z.object({ regrade: id, at: time }).nullable(),
    results: z.array(shapes.CheckResult),
  }),
);

const summary = {
  exercise: z.string(),
  title: z.string(),
  points: z.number(),
  tried: z.int(),
  passed: z.int(),
  attempts: z.int(),
  waiting: z.int(),
  attemptsToPass: quartiles,
  secondsToPass: quartiles,
  mean: z.number().nullable(),
  scores: z.array(z.int()),
  stuck: z.array(z.object({ check: z.string(), learners: z.int() })),
};
const Statistics = shape<Api.Statistics>()(
  "Statistics",
  z.object({
    course: z.string(),
    section,
    learners: z.int(),
    exercises: z.array(shape<Api.ExerciseSummary>()("ExerciseSummary", z.object(summary))),
  }),
);
const wrong = shape<Api.WrongOutcome>()(
  "WrongOutcome",
  z.object({
    outcome,
    message: z.string().nullable(),
    input: z.string().nullable(),
    expected: z.string().nullable(),
    got: z.string().nullable(),
    attempts: z.int(),
    learners: z.int(),
  }),
);
const check = shape<Api.CheckStatistics>()(
  "CheckStatistics",
  z.object({
    check: z.string(),
    visibility,
    max: z.number(),
    present: z.boolean(),
    failures: z.int(),
    learners: z.int(),
    first: z.int(),
    stuck: z.int(),
    wrong: z.array(wrong),
  }),
);
const ExerciseStatistics = shape<Api.ExerciseStatistics>()(
  "ExerciseStatistics",
  z.object({
    course: z.string(),
    section,
    learners: z.int(),
    ...summary,
    attemptCounts: z.array(z.int()),
    times: z.array(z.object({ upTo: z.number().nullable(), learners: z.int() })),
    sections: z.array(
      z.object({
        section,
        tried: z.int(),
        passed: z.int(),
        mean: z.number().nullable(),
        attemptsToPass: quartiles,
      }),
    ),
    checks: z.array(check),
    erred: z.int(),
    untouched: z.int(),
  }),
);

const SimilarityReport = shape<Api.SimilarityReport>()(
  "SimilarityReport",
  z.object({
    id,
    name: z.string(),
    section,
    exercises: z.array(z.object({ name: z.string(), title: z.string() })),
    state: z.enum(["queued", "running", "done", "failed", "canceled"]),
    reason: z.string().optional(),
    startedBy: named,
    startedAt: time,
    finishedAt: time.nullable(),
    done: z.array(
      z.object({
        exercise: z.string(),
        compared: z.int(),
        median: z.number(),
        tooShort: z.array(id),
        pairs: z.int(),
      }),
    ),
  }),
);
const answer = z.object({
  submission: id,
  learner: person,
  section: z.string().nullable(),
  receivedAt: time,
});
const pair = {
  id,
  exercise: z.string(),
  left: answer,
  right: answer,
  similarity: z.number(),
  longest: z.int(),
  review: z
    .object({ state: z.enum(["looked_at", "dismissed"]), note: z.string(), by: named, at: time })
    .nullable(),
};
const SimilarityPair = shape<Api.SimilarityPair>()("SimilarityPair", z.object(pair));
const place = z.object({
  start: z.int(),
  end: z.int(),
  firstLine: z.int(),
  lastLine: z.int(),
});
const SimilarityPairDetail = shape<Api.SimilarityPairDetail>()(
  "SimilarityPairDetail",
  z.object({
    ...pair,
    sources: z.object({ left: z.string(), right: z.string() }),
    passages: z.array(z.object({ left: place, right: place, tokens: z.int() })),
  }),
);

/** What only instructors do with learners' work. */
const deciding = (...said: Parameters<typeof grading>): Description => ({
  ...grading(...said),
  who: "instructor",
});

const table = (description: string) => ({ type: "text/csv", description });
const one = { id: "The regrade's id." };
const ofSection = {
  section: { description: "Only learners of the section with this id.", schema: z.string() },
};
const report = { id: "The comparison's id." };
const ofReport = { ...report, pair: "The pair's id." };

export const insightDescriptions: Descriptions = {
  [`GET ${at}/regrades`]: reading("Regrades", {
    summary: "A course's regrades, newest first",
    paged: true,
    answers: { 200: shapes.pageOf("regrades", Regrade) },
  }),
  [`POST ${at}/regrades`]: deciding("Regrades", {
    summary: "Try the present checks on what was graded",
    description:
      "Of all exercises or one, all sections or one. Nothing that there is changes until the regrade is applied. A course has one at a time.",
    body: regradeRequest,
    answers: { 201: Regrade },
    errors: ["nothing_to_regrade", "unknown_exercise", "wrong_state"],
  }),
  [`GET ${at}/regrades/:id`]: reading("Regrades", {
    summary: "A regrade, how far it is, and what it would change",
    path: one,
    answers: { 200: Regrade },
  }),
  [`GET ${at}/regrades/:id/items`]: reading("Regrades", {
    summary:
      "The submissions of a regrade that have a new verdict, in the order they were handed in",
    path: one,
    query: {
      direction: {
        description: `Only with these: ${directions.join(", ")}; several with commas between.`,
        schema: z.string(),
      },
      exercise: { description: "Only of this exercise.", schema: z.string() },
    },
    paged: true,
    answers: { 200: shapes.pageOf("items", RegradeItem) },
  }),
  [`GET ${at}/regrades/:id/changes.csv`]: reading("Regrades", {
    summary: "Everything that a regrade changes, as a table",
    path: one,
    answers: { 200: table("A row a submission.") },
  }),
  [`POST ${at}/regrades/:id/stop`]: deciding("Regrades", {
    summary: "Stop a regrade; what it has found stays",
    path: one,
    answers: { 200: Regrade },
    errors: ["wrong_state"],
  }),
  [`POST ${at}/regrades/:id/resume`]: deciding("Regrades", {
    summary: "Let a stopped regrade go on",
    path: one,
    answers: { 200: Regrade },
    errors: ["wrong_state"],
  }),
  [`POST ${at}/regrades/:id/discard`]: deciding("Regrades", {
    summary: "End a regrade without effect",
    path: one,
    answers: { 200: Regrade },
    errors: ["wrong_state"],
  }),
  [`POST ${at}/regrades/:id/apply`]: deciding("Regrades", {
    summary: "Put a regrade's verdicts in the place of the old ones, which are kept",
    path: one,
    body: applyRequest,
    answers: { 200: Regrade },
    errors: ["wrong_state"],
  }),
  [`POST ${at}/regrades/:id/undo`]: deciding("Regrades", {
    summary: "Take an applied regrade back",
    path: one,
    answers: { 200: Regrade },
    errors: ["wrong_state"],
  }),
  [`GET ${at}/submissions/:id/verdicts`]: reading("Regrades", {
    summary: "Every verdict that a submission has had, newest first",
    path: { id: "The submission's id." },
    answers: { 200: z.object({ verdicts: z.array(VerdictVersion) }) },
  }),

  [`GET ${at}/statistics`]: reading("Statistics", {
    summary: "How every exercise goes",
    query: ofSection,
    answers: { 200: Statistics },
  }),
  [`GET ${at}/statistics.csv`]: reading("Statistics", {
    summary: "The same as a table",
    query: ofSection,
    answers: { 200: table("A row an exercise.") },
  }),
  [`GET ${at}/statistics/:exercise`]: reading("Statistics", {
    summary: "How an exercise goes, check by check and section by section",
    path: { exercise: "The exercise's name." },
    query: ofSection,
    answers: { 200: ExerciseStatistics },
    errors: ["unknown_exercise"],
  }),
  [`GET ${at}/statistics/:exercise/checks.csv`]: reading("Statistics", {
    summary: "How its checks go, as a table",
    path: { exercise: "The exercise's name." },
    query: ofSection,
    answers: { 200: table("A row a check.") },
    errors: ["unknown_exercise"],
  }),

  [`GET ${at}/similarity`]: reading("Similar answers", {
    summary: "A course's comparisons of answers, newest first",
    paged: true,
    answers: { 200: shapes.pageOf("reports", SimilarityReport) },
  }),
  [`POST ${at}/similarity`]: deciding("Similar answers", {
    summary: "Have the answers to an assignment or an exercise compared",
    description:
      "A worker does it. The starter, and what of the reference solution most write, is not counted. A high number is a reason to read and to ask, not a proof.",
    body: similarityRequest,
    answers: { 201: SimilarityReport },
    errors: ["unknown_exercise", "wrong_state"],
  }),
  [`GET ${at}/similarity/:id`]: reading("Similar answers", {
    summary: "A comparison, and how far it is",
    path: report,
    answers: { 200: SimilarityReport },
  }),
  [`DELETE ${at}/similarity/:id`]: deciding("Similar answers", {
    summary: "Stop a comparison that waits or runs; remove one that has ended",
    path: report,
    answers: { 204: "nothing" },
  }),
  [`GET ${at}/similarity/:id/pairs`]: reading("Similar answers", {
    summary: "The pairs that share passages, the most similar first",
    path: report,
    paged: true,
    answers: { 200: shapes.pageOf("pairs", SimilarityPair) },
  }),
  [`GET ${at}/similarity/:id/pairs/:pair`]: reading("Similar answers", {
    summary: "A pair, with both sources and the passages that they share",
    path: ofReport,
    answers: { 200: SimilarityPairDetail },
  }),
  [`PUT ${at}/similarity/:id/pairs/:pair/review`]: grading("Similar answers", {
    summary: "Say that one looked at a pair, or that there is nothing in it",
    description: "It holds for the two submissions, also in later comparisons.",
    path: ofReport,
    body: reviewRequest,
    answers: { 200: SimilarityPairDetail },
  }),
  [`DELETE ${at}/similarity/:id/pairs/:pair/review`]: grading("Similar answers", {
    summary: "Take back what was said of a pair",
    path: ofReport,
    answers: { 204: "nothing" },
  }),
};
