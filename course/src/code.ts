// What a cell may hold, so that the notebook's kernel and the page run it alike.
import ts from "typescript-api";
import { type Chapter, cellsOf } from "./chapter.ts";
import type { Problem } from "./problem.ts";

/** Modules that a cell may import: what is there in a notebook, in the page and in the grader. */
const modules = ["gradus"];

const isExported = (node: ts.Node): boolean =>
  ts.isExportDeclaration(node) ||
  ts.isExportAssignment(node) ||
  (ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some((one) => one.kind === ts.SyntaxKind.ExportKeyword));

/** Why a node cannot stand in a cell, and what to do; null where it can. */
function refusal(node: ts.Node): string | null {
  const foreign = (specifier: ts.Node | undefined) =>
    specifier && ts.isStringLiteral(specifier) && modules.includes(specifier.text)
      ? null
      : `a cell runs in the page too, where only ${modules.map((one) => `"${one}"`).join(", ")} can be imported`;
  if (ts.isImportDeclaration(node)) return foreign(node.moduleSpecifier);
  if (isExported(node))
    return "a cell exports nothing: what it declares is there in the cells below; delete `export`";
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
    return "a cell is no module: import.meta does not exist in it";
  if (
    ts.isVariableDeclarationList(node) &&
    (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using
  )
    return "the kernel's TypeScript does not know `using`: write const, and close it yourself";
  if (ts.isCallExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return foreign(node.arguments[0]);
    if (ts.isIdentifier(node.expression) && node.expression.text === "require")
      return 'write import { … } from "gradus" instead of require';
  }
  if (ts.isAwaitExpression(node) && ts.isCallExpression(node.expression)) {
    let called: ts.Node = node.expression.expression;
    while (ts.isParenthesizedExpression(called)) called = called.expression;
    if (ts.isArrowFunction(called) || ts.isFunctionExpression(called))
      return "the kernel cannot await a function where it is written: put its body into the cell, which may await";
  }
  return null;
}

/** Every problem in the TypeScript of a chapter's cells: syntax, and what one of its places cannot run. */
export function checkCode(chapter: Chapter): Problem[] {
  const problems: Problem[] = [];
  for (const cell of cellsOf(chapter)) {
    const add = (position: number, message: string) => {
      const { line, character } = source.getLineAndCharacterOfPosition(position);
      problems.push({ file: chapter.file, line: cell.line + line, column: character + 1, message });
    };
    // Only in a module is `await` at the top level what it is in a cell.
    const code = `${cell.code}\nexport {};`;
    const source = ts.createSourceFile(`${cell.id}.ts`, code, ts.ScriptTarget.ES2022, true);
    const { diagnostics = [] } = ts.transpileModule(code, {
      fileName: `${cell.id}.ts`,
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    for (const { start = 0, messageText } of diagnostics)
      add(start, `cell "${cell.id}": ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    const walk = (node: ts.Node): void => {
      const why = refusal(node);
      if (why) add(node.getStart(source), `cell "${cell.id}": ${why}`);
      else ts.forEachChild(node, walk);
    };
    if (diagnostics.length === 0) source.statements.slice(0, -1).forEach(walk);
  }
  return problems;
}
