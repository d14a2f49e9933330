/** Handing in from a notebook: which code that is, and what is shown of it. */
import { isUntouched } from "@gradus/grader/checks";
import { display } from "gradus";
import { loadNamed } from "./exercise.ts";
import { stepHtml, stepText } from "./render-submit.ts";
import type { HandInStep } from "./steps.ts";

/** How to hand in. */
export interface SubmitOptions {
  /** The course, by its id; by default the one that everybody has. */
  course?: string;
  /** Which attempt this is to be. Where attempts are limited, or it is late, `submit` asks for it. */
  attempt?: number;
}

/** A cell that ran, as the kernel keeps it. */
interface Ran {
  id: string | null;
  code: string;
  state: "running" | "done" | "failed";
}

/** How long to wait for the verdict, in seconds. */
const WAIT = 120;

/**
 * Hands in the answer to an exercise, as its cell ran last, and shows the verdict when it is there. It
 * takes the login of `gradus login`. Where that would use up one of few attempts, or costs points for
 * being late, it says so first and hands in nothing.
 *
 * ```ts
 * await submit("perceptron-update");
 * ```
 *
 * @throws {Error} where there is no such exercise; never for what the service answers
 */
export async function submit(name: string, options: SubmitOptions = {}): Promise<void> {
  const exercise = await loadNamed(name, "submit");
  const { title } = exercise;
  const shown = display(view(title, { at: "begun" }));
  const found = answer(name, exercise.defines);
  if ("message" in found) return shown.finish(view(title, { at: "refused", ...found }));
  if (isUntouched(found.source, exercise.starter))
    return shown.finish(view(title, { at: "nothing" }));
  const module: string = "@gradus/grader/hand-in";
  const { handIn } = (await import(module)) as {
    handIn(it: object): AsyncGenerator<HandInStep>;
  };
  let last: HandInStep | undefined;
  for await (const step of handIn({
    exercise: name,
    source: found.source,
    wait: WAIT,
    ...options,
  })) {
    last = step;
    shown.update(view(title, step));
  }
  if (last) shown.finish(view(title, last));
}

/** The code of the exercise's cell as it ran last; or why there is none. */
function answer(
  name: string,
  defines: readonly string[],
): { source: string } | { message: string; hint: string } {
  const ran = (globalThis as { [key: symbol]: Ran[] | undefined })[Symbol.for("gradus.cells")];
  if (!ran)
    return {
      message: "This kernel does not tell which cells ran, so nothing can be handed in from here.",
      hint: "choose the kernel TypeScript (Gradus), or hand the notebook in with: gradus submit NOTEBOOK.ipynb",
    };
  const own = [...ran]
    .reverse()
    .find(
      ({ id, code }) => id === `exercise-${name}` || defines.every((one) => declares(code, one)),
    );
  if (!own)
    return {
      message: `The cell with your answer has not run yet: no cell that ran defines ${defines.join(" and ")}.`,
      hint: "run the cell with your answer, then this one",
    };
  if (own.state !== "done")
    return {
      message:
        own.state === "failed"
          ? "The cell with your answer ended with an error when it ran last."
          : "The cell with your answer has not run to its end.",
      hint: "make it run, then run this one",
    };
  return { source: own.code };
}

const declares = (code: string, name: string): boolean =>
  new RegExp(
    `(^|[^\\w$.])(function\\*?|class|const|let|var)\\s+${name.replace(/\$/g, "\\$")}(?![\\w$])`,
  ).test(code);

const view = (title: string, step: HandInStep) => ({
  toMimeBundle: () => ({
    "text/html": stepHtml(title, step),
    "text/plain": stepText(title, step),
  }),
});
