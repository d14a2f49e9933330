import type { Metadata } from "next";
import Link from "next/link";
import { sourceFiles } from "@/lib/sources";

export const metadata: Metadata = {
  title: "Sources",
  description: "Every file of the library gradus, to be read.",
};

export default function SourcesPage() {
  const files = sourceFiles();
  const lines = files.reduce((sum, { lines }) => sum + lines, 0);
  const folders = [...new Set(files.map(({ folder }) => folder))];
  return (
    <article className="ref__page">
      <nav className="ref__path" aria-label="Where this stands">
        <Link href="/reference" prefetch={false}>
          Reference
        </Link>
      </nav>
      <h1>Sources</h1>
      <p className="lead">
        The library, {lines.toLocaleString("en-US")} lines in {files.length} files. Begin with{" "}
        <Link href="/reference/source/tensor.ts" prefetch={false}>
          <code>tensor.ts</code>
        </Link>
        .
      </p>
      {folders.map((folder) => (
        <section key={folder} className="ref__theme" aria-label={folder || "src"}>
          <h2>
            <code>{folder || "src"}/</code>
          </h2>
          <ul className="ref__files">
            {files
              .filter((one) => one.folder === folder)
              .map(({ file, name, lines }) => (
                <li key={file}>
                  <Link href={`/reference/source/${file}`} prefetch={false}>
                    <code>{name}</code>
                  </Link>{" "}
                  <span className="ref__kind">{lines} lines</span>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </article>
  );
}
