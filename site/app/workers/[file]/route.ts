import { join } from "node:path";
import { build } from "esbuild";
import { framePage } from "@/isolate/frame";
import { root } from "@/lib/chapters";

export const dynamic = "force-static";
export const dynamicParams = false;

export const generateStaticParams = (): { file: string }[] => [
  { file: "frame.html" },
  { file: "cells.js" },
  { file: "checks.js" },
];

/** The frame that holds workers; and a worker's code with all it needs in one file, for the frame can fetch nothing. */
export async function GET(
  _: Request,
  { params }: { params: Promise<{ file: string }> },
): Promise<Response> {
  const { file } = await params;
  if (file === "frame.html")
    // The server adds framePolicy, as it adds every page's policy.
    return new Response(framePage, { headers: { "Content-Type": "text/html; charset=utf-8" } });
  const name = file.replace(/\.js$/, "");
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, "site", "isolate", `${name}.worker.ts`)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2023",
    minify: true,
    // Errors name the library's classes; learners read those names.
    keepNames: true,
    legalComments: "none",
    logLevel: "silent",
  });
  return new Response(outputFiles[0].text, {
    headers: { "Content-Type": "text/javascript; charset=utf-8" },
  });
}
