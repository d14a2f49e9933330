/** Reads exercises from their folders. The folder's layout is described in CONTRIBUTING.md. */
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Suite } from "@gradus/grader/checks";
import { ExerciseError, type ExerciseFront, readExerciseFront } from "./front.ts";

export { ExerciseError, type ExerciseFront } from "./front.ts";
export { checksVersion } from "./version.ts";

/** A wrong answer that learners really write. */
export interface Mutant {
  /** The file's name without `.ts`. */
  name: string;
  source: string;
  /** The names of the checks that must fail. */
  caughtBy: string[];
}

/** One exercise: what it asks, and how it is checked. */
export interface Exercise extends ExerciseFront {
  /** The folder's name. */
  name: string;
  dir: string;
  /** Markdown with `$math$`. */
  prompt: string;
  /** Markdown, from the gentlest hint on. */
  hints: string[];
  /** What the learner begins with. */
  starter: string;
  /** The reference solution, which learners do not see. */
  solutionPath: string;
  mutants: Mutant[];
  publicChecks(): Promise<Suite>;
  /** @throws {ExerciseError} where the checks' points do not add up to the exercise's */
  hiddenChecks(): Promise<Suite | undefined>;
}

/**
 * Reads the exercise in a folder.
 * @throws {ExerciseError} with file and line, where anything is not as it should be
 */
export function loadExercise(dir: string): Exercise {
  const name = path.basename(dir);
  const root = path.dirname(path.resolve(dir));
  const file = path.join(dir, "exercise.mdx");
  const text = read(file);
  const { front, body, bodyLine, lineOf } = readExerciseFront(text, file);
  const solutionPath = path.join(root, "..", "solutions", `${name}.ts`);
  const publicChecks = (): Promise<Suite> => importSuite(path.join(dir, "checks.ts"));
  return {
    ...front,
    name,
    dir,
    ...readText(body, file, bodyLine),
    starter: read(path.join(dir, "starter.ts")),
    solutionPath,
    mutants: readMutants(path.join(dir, "mutants")),
    publicChecks,
    async hiddenChecks() {
      const hiddenFile = path.join(dir, "hidden.ts");
      const hidden = fs.existsSync(hiddenFile) ? await importSuite(hiddenFile) : undefined;
      const all = [...(await publicChecks()).checks, ...(hidden?.checks ?? [])];
      const sum = all.reduce((points, check) => points + check.points, 0);
      if (!(Math.abs(sum - front.points) < 1e-9))
        throw new ExerciseError(
          file,
          lineOf("points"),
          `points is ${front.points}, but the checks add up to ${sum}`,
        );
      const twice = all.find(({ name }, i) => all.findIndex((other) => other.name === name) !== i);
      if (twice) throw new ExerciseError(hiddenFile, undefined, `a second check "${twice.name}"`);
      return hidden;
    },
  };
}

/** Every exercise under a folder, by name. @throws {ExerciseError} */
export function listExercises(root: string): Exercise[] {
  return fs
    .readdirSync(root, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && fs.existsSync(path.join(root, entry.name, "exercise.mdx")),
    )
    .map((entry) => entry.name)
    .sort()
    .map((name) => loadExercise(path.join(root, name)));
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    throw new ExerciseError(file, undefined, "this file is missing, or cannot be read");
  }
}

async function importSuite(file: string): Promise<Suite> {
  if (!fs.existsSync(file)) throw new ExerciseError(file, undefined, "this file is missing");
  const module = (await import(pathToFileURL(file).href)) as { default?: Partial<Suite> };
  const suite = module.default;
  if (!Array.isArray(suite?.checks) || suite.checks.length === 0)
    throw new ExerciseError(file, undefined, "write `export default checks(check(…), …)`");
  return suite as Suite;
}

/** Tells the prompt from the hints that follow it. Fenced code is left alone. */
function readText(
  body: string,
  file: string,
  bodyLine: number,
): { prompt: string; hints: string[] } {
  const prompt: string[] = [];
  const hints: string[] = [];
  let hint: { line: number; text: string[] } | undefined;
  let fence: string | undefined;
  for (const [i, line] of body.split(/\r?\n/).entries()) {
    const number = bodyLine + i;
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark && (fence === undefined || mark.startsWith(fence)))
      fence = fence === undefined ? mark : undefined;
    const tag = fence === undefined ? /^<(\/?)Hint>\s*$/.exec(line) : null;
    if (tag && !tag[1]) {
      if (hint) throw new ExerciseError(file, number, "a <Hint> inside a <Hint>");
      hint = { line: number, text: [] };
    } else if (tag) {
      const text = hint?.text.join("\n").trim();
      if (!text) throw new ExerciseError(file, number, "</Hint> without a hint before it");
      hints.push(text);
      hint = undefined;
    } else if (hint) hint.text.push(line);
    else prompt.push(line);
  }
  if (hint) throw new ExerciseError(file, hint.line, "this <Hint> has no </Hint>");
  const text = prompt.join("\n").trim();
  if (!text)
    throw new ExerciseError(file, bodyLine, "there is no prompt: say what is to be written");
  return { prompt: text, hints };
}

function readMutants(dir: string): Mutant[] {
  if (!fs.existsSync(dir)) return [];
  return fs
    .readdirSync(dir)
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => {
      const source = read(path.join(dir, file));
      const caughtBy = /^\/\/ caught by: (.+)/
        .exec(source)?.[1]
        .split(";")
        .map((one) => one.trim());
      if (!caughtBy)
        throw new ExerciseError(
          path.join(dir, file),
          1,
          "begin with `// caught by: <check>; <check>`",
        );
      return { name: path.basename(file, ".ts"), source, caughtBy };
    });
}
