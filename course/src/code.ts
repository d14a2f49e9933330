// What a cell may hold, so that the notebook's kernel and the page run it alike.
import ts from "typescript-api";
import { type Cell, type Chapter, cellsOf } from "./chapter.ts";
import type { Problem } from "./problem.ts";

/** Modules that a cell may import: what is there in a notebook, in the page and in the grader. */
const modules = ["gradus"];

/** What a cell of the notebook alone may import besides: libraries that the repository brings. */
const libraries = [
  "@tensorflow/tfjs",
  "libsvm-js/asm",
  "ml-cart",
  "ml-logistic-regression",
  "ml-matrix",
  "ml-random-forest",
  "ml-regression-multivariate-linear",
];

const isExported = (node: ts.Node): boolean =>
  ts.isExportDeclaration(node) ||
  ts.isExportAssignment(node) ||
  (ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some((one) => one.kind === ts.SyntaxKind.ExportKeyword));

const quoted = (names: readonly string[]): string => names.map((one) => `"${one}"`).join(", ");

/** Why a node cannot stand in a cell, and what to do; null where it can. */
function refusal(node: ts.Node, cell: Cell): string | null {
  const foreign = (specifier: ts.Node | undefined) => {
    const name = specifier && ts.isStringLiteral(specifier) ? specifier.text : "";
    if (modules.includes(name)) return null;
    if (!libraries.includes(name))
      return cell.notebookOnly
        ? `the notebook has only ${quoted([...modules, ...libraries])} to import`
        : `a cell runs in the page too, where only ${quoted(modules)} can be imported`;
    return cell.notebookOnly
      ? null
      : `the page has no "${name}": begin the cell with \`\`\`ts cell id=${cell.id} notebook, and only the notebook runs it`;
  };
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

/** What a cell declares at its top level, imports included. */
function declared(source: ts.SourceFile): string[] {
  const names: string[] = [];
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.push(name.text);
    else for (const one of name.elements) if (ts.isBindingElement(one)) bind(one.name);
  };
  for (const one of source.statements) {
    if (ts.isVariableStatement(one))
      for (const { name } of one.declarationList.declarations) bind(name);
    else if (
      ts.isFunctionDeclaration(one) ||
      ts.isClassDeclaration(one) ||
      ts.isInterfaceDeclaration(one) ||
      ts.isTypeAliasDeclaration(one)
    ) {
      if (one.name) names.push(one.name.text);
    } else if (ts.isImportDeclaration(one)) {
      const { name, namedBindings } = one.importClause ?? {};
      if (name) names.push(name.text);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) names.push(namedBindings.name.text);
      else for (const { name } of namedBindings?.elements ?? []) names.push(name.text);
    }
  }
  return names;
}

/** A name that stands for nothing by itself: after a dot, or before the colon in an object. */
const isLabel = (node: ts.Identifier): boolean =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node) ||
  (ts.isBindingElement(node.parent) && node.parent.propertyName === node) ||
  ts.isPropertySignature(node.parent);

/** Every problem in the TypeScript of a chapter's cells: syntax, and what one of its places cannot run. */
export function checkCode(chapter: Chapter): Problem[] {
  const problems: Problem[] = [];
  /** What only cells of the notebook declare, and where. */
  const unseen = new Map<string, string>();
  for (const cell of cellsOf(chapter)) {
    /** A name that the page will not know, because the cell that declares it does not run there. */
    const missing = (node: ts.Node): string | null =>
      !cell.notebookOnly &&
      ts.isIdentifier(node) &&
      unseen.has(node.text) &&
      !own.has(node.text) &&
      !isLabel(node)
        ? `"${node.text}" comes from the cell "${unseen.get(node.text)}", which the page does not run: declare it in a cell that it does`
        : null;
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
      const why = refusal(node, cell) ?? missing(node);
      if (why) add(node.getStart(source), `cell "${cell.id}": ${why}`);
      else ts.forEachChild(node, walk);
    };
    for (const name of declared(source))
      if (cell.notebookOnly) unseen.set(name, cell.id);
      else unseen.delete(name);
    // A parameter of the same name is the cell's own.
    const own = new Set<string>();
    const gather = (node: ts.Node): void => {
      if (ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node))
        if (ts.isIdentifier(node.name)) own.add(node.name.text);
      ts.forEachChild(node, gather);
    };
    gather(source);
    if (diagnostics.length === 0) source.statements.slice(0, -1).forEach(walk);
  }
  return problems;
}
