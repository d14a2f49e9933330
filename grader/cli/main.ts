/** The `gradus` command: what it is told on its command line, and its exit code. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { Refusal } from "../service/refusal.ts";
import { scopes } from "../service/scopes.ts";
import type { LineError } from "../service/types.ts";
import { login, logout } from "./login.ts";
import { exitCodes, Problem } from "./problem.ts";
import { importRoster, showRoster } from "./roster.ts";
import { status } from "./status.ts";
import { submit } from "./submit.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { version: string };

const COURSE_HELP = "the course (default: GRADUS_COURSE, else the one everybody has)";

const whole = between(1, 64);
const percentage = between(0, 100);
const pairs = between(1, 1000);

let exit: number = exitCodes.ok;
const program = new Command("gradus")
  .description("Check exercises, hand them in, and see how they were graded.")
  .version(version)
  .exitOverride()
  .showHelpAfterError("(gradus --help shows the commands)")
  .addHelpText(
    "after",
    `
Exit codes: 0 all is well, 1 a check did not pass, 2 wrong use, file or token, 3 the server
or the sandbox.
Environment: GRADUS_URL and GRADUS_TOKEN are used before what \`gradus login\` kept; GRADUS_COURSE
names the course.`,
  );

program
  .command("login")
  .description("sign in with an access token made on the site")
  .addHelpText("after", () => {
    const rows = Object.entries(scopes).map(([name, allows]) => `  ${name.padEnd(14)}${allows}`);
    return `
The page to make it on is printed. What a token may be made for:
${rows.join("\n")}
roster, export and statistics need course:read, similar and status ID of another's read and course:read,
roster import course:write.`;
  })
  .option("--url <address>", "where Gradus is, such as https://gradus.example.org")
  .option("--token <token>", "the token; without this option it is asked for, or read from stdin")
  .option("--scopes <list>", "what to ask for on the page (default: read,submit)", scopeList)
  .option("--json", "print JSON")
  .action(login);

program
  .command("logout")
  .description("end the token and forget it")
  .option("--json", "print JSON")
  .action(logout);

program
  .command("check <file>")
  .description("run the public checks here, on a .ts file or a notebook; nothing is sent")
  .option("-e, --exercise <name>", "the exercise (default: from the file)")
  .option("--json", "print JSON")
  .action(async (file, options) => {
    // The sandbox and the exercises are loaded only when they are needed.
    const { check } = await import("./check.ts");
    exit = await check(file, options);
  });

program
  .command("submit <file>")
  .description("hand in a .ts file or a notebook, and wait for the verdict")
  .option("-e, --exercise <name>", "the exercise (default: from the file; of a notebook, all)")
  .option("-c, --course <id>", COURSE_HELP)
  .option("--wait <seconds>", "how long to wait for the verdict", seconds, 60)
  .option("--no-wait", "come back as soon as it is handed in")
  .option("--json", "print JSON")
  .action(async (file, options) => {
    exit = await submit(file, options);
  });

program
  .command("status [id]")
  .description("show what is due and what you handed in, or one submission with its report")
  .option("-a, --assignment <name>", "one assignment, and how its grade came about")
  .option("-e, --exercise <name>", "only the attempts at this exercise")
  .option("-c, --course <id>", COURSE_HELP)
  .option("--json", "print JSON")
  .action(async (id, options) => {
    exit = await status(id, options);
  });

program
  .command("grade <folder>")
  .description("for instructors: grade a folder (or zip) of collected notebooks here, offline")
  .option("-o, --out <folder>", "where grades.csv and the feedback go", "graded")
  .option("-e, --exercise <name...>", "only these (default: all that anybody has a cell for)")
  .option("-a, --assignment <name>", "only this assignment of submitted/STUDENT/ASSIGNMENT")
  .option(
    "-j, --jobs <number>",
    "how many at once (default, and most: one a processor core)",
    whole,
  )
  .option(
    "-n, --dry-run",
    "execute nothing, only say whose notebooks were found and what is in them",
  )
  .option("--again", "forget what an earlier run has graded")
  .option(
    "--practice",
    "where there is no sandbox: run the public checks without one, for no grade",
  )
  .option("--json", "print JSON")
  .addHelpText(
    "after",
    `
Layouts: nbgrader's submitted/STUDENT/ASSIGNMENT/x.ipynb; a folder a student; STUDENT.ipynb side by
side; what Moodle and Canvas give as a download; and zip files of any of these.
Everything runs in the sandbox. What was graded is kept in the output folder, so a run that was broken
off, or one with a few more notebooks, goes on from there. A check that was changed is run again, and
everything after an update of Gradus.

Exit codes: 0 everything was graded, 1 something could not be (its lines say what), 2 wrong use,
3 no sandbox here, 130 stopped.`,
  )
  .action(async (folder, options) => {
    const { grade } = await import("./grade.ts");
    exit = await grade(folder, options);
  });

program
  .command("release [chapter...]")
  .description("for instructors: make the learner's copy of the course, without anything secret")
  .option(
    "-o, --out <folder>",
    "where it goes; an earlier copy there is brought up to date",
    "release",
  )
  .option("--zip <file>", "write it as one zip file too")
  .option("--url <address>", "where learners hand in, for the copy's README")
  .option("--json", "print JSON")
  .addHelpText(
    "after",
    `
A chapter is named by its notebook (01-perceptron, perceptron, 1); without one, all are in it.
In the copy: notebooks with their starters and without outputs, prompts, hints, public checks, the library,
and what runs and checks them. Not in it: solutions, mutants, hidden checks, git history, caches, builds.
The same course gives the same bytes. Before anything is written the copy is searched for every secret line.`,
  )
  .action(async (chapters, options) => {
    const { release } = await import("./release.ts");
    await release(chapters, options);
  });

program
  .command("similar <exercise> [folder]")
  .description("for those who teach: which answers to an exercise share passages")
  .option("-c, --course <id>", COURSE_HELP)
  .option(
    "-o, --out <file>",
    "the page that shows them side by side (default: similar-EXERCISE.html)",
  )
  .option("-t, --threshold <percent>", "show pairs that share at least this much", percentage, 60)
  .option("-l, --limit <number>", "show at most so many pairs", pairs, 50)
  .option("--json", "print JSON")
  .addHelpText(
    "after",
    `
Without a folder of collected notebooks, the answers in the service's gradebook are compared. Renamed
variables, other comments, types, line breaks and another order of functions change nothing. The starter,
and what of the reference solution half of the class writes too, is not counted. It is a reason to read
and to ask, not a proof. The page holds learners' names and code: keep it as you keep those.`,
  )
  .action(async (exercise, folder, options) => {
    const { similar } = await import("./similar.ts");
    exit = await similar(exercise, folder, options);
  });

program
  .command("export")
  .description("for those who teach: write the course's grades as a file for another system")
  .addOption(
    new Option("-f, --format <format>", "which system")
      .choices(["csv", "canvas", "moodle"])
      .default("csv"),
  )
  .option("-a, --assignment <name...>", "only these (default: all)")
  .option("-c, --course <id>", COURSE_HELP)
  .option("-o, --out <file>", "the file (default: standard output)")
  .option("--json", "with --out: print JSON about it")
  .addHelpText(
    "after",
    `
Canvas: Grades > Import; learners are found by SIS User ID (the roster's student id) or SIS Login ID (e-mail).
Moodle: Grades > Import > CSV file; map "Email address" to the user's e-mail address, or "ID number".
A score that is not there yet stays empty. What a spreadsheet would take for a formula gets an apostrophe.`,
  )
  .action(async (options) => {
    const { exportGrades } = await import("./export.ts");
    await exportGrades(options);
  });

const admin = program
  .command("admin")
  .description("for who runs Gradus, on its machine: backup, restore, move to Postgres")
  .addHelpText(
    "after",
    `
DATABASE_URL names the Postgres server; without it, GRADUS_DATA (default: .gradus) is the data folder.`,
  );

admin
  .command("backup <file>")
  .description("write everything into one file; Gradus may go on running meanwhile")
  .option("--overwrite", "replace the file if it is there")
  .option("--json", "print JSON")
  .action(async (file, options) => {
    const { adminBackup } = await import("./admin.ts");
    await adminBackup(file, options);
  });

admin
  .command("restore <file>")
  .description(
    "put a backup into an empty store; the file is read to its end before anything changes",
  )
  .option("--replace", "put it in the place of what is in the data folder, which is kept beside it")
  .option("--check", "only say whether the file is whole and what is in it")
  .option("--json", "print JSON")
  .action(async (file, options) => {
    const { adminRestore } = await import("./admin.ts");
    await adminRestore(file, options);
  });

admin
  .command("to-postgres")
  .description("move everything from the data folder to the empty database of DATABASE_URL")
  .option("--json", "print JSON")
  .action(async (options) => {
    const { adminToPostgres } = await import("./admin.ts");
    await adminToPostgres(options);
  });

program
  .command("regrade [exercise]")
  .description("for instructors: when a check was wrong, try the present ones on what was graded")
  .option("-n, --dry-run", "change nothing, only say what would change (the default)")
  .addOption(
    new Option("--apply <which>", "let the new verdicts take effect: of those that gain, or all")
      .choices(["gains", "all"])
      .conflicts("dryRun"),
  )
  .option("--stop", "stop the one that is under way; the site's page lets it go on")
  .option("--discard", "end the one that is under way, without effect")
  .option("--undo [id]", "take back the last one that was applied, or this one")
  .option("-s, --section <name>", "only of this section")
  .option("-c, --course <id>", COURSE_HELP)
  .option("-l, --limit <number>", "print at most so many submissions", pairs, 50)
  .option("--json", "print JSON")
  .addHelpText(
    "after",
    `
The server does it, one verdict at a time behind what learners hand in; Ctrl-C ends the waiting only. It tries
the checks that the server and its workers have: restart them when you have mended a check. Applying is one
transaction; the old verdicts are kept. The token needs the scopes read, course:read and grade.`,
  )
  .action(async (exercise, options) => {
    const { regrade } = await import("./regrade.ts");
    await regrade(exercise, options);
  });

program
  .command("statistics [exercise]")
  .description("for those who teach: how the exercises go, or one of them, check by check")
  .option("-s, --section <name>", "only of this section")
  .option("-c, --course <id>", COURSE_HELP)
  .option("--csv", "print CSV: a row an exercise, or of one exercise a row a check")
  .option("--json", "print JSON")
  .action(async (exercise, options) => {
    const { statistics } = await import("./statistics.ts");
    await statistics(exercise, options);
  });

const roster = program
  .command("roster")
  .description("for those who teach: show who is in the course")
  .option("-c, --course <id>", COURSE_HELP)
  .option("--json", "print JSON")
  .action(showRoster);

roster
  .command("import <file>")
  .description("for instructors: bring the course in line with a CSV file, all of it or nothing")
  .option("-n, --dry-run", "change nothing, only say what would change")
  .option("--drop-missing", "drop learners who are not in the file; what they handed in stays")
  .option("-c, --course <id>", COURSE_HELP)
  .option("--json", "print JSON")
  .addHelpText(
    "after",
    `
The first line names the columns: email, and if you like name (or first_name and last_name), section,
student_id and role (learner, assistant, instructor). A column that is not there changes nothing.
An address without an account is invited: whoever signs up with it is in the course.`,
  )
  // Options that `gradus roster` has too are taken by it when they stand before `import`.
  .action((file, _, command) => importRoster(file, command.optsWithGlobals()));

// `gradus … | head`: who reads has read enough. The command goes on and ends with its own exit code.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  exit = explain(error);
}
// What was printed is written out before the process ends by itself.
process.exitCode = exit;

/** Tells the person at the terminal, and says which exit code that is. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok;
    // In words it has been told already.
    tellProgram("usage", error.message.replace(/^error: /, ""));
    return exitCodes.usage;
  }
  if (!(error instanceof Problem || error instanceof Refusal)) {
    tellProgram("bug", String(error));
    console.error(error);
    return exitCodes.bug;
  }
  const { code, message } = error;
  const hint =
    code === "unknown_exercise" ? `${error.hint}; --exercise says which one it is` : error.hint;
  tellProgram(code, message, hint, error.lines);
  console.error(`gradus: ${message}`);
  for (const { line, message } of error.lines ?? []) console.error(`  line ${line}: ${message}`);
  if (hint) console.error(`  hint: ${hint}`);
  return error instanceof Problem ? error.exit : exitCodes.usage;
}

/** With --json, whoever reads standard output finds JSON there in every case. */
function tellProgram(code: string, message: string, hint?: string, lines?: LineError[]): void {
  if (process.argv.includes("--json"))
    console.log(JSON.stringify({ error: { code, message, hint, lines } }));
}

function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== "" && Number.isInteger(number) && number >= least && number <= most)
      return number;
    throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}`);
  };
}

/** A list of scopes, as the page takes it. */
function scopeList(text: string): string {
  const wanted = text.split(",").map((one) => one.trim());
  const unknown = wanted.find((one) => !Object.hasOwn(scopes, one));
  if (unknown === undefined) return wanted.join(",");
  throw new InvalidArgumentError(
    `there is no scope ${unknown}, only ${Object.keys(scopes).join(", ")}`,
  );
}

function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError("it must be a number of seconds, such as 60");
}
