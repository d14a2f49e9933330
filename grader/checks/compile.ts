import { transform } from "sucrase";

/** The learner's code cannot be read. Lines and columns count from 1. */
export class CompileError extends Error {
  override readonly name: string = "CompileError";
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, line?: number, column?: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/**
 * TypeScript to the JavaScript of a CommonJS module: types stripped, imports turned into
 * `require()`, every line kept where it was.
 * @throws {CompileError}
 */
export function compile(source: string): string {
  try {
    return transform(source, {
      transforms: ["typescript", "imports"],
      production: true,
      disableESTransforms: true,
    }).code;
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    throw new CompileError(message.replace(/ \(\d+:\d+\)$/, ""), loc?.line, loc?.column);
  }
}
