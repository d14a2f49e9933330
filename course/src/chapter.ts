// One chapter, read from its MDX file: checked, and cut into the blocks that a notebook and a page are made of.
import fs from "node:fs";
import path from "node:path";
import { type FrontMatter, readFrontMatter } from "./front.ts";
import {
  type Component,
  componentOf,
  headingText,
  type Mdx,
  type MdxNode,
  parseMdx,
  type Reader,
  toMarkdown,
} from "./mdx.ts";
import { CourseError, type Problem, unknown } from "./problem.ts";
import { findRoot, foldersWith } from "./root.ts";

/** A code cell that runs, in the notebook and, unless it says otherwise, in the page. */
export interface Cell {
  kind: "cell";
  id: string;
  code: string;
  /** Line of the chapter's file on which `code` begins. */
  line: number;
  /** It needs a library that the page does not have: the page shows its code and what it showed in the notebook. */
  notebookOnly: boolean;
}

/** What a chapter consists of, in order. Markdown is CommonMark with GFM and `$math$`, citations written out. */
export type Block =
  | { kind: "prose"; markdown: string; line: number; heading?: { depth: number; text: string } }
  | Cell
  | { kind: "figure"; name: string; caption: string; alt: string; line: number }
  | { kind: "exercise"; name: string; line: number }
  | { kind: "aside"; markdown: string; line: number }
  | { kind: "predict"; question: string; markdown: string; line: number };

export interface Chapter {
  /** The file's name without its ending: `01-perceptron`. */
  name: string;
  /** Path from the repository's folder: `course/01-perceptron.mdx`. */
  file: string;
  front: FrontMatter;
  blocks: Block[];
  /** The whole text, as it stands in the file. */
  source: string;
}

export interface CourseOptions {
  /** The repository's folder; found by itself where left out. */
  root?: string;
}

const fileName = /^(\d{2})-([a-z][a-z0-9-]*)\.mdx$/;

/** `cell id=name`, and `notebook` behind it where only the notebook can run it. */
const cellMeta = /^cell id=([a-z][a-z0-9-]*)( notebook)?$/;

function readCode(
  node: Extract<MdxNode, { type: "code" }>,
  reader: Reader,
): Cell | "shown" | "refused" {
  const meta = node.meta ?? "";
  const place = node.position!.start;
  if (!/^cell\b/.test(meta)) {
    if (/\bcell\b/.test(meta) || /\bid=/.test(meta))
      reader.refuse(
        place,
        `cannot read "${meta}" after the language: a live cell begins with \`\`\`ts cell id=a-name`,
      );
    return "shown";
  }
  if (node.lang !== "ts") {
    reader.refuse(
      place,
      `a live cell is written in ts, not ${node.lang}: begin it with \`\`\`ts cell id=a-name`,
    );
    return "refused";
  }
  const [, id, only] = cellMeta.exec(meta) ?? [];
  if (!id) {
    reader.refuse(
      place,
      /\bid=/.test(meta)
        ? `cannot read "${meta}": an id is lower-case letters, digits and hyphens, as in \`\`\`ts cell id=load-penguins`
        : "this cell has no id, under which its outputs are kept: write ```ts cell id=a-name",
    );
    return "refused";
  }
  if (node.value.trim() === "")
    reader.refuse(place, `the cell "${id}" is empty: give it code or delete it`);
  return {
    kind: "cell",
    id,
    code: node.value,
    line: place.line + 1,
    notebookOnly: only !== undefined,
  };
}

/** What each component must and may be given. */
const components: Record<string, { required: string[]; body: boolean }> = {
  Figure: { required: ["name", "caption", "alt"], body: false },
  Exercise: { required: ["name"], body: false },
  Aside: { required: [], body: true },
  Predict: { required: ["question"], body: true },
};

