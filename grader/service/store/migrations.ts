/**
 * Every change to the tables, in order, forward only: what stands here is never edited, a change
 * is a new entry at the end. The same SQL runs on PGlite and on Postgres.
 */
import { type Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import type { Database } from "./schema.ts";
import { appliedMigrations, checkNotNewer } from "./version.ts";

const migrations: Record<string, readonly string[]> = {
  // better-auth's tables, as its version 1.7 wants them (a test compares).
  "0001-accounts": [
    `create table "user" (
      "id" text primary key,
      "name" text not null,
      "email" text not null unique,
      "emailVerified" boolean not null,
      "image" text,
      "createdAt" timestamptz not null default current_timestamp,
      "updatedAt" timestamptz not null default current_timestamp
    )`,
    `create table "session" (
      "id" text primary key,
      "expiresAt" timestamptz not null,
      "token" text not null unique,
      "createdAt" timestamptz not null default current_timestamp,
      "updatedAt" timestamptz not null,
      "ipAddress" text,
      "userAgent" text,
      "userId" text not null references "user" ("id") on delete cascade
    )`,
    `create index "session_userId_idx" on "session" ("userId")`,
    `create table "account" (
      "id" text primary key,
      "accountId" text not null,
      "providerId" text not null,
      "userId" text not null references "user" ("id") on delete cascade,
      "accessToken" text,
      "refreshToken" text,
      "idToken" text,
      "accessTokenExpiresAt" timestamptz,
      "refreshTokenExpiresAt" timestamptz,
      "scope" text,
      "password" text,
      "createdAt" timestamptz not null default current_timestamp,
      "updatedAt" timestamptz not null
    )`,
    `create index "account_userId_idx" on "account" ("userId")`,
    `create table "verification" (
      "id" text primary key,
      "identifier" text not null,
      "value" text not null,
      "expiresAt" timestamptz not null,
      "createdAt" timestamptz not null default current_timestamp,
      "updatedAt" timestamptz not null default current_timestamp
    )`,
    `create index "verification_identifier_idx" on "verification" ("identifier")`,
  ],
  "0002-roles-and-tokens": [
    `create table memberships (
      course text not null,
      user_id text not null references "user" ("id") on delete cascade,
      role text not null check (role in ('learner', 'instructor', 'administrator')),
      joined_at timestamptz not null default current_timestamp,
      primary key (course, user_id)
    )`,
    `create table tokens (
      id uuid primary key,
      user_id text not null references "user" ("id") on delete cascade,
      name text not null,
      hash text not null unique,
      start text not null,
      created_at timestamptz not null default current_timestamp,
      last_used_at timestamptz
    )`,
    `create index tokens_user on tokens (user_id)`,
    `create table setup_links (
      hash text primary key,
      created_at timestamptz not null default current_timestamp
    )`,
  ],
  "0003-submissions-and-verdicts": [
    `create table submissions (
      id uuid primary key,
      number bigint generated always as identity unique,
      course text not null,
      user_id text not null references "user" ("id") on delete restrict,
      exercise text not null,
      attempt integer not null check (attempt > 0),
      source text not null,
      sha256 text not null,
      seed text not null,
      received_at timestamptz not null default clock_timestamp()
    )`,
    `create index submissions_learner on submissions (course, user_id, exercise, number)`,
    // A verdict is written once: a second one for the same submission has no place to go.
    `create table verdicts (
      submission_id uuid primary key references submissions (id) on delete restrict,
      outcome text not null,
      points double precision not null,
      max double precision not null check (points between 0 and max),
      report json not null,
      fault boolean not null,
      graded_at timestamptz not null default clock_timestamp()
    )`,
    // What was handed in and what was decided stay as they are, whatever a later program tries.
    `create function gradus_refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% rows are written once: % refused', tg_table_name, tg_op;
      end
    $$`,
    `create trigger submissions_stay before update or delete on submissions
      for each row execute function gradus_refuse_change()`,
    `create trigger verdicts_stay before update or delete on verdicts
      for each row execute function gradus_refuse_change()`,
  ],
  "0004-courses-and-rules": [
    // Courses. What there was before belonged to one that is open to all and has no dates.
    `create table courses (
      id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
      name text not null,
      time_zone text not null default 'UTC',
      late_days integer not null default 0 check (late_days between 0 and 1000),
      self_enrollment boolean not null default false,
      created_at timestamptz not null default current_timestamp
    )`,
    `insert into courses (id, name, self_enrollment)
      select id, case when id = 'gradus' then 'Gradus' else id end, true from (
        select 'gradus' as id union select course from memberships union select course from submissions
      ) as known`,
    `alter table submissions add foreign key (course) references courses (id)`,
    `create table sections (
      id uuid primary key,
      course text not null references courses (id) on delete restrict,
      name text not null,
      unique (course, name),
      unique (id, course)
    )`,
    // People. Who administers the site does so in every course, whatever their role there.
    `create table administrators (
      user_id text primary key references "user" ("id") on delete cascade,
      since timestamptz not null default current_timestamp
    )`,
    `insert into administrators (user_id)
      select distinct user_id from memberships where role = 'administrator'`,
    `create table enrollments (
      course text not null references courses (id) on delete restrict,
      user_id text not null references "user" ("id") on delete cascade,
      role text not null check (role in ('learner', 'assistant', 'instructor')),
      section_id uuid,
      roster_name text,
      student_id text,
      joined_at timestamptz not null default current_timestamp,
      dropped_at timestamptz,
      primary key (course, user_id),
      foreign key (section_id, course) references sections (id, course) on delete set null (section_id)
    )`,
    `insert into enrollments (course, user_id, role, joined_at)
      select course, user_id, case when role = 'learner' then 'learner' else 'instructor' end, joined_at
      from memberships`,
    `drop table memberships`,
    `create index enrollments_user on enrollments (user_id)`,
    // For addresses without an account; whoever signs up with one is enrolled, and the row goes.
    `create table invitations (
      course text not null references courses (id) on delete restrict,
      email text not null check (email = lower(email)),
      section_id uuid,
      roster_name text,
      student_id text,
      invited_at timestamptz not null default current_timestamp,
      primary key (course, email),
      foreign key (section_id, course) references sections (id, course) on delete set null (section_id)
    )`,
    `create index invitations_email on invitations (email)`,
    // Groups: in each set of groups a learner is in one at most.
    `create table group_sets (
      id uuid primary key,
      course text not null references courses (id) on delete restrict,
      name text not null,
      unique (course, name),
      unique (id, course)
    )`,
    `create table groups (
      id uuid primary key,
      group_set_id uuid not null references group_sets (id) on delete cascade,
      name text not null,
      unique (group_set_id, name),
      unique (id, group_set_id)
    )`,
    `create table group_members (
      group_set_id uuid not null,
      group_id uuid not null,
      user_id text not null references "user" ("id") on delete cascade,
      primary key (group_set_id, user_id),
      foreign key (group_id, group_set_id) references groups (id, group_set_id) on delete cascade
    )`,
    `create index group_members_group on group_members (group_id)`,
    // Assignments: an exercise belongs to one of a course at most.
    `create table assignments (
      id uuid primary key,
      course text not null references courses (id) on delete restrict,
      name text not null,
      unlock_at timestamptz,
      due_at timestamptz,
      lock_at timestamptz,
      hidden_until_unlocked boolean not null default false,
      allowed_attempts integer check (allowed_attempts > 0),
      cooldown_seconds integer not null default 0 check (cooldown_seconds >= 0),
      scoring_policy text not null default 'keep_highest'
        check (scoring_policy in ('keep_highest', 'keep_latest')),
      late_submission_deduction double precision not null default 0
        check (late_submission_deduction between 0 and 100),
      late_submission_maximum_deduction double precision not null default 100
        check (late_submission_maximum_deduction between 0 and 100),
      maximum_late_days integer check (maximum_late_days >= 0),
      group_set_id uuid,
      created_at timestamptz not null default current_timestamp,
      unique (course, name),
      unique (id, course),
      foreign key (group_set_id, course) references group_sets (id, course) on delete restrict,
      check (unlock_at <= due_at),
      check (due_at <= lock_at),
      check (unlock_at <= lock_at)
    )`,
    `create table assignment_exercises (
      assignment_id uuid not null,
      course text not null,
      exercise text not null,
      position integer not null,
      points double precision not null check (points >= 0),
      primary key (course, exercise),
      foreign key (assignment_id, course) references assignments (id, course) on delete cascade
    )`,
    `create index assignment_exercises_assignment on assignment_exercises (assignment_id)`,
    `create table extensions (
      assignment_id uuid not null references assignments (id) on delete cascade,
      user_id text not null references "user" ("id") on delete cascade,
      unlock_at timestamptz,
      due_at timestamptz,
      lock_at timestamptz,
      extra_attempts integer not null default 0 check (extra_attempts >= 0),
      reason text,
      created_at timestamptz not null default current_timestamp,
      primary key (assignment_id, user_id)
    )`,
    // Who else a submission counts for: those who were in the group when it was handed in.
    `create table shared_submissions (
      submission_id uuid not null references submissions (id) on delete restrict,
      user_id text not null references "user" ("id") on delete restrict,
      primary key (submission_id, user_id)
    )`,
    `create index shared_submissions_user on shared_submissions (user_id)`,
    `create trigger shared_submissions_stay before update or delete on shared_submissions
      for each row execute function gradus_refuse_change()`,
    // Who changed what, from what to what.
    `create table audit_log (
      id bigint generated always as identity primary key,
      at timestamptz not null default clock_timestamp(),
      course text references courses (id),
      actor text,
      action text not null,
      subject text not null,
      before json,
      after json
    )`,
    `create index audit_log_course on audit_log (course, id)`,
    `create trigger audit_log_stays before update or delete on audit_log
      for each row execute function gradus_refuse_change()`,
    // Emptying a table fires no trigger of its rows.
    ...["submissions", "verdicts", "shared_submissions", "audit_log"].map(
      (table) => `create trigger ${table}_are_not_emptied before truncate on ${table}
      for each statement execute function gradus_refuse_change()`,
    ),
  ],
  "0005-grading-by-hand": [
    // Whether learners see what an assignment earned them; a section may be ahead of the others, or behind.
    `alter table assignments add column released boolean not null default true`,
    `create table section_releases (
      assignment_id uuid not null references assignments (id) on delete cascade,
      section_id uuid not null references sections (id) on delete cascade,
      released boolean not null,
      primary key (assignment_id, section_id)
    )`,
    // How many of an exercise's points are given by a person, not by checks.
    `alter table assignment_exercises add column hand_points double precision not null default 0`,
    `alter table assignment_exercises add constraint hand_points_fit
      check (hand_points >= 0 and hand_points <= points)`,
    // What readers say of a submission: of a line, or of the whole. Deleting can be undone.
    `create table comments (
      id uuid primary key,
      submission_id uuid not null references submissions (id) on delete restrict,
      author text not null references "user" ("id") on delete restrict,
      line integer check (line > 0),
      body text not null,
      created_at timestamptz not null default clock_timestamp(),
      edited_at timestamptz,
      deleted_at timestamptz
    )`,
    `create index comments_submission on comments (submission_id)`,
    // A rubric belongs to an exercise of a course, so it outlives the assignment the exercise is in.
    `create table rubric_criteria (
      id uuid primary key,
      course text not null references courses (id) on delete restrict,
      exercise text not null,
      position integer not null,
      description text not null,
      points double precision not null
    )`,
    `create index rubric_criteria_exercise on rubric_criteria (course, exercise)`,
    `create table rubric_marks (
      criterion_id uuid not null references rubric_criteria (id) on delete cascade,
      submission_id uuid not null references submissions (id) on delete restrict,
      primary key (submission_id, criterion_id)
    )`,
    `create index rubric_marks_criterion on rubric_marks (criterion_id)`,
    // What a reader gave a submission besides the rubric, and that it was read.
    `create table gradings (
      submission_id uuid primary key references submissions (id) on delete restrict,
      points double precision,
      note text,
      read_by text references "user" ("id") on delete restrict,
      read_at timestamptz
    )`,
    // A learner's score for an exercise, whatever else says otherwise; also where nothing was handed in.
    `create table overrides (
      course text not null references courses (id) on delete restrict,
      exercise text not null,
      user_id text not null references "user" ("id") on delete restrict,
      score double precision not null check (score >= 0),
      reason text not null,
      set_by text not null references "user" ("id") on delete restrict,
      set_at timestamptz not null default clock_timestamp(),
      primary key (course, user_id, exercise)
    )`,
  ],
  "0006-regrade-statistics-similarity": [
    // Of which version of an exercise's checks a verdict is; null: it is older than this column.
    `alter table verdicts add column checks text`,
    // A regrade: verdicts with the checks as they are now, to be looked at before they take effect.
    `create table regrades (
      id uuid primary key,
      course text not null references courses (id) on delete restrict,
      section_id uuid,
      versions json not null,
      state text not null check (state in ('running', 'stopped', 'applied', 'discarded', 'undone')),
      policy text check (policy in ('all', 'gains')),
      reason text,
      round integer not null default 1,
      started_by text not null,
      started_at timestamptz not null default clock_timestamp(),
      changed_by text,
      changed_at timestamptz,
      check ((state in ('applied', 'undone')) = (policy is not null))
    )`,
    `create index regrades_course on regrades (course, started_at)`,
    `create unique index regrades_one_open on regrades (course) where state in ('running', 'stopped')`,
    `create table regrade_items (
      regrade_id uuid not null references regrades (id) on delete restrict,
      submission_id uuid not null references submissions (id) on delete restrict,
      number bigint not null,
      lane integer not null,
      from_outcome text not null,
      from_points double precision not null,
      from_max double precision not null,
      from_fault boolean not null,
      from_graded_at timestamptz not null,
      outcome text,
      points double precision,
      max double precision,
      report json,
      fault boolean,
      checks text,
      graded_at timestamptz,
      direction text check (direction in ('up', 'down', 'same', 'other', 'broken')),
      changes json,
      primary key (regrade_id, submission_id),
      check ((graded_at is null) = (direction is null)),
      check (points between 0 and max)
    )`,
    `create index regrade_items_waiting on regrade_items (regrade_id, lane, number) where graded_at is null`,
    // The verdicts that stood before, and those that a regrade gave and that were taken back.
    `create table verdict_history (
      id bigint generated always as identity primary key,
      submission_id uuid not null references submissions (id) on delete restrict,
      outcome text not null,
      points double precision not null,
      max double precision not null,
      report json not null,
      fault boolean not null,
      checks text,
      graded_at timestamptz not null,
      regrade_id uuid not null references regrades (id) on delete restrict,
      replaced_at timestamptz not null default clock_timestamp()
    )`,
    `create index verdict_history_submission on verdict_history (submission_id, id)`,
    `create index verdict_history_regrade on verdict_history (regrade_id)`,
    `create trigger verdict_history_stays before update or delete on verdict_history
      for each row execute function gradus_refuse_change()`,
    `create trigger verdict_history_is_not_emptied before truncate on verdict_history
      for each statement execute function gradus_refuse_change()`,
    // A verdict gives way to another only once it stands in the history.
    `create function gradus_keep_verdict() returns trigger language plpgsql as $$
      begin
        if new.submission_id = old.submission_id and exists (
          select from verdict_history kept
          where kept.submission_id = old.submission_id and kept.graded_at = old.graded_at
            and kept.outcome = old.outcome and kept.points = old.points and kept.max = old.max
            and kept.fault = old.fault and kept.checks is not distinct from old.checks
            and kept.report::text = old.report::text
        ) then return new; end if;
        raise exception 'verdicts rows are written once, unless what was there stands in verdict_history: % refused', tg_op;
      end
    $$`,
    `drop trigger verdicts_stay on verdicts`,
    `create trigger verdicts_are_kept before update on verdicts
      for each row execute function gradus_keep_verdict()`,
    `create trigger verdicts_stay before delete on verdicts
      for each row execute function gradus_refuse_change()`,
    // The checks that a verdict says were not passed, one a row, so that statistics read no reports.
    `create table check_failures (
      submission_id uuid not null references submissions (id) on delete restrict,
      position integer not null,
      check_name text not null,
      outcome text not null,
      input text,
      expected text,
      got text,
      message text,
      primary key (submission_id, position)
    )`,
    // Inputs of hidden checks are drawn anew for everybody: there, numbers say nothing about a mistake.
    `create function gradus_failures(report json) returns table (
        "position" integer, check_name text, outcome text, input text, expected text, got text, message text
      ) language sql immutable as $$
        select place::integer, one->>'name', one->>'outcome',
          case when one->>'visibility' = 'public' then left(one->>'input', 200) end,
          case when one->>'visibility' = 'public' then left(one->>'expected', 200) end,
          case when one->>'visibility' = 'public' then left(one->>'got', 200) end,
          case when one->>'visibility' = 'public' or one->>'usually' is not null
            then left(coalesce(one->>'usually', one->>'message'), 200)
            else regexp_replace(left(one->>'message', 200), '[-+]?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?', '…', 'g')
          end
        from json_array_elements(report->'checks') with ordinality as checks (one, place)
        where one->>'outcome' <> 'passed'
    $$`,
    `create function gradus_note_failures() returns trigger language plpgsql as $$
      begin
        delete from check_failures where submission_id = new.submission_id;
        insert into check_failures
          select new.submission_id, failure.* from gradus_failures(new.report) as failure;
        return null;
      end
    $$`,
    `create trigger verdicts_failures after insert or update on verdicts
      for each row execute function gradus_note_failures()`,
    `insert into check_failures
      select verdicts.submission_id, failure.*
      from verdicts cross join lateral gradus_failures(verdicts.report) as failure`,
    `create index submissions_exercise on submissions (course, exercise, number)`,
    // Which answers to an assignment's exercises are alike.
    `create table similarity_reports (
      id uuid primary key,
      course text not null references courses (id) on delete restrict,
      name text not null,
      section_id uuid,
      exercises json not null,
      state text not null check (state in ('queued', 'running', 'done', 'failed', 'canceled')),
      reason text,
      done json not null default '[]',
      started_by text not null,
      started_at timestamptz not null default clock_timestamp(),
      finished_at timestamptz
    )`,
    `create index similarity_reports_course on similarity_reports (course, started_at)`,
    `create table similarity_pairs (
      id uuid primary key,
      report_id uuid not null references similarity_reports (id) on delete cascade,
      exercise text not null,
      left_submission uuid not null references submissions (id) on delete restrict,
      right_submission uuid not null references submissions (id) on delete restrict,
      similarity double precision not null check (similarity between 0 and 1),
      passages json not null,
      check (left_submission < right_submission),
      unique (report_id, left_submission, right_submission)
    )`,
    // What somebody said of two submissions: it holds in later reports too.
    `create table similarity_reviews (
      left_submission uuid not null references submissions (id) on delete restrict,
      right_submission uuid not null references submissions (id) on delete restrict,
      course text not null references courses (id) on delete restrict,
      state text not null check (state in ('looked_at', 'dismissed')),
      note text not null default '',
      reviewed_by text not null,
      reviewed_at timestamptz not null default clock_timestamp(),
      primary key (left_submission, right_submission)
    )`,
  ],
  "0007-api": [
    // Tokens that were there before may do what they could do; new ones are made for less.
    `alter table tokens add column scopes text not null
      default 'read submit course:read course:write grade admin'`,
    `alter table tokens alter column scopes drop default`,
    `alter table tokens add column expires_at timestamptz`,
    // How often what was tried, until when. Not logged: after a crash counting begins anew.
    `create unlogged table rate_limits (
      key text primary key,
      count integer not null,
      ends_at timestamptz not null
    )`,
    // What a hand-in was answered, for whoever sends it a second time.
    `create table idempotency_keys (
      user_id text not null references "user" ("id") on delete cascade,
      key text not null,
      request text not null,
      answer json not null,
      created_at timestamptz not null default clock_timestamp(),
      primary key (user_id, key)
    )`,
  ],
  "0008-gradebook": [
    // All that grades need of a submission and its verdict, in the order in which a class is read: the
    // store then leaves the sources and the reports, which are a hundred times as long, where they are.
    `create index submissions_grades on submissions (course, user_id, exercise, number)
      include (id, received_at)`,
    `drop index submissions_learner`,
    `create index verdicts_grades on verdicts (submission_id) include (points, max, fault)`,
  ],
  "0009-workers": [
    // Which processes grade, and which of them are still alive.
    `create table workers (
      id uuid primary key,
      kind text not null check (kind in ('site', 'worker')),
      host text not null,
      pid integer not null,
      version text not null,
      state text not null check (state in ('taking', 'waiting', 'stopping')),
      concurrency integer not null,
      running integer not null,
      started_at timestamptz not null default clock_timestamp(),
      seen_at timestamptz not null default clock_timestamp()
    )`,
  ],
};

/** The names, in order; the newest is last. */
export const migrationNames: readonly string[] = Object.keys(migrations);

/**
 * Brings the tables up to `until` (default: the newest). Safe from several processes at once.
 * @returns the names of the migrations that were applied now
 * @throws OtherVersion when a newer Gradus has been here
 */
export async function migrate(db: Kysely<Database>, until?: string): Promise<string[]> {
  checkNotNewer(await appliedMigrations(db), migrationNames);
  const migrator = new Migrator({
    db,
    provider: {
      async getMigrations() {
        return Object.fromEntries(
          Object.entries(migrations).map(([name, statements]) => [name, { up: run(statements) }]),
        );
      },
    },
  });
  const { error, results } = await (until ? migrator.migrateTo(until) : migrator.migrateToLatest());
  if (error) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName;
    throw new Error(
      `the database could not be brought up to date${failed ? ` (${failed})` : ""}: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return (results ?? []).map((result) => result.migrationName);
}

function run(statements: readonly string[]) {
  return async (db: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(db);
  };
}
