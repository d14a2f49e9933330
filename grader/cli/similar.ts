/** `gradus similar`: which answers to an exercise share passages. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { CollectError, collect } from "../offline/collect.ts";
import { plan } from "../offline/grade.ts";
import { openExercises } from "../service/exercises.ts";
import { type Candidate, compare, type Passage } from "../similarity/compare.ts";
import { percent, similarityHtml } from "../similarity/page.ts";
import { signedIn } from "./account.ts";
import { exercisesFolder } from "./course-folder.ts";
import { exitCodes, Problem, usage } from "./problem.ts";
import { Progress } from "./progress.ts";
import { Server } from "./server.ts";
import { count, paint, plain } from "./terminal.ts";

interface Options {
  course?: string;
  out?: string;
  threshold: number;
  limit: number;
  json?: boolean;
}

/** How many submissions are asked for at once. */
const AT_ONCE = 4;

/** @param folder of collected notebooks; without one, what was handed in to the service is compared */
export async function similar(
  name: string,
  folder: string | undefined,
  options: Options,
): Promise<number> {
  const exercises = await openExercises(exercisesFolder(folder));
  const exercise = exercises.get(name);
  const candidates = folder
    ? fromFolder(folder, exercises.all, name)
    : await fromService(name, options.course);
  const result = compare(candidates, {
    starter: exercise.starter,
    reference: readFileSync(exercise.solutionPath, "utf8"),
  });
  const above = result.pairs.filter(({ similarity }) => similarity * 100 >= options.threshold);
  const shown = above.slice(0, options.limit);
  const out = resolve(options.out ?? `similar-${name}.html`);
  const page = similarityHtml(exercise, result, shown);
  try {
    writeFileSync(out, page);
  } catch (error) {
    throw new Problem(
      exitCodes.usage,
      "not_written",
      `${out} cannot be written: ${(error as Error).message}`,
    );
  }
  if (options.json) {
    const { pairs: _, ...rest } = result;
    console.log(
      JSON.stringify({
        exercise: name,
        ...rest,
        page: out,
        pairs: shown.map(({ left, right, similarity, passages }) => ({
          left: left.who,
          right: right.who,
          similarity,
          passages,
        })),
      }),
    );
    return exitCodes.ok;
  }
  for (const { left, right, similarity, passages } of shown) {
    console.log(
      `${paint("bold", percent(similarity).padStart(5))}  ${plain(left.who)}  and  ${plain(right.who)}`,
    );
    for (const passage of passages.slice(0, 5)) console.log(`       ${passageText(passage)}`);
    if (passages.length > 5) console.log(`       and ${passages.length - 5} shorter ones`);
  }
  const more = above.length - shown.length;
  console.log(
    `\n${count(result.compared, "answer")} compared; ${count(above.length, "pair")} of ${options.threshold} % or more${more > 0 ? ` (${more} not shown: --limit)` : ""}; in the middle of all pairs: ${percent(result.median)}.`,
  );
  if (result.tooShort.length > 0)
    console.log(
      paint(
        "gray",
        `Too short, or nested too deep, to be compared: ${plain(result.tooShort.join(", "))}`,
      ),
    );
  console.log(`Side by side: ${out}`);
  return exitCodes.ok;
}

function passageText({ left, right, tokens }: Passage): string {
  const lines = ({ firstLine, lastLine }: Passage["left"]): string =>
    firstLine === lastLine ? `line ${firstLine}` : `lines ${firstLine}–${lastLine}`;
  return `${lines(left)} and ${lines(right)} (${tokens} tokens)`;
}

function fromFolder(
  folder: string,
  exercises: Parameters<typeof plan>[1],
  name: string,
): Candidate[] {
  try {
    const { learners } = plan(collect(folder), exercises, [name]);
    return learners.flatMap(({ student, answers }) => {
      const last = answers.filter(({ state }) => state === "written").at(-1);
      return last ? [{ who: student, source: last.source }] : [];
    });
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    throw usage("no_folder", error.message, "name a folder or zip file of collected notebooks");
  }
}

/** The answer of each learner that counts in the gradebook. */
async function fromService(name: string, course: string | undefined): Promise<Candidate[]> {
  const server = new Server(signedIn());
  const { rows } = await server.gradebook(course ?? process.env.GRADUS_COURSE);
  const wanted = rows.flatMap(({ name: learner, email, role, cells }) =>
    role === "learner" && cells[name]
      ? [{ who: `${learner} <${email}>`, id: cells[name].submission }]
      : [],
  );
  const progress = new Progress("answers");
  const found: Candidate[] = [];
  const queue = wanted.entries();
  let done = 0;
  const fetchSome = async (): Promise<void> => {
    for (const [index, { who, id }] of queue) {
      found[index] = { who, source: (await server.submission(id)).source };
      progress.show(++done, wanted.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, fetchSome));
  } finally {
    progress.end();
  }
  return found;
}
