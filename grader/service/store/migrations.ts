/**
 * Every change to the tables, in order, forward only: what stands here is never edited, a change
 * is a new entry at the end. The same SQL runs on PGlite and on Postgres.
 */
import { type Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import type { Database } from "./schema.ts";

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
};

/** The names, in order; the newest is last. */
export const migrationNames: readonly string[] = Object.keys(migrations);

/**
 * Brings the tables up to `until` (default: the newest). Safe from several processes at once.
 * @returns the names of the migrations that were applied now
 */
export async function migrate(db: Kysely<Database>, until?: string): Promise<string[]> {
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
