/**
 * What the service answers, as schemas: for the description of the API, and for the tests, which hold
 * every answer to them. The compiler holds them to types.ts.
 */
import { z } from "zod";
import { errorCodes } from "./error-codes.ts";
import { scopeNames } from "./scopes.ts";
import type * as Api from "./types.ts";

/** The schemas that have a name in the description. */
export const names = z.registry<{ id: string; description?: string | undefined }>();

/** As exact as the compiler can be: each fits the other, with the same fields. */
type Same<A, B> = [A, keyof A] extends [B, keyof B]
  ? [B, keyof B] extends [A, keyof A]
    ? unknown
    : never
  : never;

/** Names a schema of exactly type `T`. */
export function shape<T>() {
  return <S extends z.ZodType>(id: string, schema: S & Same<z.output<S>, T>): S => {
    names.add(schema, { id });
    return schema;
  };
}

/** `{ [name]: items, next }`: a page of a list. */
export function pageOf<N extends string>(name: N, items: z.ZodType) {
  return z.object({
    [name]: z.array(items),
    next: z
      .string()
      .nullable()
      .meta({ description: "The `cursor` of the next page; null: this is the last." }),
  });
}

/** A time. */
export const time = z.iso.datetime();
export const id = z.uuid();
const oneOf = <T extends string>(...values: T[]) => z.enum(values);

export const ErrorBody = shape<Api.ErrorBody>()(
  "Error",
  z.object({
    error: z.object({
      code: z
        .enum(Object.keys(errorCodes) as Api.ErrorCode[])
        .meta({ description: "For programs." }),
      message: z.string().meta({ description: "What happened, for people." }),
      hint: z.string().optional().meta({ description: "What to do about it." }),
      lines: z
        .array(z.object({ line: z.number(), message: z.string() }))
        .optional()
        .meta({ description: "Of a file: everything that is wrong, line by line." }),
    }),
  }),
);

export const role = oneOf("learner", "assistant", "instructor", "administrator");
export const courseRole = oneOf("learner", "assistant", "instructor");
const state = oneOf("queued", "running", "done");
export const person = z.object({ id: z.string(), name: z.string(), email: z.string() });

export const CourseSummary = shape<Api.CourseSummary>()(
  "CourseSummary",
  z.object({ id: z.string(), name: z.string(), role }),
);
export const Me = shape<Api.Me>()(
  "Me",
  z.object({ user: person, role, course: z.string(), courses: z.array(CourseSummary) }),
);
export const SetupState = shape<Api.SetupState>()(
  "SetupState",
  z.object({ needsAdministrator: z.boolean(), signUp: oneOf("open", "roster", "closed") }),
);

const token = {
  id,
  name: z.string(),
  start: z.string(),
  scopes: z.array(z.enum(scopeNames)),
  createdAt: time,
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
};
export const Token = shape<Api.Token>()("Token", z.object(token));
export const NewToken = shape<Api.NewToken>()(
  "NewToken",
  z.object({
    ...token,
    token: z.string().meta({ description: "The secret. It is shown this once." }),
  }),
);

export const outcome = oneOf<Api.Outcome>(
  "passed",
  "failed",
  "error",
  "timed out",
  "not attempted",
);
export const CheckResult = shape<Api.CheckResult>()(
  "CheckResult",
  z.object({
    name: z.string(),
    visibility: oneOf("public", "hidden"),
    outcome,
    points: z.number(),
    max: z.number(),
    message: z.string().optional(),
    input: z.string().optional(),
    expected: z.string().optional(),
    got: z.string().optional(),
    usually: z.string().optional(),
    output: z.string().optional(),
    milliseconds: z.number(),
  }),
);
const span = {
  line: z.int(),
  column: z.int(),
  endLine: z.int().optional(),
  endColumn: z.int().optional(),
};
const Diagnostic = shape<Api.Report["diagnostics"][number]>()(
  "Diagnostic",
  z.object({
    ...span,
    code: z.int().optional(),
    message: z.string(),
    related: z
      .array(z.object({ ...span, file: z.string().optional(), message: z.string() }))
      .optional(),
  }),
);
export const Report = shape<Api.Report>()(
  "Report",
  z.object({
    exercise: z.string(),
    outcome,
    points: z.number(),
    max: z.number(),
    checks: z.array(CheckResult),
    diagnostics: z.array(Diagnostic),
    typesUnchecked: z.string().optional(),
    output: z.string(),
    practice: z.boolean().optional(),
  }),
);

