/** The tables, as Kysely sees them. `migrations.ts` makes them. */
import type { ColumnType, Generated, RawBuilder } from "kysely";
import type { CheckChange } from "../regrade-types.ts";
import type { ScoringPolicy } from "../rules.ts";
import type { SimilarityOfExercise, SimilarityPassage } from "../similarity-types.ts";
import type { CourseRole, Outcome, Report } from "../types.ts";

type Written<T> = ColumnType<T, T, never>;
type Stamp = ColumnType<Date, never, never>;

export interface Database {
  user: UserTable;
  courses: CourseTable;
  sections: SectionTable;
  administrators: AdministratorTable;
  enrollments: EnrollmentTable;
  invitations: InvitationTable;
  group_sets: GroupSetTable;
  groups: GroupTable;
  group_members: GroupMemberTable;
  assignments: AssignmentTable;
  assignment_exercises: AssignmentExerciseTable;
  extensions: ExtensionTable;
  section_releases: SectionReleaseTable;
  comments: CommentTable;
  rubric_criteria: CriterionTable;
  rubric_marks: MarkTable;
  gradings: GradingTable;
  overrides: OverrideTable;
  tokens: TokenTable;
  rate_limits: RateLimitTable;
  idempotency_keys: IdempotencyKeyTable;
  setup_links: SetupLinkTable;
  submissions: SubmissionTable;
  verdicts: VerdictTable;
  shared_submissions: SharedSubmissionTable;
  audit_log: AuditTable;
  regrades: RegradeTable;
  regrade_items: RegradeItemTable;
  verdict_history: VerdictHistoryTable;
  check_failures: CheckFailureTable;
  similarity_reports: SimilarityReportTable;
  similarity_pairs: SimilarityPairTable;
  similarity_reviews: SimilarityReviewTable;
  workers: WorkerTable;
  /** pg-boss's own table; read to tell waiting from running, never written. */
  "pgboss.job": JobTable;
}

/** better-auth's table; the columns read here. */
interface UserTable {
  id: string;
  name: string;
  email: string;
  createdAt: Date;
}

interface CourseTable {
  id: Written<string>;
  name: string;
  /** In which dates are shown and days are counted. */
  time_zone: string;
  /** Each learner's budget. */
  late_days: number;
  /** Whether everybody with an account is in it. */
  self_enrollment: boolean;
  created_at: Stamp;
}

interface SectionTable {
  id: Written<string>;
  course: Written<string>;
  name: string;
}

/** Who administers the site, and with it every course. */
interface AdministratorTable {
  user_id: Written<string>;
  since: Stamp;
}

/** Who is in a course. Who was dropped stays in the table, and keeps what they handed in. */
interface EnrollmentTable {
  course: Written<string>;
  user_id: Written<string>;
  role: CourseRole;
  section_id: string | null;
  /** The name and the number that the roster has for them. */
  roster_name: string | null;
  student_id: string | null;
  joined_at: Stamp;
  dropped_at: Date | null;
}

/** A learner who has no account yet. */
interface InvitationTable {
  course: Written<string>;
  email: Written<string>;
  section_id: string | null;
  roster_name: string | null;
  student_id: string | null;
  invited_at: Stamp;
}

interface GroupSetTable {
  id: Written<string>;
  course: Written<string>;
  name: string;
}

interface GroupTable {
  id: Written<string>;
  group_set_id: Written<string>;
  name: string;
}

interface GroupMemberTable {
  group_set_id: Written<string>;
  group_id: Written<string>;
  user_id: Written<string>;
}

interface AssignmentTable {
  id: Written<string>;
  course: Written<string>;
  name: string;
  unlock_at: Date | null;
  due_at: Date | null;
  lock_at: Date | null;
  hidden_until_unlocked: boolean;
  allowed_attempts: number | null;
  cooldown_seconds: number;
  scoring_policy: ScoringPolicy;
  late_submission_deduction: number;
  late_submission_maximum_deduction: number;
  maximum_late_days: number | null;
  group_set_id: string | null;
  /** Whether learners see what it earned them, unless section_releases says otherwise for theirs. */
  released: boolean;
  created_at: Stamp;
}

