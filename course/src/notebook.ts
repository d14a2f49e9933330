// A chapter as a notebook, not yet run.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { type Exercise, ExerciseError, loadExercise } from "@gradus/grader/exercises";
import type { Block, Chapter, CourseOptions } from "./chapter.ts";
import { checkCode } from "./code.ts";
import type { CodeCell, GradusMetadata, MarkdownCell, Notebook } from "./nbformat.ts";
import { CourseError, type Problem } from "./problem.ts";
import { loadPrompt } from "./prompt.ts";
import { findRoot } from "./root.ts";

const kernelspec = { name: "tslab", display_name: "TypeScript (Gradus)", language: "typescript" };

/** As the kernel gives it, so that JupyterLab finds nothing to change when it opens the notebook. */
const languageInfo = {
  codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
  file_extension: ".ts",
  mimetype: "text/typescript",
  name: "typescript",
  version: "5.0.4",
};

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

const quoted = (markdown: string): string =>
  markdown.replace(/^(.*)$/gm, (line) => (line ? `> ${line}` : ">"));

const folded = (title: string, markdown: string): string =>
  `<details>\n<summary>${title}</summary>\n\n${markdown}\n\n</details>`;

const escapeAttribute = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** The size an SVG wants to have, in CSS pixels. */
function sizeOf(svg: string, file: string): { width: number; height: number } {
  const tag = /<svg\b[^>]*>/.exec(svg)?.[0] ?? "";
  const number = (name: string) =>
    Number(new RegExp(`\\s${name}="([\\d.]+)(?:px)?"`).exec(tag)?.[1]);
  const box = /\sviewBox="\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*"/.exec(tag);
  const width = number("width") || Number(box?.[1]);
  const height = number("height") || Number(box?.[2]);
  if (!(width > 0 && height > 0))
    throw new CourseError([
      {
        file,
        line: 1,
        column: 1,
        message: "the picture has no size: give its <svg> a viewBox, or width and height",
      },
    ]);
  return { width, height };
}

/** Dots for each pixel of a figure, so that it is sharp on fine screens too. */
const DENSITY = 2;

/** JupyterLab shows no SVG that is attached to a cell, so the still is attached as PNG. */
async function toPng(svg: string): Promise<string> {
  const { default: sharp } = await import("sharp");
  const png = await sharp(Buffer.from(svg), { density: 72 * DENSITY })
    .flatten({ background: "#ffffff" })
    .png({ compressionLevel: 9, palette: true })
    .toBuffer();
  return png.toString("base64");
}

/** Collects cells and gives each an id that stays the same when something is added elsewhere. */
class Cells {
  readonly list: (MarkdownCell | CodeCell)[] = [];
  private readonly ids = new Set<string>();
  private section = "opening";

  private id(wish: string): string {
    const base = wish.slice(0, 58).replace(/-+$/, "");
    let id = base;
    for (let count = 2; this.ids.has(id); count++) id = `${base}-${count}`;
    this.ids.add(id);
    return id;
  }

  begin(heading: string): void {
    const slug = heading
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "");
    this.section = slug || "section";
  }

  markdown(
    source: string,
    more: Pick<MarkdownCell, "attachments"> & { gradus?: GradusMetadata } = {},
  ): void {
    const { attachments, gradus } = more;
    this.list.push({
      cell_type: "markdown",
      id: this.id(`text-${this.section}`),
      metadata: gradus ? { gradus } : {},
      source,
      ...(attachments && { attachments }),
    });
  }

  code(id: string, source: string, gradus: GradusMetadata): void {
    const cell = { execution_count: null, outputs: [], metadata: { gradus }, source };
    this.list.push({ cell_type: "code", id: this.id(id), ...cell });
  }
}

function opening({ front }: Chapter): string {
  return [
    `# ${front.number}. ${front.title}`,
    `*${front.question}*`,
    front.summary,
    `**After this chapter you can**\n\n${front.objectives.map((one) => `- ${one}`).join("\n")}`,
    `About ${front.minutes} minutes. Run a cell with Shift+Enter. Then change it and run it again: ` +
      "that is what it is there for.",
  ].join("\n\n");
}

const dots = (difficulty: number): string => "●".repeat(difficulty) + "○".repeat(4 - difficulty);

