/**
 * What the service says over HTTP, shape by shape. The site and the command line import these as
 * types only. Dates are ISO 8601 strings in UTC; points are numbers, at most `max`.
 */
import type { Outcome, Report } from "@gradus/grader/checks";
import type { ErrorCode } from "./error-codes.ts";
import type { AssignmentGrade, ScoringPolicy } from "./rules.ts";

export type { CheckResult, Outcome, Report } from "@gradus/grader/checks";
export type { ErrorCode } from "./error-codes.ts";
export type * from "./gradebook-types.ts";
export type * from "./grading-types.ts";
export type * from "./regrade-types.ts";
export type { AssignmentGrade, ExerciseGrade, ScoringPolicy } from "./rules.ts";
export type * from "./similarity-types.ts";
export type * from "./statistics-types.ts";

/** What a person is in a course. An assistant sees and grades; an instructor sets dates, rules and roster. */
export type CourseRole = "learner" | "assistant" | "instructor";

/** What a person may do in a course; each role may do what the one before it may. */
export type Role = CourseRole | "administrator";

/** `queued`: written down, waiting. `running`: a worker has it. `done`: the verdict stands. */
export type SubmissionState = "queued" | "running" | "done";

/** The body of every response that is not 2xx. */
export interface ErrorBody {
  error: {
    code: ErrorCode;
    message: string;
    hint?: string;
    /** Of a file: everything that is wrong, line by line. */
    lines?: LineError[];
  };
}

/** What is wrong in a line of a file, the first being 1. */
export interface LineError {
  line: number;
  message: string;
}

/** GET /api/v1/me */
export interface Me {
  user: { id: string; name: string; email: string };
  /** In the course that everybody has. */
  role: Role;
  /** The course that everybody has. */
  course: string;
  /** Every course they are in. */
  courses: CourseSummary[];
}

/** A course, and what one is in it. */
export interface CourseSummary {
  id: string;
  name: string;
  role: Role;
}

/** GET /api/v1/setup/state, answered to anyone. */
export interface SetupState {
  /** True until the one-time link has made somebody the administrator. */
  needsAdministrator: boolean;
  /** Whether strangers may make an account; `roster`: those whose address is on one may. */
  signUp: "open" | "roster" | "closed";
}

/** What an access token may be made for: scopes.ts says what each allows. */
export type Scope = "read" | "submit" | "course:read" | "course:write" | "grade" | "admin";

/** An access token, without its secret. GET /api/v1/tokens → `{ tokens, next }` */
export interface Token {
  id: string;
  name: string;
  /** The first characters, enough to recognize it by: `gradus_Ab3…` */
  start: string;
  /** What it may do, at most; its owner's roles count as well. */
  scopes: Scope[];
  createdAt: string;
  lastUsedAt: string | null;
  /** From then on it is refused; null: never. */
  expiresAt: string | null;
}

/**
 * POST /api/v1/tokens `{ name?, scopes?, expiresInDays? }` → 201; the only time the secret is shown.
 * Without `scopes` it reads and hands in for its owner; without `expiresInDays` it ends after 180.
 */
export interface NewToken extends Token {
  token: string;
}

/**
 * POST /api/v1/submissions takes one of: `{ exercise, source }`; `{ filename, content }` with a
 * `.ts` or `.ipynb` name; a notebook itself, sent as `application/x-ipynb+json`.
 */
export type SubmissionRequest =
  | { exercise: string; source: string }
  | { filename: string; content: string; exercise?: string };

/** One submission as acknowledged. */
export interface Receipt {
  id: string;
  exercise: string;
  state: SubmissionState;
  /** SHA-256 of the source as UTF-8, in hex. */
  sha256: string;
  /** True when this source was handed in before: `id` is that earlier submission. */
  duplicate: boolean;
  /** How long after the due date it came, such as `1 day 3 hours`. */
  late?: string;
}

/** The answer to POST /api/v1/submissions, status 202. */
export interface Receipts {
  submissions: Receipt[];
  /** Exercise cells of a notebook that were not handed in because they are still the starter. */
  skipped: { exercise: string; reason: string }[];
}

/** A submission as listed. GET /api/v1/submissions?exercise= → `{ submissions }`, newest first. */
export interface SubmissionSummary {
  id: string;
  exercise: string;
  state: SubmissionState;
  receivedAt: string;
  gradedAt: string | null;
  sha256: string;
  /** 1 for the learner's first submission to this exercise, 2 for the next. */
  attempt: number;
  /** Null until graded. */
  outcome: Outcome | null;
  points: number | null;
  max: number | null;
  /** Why it is still waiting, where there is more to say than "in the queue". */
  reason?: string;
}

/** GET /api/v1/submissions/:id[?wait=seconds]; with `wait` the answer comes when graded. */
export interface Submission extends SubmissionSummary {
  source: string;
  /** Null until graded. Learners see of a hidden check only name, outcome and points. */
  report: Report | null;
  /** Who handed it in; only those who teach see this. */
  learner?: { id: string; name: string; email: string };
  /** The name of who handed it in, where that was another of one's group. */
  handedInBy?: string;
}