/** Reads one block-level component; null where it is refused. */
function readComponent(found: Component, reader: Reader): Block | null {
  const { name, attributes, line } = found;
  const rule = components[name];
  if (!rule) {
    reader.refuse(
      found,
      name === "Cite"
        ? "<Cite> stands inside a sentence, not alone on its line"
        : unknown("component", name, [...Object.keys(components), "Cite"]),
    );
    return null;
  }
  let sound = true;
  for (const attribute of rule.required)
    if (!attributes[attribute]?.value.trim()) {
      sound = false;
      reader.refuse(found, `<${name}> needs ${attribute}="…"`);
    }
  for (const [attribute, { place }] of Object.entries(attributes))
    if (!rule.required.includes(attribute))
      reader.refuse(place, `<${name}>: ${unknown("attribute", attribute, rule.required)}`);
  const empty = found.node.children.length === 0;
  if (rule.body && empty) {
    sound = false;
    reader.refuse(found, `<${name}> is empty: put its text between <${name}> and </${name}>`);
  }
  if (!rule.body && !empty)
    reader.refuse(found, `<${name}> has no text inside: close it as <${name} … />`);
  if (!sound) return null;
  const value = (attribute: string) => attributes[attribute].value.trim();
  switch (name) {
    case "Figure":
      return {
        kind: "figure",
        name: value("name"),
        caption: value("caption"),
        alt: value("alt"),
        line,
      };
    case "Exercise":
      return { kind: "exercise", name: value("name"), line };
    case "Aside":
      return { kind: "aside", markdown: toMarkdown(found.node.children, reader), line };
    default:
      return {
        kind: "predict",
        question: value("question"),
        markdown: toMarkdown(found.node.children, reader),
        line,
      };
  }
}

/** Cuts a text into blocks: prose is split at every heading, so that a notebook folds as the chapter does. */
function readBlocks(mdx: Mdx, reader: Reader): Block[] {
  const blocks: Block[] = [];
  let prose: MdxNode[] = [];
  let depth = 1;
  const flush = () => {
    const markdown = toMarkdown(prose, reader);
    if (markdown) {
      const first = prose[0];
      const heading =
        first.type === "heading" ? { depth: first.depth, text: headingText(first) } : undefined;
      blocks.push({
        kind: "prose",
        markdown,
        line: first.position!.start.line,
        ...(heading && { heading }),
      });
    }
    prose = [];
  };
  for (const node of mdx.tree.children as MdxNode[]) {
    if (node.type === "yaml") continue;
    const found = componentOf(node, reader);
    if (found) {
      flush();
      const block = readComponent(found, reader);
      if (block) blocks.push(block);
      continue;
    }
    if (node.type === "code") {
      const cell = readCode(node, reader);
      if (cell !== "shown") {
        flush();
        if (cell !== "refused") blocks.push(cell);
        continue;
      }
    }
    if (node.type === "heading") {
      flush();
      if (node.depth === 1)
        reader.refuse(
          node.position!.start,
          "a heading of the first rank is the chapter's title: begin with ##",
        );
      else if (node.depth > depth + 1)
        reader.refuse(
          node.position!.start,
          `a heading of rank ${node.depth} under one of rank ${depth} leaves one out: write ${"#".repeat(depth + 1)}`,
        );
      depth = node.depth;
    }
    prose.push(node);
  }
  flush();
  return blocks;
}

/**
 * Reads and checks a chapter. The TypeScript inside its cells is checked by {@link ./code.ts checkCode}.
 * @param file path of the MDX file, from the working directory or absolute
 * @throws CourseError with every problem found, each with file, line, column and what to do
 */
