/**
 * Finds a learner's answers in a collected notebook, whatever happened to it: cells that were copied,
 * split or lost their metadata. Nothing is run.
 */
import ts from "typescript-api";
import { LARGEST_SOURCE } from "../sandbox/largest-source.ts";
import type { Exercise } from "../service/exercises.ts";
import { checkSource } from "../service/handed-in.ts";
import { Refusal } from "../service/refusal.ts";

/** The answer to one exercise in one notebook. */
export interface Answer {
  exercise: string;
  source: string;
  /** `starter`: nothing was written. `refused`: it cannot be graded, `remark` says why. */
  state: "written" | "starter" | "refused";
}

/** What one notebook holds. */
export interface Answers {
  answers: Answer[];
  /** What an instructor should know: cells that were doubled, lost or found by other means. */
  remarks: string[];
  /** Why an answer cannot be graded. */
  problems: string[];
}

interface Cell {
  /** As people count, from 1. */
  number: number;
  id: string;
  source: string;
  /** The exercise that its metadata names. */
  exercise: string | undefined;
  /** Whether its metadata says that it is another cell of the course. */
  foreign: boolean;
}

/**
 * Reads a notebook.
 * @throws Refusal when it is no notebook at all
 */
export function readAnswers(bytes: Uint8Array, exercises: readonly Exercise[]): Answers {
  const remarks: string[] = [];
  const problems: string[] = [];
  const cells = readCells(bytes, remarks);
  const byName = new Map(exercises.map((exercise) => [exercise.name, exercise]));
  const answers: Answer[] = [];
  const named = new Map<string, Cell[]>();
  for (const cell of cells)
    if (cell.exercise !== undefined)
      named.set(cell.exercise, [...(named.get(cell.exercise) ?? []), cell]);
  for (const name of named.keys())
    if (!byName.has(name)) remarks.push(`there is no exercise ${quote(name)} in this course`);

  for (const exercise of exercises) {
    let own = named.get(exercise.name) ?? [];
    if (own.length === 0) {
      own = cells.filter(({ id }) => id === `exercise-${exercise.name}`);
      if (own.length > 0) remarks.push(`${exercise.name}: its cell was found by its id alone`);
    }
    if (own.length === 0) {
      const like = cells.filter((cell) => !cell.foreign && cell.exercise === undefined);
      own = like.filter(({ source }) => definesAll(source, exercise.defines)).slice(-1);
      if (own.length > 0)
        remarks.push(
          `${exercise.name}: its cell has lost its mark; cell ${own[0].number} is taken, which defines ${exercise.defines.join(", ")}`,
        );
    }
    if (own.length > 0) answers.push(answerOf(exercise, own, remarks, problems));
  }
  return { answers, remarks, problems };
}

/** The answer in an exercise's cells: of copies the last one, of a cell that was split all parts. */
function answerOf(
  exercise: Exercise,
  cells: readonly Cell[],
  remarks: string[],
  problems: string[],
): Answer {
  const { name, starter, defines } = exercise;
  const written = cells.filter(
    ({ source }) => source.trim() !== "" && source.trim() !== starter.trim(),
  );
  if (written.length === 0) return { exercise: name, source: starter, state: "starter" };
  let source = written[0].source;
  if (written.length > 1) {
    const numbers = written.map(({ number }) => number).join(" and ");
    const declared = written.map((cell) => declarations(cell.source));
    const copies = defines.some((one) => declared.filter((names) => names.has(one)).length > 1);
    source = copies
      ? (written.at(-1)?.source ?? "")
      : written.map((cell) => cell.source).join("\n\n");
    if (new Set(written.map((cell) => cell.source)).size > 1)
      remarks.push(
        copies
          ? `${name}: cells ${numbers} answer it; the last one counts`
          : `${name}: cells ${numbers} together are the answer`,
      );
  }
  try {
    checkSource({ exercise: name, source });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problems.push(error.message);
    return { exercise: name, source: "", state: "refused" };
  }
  return { exercise: name, source, state: "written" };
}

/** The code cells. @throws Refusal */
function readCells(bytes: Uint8Array, remarks: string[]): Cell[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notNotebook("its bytes are not UTF-8 text");
  }
  if (text.trim() === "") throw notNotebook("the file is empty");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const merge = /^(<<<<<<<|>>>>>>>) /m.test(text);
    throw notNotebook(
      merge
        ? "it is not JSON, for it holds the marks of a merge that was not finished"
        : `it is not JSON (${(error as Error).message.slice(0, 120)})`,
    );
  }
  const { cells, nbformat, metadata } = fields(json);
  if (!Array.isArray(cells))
    throw notNotebook(
      typeof nbformat === "number" && nbformat < 4
        ? `it is of the old format ${nbformat}: open it in Jupyter and save it again`
        : "it has no list of cells",
    );
  const kernel = fields(fields(metadata).kernelspec);
  const language = kernel.language ?? fields(fields(metadata).language_info).name;
  if (typeof language === "string" && !/^(typescript|javascript)$/i.test(language))
    remarks.push(
      `it was last saved with another kernel (${quote(String(kernel.display_name ?? language))}); its cells are read as TypeScript`,
    );
  const read: Cell[] = [];
  for (const [index, value] of cells.entries()) {
    const cell = fields(value);
    if (cell.cell_type !== "code") continue;
    const number = index + 1;
    const source = [cell.source].flat();
    const gradus = fields(fields(cell.metadata).gradus);
    if (!source.every((line) => typeof line === "string")) {
      remarks.push(`cell ${number} is broken: its source is no text`);
      continue;
    }
    read.push({
      number,
      id: String(cell.id ?? ""),
      source: source.join(""),
      exercise: typeof gradus.exercise === "string" ? gradus.exercise : undefined,
      foreign: [gradus.cell, gradus.check, gradus.submit].some((mark) => mark !== undefined),
    });
  }
  return read;
}

/** The names that a source declares at its top. */
function declarations(source: string): Set<string> {
  const names = new Set<string>();
  const add = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const one of name.elements) if (ts.isBindingElement(one)) add(one.name);
  };
  if (source.length > LARGEST_SOURCE) return names;
  let statements: readonly ts.Statement[] = [];
  try {
    statements = ts.createSourceFile("answer.ts", source, ts.ScriptTarget.ES2022).statements;
  } catch {
    // Nested deeper than the parser can go: whatever it declares, nobody wrote it as an answer.
  }
  for (const statement of statements)
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) add(name);
    else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      if (statement.name) add(statement.name);
    }
  return names;
}

function definesAll(source: string, names: readonly string[]): boolean {
  // A look at the text spares most cells the parser.
  if (!names.every((name) => source.includes(name))) return false;
  const declared = declarations(source);
  return names.every((name) => declared.has(name));
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 80));

const notNotebook = (why: string): Refusal =>
  new Refusal(400, "not_notebook", `this is not a notebook: ${why}`);
