import "server-only";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { cache } from "react";
import { fromNotebook } from "@/cells/nbformat";
import type { CellOutput } from "@/cells/protocol";
import { type Chapter, cellsOf, exercisesOf, listChapters } from "../../course/src/chapter.ts";
import { loadOutputs, notebookFile } from "../../course/src/outputs.ts";

/** The repository, whose folders the pages are made from. Next runs in site/. */
export const root = resolve(process.cwd(), "..");

/** All chapters, in order; read once a build. */
export const chapters = cache((): Chapter[] => listChapters({ root }));

export function chapterBySlug(slug: string): Chapter | undefined {
  return chapters().find((chapter) => chapter.front.slug === slug);
}

/** A cell as the page begins with it: its code, and what the executed notebook showed. */
export interface InitialCell {
  id: string;
  source: string;
  outputs: CellOutput[];
  /** The page shows it and cannot run it. */
  notebookOnly: boolean;
}

/** Whether the chapter's notebook has been built; a draft may have none yet. */
export const hasNotebook = (chapter: Chapter): boolean =>
  existsSync(notebookFile(chapter.name, root));

export function initialCells(chapter: Chapter): InitialCell[] {
  const outputs = hasNotebook(chapter) ? loadOutputs(chapter.name, { root }) : {};
  return cellsOf(chapter).map(({ id, code, notebookOnly }) => ({
    id,
    notebookOnly,
    source: code,
    outputs: fromNotebook(outputs[id] ?? []),
  }));
}

/** What the course map and the front page say of a chapter. */
export interface ChapterCard {
  slug: string;
  number: number;
  title: string;
  question: string;
  summary: string;
  minutes: number;
  exercises: string[];
}

export const cardOf = (chapter: Chapter): ChapterCard => ({
  slug: chapter.front.slug,
  number: chapter.front.number,
  title: chapter.front.title,
  question: chapter.front.question,
  summary: chapter.front.summary,
  minutes: chapter.front.minutes,
  exercises: exercisesOf(chapter),
});