export function loadChapter(file: string, { root = findRoot() }: CourseOptions = {}): Chapter {
  const full = path.resolve(file);
  const shown = path.relative(root, full).split(path.sep).join("/");
  const problems: Problem[] = [];
  const source = fs.readFileSync(full, "utf8");
  const mdx = parseMdx(source, shown);
  const reader: Reader = {
    source,
    references: new Map(),
    refuse: ({ line, column }, message) => problems.push({ file: shown, line, column, message }),
  };

  const top = mdx.tree.children[0];
  const front = readFrontMatter(top?.type === "yaml" ? top.value : null, reader.refuse);
  const name = path.basename(full, ".mdx");
  const parts = fileName.exec(path.basename(full));
  if (!parts)
    reader.refuse(
      { line: 1, column: 1 },
      "a chapter's file is named by its number and slug, as in 01-perceptron.mdx",
    );
  else if (front && (Number(parts[1]) !== front.number || parts[2] !== front.slug))
    reader.refuse(
      { line: 1, column: 1 },
      `front matter: number ${front.number} and slug "${front.slug}" belong to a file named ` +
        `${String(front.number).padStart(2, "0")}-${front.slug}.mdx: rename the file or change them`,
    );
  for (const one of front?.references ?? []) {
    if (reader.references?.has(one.key))
      reader.refuse(
        { line: 1, column: 1 },
        `front matter: two references have the key "${one.key}"`,
      );
    reader.references?.set(one.key, one);
  }
  if (!front) reader.references = null;

  const blocks = readBlocks(mdx, reader);
  const figures = foldersWith(path.join(root, "site", "figures"), "still.svg");
  const exercises = foldersWith(path.join(root, "exercises"), "exercise.mdx");
  const seen = new Map<string, number>();
  for (const block of blocks) {
    const here = { line: block.line, column: 1 };
    const once = (what: string, key: string, line: number) => {
      const before = seen.get(`${what} ${key}`);
      if (before !== undefined)
        reader.refuse(
          { line, column: 1 },
          `${what} "${key}" stands on line ${before} already: give each its own`,
        );
      else seen.set(`${what} ${key}`, line);
    };
    if (block.kind === "cell") once("the cell id", block.id, block.line - 1);
    if (block.kind === "exercise") {
      if (!exercises.includes(block.name))
        reader.refuse(here, unknown("exercise", block.name, exercises));
      else once("the exercise", block.name, block.line);
    }
    if (block.kind === "figure" && !figures.includes(block.name))
      reader.refuse(
        here,
        fs.existsSync(path.join(root, "site", "figures", block.name))
          ? `the figure "${block.name}" has no still.svg, which the notebook shows: add site/figures/${block.name}/still.svg`
          : unknown("figure", block.name, figures),
      );
  }
  if (problems.length > 0 || !front) throw new CourseError(problems);
  return { name, file: shown, front, blocks, source };
}

/** The paths of all chapters' files, in order. */
export function chapterFiles({ root = findRoot() }: CourseOptions = {}): string[] {
  const folder = path.join(root, "course");
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(".mdx"));
  return names.sort().map((name) => path.join(folder, name));
}

/**
 * Reads all chapters, in the order of their numbers.
 * @throws CourseError with the problems of all of them
 */
export function listChapters({ root = findRoot() }: CourseOptions = {}): Chapter[] {
  const problems: Problem[] = [];
  const chapters: Chapter[] = [];
  for (const file of chapterFiles({ root }))
    try {
      chapters.push(loadChapter(file, { root }));
    } catch (error) {
      if (!(error instanceof CourseError)) throw error;
      problems.push(...error.problems);
    }
  for (const [index, chapter] of chapters.entries())
    for (const other of chapters.slice(0, index))
      if (other.front.number === chapter.front.number || other.front.slug === chapter.front.slug)
        problems.push({
          file: chapter.file,
          line: 1,
          column: 1,
          message: `number or slug is the same as in ${other.file}: give each chapter its own`,
        });
  if (problems.length > 0) throw new CourseError(problems);
  return chapters;
}

/** The cells of a chapter, in order. */
export const cellsOf = (chapter: Chapter): Cell[] =>
  chapter.blocks.filter((block) => block.kind === "cell");

/** The names of a chapter's exercises, in order. */
export const exercisesOf = (chapter: Chapter): string[] =>
  chapter.blocks.flatMap((block) => (block.kind === "exercise" ? [block.name] : []));

export type { FrontMatter, Reference } from "./front.ts";
