/** Checks in a notebook, and handing in: `import { check, submit } from "@gradus/grader/notebook"`. */
import { connectInProcess, type Report, runChecks } from "@gradus/grader/checks";
import { display } from "gradus";
import { loadNamed } from "./exercise.ts";
import { reportHtml, reportText } from "./render.ts";

export { type SubmitOptions, submit } from "./submit.ts";

/**
 * Runs an exercise's public checks on what was defined in the notebook and shows what they found.
 *
 * ```ts
 * await check("perceptron-update", { update });
 * ```
 *
 * @param name the exercise's folder under `exercises/`, looked for upward from the notebook
 * @param definitions what the exercise asks for, by name
 * @throws {Error} where there is no such exercise, or a name that it asks for is not handed over;
 *   never for a check that fails
 */
export async function check(name: string, definitions: Record<string, unknown>): Promise<void> {
  const exercise = await loadNamed(name, "check");
  const missing = exercise.defines.filter((one) => definitions[one] === undefined);
  if (missing.length > 0)
    throw new Error(
      `check: "${name}" asks for ${missing.join(" and ")}\n` +
        `  hint: await check("${name}", { ${exercise.defines.join(", ")} })`,
    );
  const report = await runChecks(await exercise.publicChecks(), connectInProcess(definitions), {
    exercise: name,
    defines: exercise.defines,
    forbids: exercise.forbids,
  });
  display(shown(exercise.title, report));
}

const shown = (title: string, report: Report) => ({
  toMimeBundle: () => ({
    "text/html": reportHtml(title, report),
    "text/plain": reportText(title, report),
  }),
});
