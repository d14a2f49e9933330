import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadExercise } from "@gradus/grader/exercises";
import { chapters, hasNotebook, root } from "@/lib/chapters";
import { formatNotebook, parseNotebook } from "../../../../course/src/nbformat.ts";
import { withoutAnswers } from "../../../../course/src/outputs.ts";

export const dynamic = "force-static";
export const dynamicParams = false;

export const generateStaticParams = (): { file: string }[] =>
  chapters()
    .filter(hasNotebook)
    .map(({ name }) => ({ file: `${name}.ipynb` }));

const starterOf = (exercise: string): string =>
  loadExercise(join(root, "exercises", exercise)).starter;

/** A chapter's notebook, to be downloaded, without what was answered in it on this machine. */
export async function GET(
  _: Request,
  { params }: { params: Promise<{ file: string }> },
): Promise<Response> {
  const { file } = await params;
  const notebook = parseNotebook(readFileSync(join(root, "notebooks", file), "utf8"));
  return new Response(formatNotebook(withoutAnswers(notebook, starterOf)), {
    headers: {
      "Content-Type": "application/x-ipynb+json",
      "Content-Disposition": `attachment; filename="${file}"`,
    },
  });
}