interface AssignmentExerciseTable {
  assignment_id: Written<string>;
  course: Written<string>;
  exercise: Written<string>;
  position: number;
  points: number;
  /** How many of the points are given by a person, not by checks. */
  hand_points: number;
}

interface SectionReleaseTable {
  assignment_id: Written<string>;
  section_id: Written<string>;
  released: boolean;
}

interface CommentTable {
  id: Written<string>;
  submission_id: Written<string>;
  author: Written<string>;
  /** Null: it is about the whole. */
  line: Written<number | null>;
  body: string;
  created_at: Stamp;
  edited_at: Date | null;
  deleted_at: Date | null;
}

/** Something that readers look for in an exercise, and the points it gives or takes. */
interface CriterionTable {
  id: Written<string>;
  course: Written<string>;
  exercise: Written<string>;
  position: number;
  description: string;
  points: number;
}

/** That a submission meets a criterion. */
interface MarkTable {
  criterion_id: Written<string>;
  submission_id: Written<string>;
}

interface GradingTable {
  submission_id: Written<string>;
  points: number | null;
  note: string | null;
  read_by: string | null;
  read_at: Date | null;
}

interface OverrideTable {
  course: Written<string>;
  exercise: Written<string>;
  user_id: Written<string>;
  score: number;
  reason: string;
  set_by: string;
  set_at: Date;
}

interface ExtensionTable {
  assignment_id: Written<string>;
  user_id: Written<string>;
  unlock_at: Date | null;
  due_at: Date | null;
  lock_at: Date | null;
  extra_attempts: number;
  reason: string | null;
  created_at: Stamp;
}

interface TokenTable {
  id: string;
  user_id: string;
  name: string;
  /** SHA-256 of the secret; the secret itself is nowhere. */
  hash: string;
  start: string;
  /** With spaces between them. */
  scopes: string;
  created_at: Stamp;
  last_used_at: Date | null;
  /** Null: never. */
  expires_at: Date | null;
}

/** How often something was tried in a span of time. */
interface RateLimitTable {
  key: string;
  count: number;
  ends_at: Date;
}

/** What was answered to a request that may come twice. */
interface IdempotencyKeyTable {
  user_id: Written<string>;
  key: Written<string>;
  /** SHA-256 of the body. */
  request: Written<string>;
  answer: ColumnType<unknown, string, never>;
  created_at: Stamp;
}

interface SetupLinkTable {
  hash: string;
  created_at: Stamp;
}

interface SubmissionTable {
  id: Written<string>;
  /** The order of arrival. */
  number: Generated<string>;
  course: Written<string>;
  user_id: Written<string>;
  exercise: Written<string>;
  attempt: Written<number>;
  source: Written<string>;
  sha256: Written<string>;
  /** Seeds the hidden checks' inputs, so that a re-run meets the same ones. Never shown. */
  seed: Written<string>;
  received_at: ColumnType<Date, Date | undefined, never>;
}

interface VerdictTable {
  submission_id: Written<string>;
  outcome: Outcome;
  points: number;
  max: number;
  report: ColumnType<Report, string, string>;
  /** True when the grader, not the learner's code, failed. */
  fault: boolean;
  /** The version of the exercise's checks; null where that was not written down yet. */
  checks: string | null;
  graded_at: ColumnType<Date, never, Date>;
}

/** A trial of the present checks on what was handed in; `policy` says what came of it. */
interface RegradeTable {
  id: Written<string>;
  course: Written<string>;
  section_id: Written<string | null>;
  /** By exercise, the version of the checks that it tries. */
  versions: ColumnType<Record<string, string>, string, never>;
  state: "running" | "stopped" | "applied" | "discarded" | "undone";
  policy: "all" | "gains" | null;
  /** Why the program itself stopped it. */
  reason: string | null;
  /** Jobs of an earlier round do nothing any more. */
  round: ColumnType<number, never, number>;
  started_by: Written<string>;
  started_at: Stamp;
  changed_by: string | null;
  changed_at: Date | null;
}

