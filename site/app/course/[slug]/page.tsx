import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import type { CellOutput } from "@/cells/protocol";
import { CellView } from "@/components/cell";
import { CellsProvider } from "@/components/cells";
import { Aside, Cite, CodeBlock, Predict, ProseTable } from "@/components/chapter-parts";
import { ChapterContents } from "@/components/contents";
import { ExerciseFrame } from "@/components/exercise-frame";
import { FigureFrame } from "@/components/figure-frame";
import { ArrowIcon } from "@/components/icons";
import { NotebookCell } from "@/components/notebook-cell";
import { OpenInLab } from "@/components/open-in-lab";
import { ScrollRegions } from "@/components/scroll-regions";
import {
  chapterBySlug,
  chapters,
  hasNotebook,
  type InitialCell,
  initialCells,
} from "@/lib/chapters";
import { highlight } from "@/lib/highlight";
import { type Extra, renderChapter } from "@/lib/mdx";
import type { Chapter } from "../../../../course/src/chapter.ts";
import { citation } from "../../../../course/src/citation.ts";
import "./chapter.css";
import "@/components/cell.css";
import "@/components/exercise.css";

export const dynamicParams = false;

export const generateStaticParams = (): { slug: string }[] =>
  chapters().map(({ front }) => ({ slug: front.slug }));

interface Props {
  params: Promise<{ slug: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const front = chapterBySlug((await params).slug)?.front;
  return front ? { title: front.title, description: front.summary } : {};
}

export default async function ChapterPage({ params }: Props) {
  const chapter = chapterBySlug((await params).slug);
  if (!chapter) notFound();
  const { front, name } = chapter;
  const cells = initialCells(chapter);
  const outputsOf = (id: string): CellOutput[] =>
    cells.find((cell) => cell.id === id)?.outputs ?? [];
  const { content, headings } = await renderChapter(
    chapter.source,
    {
      ...components,
      NotebookCell: ({ id, html }: { id: string; html: string }) => (
        <NotebookCell id={id} html={html} outputs={outputsOf(id)} />
      ),
    },
    await extras(chapter, cells),
  );
  const all = chapters();
  const at = all.indexOf(chapter);
  const sections =
    front.references.length > 0
      ? [...headings, { id: "references", text: "References" }]
      : headings;

  return (
    <div className="chapter">
      <ChapterContents slug={front.slug} headings={sections} />
      <article className="prose">
        <header className="chapter__head">
          <p className="chapter__number">Chapter {front.number}</p>
          <h1>{front.title}</h1>
          <p className="chapter__question">{front.question}</p>
          <div className="chapter__facts">
            <span>About {Math.round(front.minutes / 5) * 5} minutes</span>
            <div className="buttons">
              {hasNotebook(chapter) && (
                <>
                  <OpenInLab name={name} />
                  <a
                    className="button button--quiet button--small"
                    href={`/notebooks/${name}.ipynb`}
                    download
                  >
                    Download the notebook
                  </a>
                </>
              )}
            </div>
          </div>
          <details className="chapter__objectives">
            <summary>What you will be able to do</summary>
            <ul>
              {front.objectives.map((objective) => (
                <li key={objective}>{objective}</li>
              ))}
            </ul>
          </details>
        </header>
        <CellsProvider chapter={front.slug} cells={cells.filter((cell) => !cell.notebookOnly)}>
          {content}
        </CellsProvider>
        {front.references.length > 0 && (
          <section className="references" aria-labelledby="references">
            <h2 id="references">References</h2>
            <ul>
              {front.references.map(({ key, text, url }) => (
                <li key={key} id={`ref-${key}`} tabIndex={-1}>
                  {text}{" "}
                  {url && (
                    <a href={url} rel="noreferrer">
                      {url.replace(/^https?:\/\//, "")}
                    </a>
                  )}
                </li>
              ))}
            </ul>
          </section>
        )}
        <nav className="chapter__next" aria-label="Chapters">
          <Neighbor chapter={all[at - 1]} label="Before" />
          <Neighbor chapter={all[at + 1]} label="Next" />
          {!all[at + 1] && (
            <Link href="/course" prefetch={false} className="chapter__neighbor">
              <span>Next</span>
              <strong>
                See what is planned <ArrowIcon />
              </strong>
            </Link>
          )}
        </nav>
      </article>
      <ScrollRegions />
    </div>
  );
}

function Neighbor({ chapter, label }: { chapter: Chapter | undefined; label: string }) {
  if (!chapter) return null;
  return (
    <Link href={`/course/${chapter.front.slug}`} prefetch={false} className="chapter__neighbor">
      <span>{label}</span>
      <strong>
        {chapter.front.number}. {chapter.front.title}
      </strong>
    </Link>
  );
}

/** What the names in a chapter's MDX stand for. */
const components = {
  Cell: CellView,
  Cite,
  CodeBlock,
  Aside,
  Predict,
  Figure: FigureFrame,
  Exercise: ExerciseFrame,
  table: ProseTable,
};

/** What cells and citations need besides their names: highlighted code, authors and year. */
async function extras({ front }: Chapter, cells: InitialCell[]): Promise<Extra> {
  const html = new Map(
    await Promise.all(
      cells.map(async ({ id, source }) => [id, await highlight(source, "ts")] as const),
    ),
  );
  return (name, attributes): Record<string, string> => {
    if (name === "Cell" || name === "NotebookCell") return { html: html.get(attributes.id) ?? "" };
    if (name === "Cite") {
      const found = front.references.find(({ key }) => key === attributes.reference);
      const cited = found && citation(found);
      if (!cited) throw new Error(`no reference "${attributes.reference}"`);
      return { words: `(${cited.authors}, ${cited.year})`, full: found.text };
    }
    return {};
  };
}
