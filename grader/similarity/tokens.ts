/**
 * A program as the tokens that matter when programs are compared: what is easily changed without changing
 * what the program does (names, comments, types, line breaks, braces, quotes) is the same for all.
 */
import ts from "typescript-api";

export interface Token {
  text: string;
  /** Where it stands in the source, from the first character to the one after the last. */
  start: number;
  end: number;
}

const dropped = new Set([
  ts.SyntaxKind.SemicolonToken,
  ts.SyntaxKind.ExportKeyword,
  ts.SyntaxKind.ReadonlyKeyword,
  ts.SyntaxKind.EndOfFileToken,
]);

/**
 * The tokens of a source, in order; of one that does not parse, as many as there are. Of one that is nested
 * deeper than anybody writes there are none.
 */
export function tokenize(source: string): Token[] {
  try {
    return read(ts.createSourceFile("answer.ts", source, ts.ScriptTarget.ES2022, true));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [];
  }
}

function read(file: ts.SourceFile): Token[] {
  const own = declaredNames(file);
  const tokens: Token[] = [];
  const add = (text: string, node: ts.Node): void => {
    tokens.push({ text, start: node.getStart(file), end: node.getEnd() });
  };
  const visit = (node: ts.Node): void => {
    if (isSilent(node)) return;
    if (ts.isShorthandPropertyAssignment(node)) {
      add(`.${node.name.text}`, node.name);
      add(":", node.name);
      add(own.has(node.name.text) ? "name" : node.name.text, node.name);
      return;
    }
    const children = node.getChildren(file);
    if (children.length > 0) {
      for (const [index, child] of children.entries()) {
        // The colon of a type goes with it; so do the question mark of an optional parameter and `!`.
        const next = children[index + 1];
        if (child.kind === ts.SyntaxKind.ColonToken && next && ts.isTypeNode(next)) continue;
        if (child.kind === ts.SyntaxKind.QuestionToken && !ts.isConditionalExpression(node))
          continue;
        if (child.kind === ts.SyntaxKind.ExclamationToken && ts.isNonNullExpression(node)) continue;
        if (child.kind === ts.SyntaxKind.AsKeyword) continue;
        // A comma behind the last one of a list is a matter of layout.
        if (child.kind === ts.SyntaxKind.CommaToken && !next) continue;
        visit(child);
      }
      return;
    }
    const text = textOf(node, own, file);
    if (text !== undefined) add(text, node);
  };
  visit(file);
  return tokens;
}

/** What a program may have or not have. */
function isSilent(node: ts.Node): boolean {
  return (
    (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isTypeParameterDeclaration(node) ||
    node.kind === ts.SyntaxKind.JSDoc ||
    dropped.has(node.kind)
  );
}

function textOf(node: ts.Node, own: ReadonlySet<string>, file: ts.SourceFile): string | undefined {
  const { kind, parent } = node;
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
    // What it is called in an object is part of what it does; what a variable, or a member of a class of
    // one's own, is called is not.
    if (isMember(parent) && parent.name === node) return ".member";
    if (isPropertyName(node)) return own.has(`.${node.text}`) ? ".member" : `.${node.text}`;
    return own.has(node.text) ? "name" : node.text;
  }
  if (ts.isNumericLiteral(node)) return String(Number(node.text));
  if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) return "text";
  if (kind === ts.SyntaxKind.ConstKeyword || kind === ts.SyntaxKind.VarKeyword) return "let";
  const isBrace = kind === ts.SyntaxKind.OpenBraceToken || kind === ts.SyntaxKind.CloseBraceToken;
  if (isBrace && parent && ts.isBlock(parent)) return undefined;
  const isParenthesis =
    kind === ts.SyntaxKind.OpenParenToken || kind === ts.SyntaxKind.CloseParenToken;
  if (
    isParenthesis &&
    parent &&
    (ts.isArrowFunction(parent) || ts.isParenthesizedExpression(parent))
  )
    return undefined;
  return node.getText(file) || undefined;
}

function isPropertyName(node: ts.Identifier | ts.PrivateIdentifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node)
  );
}

/** What a class gives a name to. */
const isMember = (node: ts.Node): node is ts.ClassElement & { name: ts.PropertyName } =>
  ts.isClassElement(node) && ts.isClassLike(node.parent) && node.name !== undefined;

/** Every name that the source itself gives to something; those of members of a class with a dot before. */
function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { name } = node as { name?: ts.Node };
    if (name && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name))) {
      const isOwn =
        ts.isVariableDeclaration(node) ||
        ts.isParameter(node) ||
        ts.isBindingElement(node) ||
        ts.isFunctionDeclaration(node) ||
        ts.isFunctionExpression(node) ||
        ts.isClassLike(node);
      if (isMember(node)) names.add(`.${name.text}`);
      else if (isOwn) names.add(name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}
