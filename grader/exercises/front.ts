import { guardedNames } from "gradus/host";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";

const name = z.string().regex(/^[A-Za-z_$][\w$]*$/, "must be a name as in code");

const frontMatter = z.strictObject({
  title: z.string().trim().min(1, "must not be empty"),
  points: z.number().positive("must be more than 0"),
  difficulty: z.int().min(1, "must be 1 to 4").max(4, "must be 1 to 4"),
  minutes: z.int().positive("must be more than 0"),
  defines: z.array(name).min(1, "must name what the learner is to define"),
  forbids: z
    .array(name.refine((one) => guardedNames().includes(one), "is nothing that gradus can forbid"))
    .default([]),
});

/** What an exercise.mdx says about itself. */
export type ExerciseFront = z.infer<typeof frontMatter>;

/** An exercise that is not as it should be: what, where, and what to do about it. */
export class ExerciseError extends Error {
  override readonly name: string = "ExerciseError";
  readonly file: string;
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, message: string) {
    super(`${file}${line === undefined ? "" : `:${line}`}: ${message}`);
    this.file = file;
    this.line = line;
  }
}

const BLOCK = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/;

/**
 * Splits an exercise.mdx into its front matter, checked, and its text.
 * @throws {ExerciseError} with the line at fault
 */
export function readExerciseFront(
  text: string,
  file: string,
): { front: ExerciseFront; body: string; bodyLine: number; lineOf: (key: string) => number } {
  const block = BLOCK.exec(text);
  if (!block)
    throw new ExerciseError(
      file,
      1,
      "there is no front matter: begin the file with YAML between two lines of ---",
    );
  const counter = new LineCounter();
  const document = parseDocument(block[1], { lineCounter: counter });
  // The YAML begins on the file's second line.
  const lineAt = (offset: number): number => counter.linePos(offset).line + 1;
  const [problem] = document.errors;
  if (problem)
    throw new ExerciseError(file, lineAt(problem.pos[0]), problem.message.split("\n")[0]);
  const lineOf = (key: string): number => {
    const pairs = isMap(document.contents) ? document.contents.items : [];
    const pair = pairs.find(({ key: own }) => isScalar(own) && own.value === key);
    return pair && isScalar(pair.key) && pair.key.range ? lineAt(pair.key.range[0]) : 1;
  };
  const parsed = frontMatter.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A misspelt field first: it explains the one that is missing.
    const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
    if (issue.code === "unrecognized_keys")
      throw new ExerciseError(
        file,
        lineOf(issue.keys[0]),
        `there is no field "${issue.keys[0]}"; known: ${Object.keys(frontMatter.shape).join(", ")}`,
      );
    const key = String(issue.path[0] ?? "");
    const value: unknown = document.getIn(issue.path);
    const what = value === undefined ? key : `${key} (${JSON.stringify(value)})`;
    throw new ExerciseError(file, lineOf(key), `${what}: ${issue.message}`);
  }
  const head = block[0];
  return {
    front: parsed.data,
    body: text.slice(head.length),
    bodyLine: head.split("\n").length,
    lineOf,
  };
}