function exerciseText(
  number: number,
  exercise: Exercise,
  prompt: { markdown: string; hints: string[] },
): string {
  const { title, points, difficulty, minutes } = exercise;
  const facts = `${points} ${points === 1 ? "point" : "points"} · difficulty ${dots(difficulty)} · about ${minutes} minutes`;
  const forbidden = exercise.forbids.map((name) => `\`${name}\``).join(", ");
  return [
    `### Exercise ${number}: ${title}`,
    `*${facts}*`,
    prompt.markdown,
    ...(forbidden ? [`Not to be used here: ${forbidden}.`] : []),
    ...prompt.hints.map((hint, index) =>
      folded(`Hint ${index + 1} of ${prompt.hints.length}`, hint),
    ),
  ].join("\n\n");
}

function references({ front }: Chapter): string {
  const lines = front.references.map(
    ({ text, url }) => `- ${text.trim()}${url ? ` <${url}>` : ""}`,
  );
  return `## References\n\n${lines.join("\n")}`;
}

function problemOf({ file, line, message }: ExerciseError, root: string): Problem {
  const place = `${file}${line === undefined ? "" : `:${line}`}: `;
  return {
    file: path.relative(root, file).split(path.sep).join("/"),
    line: line ?? 1,
    column: 1,
    message: message.startsWith(place) ? message.slice(place.length) : message,
  };
}

/**
 * Builds the notebook of a chapter, without outputs. The pictures of figures whose stills have not changed are taken
 * from `previous`, because a picture drawn on another machine may differ in its bytes.
 * @throws CourseError where a cell's TypeScript or an exercise's text is refused
 */
export async function buildNotebook(
  chapter: Chapter,
  { root = findRoot(), previous }: CourseOptions & { previous?: Notebook } = {},
): Promise<Notebook> {
  const problems: Problem[] = checkCode(chapter);
  const cells = new Cells();
  cells.markdown(opening(chapter));
  let figures = 0;
  let exercises = 0;

  const figure = async (block: Extract<Block, { kind: "figure" }>): Promise<void> => {
    const file = `site/figures/${block.name}/still.svg`;
    const svg = fs.readFileSync(path.join(root, file), "utf8");
    const still = sha256(svg);
    const { width } = sizeOf(svg, file);
    const picture = `${block.name}.png`;
    const before = previous?.cells.find(
      (cell) => cell.cell_type === "markdown" && cell.metadata.gradus?.figure?.still === still,
    );
    const kept =
      before?.cell_type === "markdown" ? before.attachments?.[picture]?.["image/png"] : undefined;
    figures++;
    const image = `<img src="attachment:${picture}" width="${width}" alt="${escapeAttribute(block.alt)}">`;
    cells.markdown(
      `${image}\n\n**Figure ${figures}.** ${block.caption} *This is a still; on the site the figure moves.*`,
      {
        attachments: { [picture]: { "image/png": kept ?? (await toPng(svg)) } },
        gradus: { figure: { name: block.name, still } },
      },
    );
  };

  const exercise = (name: string): void => {
    try {
      const loaded = loadExercise(path.join(root, "exercises", name));
      exercises++;
      cells.markdown(exerciseText(exercises, loaded, loadPrompt(name, root)));
      cells.code(`exercise-${name}`, loaded.starter.trimEnd(), { exercise: name });
      const check =
        `import { check } from "@gradus/grader/notebook";\n` +
        `await check("${name}", { ${loaded.defines.join(", ")} });`;
      cells.code(`check-${name}`, check, { check: name });
      // As it stands it hands nothing in: a starter is not sent.
      const submit = `import { submit } from "@gradus/grader/notebook";\nawait submit("${name}");`;
      cells.code(`submit-${name}`, submit, { submit: name });
    } catch (error) {
      if (error instanceof CourseError) problems.push(...error.problems);
      else if (error instanceof ExerciseError) problems.push(problemOf(error, root));
      else throw error;
    }
  };

  for (const block of chapter.blocks)
    switch (block.kind) {
      case "prose":
        if (block.heading) cells.begin(block.heading.text);
        cells.markdown(block.markdown);
        break;
      case "cell":
        cells.code(block.id, block.code, { cell: block.id });
        break;
      case "figure":
        await figure(block);
        break;
      case "exercise":
        exercise(block.name);
        break;
      case "aside":
        cells.markdown(quoted(block.markdown));
        break;
      case "predict":
        cells.markdown(
          `**Predict, then look.** ${block.question}\n\n${folded("Answer", block.markdown)}`,
        );
        break;
    }
  if (chapter.front.references.length > 0) {
    cells.begin("references");
    cells.markdown(references(chapter));
  }
  if (problems.length > 0) throw new CourseError(problems);

  const source = sha256(
    JSON.stringify(cells.list.map((cell) => ({ ...cell, attachments: undefined }))),
  );
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec,
      language_info: languageInfo,
      gradus: { chapter: chapter.name, source },
    },
    cells: cells.list,
  };
}
