/**
 * Turns a cell's TypeScript into a script that one shared worker can run again and again.
 *
 * A cell becomes the body of a strict async function (so `await` works at the top), and what it
 * declares at the top becomes a property of the worker's global object: cells further down see it,
 * running the cell again replaces it, and functions read it at full speed. Lines stay where they
 * were, so that an error names the learner's own line.
 */
import {
  type CallExpression,
  type Declaration,
  type ImportDeclaration,
  type ImportDefaultSpecifier,
  type ImportExpression,
  type ImportSpecifier,
  type Node,
  type Pattern,
  type Program,
  parse,
} from "acorn";
import MagicString from "magic-string";
import { transform as stripTypes } from "sucrase";

/** A cell that cannot run at all, said in the learner's words. `line` counts from 1. */
export class CellError extends Error {
  override readonly name: string;
  readonly line?: number;
  readonly column?: number;
  constructor(name: string, message: string, line?: number, column?: number) {
    super(message);
    this.name = name;
    this.line = line;
    this.column = column;
  }
}

export interface CompiledCell {
  /** A script whose value is an async function: `(runtime) => Promise<value of the last expression>`. */
  code: string;
  /** The names the cell declares at its top level. */
  declares: string[];
}

/** What compiled code calls; the worker provides it. */
export interface CellRuntime {
  /** All of a module's exports, or throws a CellError that says what can be imported. */
  module(name: string, line: number): Promise<Record<string, unknown>>;
  /** Some exports; `used` says whether the cell uses one as a value (a type does not exist at run time). */
  named(
    module: string,
    wanted: { name: string; used: boolean }[],
    line: number,
  ): Promise<unknown[]>;
  /** Makes the names writable globals without a value. */
  declare(names: string[]): void;
  /** Makes the names constants, as `const` and `import` promise. */
  seal(names: string[]): void;
  /** Takes the value of a last expression, shown as the notebook shows it. */
  last(value: unknown): void;
}

/** The name under which a cell's lines appear in stack traces. */
export const sourceName = (id: string): string => `cell:${id}`;

/** @throws CellError where the cell is not TypeScript or uses what a cell cannot have. */
export function compileCell(source: string, id: string): CompiledCell {
  const script = strip(source, true);
  const program = read(script);
  const usedNames = importedValues(strip(source, false));
  const text = new MagicString(script);
  const declares: string[] = [];
  const functions: string[] = [];
  const head: string[] = [];

  const last = program.body.findLast((node) => node.type !== "EmptyStatement");
  for (const node of program.body) {
    switch (node.type) {
      case "ImportDeclaration":
        head.push(bindImport(node, declares, usedNames));
        blank(text, script, node);
        break;
      case "ExportNamedDeclaration":
      case "ExportDefaultDeclaration":
      case "ExportAllDeclaration":
        throw at(
          node,
          "SyntaxError",
          "a cell cannot export: its top-level names are there for every other cell anyway. Leave out `export`.",
        );
      case "FunctionDeclaration":
        functions.push(node.id.name);
        break;
      case "ClassDeclaration":
        declares.push(node.id.name);
        text.appendLeft(node.start, `${node.id.name} = `);
        text.appendRight(node.end, ";");
        break;
      case "VariableDeclaration":
        rewriteVariables(node, script, text, declares);
        break;
      case "ExpressionStatement":
        if (node === last && !node.directive) {
          text.appendLeft(node.start, ";__cell.last(");
          text.appendRight(node.expression.end, ")");
        }
        break;
    }
  }
  rewriteInner(program, script, text);

  const names = [...new Set([...declares, ...functions])];
  const opening = [
    names.length > 0 ? `__cell.declare(${JSON.stringify(names)});` : "",
    ...functions.map((name) => `globalThis.${name} = ${name};`),
    ...head,
  ].join("");
  return {
    // All of the opening stands on line 1, before the learner's first character.
    code: `(async (__cell) => {"use strict";${opening}${text.toString()}\n})\n//# sourceURL=${sourceName(id)}`,
    declares: names,
  };
}

/** TypeScript to JavaScript, line by line. With `keepImports`, imports stay although unused here. */
function strip(source: string, keepImports: boolean): string {
  try {
    return stripTypes(source, {
      transforms: ["typescript"],
      disableESTransforms: true,
      keepUnusedImports: keepImports,
    }).code;
  } catch (error) {
    const message = (error as Error).message;
    const place = /\((\d+):(\d+)\)\s*$/.exec(message);
    throw new CellError(
      "SyntaxError",
      message
        .replace(/^Error (?:parsing|transforming)[^:]*:\s*/, "")
        .replace(/\s*\(\d+:\d+\)\s*$/, ""),
      place ? Number(place[1]) : undefined,
      place ? Number(place[2]) : undefined,
    );
  }
}