/** What a learner has in one exercise. */
export interface GradebookCell {
  /** The best points of any submission; null while none is graded. */
  points: number | null;
  outcome: Outcome | null;
  /** How many different submissions there were. */
  attempts: number;
  /** The submission that has the best points, else the newest. */
  submission: string;
  /** When that one was handed in. */
  receivedAt: string;
  /** How many are not graded yet. */
  waiting: number;
}

export interface GradebookRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  /** Sum of the best points. */
  points: number;
  /** By exercise name; an exercise never handed in has no entry. */
  cells: Record<string, GradebookCell>;
}

/** GET /api/v1/gradebook. Every learner, and staff who handed something in. */
export interface Gradebook {
  course: string;
  exercises: { name: string; title: string; points: number }[];
  /** Sum of the exercises' points. */
  max: number;
  rows: GradebookRow[];
}

/**
 * GET /api/v1/gradebook/submissions?user=&exercise= → `{ submissions }`, newest first. The code and
 * every check's outcome of one come from GET /api/v1/submissions/:id.
 */
export interface GradebookSubmission extends SubmissionSummary {
  learner: { id: string; name: string; email: string };
}

/** GET /api/v1/members → `{ members }`; PATCH /api/v1/members/:id `{ role }` → Member. */
export interface Member {
  id: string;
  name: string;
  email: string;
  role: Role;
  joinedAt: string;
}

/** GET /api/v1/health; 200 when `ok`, else 503. */
export interface Health {
  ok: boolean;
  store: "pglite" | "postgres";
  /** `waiting` when this process may not grade; `reason` says why. */
  worker: { state: "taking" | "waiting" | "off"; reason?: string };
  /** Jobs that wait for a worker. */
  waiting: number;
}

/** GET /api/v1/courses/:course, PATCH the same; POST /api/v1/courses → 201. */
export interface Course {
  /** Lowercase letters, digits and `-`; it stands in addresses. */
  id: string;
  name: string;
  /** In which dates are shown and days are counted, such as `Europe/Berlin`. */
  timeZone: string;
  /** Each learner's budget of late days. */
  lateDays: number;
  /** Whether everybody with an account is in it. */
  selfEnrollment: boolean;
}

/** A part of a course's people. GET /api/v1/courses/:course/sections → `{ sections }` */
export interface Section {
  id: string;
  name: string;
  learners: number;
}

/** A person in a course. GET /api/v1/courses/:course/enrollments → `{ enrollments, invitations }` */
export interface Enrollment {
  user: { id: string; name: string; email: string };
  role: CourseRole;
  /** The section's name. */
  section: string | null;
  /** The name and number on the roster. */
  rosterName: string | null;
  studentId: string | null;
  joinedAt: string;
  /** False for who was dropped; what they handed in stays. */
  active: boolean;
}

/** A learner on the roster without an account: whoever signs up with the address is enrolled. */
export interface Invitation {
  email: string;
  name: string | null;
  section: string | null;
  studentId: string | null;
  invitedAt: string;
}

/** What a roster does to one person. */
export interface RosterChange {
  /** In the file; null for who is not in it. */
  line: number | null;
  email: string;
  name: string | null;
  /**
   * `enroll`: an account that was not in the course. `invite`: an address without one. `restore`: who
   * had been dropped. `drop` and `uninvite`: who is not in the file, if that was asked for.
   */
  action: "enroll" | "invite" | "update" | "restore" | "drop" | "uninvite";
  changes: Partial<
    Record<"role" | "name" | "section" | "studentId", { from: string | null; to: string | null }>
  >;
}

/** POST /api/v1/courses/:course/roster?dry_run=&drop_missing=, a CSV file as `text/csv`. */
export interface RosterImport {
  /** True when nothing was changed: `changes` says what would be. */
  dryRun: boolean;
  changes: RosterChange[];
  /** How many lines say what is so already. */
  unchanged: number;
  /** Learners, and addresses invited, who are not in the file. */
  missing: string[];
  sectionsCreated: string[];
  /** Columns of the file that mean nothing to Gradus. */
  ignoredColumns: string[];
}

/**
 * Exercises with dates and rules, in the words of Canvas. GET /api/v1/courses/:course/assignments →
 * `{ assignments }`, for a learner LearnerAssignment[]; POST → 201, PATCH …/:id, DELETE …/:id. A date
 * may be sent with an offset or `Z`, or without: then it is one of the course's time zone.
 */
