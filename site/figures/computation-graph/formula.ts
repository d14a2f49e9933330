/** Reads a formula as a reader writes it, and makes a graph of it: one node for each variable, number and operation. */

export const functions = ["tanh", "exp", "log", "relu", "sigmoid", "sin", "cos"] as const;
export type FunctionName = (typeof functions)[number];
export type Operation = "+" | "−" | "·" | "/" | "neg" | "square" | FunctionName;

export type Node =
  | { kind: "variable"; name: string }
  | { kind: "number"; value: number }
  | { kind: "operation"; operation: Operation; inputs: number[] };

/** Each node stands after its inputs; the last one is the result. */
export type Graph = readonly Node[];

/** Most nodes that are drawn. */
export const mostNodes = 24;

/** A formula that cannot be read, in the reader's words; `at` counts characters from 0. */
export class FormulaError extends Error {
  override readonly name = "FormulaError";
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

interface Token {
  kind: "number" | "name" | "sign" | "end";
  text: string;
  at: number;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|(\d+\.?\d*|\.\d+)|([A-Za-z][A-Za-z0-9]*)|([-+*/^()²·−×])/y;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw new FormulaError(`"${text[at]}" has no meaning here`, at);
    const [, number, name, sign] = match;
    if (number) tokens.push({ kind: "number", text: number, at });
    else if (name) tokens.push({ kind: "name", text: name, at });
    else if (sign) tokens.push({ kind: "sign", text: sign, at });
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

/**
 * sum = product (± product)*; product = sign ((· or /) sign)*; sign = −sign or power;
 * power = atom (² or ^2)?; atom = number, variable, function(sum) or (sum).
 * @throws FormulaError where it cannot be read, has no variable, or is too long to draw
 */
export function readFormula(text: string): Graph {
  const tokens = tokensOf(text);
  const graph: Node[] = [];
  const variables = new Map<string, number>();
  let next = 0;

  const peek = () => tokens[next];
  const take = (...signs: string[]): Token | null =>
    peek().kind === "sign" && signs.includes(peek().text) ? tokens[next++] : null;
  const add = (node: Node): number => {
    if (graph.length === mostNodes)
      throw new FormulaError(`it has more than ${mostNodes} nodes: too many to draw`, peek().at);
    return graph.push(node) - 1;
  };
  const operate = (operation: Operation, ...inputs: number[]) =>
    add({ kind: "operation", operation, inputs });
  const close = (open: Token): void => {
    if (!take(")"))
      throw new FormulaError('a bracket is opened and not closed: ")" is missing', open.at);
  };

  function sum(): number {
    let left = product();
    for (let sign = take("+", "-", "−"); sign; sign = take("+", "-", "−"))
      left = operate(sign.text === "+" ? "+" : "−", left, product());
    return left;
  }
  function product(): number {
    let left = signed();
    for (let sign = take("*", "·", "×", "/"); sign; sign = take("*", "·", "×", "/"))
      left = operate(sign.text === "/" ? "/" : "·", left, signed());
    return left;
  }
  function signed(): number {
    return take("-", "−") ? operate("neg", signed()) : power();
  }
  function power(): number {
    const base = atom();
    if (take("²")) return operate("square", base);
    if (!take("^")) return base;
    const exponent = tokens[next++];
    if (exponent.text !== "2")
      throw new FormulaError("after ^ only 2 is known; write a·a·a for a³", exponent.at);
    return operate("square", base);
  }
  function atom(): number {
    const token = tokens[next++];
    if (token.kind === "number") return add({ kind: "number", value: Number(token.text) });
    if (token.kind === "sign" && token.text === "(") {
      const inside = sum();
      close(token);
      return inside;
    }
    if (token.kind === "name") {
      const name = functions.find((one) => one === token.text);
      const open = take("(");
      if (name && open) {
        const inside = sum();
        close(open);
        return operate(name, inside);
      }
      if (name) throw new FormulaError(`${name} needs brackets: ${name}(…)`, token.at);
      if (open)
        throw new FormulaError(
          `there is no function "${token.text}"; known: ${functions.join(", ")}. To multiply, write ${token.text}·(…)`,
          token.at,
        );
      const known = variables.get(token.text);
      if (known !== undefined) return known;
      if (token.text.length > 3)
        throw new FormulaError(
          `"${token.text}" is too long for a name: three characters at most`,
          token.at,
        );
      const index = add({ kind: "variable", name: token.text });
      variables.set(token.text, index);
      return index;
    }
    throw new FormulaError(
      token.kind === "end"
        ? "the formula ends too early"
        : `a number or a name should stand here, not "${token.text}"`,
      token.at,
    );
  }

  if (peek().kind === "end") throw new FormulaError("write a formula, such as (a·c + d)²", 0);
  sum();
  if (peek().kind !== "end")
    throw new FormulaError(
      peek().text === ")"
        ? "a bracket is closed that was not opened"
        : `an operation is missing before "${peek().text}"`,
      peek().at,
    );
  if (variables.size === 0) throw new FormulaError("a formula needs a variable, such as a", 0);
  return graph;
}
