/** `gradus submit`: hands a file in and waits for the verdicts. */
import { checkSource } from "../service/handed-in.ts";
import type { Receipt, Submission } from "../service/types.ts";
import { signedIn } from "./account.ts";
import { bareNotebook, readWorks } from "./files.ts";
import { exitCodes } from "./problem.ts";
import { reportText } from "./report.ts";
import { Server } from "./server.ts";
import { count, paint } from "./terminal.ts";

interface Options {
  exercise?: string;
  course?: string;
  /** Seconds, or false for not at all. */
  wait: number | false;
  json?: boolean;
}

/** How long one request waits, in seconds: short enough that the progress line stays alive. */
const STEP = 5;

/** @returns the exit code: 0 all passed (or not waited for), 1 not all passed, 3 not graded in time */
export async function submit(file: string, options: Options): Promise<number> {
  // What is wrong with the file is wrong wherever it goes.
  const works = readWorks(file, options.exercise);
  for (const work of works) checkSource(work);
  const server = new Server(signedIn());
  const { submissions, skipped } = await server.handIn(
    /\.ipynb$/i.test(file)
      ? { filename: "notebook.ipynb", content: bareNotebook(works) }
      : works[0],
    options.course ?? process.env.GRADUS_COURSE,
  );
  const say = options.json ? () => {} : (line: string) => console.log(line);
  for (const { exercise, reason } of skipped)
    say(paint("gray", `${exercise}: left out, ${reason}`));
  for (const { exercise, id, sha256, duplicate, late } of submissions)
    say(
      duplicate
        ? `${exercise}: this very source is handed in already (submission ${id})`
        : `${exercise}: handed in${late ? ` ${late} late` : ""} (submission ${id}, sha256 ${sha256.slice(0, 12)}…)`,
    );
  if (options.wait === false) {
    if (options.json) console.log(JSON.stringify({ submissions, skipped }));
    else say("Not waiting for the verdict; `gradus status` shows it.");
    return exitCodes.ok;
  }

  const deadline = performance.now() + options.wait * 1000;
  const results: Submission[] = [];
  for (const receipt of submissions) {
    const result = await verdict(server, receipt, deadline, !options.json);
    results.push(result);
    if (result.report) say(`\n${reportText(result.report, result.source)}`);
    else say(`\n${result.exercise}: ${result.reason ?? `still ${result.state}`}`);
  }
  if (options.json) console.log(JSON.stringify({ submissions: results, skipped }));

  const waiting = results.filter((result) => result.state !== "done");
  if (waiting.length > 0) {
    say(
      `\n${count(waiting.length, "submission")} not graded after ${options.wait} seconds. Nothing is lost: \`gradus status\` shows the verdict when it is there.`,
    );
    return exitCodes.server;
  }
  return results.every((result) => result.outcome === "passed")
    ? exitCodes.ok
    : exitCodes.failedChecks;
}

/** Waits until `deadline`, with a line of progress in a terminal. */
async function verdict(
  server: Server,
  { id, exercise }: Receipt,
  deadline: number,
  progress: boolean,
): Promise<Submission> {
  const live = progress && process.stderr.isTTY;
  const began = performance.now();
  let state = "queued";
  const draw = () => {
    const seconds = Math.round((performance.now() - began) / 1000);
    if (live) process.stderr.write(`\r\u001b[K${exercise}: ${state}… ${seconds} s`);
  };
  const timer = setInterval(draw, 500);
  draw();
  try {
    // The first look is short, so that "running" shows soon.
    for (let step = 1; ; step = STEP) {
      const left = Math.ceil((deadline - performance.now()) / 1000);
      const found = await server.submission(id, Math.max(0, Math.min(step, left)));
      if (found.state === "done" || left <= 0) return found;
      state = found.state;
    }
  } finally {
    clearInterval(timer);
    if (live) process.stderr.write("\r\u001b[K");
  }
}
