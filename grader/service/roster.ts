/**
 * Rosters: reads a CSV file line by line, and plans what it would change in a course. Nothing here
 * touches the store, so a dry run and the import itself see the same plan.
 */
import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { unguard } from "./csv.ts";
import { Refusal } from "./refusal.ts";
import { atLeast } from "./roles.ts";
import type { CourseRole, LineError, Role, RosterChange } from "./types.ts";

/** One line: what is undefined has no column, and stays as it is. */
export interface RosterLine {
  line: number;
  email: string;
  role?: CourseRole;
  name?: string | null;
  section?: string | null;
  studentId?: string | null;
}

/** Somebody who is or was in the course, or has an account. */
export interface Known {
  user: string;
  email: string;
  /** Undefined for who has never been in it. */
  place?: { role: CourseRole; active: boolean } & Details;
}

/** Somebody invited. */
export interface Invited extends Details {
  email: string;
}

interface Details {
  name: string | null;
  section: string | null;
  studentId: string | null;
}

/** One person's part of the plan. */
export interface Step extends RosterChange {
  /** The account, if there is one. */
  user?: string;
  role: CourseRole;
  details: Details;
}

/** How columns are named by us, by nbgrader, Canvas, Moodle and people. */
const columns: Record<
  string,
  "email" | "role" | "name" | "first" | "last" | "section" | "studentId"
> = {
  email: "email",
  "e-mail": "email",
  "email address": "email",
  "e-mail address": "email",
  name: "name",
  "full name": "name",
  student: "name",
  "first name": "first",
  "given name": "first",
  "last name": "last",
  surname: "last",
  "family name": "last",
  role: "role",
  section: "section",
  id: "studentId",
  "student id": "studentId",
  "id number": "studentId",
  "sis user id": "studentId",
};

const roles: Record<string, CourseRole> = {
  learner: "learner",
  student: "learner",
  assistant: "assistant",
  "teaching assistant": "assistant",
  ta: "assistant",
  instructor: "instructor",
  teacher: "instructor",
};

/** What a table has under a name from a file, which may be "constructor". */
function known<T>(table: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

const address = z.email().max(254);
const MOST_LINES = 50_000;

/**
 * Reads a roster. The first line names the columns; only the one of e-mail addresses must be there.
 * @throws Refusal with every line that is wrong
 */
export function readRoster(text: string): { lines: RosterLine[]; ignored: string[] } {
  const first = /^\uFEFF?([^\r\n]*)/.exec(text)?.[1] ?? "";
  // Spreadsheets of half of Europe write semicolons.
  const delimiter = [",", ";", "\t"].reduce((best, one) =>
    first.split(one).length > first.split(best).length ? one : best,
  );
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines = 1 } = error as { lines?: number };
    throw badRoster([
      { line: lines, message: "this is not CSV: a quotation mark is out of place or missing" },
    ]);
  }
  const head = records.shift();
  const names =
    head?.record.map((name) => name.replaceAll("_", " ").replace(/\s+/g, " ").toLowerCase()) ?? [];
  const fields = names.map((name) => known(columns, name));
  if (!fields.includes("email")) {
    throw badRoster([
      {
        line: 1,
        message: head
          ? `no column is named email; the columns are: ${head.record.map((name) => JSON.stringify(name.slice(0, 40))).join(", ")}`
          : "the file is empty; its first line names the columns: email, name, section, student_id, role",
      },
    ]);
  }
  const errors: LineError[] = [];
  for (const [index, field] of fields.entries())
    if (field && fields.indexOf(field) !== index)
      errors.push({
        line: 1,
        message: `two columns say the same: ${names[fields.indexOf(field)]} and ${names[index]}`,
      });
  if (records.length > MOST_LINES)
    errors.push({ line: MOST_LINES + 2, message: `more than ${MOST_LINES} lines` });
  if (errors.length > 0) throw badRoster(errors);

  const lines: RosterLine[] = [];
  const seen = new Map<string, number>();
  for (const { record, info } of records) {
    const line = info.lines;
    const wrong = (message: string) => errors.push({ line, message });
    if (record.length !== fields.length) {
      wrong(`${record.length} fields where the first line has ${fields.length} columns`);
      continue;
    }
    const cell: Partial<Record<NonNullable<(typeof fields)[number]>, string>> = {};
    for (const [index, field] of fields.entries())
      if (field) cell[field] = unguard(record[index]).trim();
    if (Object.values(cell).every((text) => text === "")) continue;
    const email = (cell.email ?? "").toLowerCase();
    if (email === "") wrong("no e-mail address");
    else if (!address.safeParse(email).success)
      wrong(`${JSON.stringify(email.slice(0, 80))} is not an e-mail address`);
    const earlier = seen.get(email);
    if (email !== "" && earlier !== undefined) wrong(`${email} stands in line ${earlier} already`);
    seen.set(email, line);
    const found: RosterLine = { line, email };
    if (cell.role) {
      const role = known(roles, cell.role.toLowerCase());
      if (role) found.role = role;
      else
        wrong(
          `${JSON.stringify(cell.role.slice(0, 40))} is no role; the roles are learner, assistant, instructor`,
        );
    }
    const whole =
      cell.name ??
      (cell.first === undefined && cell.last === undefined
        ? undefined
        : `${cell.first ?? ""} ${cell.last ?? ""}`.trim());
    for (const [field, text, longest] of [
      ["name", whole, 200],
      ["section", cell.section, 100],
      ["studentId", cell.studentId, 100],
    ] as const) {
      if (text === undefined) continue;
      if (text.length > longest)
        wrong(`the ${field} has ${text.length} characters; ${longest} is the most`);
      else if (/[\p{Cc}\p{Surrogate}]/u.test(text)) wrong(`the ${field} is not one line of text`);
      found[field] = text === "" ? null : text;
    }
    lines.push(found);
  }
  if (errors.length > 0) throw badRoster(errors);
  const ignored = head?.record.filter((name, index) => !fields[index] && name !== "") ?? [];
  return { lines, ignored };
}

