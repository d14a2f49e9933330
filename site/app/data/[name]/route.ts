import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packs } from "gradus/host";
import { root } from "@/lib/chapters";

export const dynamic = "force-static";
export const dynamicParams = false;

export const generateStaticParams = (): { name: string }[] =>
  Object.keys(packs).map((name) => ({ name }));

/** A data pack as it lies in datasets/. Pages ask for it with its hash, so it may be kept forever. */
export async function GET(
  _: Request,
  { params }: { params: Promise<{ name: string }> },
): Promise<Response> {
  const { name } = await params;
  return new Response(await readFile(join(root, "datasets", name, "pack.gz")), {
    headers: {
      "Content-Type": "application/gzip",
      "Cache-Control": "public, max-age=31536000, immutable",
    },
  });
}
