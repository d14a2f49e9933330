/**
 * Writes values as text, as Node's console does in the notebook: strings plain at the top and quoted
 * inside, one line while it fits, at most so deep and so long.
 */

const width = 76;
const maxDepth = 3;
const maxItems = 100;
const custom = Symbol.for("nodejs.util.inspect.custom");

/** The line that `console.log(...values)` prints, `%s %d %i %f %o %O %j` in the first text included. */
export function format(values: unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== "string") return values.map(plain).join(" ");
  const text = first.replace(/%[sdifoOj%]/g, (mark) => {
    if (mark === "%%") return rest.length > 0 ? "%" : mark;
    if (rest.length === 0) return mark;
    const value = rest.shift();
    if (mark === "%s") return plain(value);
    if (mark === "%d" || mark === "%f") return String(Number(value));
    if (mark === "%i") return String(Number.parseInt(String(value), 10));
    if (mark === "%j") return JSON.stringify(value) ?? "undefined";
    return inspect(value);
  });
  return [text, ...rest.map(plain)].join(" ");
}

const plain = (value: unknown): string => (typeof value === "string" ? value : inspect(value));

/** A readable form of any value. Never throws, and never runs long. */
export function inspect(value: unknown): string {
  try {
    return write(value, 0, []);
  } catch (error) {
    return `[cannot be shown: ${error instanceof Error ? error.message : String(error)}]`;
  }
}

function write(value: unknown, depth: number, path: object[]): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "function") return nameOfFunction(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (path.includes(value)) return "[Circular]";
  const own = writeItself(value);
  if (own !== null) return own;
  const inside = [...path, value];
  const deep = depth >= maxDepth;
  const child = (item: unknown): string => write(item, depth + 1, inside);

  if (value instanceof Error)
    return value.stack?.includes(value.message) ? `${value.name}: ${value.message}` : String(value);
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return "Promise { … }";
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const items = value as unknown as ArrayLike<number | bigint>;
    return group(
      `${value.constructor.name}(${items.length}) [`,
      list(items, items.length, child),
      "]",
      true,
    );
  }
  if (Array.isArray(value)) {
    if (deep && value.length > 0) return "[Array]";
    const numbers = value.every((item) => typeof item === "number");
    return group(
      "[",
      [...list(value, value.length, child), ...fields(value, child, true)],
      "]",
      numbers,
    );
  }
  const name = value.constructor?.name ?? "";
  if (value instanceof Map) {
    if (deep) return "[Map]";
    const items = [...value]
      .slice(0, maxItems)
      .map(([key, item]) => `${child(key)} => ${child(item)}`);
    return group(`Map(${value.size}) {`, more(items, value.size), "}");
  }
  if (value instanceof Set) {
    if (deep) return "[Set]";
    return group(
      `Set(${value.size}) {`,
      more([...value].slice(0, maxItems).map(child), value.size),
      "}",
    );
  }
  if (deep) return `[${name || "Object"}]`;
  return group(name && name !== "Object" ? `${name} {` : "{", fields(value, child, false), "}");
}

/** Objects that know how they want to be read, a Tensor for one. */
function writeItself(value: object): string | null {
  const method = (value as Record<symbol, unknown>)[custom];
  if (typeof method === "function") {
    const said: unknown = method.call(value, 2, {}, inspect);
    if (typeof said === "string") return said;
  }
  return null;
}

function fields(value: object, child: (item: unknown) => string, skipIndices: boolean): string[] {
  const keys = Object.keys(value).filter((key) => !skipIndices || !/^\d+$/.test(key));
  const parts = keys.slice(0, maxItems).map((key) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
    const getter = Object.getOwnPropertyDescriptor(value, key)?.get;
    return `${name}: ${getter ? "[Getter]" : child((value as Record<string, unknown>)[key])}`;
  });
  return more(parts, keys.length);
}

function list(
  items: ArrayLike<unknown>,
  length: number,
  child: (item: unknown) => string,
): string[] {
  const parts: string[] = [];
  for (let i = 0; i < Math.min(length, maxItems); i++) parts.push(child(items[i]));
  return more(parts, length);
}

function more(parts: string[], length: number): string[] {
  const hidden = length - maxItems;
  return hidden > 0 ? [...parts, `... ${hidden} more item${hidden === 1 ? "" : "s"}`] : parts;
}

function group(open: string, parts: string[], close: string, flow = false): string {
  if (parts.length === 0) return open + close;
  const line = `${open} ${parts.join(", ")} ${close}`;
  if (line.length <= width && !line.includes("\n")) return line;
  if (!flow) return `${open}\n${parts.map((part) => indent(part)).join(",\n")}\n${close}`;
  // Numbers flow in columns of one width, so that rows can be compared.
  const wide = Math.max(...parts.map((part) => (part.startsWith("...") ? 0 : part.length)));
  const perLine = Math.max(1, Math.floor((width - 2) / (wide + 2)));
  const lines: string[] = [];
  for (let i = 0; i < parts.length; i += perLine)
    lines.push(
      parts
        .slice(i, i + perLine)
        .map((part) => part.padStart(wide))
        .join(", "),
    );
  return `${open}\n${lines.map((text) => indent(text)).join(",\n")}\n${close}`;
}

const indent = (text: string): string => text.replace(/^/gm, "  ");

function quote(text: string): string {
  const mark = !text.includes("'")
    ? "'"
    : !text.includes('"')
      ? '"'
      : !text.includes("`")
        ? "`"
        : "'";
  const inner = text
    .replace(/\\/g, "\\\\")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/\t/g, "\\t");
  return mark + (mark === "'" ? inner.replace(/'/g, "\\'") : inner) + mark;
}

function nameOfFunction(value: { name?: string }): string {
  const isClass = /^class[\s{]/.test(Function.prototype.toString.call(value));
  return `[${isClass ? "class" : "Function"}${value.name ? `${isClass ? " " : ": "}${value.name}` : " (anonymous)"}]`;
}
