/** `gradus roster` and `gradus roster import`: who is in the course. */
import type { RosterChange } from "../service/types.ts";
import { signedIn } from "./account.ts";
import { readText } from "./files.ts";
import { Server } from "./server.ts";
import { count, paint, plain, table } from "./terminal.ts";

/** No roster comes near this, in bytes; the server takes no more. */
const LARGEST_ROSTER = 4 * 1024 * 1024;

interface Options {
  course?: string;
  json?: boolean;
}

export async function showRoster(options: Options): Promise<void> {
  const server = new Server(signedIn());
  const course = await courseOf(server, options);
  const { enrollments, invitations } = await server.roster(course);
  if (options.json) {
    console.log(JSON.stringify({ course, enrollments, invitations }));
    return;
  }
  const rows = [
    ...enrollments.map(({ user, role, section, studentId, active, rosterName }) => [
      user.email,
      rosterName ?? user.name,
      section ?? "",
      studentId ?? "",
      active ? role : "dropped",
    ]),
    ...invitations.map(({ email, name, section, studentId }) => [
      email,
      name ?? "",
      section ?? "",
      studentId ?? "",
      "invited",
    ]),
  ];
  if (rows.length === 0)
    console.log(`There is nobody in ${course} yet. \`gradus roster import\` does it.`);
  else
    console.log(
      table([
        ["E-mail", "Name", "Section", "Student id", "Role"],
        ...rows.map((row) => row.map(plain)),
      ]),
    );
}

export async function importRoster(
  file: string,
  options: Options & { dryRun?: boolean; dropMissing?: boolean },
): Promise<void> {
  const { dryRun = false, dropMissing = false } = options;
  const text = readText(file, LARGEST_ROSTER, "a CSV file");
  const server = new Server(signedIn());
  const course = await courseOf(server, options);
  const result = await server.importRoster(course, text, { dryRun, dropMissing });
  if (options.json) {
    console.log(JSON.stringify({ course, ...result }));
    return;
  }
  const { changes, unchanged, missing, sectionsCreated, ignoredColumns } = result;
  for (const change of changes) console.log(changeText(change));
  if (sectionsCreated.length > 0)
    console.log(
      `New: ${count(sectionsCreated.length, "section")} (${plain(sectionsCreated.join(", "))})`,
    );
  if (ignoredColumns.length > 0)
    console.log(
      paint("gray", `Columns that mean nothing here: ${plain(ignoredColumns.join(", "))}`),
    );
  if (missing.length > 0 && !dropMissing)
    console.log(
      paint(
        "gray",
        `Not in the file, and left as they are: ${count(missing.length, "person", "people")} (--drop-missing drops them)`,
      ),
    );
  const said = `${count(changes.length, "change")} in ${course}, ${count(unchanged, "line")} as before`;
  console.log(dryRun ? `Dry run, nothing was changed: ${said}.` : `Done: ${said}.`);
}

const verbs: Record<RosterChange["action"], string> = {
  enroll: "+ enroll",
  invite: "+ invite",
  restore: "+ restore",
  update: "~ update",
  drop: "- drop",
  uninvite: "- uninvite",
};

function changeText({ action, email, name, changes }: RosterChange): string {
  const what = Object.entries(changes)
    .filter(([field, { from }]) => field !== "name" || from !== null)
    .map(([field, { from, to }]) =>
      from === null ? `${field} ${to}` : `${field} ${from} → ${to ?? "none"}`,
    );
  const who = name === null ? email : `${email} (${name})`;
  return plain(
    `${verbs[action].padEnd(11)} ${who}${what.length > 0 ? `: ${what.join(", ")}` : ""}`,
  );
}

/** The course that was named, else the one that everybody has. */
async function courseOf(server: Server, { course }: Options): Promise<string> {
  return course ?? (process.env.GRADUS_COURSE || (await server.me()).course);
}
