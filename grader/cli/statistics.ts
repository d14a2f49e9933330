/** `gradus statistics`: how the exercises go, or one of them, check by check. */
import { checksCsv, statisticsCsv } from "../service/statistics.ts";
import type { ExerciseStatistics, Statistics } from "../service/types.ts";
import { signedIn } from "./account.ts";
import { duration } from "./progress.ts";
import { sectionId } from "./section.ts";
import { Server } from "./server.ts";
import { count, paint, plain, table } from "./terminal.ts";

interface Options {
  course?: string;
  section?: string;
  csv?: boolean;
  json?: boolean;
}

export async function statistics(exercise: string | undefined, options: Options): Promise<void> {
  const server = new Server(signedIn());
  const course = options.course ?? (process.env.GRADUS_COURSE || (await server.me()).course);
  const section = await sectionId(server, course, options.section);
  if (exercise === undefined) {
    const all = await server.statistics(course, section);
    if (options.json) console.log(JSON.stringify(all));
    else if (options.csv) process.stdout.write(statisticsCsv(all));
    else tellAll(all);
    return;
  }
  const one = await server.exerciseStatistics(course, exercise, section);
  if (options.json) console.log(JSON.stringify(one));
  else if (options.csv) process.stdout.write(checksCsv(one));
  else tellOne(one);
}

const percent = (part: number | null) => (part === null ? "–" : `${Math.round(part * 100)} %`);

function tellAll({ learners, exercises }: Statistics): void {
  const tried = exercises.filter((one) => one.tried > 0);
  if (tried.length === 0) {
    console.log("Nobody has handed anything in yet.");
    return;
  }
  console.log(
    table([
      ["Exercise", "Tried", "Passed", "Attempts", "Time", "Average", "Where they stop"],
      ...tried.map((one) => [
        one.exercise,
        `${one.tried} of ${learners}`,
        `${one.passed} of ${one.tried}`,
        one.attemptsToPass ? String(one.attemptsToPass.median) : "–",
        one.secondsToPass ? duration(Math.round(one.secondsToPass.median)) : "–",
        percent(one.mean),
        one.stuck[0] ? plain(`${one.stuck[0].check} (${one.stuck[0].learners})`) : "–",
      ]),
    ]),
  );
  console.log(
    paint("gray", "Attempts and time: to full points, the middle of those who have them."),
  );
}

function tellOne(one: ExerciseStatistics): void {
  if (one.tried === 0) {
    console.log("Nobody has handed this exercise in yet.");
    return;
  }
  console.log(
    `${plain(one.title)}: ${one.tried} of ${count(one.learners, "learner")} tried it, ${one.passed} passed, in ${count(one.attempts, "attempt")}.\n`,
  );
  console.log(
    table([
      ["Check", "Not passed", "First", "Stop here", "Most common wrong outcome"],
      ...one.checks.map(({ check, failures, first, stuck, wrong: [most] }) => [
        plain(check),
        String(failures),
        String(first),
        String(stuck),
        most
          ? plain(
              most.got === null
                ? (most.message ?? most.outcome)
                : `${most.input ?? "it"} gave ${most.got}, not ${most.expected}`,
            )
              .replaceAll("\n", " ")
              .slice(0, 60)
          : "",
      ]),
    ]),
  );
}
