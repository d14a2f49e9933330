/** `gradus release`: the learner's copy of the course. */
import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { zipSync } from "fflate";
import { ExerciseError } from "../exercises/index.ts";
import { type Copy, makeCopy, modeOf, ReleaseError, writeCopy } from "../offline/release.ts";
import { checkUrl } from "./account.ts";
import { exercisesFolder } from "./course-folder.ts";
import { writing } from "./files.ts";
import { exitCodes, Problem, usage } from "./problem.ts";
import { count, plain } from "./terminal.ts";

interface Options {
  out: string;
  zip?: string;
  url?: string;
  json?: boolean;
}

export async function release(chapters: string[], options: Options): Promise<void> {
  const root = dirname(resolve(exercisesFolder()));
  const url = options.url === undefined ? {} : { url: checkUrl(options.url) };
  let copy: Copy;
  let done: ReturnType<typeof writeCopy>;
  const out = resolve(options.out);
  try {
    copy = makeCopy(root, { ...(chapters.length > 0 ? { chapters } : {}), ...url });
    const { zip: file } = options;
    // The smaller one first: where it cannot be written, the copy stays as it was.
    if (file !== undefined) {
      const bytes = zip(copy, "gradus");
      writing(file, () => writeFileSync(file, bytes));
    }
    done = writing(out, () => writeCopy(copy, out));
  } catch (error) {
    throw explain(error);
  }
  const of = (place: string): string[] => [
    ...new Set(
      [...copy.keys()].flatMap((file) => (file.startsWith(place) ? [file.split("/")[1]] : [])),
    ),
  ];
  const [notebooks, exercises] = [of("notebooks/"), of("exercises/")];
  if (options.json) {
    console.log(JSON.stringify({ out, files: copy.size, ...done, notebooks, exercises }));
    return;
  }
  const megabytes = [...copy.values()].reduce((sum, { length }) => sum + length, 0) / 2 ** 20;
  console.log(
    `${out}: ${count(notebooks.length, "notebook")}, ${count(exercises.length, "exercise")}; ${count(copy.size, "file")}, ${megabytes.toFixed(1)} MiB (${done.written} new or changed, ${done.removed} removed).`,
  );
  console.log(
    "Searched for every line of solutions, mutants and hidden checks, and for the names of hidden checks: nothing found.",
  );
  if (options.zip !== undefined) console.log(`Zip: ${resolve(options.zip)}`);
}

/** The copy in one file, the same bytes each time. */
function zip(copy: Copy, folder: string): Uint8Array {
  // The earliest that a zip file can say.
  const mtime = new Date(1980, 0, 1);
  const files = [...copy].map(([file, bytes]) => {
    const packed = /\.gz$/.test(file);
    return [
      join(folder, file).replaceAll("\\", "/"),
      [bytes, { mtime, os: 3, attrs: (modeOf(file) | 0o100000) << 16, level: packed ? 0 : 6 }],
    ] as const;
  });
  return zipSync(Object.fromEntries(files) as Parameters<typeof zipSync>[0]);
}

function explain(error: unknown): unknown {
  if (error instanceof ExerciseError)
    return usage("broken_exercise", error.message, "mend it first");
  if (!(error instanceof ReleaseError)) return error;
  if (error.leaks.length === 0) return usage("no_release", error.message);
  const shown = error.leaks
    .slice(0, 10)
    .map(({ file, secret, text }) => `\n  ${file}: ${plain(text).slice(0, 80)} (from ${secret})`);
  return new Problem(
    exitCodes.failedChecks,
    "leak",
    `${error.message}: ${count(error.leaks.length, "line")}${shown.join("")}`,
    "take these lines out of the text that learners get, or tell them there on purpose",
  );
}
