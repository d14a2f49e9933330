import type { Metadata } from "next";
import Link from "next/link";
import { highlight } from "@/lib/highlight";
import { readSource, sourceFiles } from "@/lib/sources";

export const dynamicParams = false;

export const generateStaticParams = (): { file: string[] }[] =>
  sourceFiles().map(({ file }) => ({ file: file.split("/") }));

interface Props {
  params: Promise<{ file: string[] }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const file = (await params).file.join("/");
  return { title: file, description: `The source of gradus: ${file}` };
}

export default async function SourcePage({ params }: Props) {
  const file = (await params).file.join("/");
  let line = 0;
  const html = (await highlight(readSource(file).trimEnd(), "ts")).replace(
    /<span class="line">/g,
    () => `<span class="line" id="L${++line}">`,
  );
  return (
    <article className="ref__page ref__page--source">
      <nav className="ref__path" aria-label="Where this stands">
        <Link href="/reference" prefetch={false}>
          Reference
        </Link>{" "}
        <span aria-hidden="true">›</span>{" "}
        <Link href="/reference/source" prefetch={false}>
          Sources
        </Link>
      </nav>
      <h1>
        <code className="ref__name">{file}</code>
      </h1>
      <pre className="code code--still ref__file" data-numbered="" data-scrolls="">
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: highlighted here from the library's own code. */}
        <code dangerouslySetInnerHTML={{ __html: html }} />
      </pre>
    </article>
  );
}