export interface Assignment {
  id: string;
  name: string;
  /** Nothing can be handed in before this. */
  unlockAt: string | null;
  /** What comes after this is late. */
  dueAt: string | null;
  /** Nothing can be handed in after this. */
  lockAt: string | null;
  /** Learners do not know of it before `unlockAt`. */
  hiddenUntilUnlocked: boolean;
  /** At each exercise; null: as many as one likes. */
  allowedAttempts: number | null;
  /** How long one has to wait between two attempts at an exercise. */
  cooldownSeconds: number;
  /** Which attempt at an exercise counts. */
  scoringPolicy: ScoringPolicy;
  /** Percent of an exercise's points taken off for each late day, a begun one counted whole. */
  lateSubmissionDeduction: number;
  /** The most percent that lateness takes off. */
  lateSubmissionMaximumDeduction: number;
  /** How many of one's late days it may use up; null: all that are left. */
  maximumLateDays: number | null;
  /** The id of the set of groups that hand in together; null: everybody alone. */
  groupSet: string | null;
  /**
   * Whether learners see what it earned them; a section may be ahead of the others, or behind. Default:
   * true, so at once.
   */
  released: boolean;
  /**
   * An exercise belongs to one assignment at most. Sent without `title`; `points` default to its own.
   * Of these `handPoints` (default: 0) are given by a person, the others by the checks.
   */
  exercises: { exercise: string; title: string; points: number; handPoints: number }[];
  maxScore: number;
}

/** An assignment as one learner has it: with their own dates, group and grade. */
export interface LearnerAssignment extends Assignment {
  /** Whether its dates allow handing in now. */
  open: boolean;
  /** Whether an extension makes it different from everybody's. */
  extended: boolean;
  /** Who hands in together, by name. */
  group: { name: string; members: string[] } | null;
  /** For the learner without scores and what they are made of, while they are not released. */
  grade: AssignmentGrade;
  /** For each exercise, in their order: whether one can hand in now. */
  next: LearnerNext[];
}

/** Whether and how often a learner can still hand something in for an exercise. */
export interface LearnerNext {
  exercise: string;
  /** Null: as often as they like. */
  attemptsLeft: number | null;
  /** What stands in the way now; null: nothing. `at`: when it opened or closed, or the pause is over. */
  hindrance: {
    code: "not_open_yet" | "closed" | "no_attempts_left" | "cooling_down";
    message: string;
    at: string | null;
  } | null;
}

/**
 * What is different for one learner; null is as for all. GET …/assignments/:id/extensions →
 * `{ extensions }`; PUT …/extensions/:user, DELETE the same. With a later due date alone, the
 * assignment stays open at least so long.
 */
export interface LearnerExtension {
  user: { id: string; name: string; email: string };
  unlockAt: string | null;
  dueAt: string | null;
  lockAt: string | null;
  extraAttempts: number;
  reason: string | null;
}

/**
 * Groups that hand in together. GET /api/v1/courses/:course/group-sets → `{ groupSets }`; POST → 201,
 * PUT …/:id, DELETE …/:id. Members are sent as e-mail addresses or ids.
 */
export interface GroupSet {
  id: string;
  name: string;
  groups: {
    id: string;
    name: string;
    members: { id: string; name: string; email: string }[];
  }[];
}

/** GET /api/v1/courses/:course/grades[?section=id], for those who teach. */
export interface CourseGrades {
  course: string;
  timeZone: string;
  /** Each learner's budget. */
  lateDays: number;
  assignments: { id: string; name: string; dueAt: string | null; maxScore: number }[];
  maxScore: number;
  learners: {
    user: { id: string; name: string; email: string };
    section: string | null;
    rosterName: string | null;
    studentId: string | null;
    score: number;
    lateDaysUsed: number;
    /** By the assignment's id. */
    grades: Record<string, Omit<AssignmentGrade, "exercises">>;
  }[];
}

/** GET /api/v1/courses/:course/grades/:user, `me` for one's own. */
export interface LearnerGrades {
  course: string;
  timeZone: string;
  lateDays: number;
  lateDaysUsed: number;
  score: number;
  maxScore: number;
  /** Whose they are; only those who teach see this. */
  user?: { id: string; name: string; email: string };
  assignments: LearnerAssignment[];
}

/** What an entry of the audit log is about. */
export type AuditAction =
  | `${"course" | "section" | "enrollment" | "invitation" | "group_set" | "assignment" | "extension"}.${"create" | "update" | "delete"}`
  | `${"comment" | "criterion" | "grading" | "override" | "release"}.${"create" | "update" | "delete"}`
  | `regrade.${"start" | "stop" | "resume" | "apply" | "discard" | "undo"}`
  | `similarity.${"start" | "cancel" | "delete" | "review"}`
  | `regrade.${"start" | "stop" | "resume" | "apply" | "discard" | "undo"}`
  | `similarity.${"start" | "cancel" | "delete" | "review"}`
  | "administrator.add"
  | "administrator.remove";

/**
 * Who changed what, from what to what. GET /api/v1/courses/:course/audit?subject= → `{ entries, next }`,
 * newest first; /api/v1/audit the same of the whole site.
 */
export interface AuditEntry {
  id: string;
  at: string;
  /** Null for what concerns the whole site. */
  course: string | null;
  /** Null: the program itself. */
  actor: { id: string; name: string } | null;
  action: AuditAction;
  /** The id of what was changed, or of whom. */
  subject: string;
  /** The fields that differ; null for what was not there. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}