/**
 * What a roster would change, in the order of its lines; then who is not in it.
 * @param by the role of who imports it
 * @param dropMissing whether learners who are not in it are dropped
 * @throws Refusal with every line that may not be
 */
export function planRoster(
  lines: readonly RosterLine[],
  known: readonly Known[],
  invited: readonly Invited[],
  by: Role,
  dropMissing: boolean,
): { steps: Step[]; unchanged: number; missing: string[] } {
  const people = new Map(known.map((person) => [person.email, person]));
  const guests = new Map(invited.map((guest) => [guest.email, guest]));
  const errors: LineError[] = [];
  const steps: Step[] = [];
  let unchanged = 0;
  for (const wanted of lines) {
    const { line, email } = wanted;
    const person = people.get(email);
    const now = person?.place ?? guests.get(email);
    const was = person?.place?.role;
    const role = wanted.role ?? was ?? "learner";
    const details: Details = {
      name: wanted.name !== undefined ? wanted.name : (now?.name ?? null),
      section: wanted.section !== undefined ? wanted.section : (now?.section ?? null),
      studentId: wanted.studentId !== undefined ? wanted.studentId : (now?.studentId ?? null),
    };
    if (!person && role !== "learner") {
      errors.push({
        line,
        message: `${email} has no account yet, and only an account can be made ${role}: nobody could tell who signs up with this address`,
      });
    } else if (
      (role !== was || person?.place?.active === false) &&
      (role === "instructor" || was === "instructor") &&
      !atLeast(by, "administrator")
    )
      errors.push({
        line,
        message: `only an administrator makes somebody an instructor, or an instructor something else (${email})`,
      });
    const differs = difference(
      { role: was ?? (now ? "learner" : undefined), ...now },
      { role, ...details },
    );
    const step = {
      line,
      email,
      name: details.name,
      role,
      details,
      ...(person ? { user: person.user } : {}),
    };
    if (!now) steps.push({ ...step, action: person ? "enroll" : "invite", changes: differs });
    else if (person?.place && !person.place.active)
      steps.push({ ...step, action: "restore", changes: differs });
    else if (Object.keys(differs).length > 0)
      steps.push({ ...step, action: "update", changes: differs });
    else unchanged++;
  }
  if (errors.length > 0) throw badRoster(errors);

  const listed = new Set(lines.map((line) => line.email));
  const missing: string[] = [];
  for (const { user, email, place } of known) {
    if (!place?.active || place.role !== "learner" || listed.has(email)) continue;
    missing.push(email);
    const { role, name, section, studentId } = place;
    const details = { name, section, studentId };
    if (dropMissing)
      steps.push({ line: null, email, name, role, details, user, action: "drop", changes: {} });
  }
  for (const { email, ...details } of invited) {
    if (listed.has(email)) continue;
    missing.push(email);
    if (dropMissing)
      steps.push({
        line: null,
        email,
        name: details.name,
        role: "learner",
        details,
        action: "uninvite",
        changes: {},
      });
  }
  return { steps, unchanged, missing };
}

function difference(
  before: Partial<Details> & { role?: string | undefined },
  after: Details & { role: string },
) {
  const changes: RosterChange["changes"] = {};
  for (const field of ["role", "name", "section", "studentId"] as const) {
    const from = before[field] ?? null;
    if (from !== after[field]) changes[field] = { from, to: after[field] };
  }
  return changes;
}

function badRoster(lines: LineError[]): Refusal {
  const many = lines.length === 1 ? "a line" : `${lines.length} lines`;
  return new Refusal(
    400,
    "bad_roster",
    `${many} of the roster cannot be taken, so nothing was changed`,
    "correct the file and import it again",
    {},
    lines,
  );
}
