/** `gradus regrade`: tries the present checks on what was graded, and applies what comes of it if told to. */
import { setTimeout as pause } from "node:timers/promises";
import type { Regrade, RegradeItem, RegradePolicy } from "../service/types.ts";
import { signedIn } from "./account.ts";
import { exitCodes, Problem, usage } from "./problem.ts";
import { Progress } from "./progress.ts";
import { sectionId } from "./section.ts";
import { Server } from "./server.ts";
import { count, paint, plain, table } from "./terminal.ts";

interface Options {
  course?: string;
  section?: string;
  apply?: RegradePolicy;
  stop?: boolean;
  discard?: boolean;
  undo?: string | boolean;
  limit: number;
  json?: boolean;
}

/** How often one looks how far it is, in milliseconds. */
const LOOK_EVERY = 1000;

/**
 * Without `--apply` nothing changes: a regrade is started, or the one that is under way is followed, and
 * what it would change is printed.
 */
export async function regrade(exercise: string | undefined, options: Options): Promise<void> {
  const server = new Server(signedIn());
  const course = options.course ?? (process.env.GRADUS_COURSE || (await server.me()).course);
  if (options.undo !== undefined) return tell(await undo(server, course, options.undo), options);
  const open = (await server.regrades(course)).find(isOpen);
  if (options.stop || options.discard) {
    if (!open) throw usage("no_regrade", `no regrade of ${course} is under way`);
    const what = options.stop ? "stop" : "discard";
    return tell(await server.changeRegrade(course, open.id, what), options);
  }
  if (open && !isAskedFor(open, exercise, options.section))
    throw usage(
      "regrade_under_way",
      `a regrade of ${nameOf(open)} is under way, started by ${open.startedBy.name}`,
      "apply or discard that one first: gradus regrade --discard",
    );
  const section = await sectionId(server, course, options.section);
  const begun =
    open ??
    (await server.startRegrade(course, {
      ...(exercise && { exercise }),
      ...(section && { section }),
    }));
  const done = await follow(server, course, begun);
  const after =
    options.apply && done.state === "ready"
      ? await server.changeRegrade(course, done.id, "apply", { policy: options.apply })
      : done;
  const items = await server.regradeItems(course, done.id);
  tell(after, options, items);
}

const isOpen = ({ state }: Regrade) => ["running", "ready", "stopped"].includes(state);

function isAskedFor(open: Regrade, exercise?: string, section?: string): boolean {
  const exercises = open.exercises.map(({ name }) => name);
  if (exercise && (exercises.length !== 1 || exercises[0] !== exercise)) return false;
  return !section || open.section?.name === section;
}

const nameOf = ({ exercises, section }: Regrade) =>
  `${exercises.map(({ name }) => name).join(", ")}${section ? ` (${section.name})` : ""}`;

/** Waits until it is ready. It runs on the server: Ctrl-C ends the waiting only. */
async function follow(server: Server, course: string, begun: Regrade): Promise<Regrade> {
  const progress = new Progress("submissions");
  let now = begun;
  try {
    while (now.state === "running") {
      progress.show(now.graded, now.total);
      await pause(LOOK_EVERY);
      now = await server.regrade(course, now.id);
    }
  } finally {
    progress.end();
  }
  if (now.state === "stopped")
    throw new Problem(
      exitCodes.server,
      "regrade_stopped",
      `the regrade of ${nameOf(now)} is stopped after ${now.graded} of ${now.total}${now.reason ? `: ${now.reason}` : ""}`,
      "let it go on from its page on the site, or discard it: gradus regrade --discard",
    );
  return now;
}

async function undo(server: Server, course: string, asked: string | boolean): Promise<Regrade> {
  const all = await server.regrades(course);
  const found =
    asked === true
      ? all.find(({ state }) => state === "applied")
      : all.find(({ id }) => id === asked);
  if (!found)
    throw usage(
      "no_regrade",
      `there is no regrade in effect in ${course} that could be taken back`,
    );
  return server.changeRegrade(course, found.id, "undo");
}

function tell(regrade: Regrade, options: Options, items: RegradeItem[] = []): void {
  if (options.json) {
    console.log(JSON.stringify({ ...regrade, items }));
    return;
  }
  const { counts, state, changes } = regrade;
  for (const { exercise, check, from, to, count: times } of changes)
    console.log(
      `${String(times).padStart(6)} × ${plain(`${exercise}, ${check}: ${from ?? "not there"} → ${to ?? "not there"}`)}`,
    );
  const shown = items.slice(0, options.limit);
  if (shown.length > 0) {
    console.log(
      `\n${table([
        ["", "Learner", "Exercise", "From", "To", "Of"],
        ...shown.map((item) => [
          marks[item.direction],
          plain(`${item.learner.name} <${item.learner.email}>`),
          item.exercise,
          String(item.from.points),
          String(item.to.points),
          String(item.to.max),
        ]),
      ])}`,
    );
    if (items.length > shown.length)
      console.log(paint("gray", `and ${items.length - shown.length} more (--limit, --json)`));
  }
  const said = [
    `${counts.up} up`,
    `${counts.down} down`,
    ...(counts.other > 0 ? [`${counts.other} with the same points from other checks`] : []),
    `${counts.same} as before`,
    ...(counts.broken > 0
      ? [`${counts.broken} that could not be graded and stay as they are`]
      : []),
  ].join(", ");
  console.log(`\n${count(regrade.graded, "submission")} of ${plain(nameOf(regrade))}: ${said}.`);
  const end = {
    running: "It runs on the server.",
    ready:
      "Dry run, nothing was changed. gradus regrade --apply gains (or all) applies it, --discard ends it.",
    stopped: "It is stopped; nothing was changed.",
    applied: `Applied${regrade.policy === "gains" ? " to those that gain" : ""}. The old verdicts are kept; gradus regrade --undo takes it back.`,
    discarded: "Discarded; nothing was changed.",
    undone: "Taken back: the verdicts of before stand again.",
  };
  console.log(end[state]);
}

const marks = { up: "▲", down: "▼", other: "◆", same: "=", broken: "!" };