/** One submission of a regrade: the verdict that stood when it began, and the new one. */
interface RegradeItemTable {
  regrade_id: Written<string>;
  submission_id: Written<string>;
  number: Written<string>;
  /** A lane's submissions are graded one after the other, different lanes' side by side. */
  lane: Written<number>;
  from_outcome: Written<Outcome>;
  from_points: Written<number>;
  from_max: Written<number>;
  from_fault: Written<boolean>;
  from_graded_at: Written<Date>;
  outcome: Outcome | null;
  points: number | null;
  max: number | null;
  report: ColumnType<Report | null, never, string>;
  fault: boolean | null;
  checks: string | null;
  graded_at: Date | null;
  /** `broken`: the grader itself failed on it. */
  direction: "up" | "down" | "same" | "other" | "broken" | null;
  changes: ColumnType<CheckChange[] | null, never, string>;
}

/** A verdict that stood until a regrade, or taking one back, put another in its place. */
interface VerdictHistoryTable {
  id: Generated<string>;
  submission_id: Written<string>;
  outcome: Written<Outcome>;
  points: Written<number>;
  max: Written<number>;
  report: ColumnType<Report, string, never>;
  fault: Written<boolean>;
  checks: Written<string | null>;
  graded_at: Written<Date>;
  regrade_id: Written<string>;
  replaced_at: Stamp;
}

/** What a verdict's report says was not passed. The database writes it, with the verdict. */
interface CheckFailureTable {
  submission_id: string;
  /** From 1, in the order of the checks. */
  position: number;
  check_name: string;
  outcome: Outcome;
  /** Of public checks only: hidden ones draw their inputs. */
  input: string | null;
  expected: string | null;
  got: string | null;
  /** The kind of mistake, else what happened. */
  message: string | null;
}

interface SimilarityReportTable {
  id: Written<string>;
  course: Written<string>;
  name: Written<string>;
  section_id: Written<string | null>;
  exercises: ColumnType<string[], string, never>;
  state: "queued" | "running" | "done" | "failed" | "canceled";
  reason: string | null;
  /** What was found out of each exercise that is through. */
  done: ColumnType<SimilarityOfExercise[], never, string>;
  started_by: Written<string>;
  started_at: Stamp;
  finished_at: Date | null;
}

interface SimilarityPairTable {
  id: Written<string>;
  report_id: Written<string>;
  exercise: Written<string>;
  /** The smaller id of the two. */
  left_submission: Written<string>;
  right_submission: Written<string>;
  similarity: Written<number>;
  passages: ColumnType<SimilarityPassage[], string, never>;
}

interface SimilarityReviewTable {
  left_submission: Written<string>;
  right_submission: Written<string>;
  course: Written<string>;
  state: "looked_at" | "dismissed";
  note: string;
  reviewed_by: string;
  reviewed_at: Date;
}

/** Those of a group, besides who handed it in, for whom a submission counts. */
interface SharedSubmissionTable {
  submission_id: Written<string>;
  user_id: Written<string>;
}

/** Every change of people and rules. Rows are only added. */
interface AuditTable {
  id: Generated<string>;
  at: Stamp;
  /** Null for what concerns the whole site. */
  course: Written<string | null>;
  /** Who did it; null: the program itself. */
  actor: Written<string | null>;
  action: Written<string>;
  subject: Written<string>;
  before: ColumnType<unknown, string | null, never>;
  after: ColumnType<unknown, string | null, never>;
}

/** A process that grades. It says regularly that it is there; who is silent for long is gone. */
interface WorkerTable {
  id: Written<string>;
  kind: Written<"site" | "worker">;
  host: Written<string>;
  pid: Written<number>;
  version: Written<string>;
  state: "taking" | "waiting" | "stopping";
  concurrency: number;
  running: number;
  started_at: Stamp;
  seen_at: ColumnType<Date, never, RawBuilder<Date>>;
}

interface JobTable {
  id: string;
  name: string;
  state: string;
}