export const Receipts = shape<Api.Receipts>()(
  "Receipts",
  z.object({
    submissions: z.array(
      z.object({
        id,
        exercise: z.string(),
        state,
        sha256: z.string(),
        duplicate: z.boolean(),
        late: z.string().optional(),
      }),
    ),
    skipped: z.array(z.object({ exercise: z.string(), reason: z.string() })),
  }),
);

export const summary = {
  id,
  exercise: z.string(),
  state,
  receivedAt: time,
  gradedAt: time.nullable(),
  sha256: z.string(),
  attempt: z.int().min(1),
  outcome: outcome.nullable(),
  points: z.number().nullable(),
  max: z.number().nullable(),
  reason: z.string().optional(),
};
export const SubmissionSummary = shape<Api.SubmissionSummary>()(
  "SubmissionSummary",
  z.object(summary),
);
export const Submission = shape<Api.Submission>()(
  "Submission",
  z.object({
    ...summary,
    source: z.string(),
    report: Report.nullable(),
    learner: person.optional(),
    handedInBy: z.string().optional(),
  }),
);
export const GradebookSubmission = shape<Api.GradebookSubmission>()(
  "GradebookSubmission",
  z.object({ ...summary, learner: person }),
);

export const Gradebook = shape<Api.Gradebook>()(
  "Gradebook",
  z.object({
    course: z.string(),
    exercises: z.array(z.object({ name: z.string(), title: z.string(), points: z.number() })),
    max: z.number(),
    rows: z.array(
      z.object({
        ...person.shape,
        role,
        points: z.number(),
        cells: z.record(
          z.string(),
          z.object({
            points: z.number().nullable(),
            outcome: outcome.nullable(),
            attempts: z.int(),
            submission: id,
            receivedAt: time,
            waiting: z.int(),
          }),
        ),
      }),
    ),
  }),
);

export const Member = shape<Api.Member>()(
  "Member",
  z.object({ ...person.shape, role, joinedAt: time }),
);
export const Health = shape<Api.Health>()(
  "Health",
  z.object({
    ok: z.boolean(),
    store: oneOf("pglite", "postgres"),
    worker: z.object({ state: oneOf("taking", "waiting", "off"), reason: z.string().optional() }),
    waiting: z.int(),
  }),
);

const course = {
  id: z.string(),
  name: z.string(),
  timeZone: z.string(),
  lateDays: z.int(),
  selfEnrollment: z.boolean(),
};
export const Course = shape<Api.Course>()("Course", z.object(course));
export const CourseInRole = shape<Api.Course & { role: Api.Role }>()(
  "CourseInRole",
  z.object({ ...course, role }),
);
export const Section = shape<Api.Section>()(
  "Section",
  z.object({ id, name: z.string(), learners: z.int() }),
);
export const Enrollment = shape<Api.Enrollment>()(
  "Enrollment",
  z.object({
    user: person,
    role: courseRole,
    section: z.string().nullable(),
    rosterName: z.string().nullable(),
    studentId: z.string().nullable(),
    joinedAt: time,
    active: z.boolean(),
  }),
);
export const Invitation = shape<Api.Invitation>()(
  "Invitation",
  z.object({
    email: z.string(),
    name: z.string().nullable(),
    section: z.string().nullable(),
    studentId: z.string().nullable(),
    invitedAt: time,
  }),
);
const fromTo = z.object({ from: z.string().nullable(), to: z.string().nullable() });
export const RosterChange = shape<Api.RosterChange>()(
  "RosterChange",
  z.object({
    line: z.int().nullable(),
    email: z.string(),
    name: z.string().nullable(),
    action: oneOf("enroll", "invite", "update", "restore", "drop", "uninvite"),
    changes: z.partialRecord(oneOf("role", "name", "section", "studentId"), fromTo),
  }),
);
export const RosterImport = shape<Api.RosterImport>()(
  "RosterImport",
  z.object({
    dryRun: z.boolean(),
    changes: z.array(RosterChange),
    unchanged: z.int(),
    missing: z.array(z.string()),
    sectionsCreated: z.array(z.string()),
    ignoredColumns: z.array(z.string()),
  }),
);

