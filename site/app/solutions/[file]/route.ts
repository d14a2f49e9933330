import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listExercises, loadExercise } from "@gradus/grader/exercises";
import { root } from "@/lib/chapters";
import { highlight } from "@/lib/highlight";

export const dynamic = "force-static";
export const dynamicParams = false;

export const generateStaticParams = (): { file: string }[] =>
  listExercises(join(root, "exercises")).map(({ name }) => ({ file: `${name}.json` }));

/** A reference solution. Apart from the chapter's page, so that it is nowhere in it until asked for. */
export async function GET(
  _: Request,
  { params }: { params: Promise<{ file: string }> },
): Promise<Response> {
  const name = (await params).file.replace(/\.json$/, "");
  const source = readFileSync(loadExercise(join(root, "exercises", name)).solutionPath, "utf8");
  // In the editor a solution stands without `export`, as the starter does.
  const shown = source.replace(/^export /gm, "").trimEnd();
  return Response.json({ source: shown, html: await highlight(shown, "ts") });
}
