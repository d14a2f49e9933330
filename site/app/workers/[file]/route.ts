import { buildWorkers, type WorkerCode } from "@/isolate/build";
import { framePage } from "@/isolate/frame";
import { root } from "@/lib/chapters";

export const dynamic = "force-static";
export const dynamicParams = false;

let built: Promise<WorkerCode> | undefined;

/** Once a build of the site; while one develops, what is edited counts at once. */
function code(): Promise<WorkerCode> {
  if (process.env.NODE_ENV !== "production") return buildWorkers(root);
  built ??= buildWorkers(root);
  return built;
}

interface File {
  type: string;
  text: string;
  /** Its name has a hash of what is in it, so browsers need not ask again. */
  kept?: boolean;
}

/**
 * The frame that holds workers; the workers' own code; the library's parts and their index. Pages
 * hand the code to the workers, for the frame can fetch nothing.
 */
async function files(): Promise<Map<string, File>> {
  const { library, workers } = await code();
  const script = (text: string): File => ({ type: "text/javascript", text });
  return new Map<string, File>([
    // The server adds framePolicy, as it adds every page's policy.
    ["frame.html", { type: "text/html", text: framePage }],
    ["library.json", { type: "application/json", text: JSON.stringify(library.index) }],
    ...Array.from(workers, ([name, text]) => [`${name}.js`, script(text)] as const),
    ...Array.from(library.texts, ([name, text]) => {
      return [name, { ...script(text), kept: true }] as const;
    }),
  ]);
}

export const generateStaticParams = async (): Promise<{ file: string }[]> =>
  Array.from((await files()).keys(), (file) => ({ file }));

export async function GET(
  _: Request,
  { params }: { params: Promise<{ file: string }> },
): Promise<Response> {
  const { file } = await params;
  const found = (await files()).get(file);
  if (!found) return new Response("Not found", { status: 404 });
  return new Response(found.text, {
    headers: {
      "Content-Type": `${found.type}; charset=utf-8`,
      ...(found.kept && { "Cache-Control": "public, max-age=31536000, immutable" }),
    },
  });
}