const grade = {
  score: z.number().nullable(),
  maxScore: z.number(),
  lateDaysUsed: z.number(),
  waiting: z.int(),
  explanation: z.string(),
};
export const ExerciseGrade = shape<Api.ExerciseGrade>()(
  "ExerciseGrade",
  z.object({
    exercise: z.string(),
    score: z.number().nullable(),
    maxScore: z.number(),
    submission: id.nullable(),
    attempt: z.int().nullable(),
    attempts: z.int(),
    waiting: z.int(),
    daysLate: z.number(),
    deducted: z.number(),
    hand: z.object({ checks: z.number(), rubric: z.number(), manual: z.number() }).optional(),
    override: z
      .object({ score: z.number(), reason: z.string(), instead: z.number().nullable() })
      .optional(),
    explanation: z.string(),
  }),
);
export const AssignmentGrade = shape<Api.AssignmentGrade>()(
  "AssignmentGrade",
  z.object({ ...grade, exercises: z.array(ExerciseGrade) }),
);
const assignment = {
  id,
  name: z.string(),
  unlockAt: time.nullable(),
  dueAt: time.nullable(),
  lockAt: time.nullable(),
  hiddenUntilUnlocked: z.boolean(),
  allowedAttempts: z.int().nullable(),
  cooldownSeconds: z.int(),
  scoringPolicy: oneOf("keep_highest", "keep_latest"),
  lateSubmissionDeduction: z.number(),
  lateSubmissionMaximumDeduction: z.number(),
  maximumLateDays: z.int().nullable(),
  groupSet: id.nullable(),
  released: z.boolean(),
  exercises: z.array(
    z.object({
      exercise: z.string(),
      title: z.string(),
      points: z.number(),
      handPoints: z.number(),
    }),
  ),
  maxScore: z.number(),
};
export const Assignment = shape<Api.Assignment>()("Assignment", z.object(assignment));
export const LearnerAssignment = shape<Api.LearnerAssignment>()(
  "LearnerAssignment",
  z.object({
    ...assignment,
    open: z.boolean(),
    extended: z.boolean(),
    group: z.object({ name: z.string(), members: z.array(z.string()) }).nullable(),
    grade: AssignmentGrade,
    next: z.array(
      z.object({
        exercise: z.string(),
        attemptsLeft: z.int().nullable(),
        hindrance: z
          .object({
            code: oneOf("not_open_yet", "closed", "no_attempts_left", "cooling_down"),
            message: z.string(),
            at: time.nullable(),
          })
          .nullable(),
      }),
    ),
  }),
);
export const LearnerExtension = shape<Api.LearnerExtension>()(
  "LearnerExtension",
  z.object({
    user: person,
    unlockAt: time.nullable(),
    dueAt: time.nullable(),
    lockAt: time.nullable(),
    extraAttempts: z.int(),
    reason: z.string().nullable(),
  }),
);
export const GroupSet = shape<Api.GroupSet>()(
  "GroupSet",
  z.object({
    id,
    name: z.string(),
    groups: z.array(z.object({ id, name: z.string(), members: z.array(person) })),
  }),
);
export const CourseGrades = shape<Api.CourseGrades>()(
  "CourseGrades",
  z.object({
    course: z.string(),
    timeZone: z.string(),
    lateDays: z.int(),
    assignments: z.array(
      z.object({ id, name: z.string(), dueAt: time.nullable(), maxScore: z.number() }),
    ),
    maxScore: z.number(),
    learners: z.array(
      z.object({
        user: person,
        section: z.string().nullable(),
        rosterName: z.string().nullable(),
        studentId: z.string().nullable(),
        score: z.number(),
        lateDaysUsed: z.number(),
        grades: z.record(z.string(), z.object(grade)),
      }),
    ),
  }),
);
export const LearnerGrades = shape<Api.LearnerGrades>()(
  "LearnerGrades",
  z.object({
    course: z.string(),
    timeZone: z.string(),
    lateDays: z.int(),
    lateDaysUsed: z.number(),
    score: z.number(),
    maxScore: z.number(),
    user: person.optional(),
    assignments: z.array(LearnerAssignment),
  }),
);

export const AuditEntry = shape<Api.AuditEntry>()(
  "AuditEntry",
  z.object({
    id: z.string(),
    at: time,
    course: z.string().nullable(),
    actor: z.object({ id: z.string(), name: z.string() }).nullable(),
    // More kinds come with time.
    action: z.string() as unknown as z.ZodType<Api.AuditAction>,
    subject: z.string(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
  }),
);
