import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chapters, hasNotebook, root } from "@/lib/chapters";

export const dynamic = "force-static";
export const dynamicParams = false;

export const generateStaticParams = (): { file: string }[] =>
  chapters()
    .filter(hasNotebook)
    .map(({ name }) => ({ file: `${name}.ipynb` }));

/** A chapter's notebook, to be downloaded. */
export async function GET(
  _: Request,
  { params }: { params: Promise<{ file: string }> },
): Promise<Response> {
  const { file } = await params;
  return new Response(readFileSync(join(root, "notebooks", file)), {
    headers: {
      "Content-Type": "application/x-ipynb+json",
      "Content-Disposition": `attachment; filename="${file}"`,
    },
  });
}