function read(script: string): Program {
  try {
    return parse(script, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowAwaitOutsideFunction: true,
      locations: true,
    });
  } catch (error) {
    const { loc, message } = error as SyntaxError & { loc?: { line: number; column: number } };
    throw new CellError(
      "SyntaxError",
      message.replace(/\s*\(\d+:\d+\)\s*$/, ""),
      loc?.line,
      loc && loc.column + 1,
    );
  }
}

/** The imported names that the cell uses as values: what is left when unused imports go. */
function importedValues(script: string): Set<string> {
  const names = new Set<string>();
  for (const node of read(script).body)
    if (node.type === "ImportDeclaration")
      for (const { local } of node.specifiers) names.add(local.name);
  return names;
}

function bindImport(node: ImportDeclaration, declares: string[], used: Set<string>): string {
  const from = JSON.stringify(node.source.value);
  const line = node.loc?.start.line ?? 1;
  const locals = node.specifiers.map(({ local }) => local.name);
  declares.push(...locals);
  const names: string[] = [];
  const wanted: { name: string; used: boolean }[] = [];
  const parts: string[] = [];
  for (const specifier of node.specifiers) {
    const local = specifier.local.name;
    if (specifier.type === "ImportNamespaceSpecifier") {
      parts.push(`${local} = await __cell.module(${from}, ${line});`);
      continue;
    }
    names.push(local);
    wanted.push({ name: exportedName(specifier), used: used.has(local) });
  }
  // Without names too: that there is such a module is looked up.
  if (parts.length === 0 || names.length > 0)
    parts.push(`[${names}] = await __cell.named(${from}, ${JSON.stringify(wanted)}, ${line});`);
  if (locals.length > 0) parts.push(`__cell.seal(${JSON.stringify(locals)});`);
  return parts.join("");
}

function exportedName(specifier: ImportSpecifier | ImportDefaultSpecifier): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  const { imported } = specifier;
  return imported.type === "Identifier" ? imported.name : String(imported.value);
}

/** `const {a, b: [c]} = f()` → `({a, b: [c]} = f()); seal`; `let x` → `x = undefined`. */
function rewriteVariables(
  node: Extract<Declaration, { type: "VariableDeclaration" }>,
  script: string,
  text: MagicString,
  declares: string[],
): void {
  const kind: string = node.kind;
  if (kind === "using" || kind === "await using")
    throw at(node, "SyntaxError", "`using` does not work at the top of a cell. Use `const`.");
  const names: string[] = [];
  for (const declarator of node.declarations) {
    names.push(...namesIn(declarator.id));
    if (!declarator.init) text.appendRight(declarator.id.end, " = undefined");
  }
  declares.push(...names);
  const first = node.declarations[0];
  // The keyword goes, its line breaks stay.
  text.overwrite(node.start, first.start, `;(${newlines(script.slice(node.start, first.start))}`);
  const lastDeclarator = node.declarations[node.declarations.length - 1];
  const tail = kind === "const" ? `);__cell.seal(${JSON.stringify(names)});` : ");";
  text.appendRight(lastDeclarator.end, tail);
}

/**
 * What counts below the top level too: `import("gradus")` is answered by the worker, `import.meta`
 * is refused, and a top-level `var` inside a block or loop becomes the cell's own.
 */
function rewriteInner(program: Program, script: string, text: MagicString): void {
  walk(program, (node) => {
    if (node.type === "ImportExpression") {
      const { source } = node as ImportExpression;
      text.overwrite(node.start, source.start, "(async (name) => __cell.module(name, 0))(");
      if (script[node.end - 1] !== ")") text.appendRight(node.end, ")");
    }
    if (node.type === "MetaProperty" && script.slice(node.start, node.end) === "import.meta")
      throw at(
        node,
        "SyntaxError",
        "`import.meta` does not exist in a cell, neither here nor in the notebook.",
      );
    if (node.type === "CallExpression") {
      const { callee, arguments: args } = node as CallExpression;
      if (callee.type === "Identifier" && callee.name === "require" && args.length === 1)
        throw at(
          node,
          "SyntaxError",
          '`require` does not work in a cell. Write: import { … } from "gradus"',
        );
    }
  });
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    const children = Array.isArray(value) ? value : [value];
    for (const child of children)
      if (child && typeof child === "object" && typeof child.type === "string")
        walk(child as Node, visit);
  }
}

function namesIn(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []));
    case "RestElement":
      return namesIn(pattern.argument);
    case "AssignmentPattern":
      return namesIn(pattern.left);
    default:
      return [];
  }
}

function blank(text: MagicString, script: string, node: Node): void {
  text.overwrite(node.start, node.end, newlines(script.slice(node.start, node.end)) || " ");
}

const newlines = (part: string): string => part.replace(/[^\n]/g, "");

const at = (node: Node, name: string, message: string): CellError =>
  new CellError(name, message, node.loc?.start.line, (node.loc?.start.column ?? 0) + 1);
