/** The tables, as Kysely sees them. `migrations.ts` makes them. */
import type { ColumnType, Generated } from "kysely";
import type { Outcome, Report, Role } from "../types.ts";

type Written<T> = ColumnType<T, T, never>;
type Stamp = ColumnType<Date, never, never>;

export interface Database {
  user: UserTable;
  memberships: MembershipTable;
  tokens: TokenTable;
  setup_links: SetupLinkTable;
  submissions: SubmissionTable;
  verdicts: VerdictTable;
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

interface MembershipTable {
  course: string;
  user_id: string;
  role: Role;
  joined_at: Stamp;
}

interface TokenTable {
  id: string;
  user_id: string;
  name: string;
  /** SHA-256 of the secret; the secret itself is nowhere. */
  hash: string;
  start: string;
  created_at: Stamp;
  last_used_at: Date | null;
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
  received_at: Stamp;
}

interface VerdictTable {
  submission_id: Written<string>;
  outcome: Written<Outcome>;
  points: Written<number>;
  max: Written<number>;
  report: ColumnType<Report, string, never>;
  /** True when the grader, not the learner's code, failed. */
  fault: Written<boolean>;
  graded_at: Stamp;
}

interface JobTable {
  id: string;
  name: string;
  state: string;
}
