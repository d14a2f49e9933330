/** Deeper than this, objects are only named. */
const DEEPEST = 4;
/** More elements than this are only counted. */
const LONGEST = 100;
/** A value that fits into this many characters stands on one line. */
const WIDTH = 80;

/** A value as text, as one would write it in code. The same in Node and in the page. */
export function inspect(value: unknown): string {
  return write(value, 0, []);
}

function write(value: unknown, indent: number, parents: readonly object[]): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name ? `[function ${value.name}]` : "[function]";
    case "object":
      if (value === null) return "null";
      try {
        return writeObject(value, indent, parents);
      } catch {
        return "[not readable]"; // a revoked proxy, a toString that throws
      }
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    default:
      return String(value);
  }
}

function writeObject(value: object, indent: number, parents: readonly object[]): string {
  if (parents.includes(value)) return "[circular]";
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return "Promise { … }";
  const name = classOf(value);
  const within = [...parents, value];
  const element = (child: unknown) => write(child, indent + 2, within);
  const deep = parents.length >= DEEPEST;

  if (Array.isArray(value)) return deep ? "[…]" : list("[", value.map(element), "]", indent);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return `${name} ${list("[", Array.from(value as unknown as ArrayLike<number>, String), "]", indent)}`;
  if (value instanceof Set)
    return `Set ${deep ? "{…}" : list("{ ", [...value].map(element), " }", indent)}`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, child]) => `${element(key)} => ${element(child)}`);
    return `Map ${deep ? "{…}" : list("{ ", entries, " }", indent)}`;
  }
  if (Object.hasOwn(Object.getPrototypeOf(value) ?? {}, "toString") && name !== "Object")
    return String(value).replaceAll("\n", `\n${" ".repeat(indent)}`);
  const prefix = name === "Object" ? "" : `${name} `;
  if (deep) return `${prefix}{…}`;
  const fields = Object.keys(value).map((key) => {
    const plain = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key);
    return `${plain ? key : JSON.stringify(key)}: ${readField(value, key, element)}`;
  });
  return `${prefix}${list("{ ", fields, " }", indent)}`;
}

function readField(object: object, key: string, write: (value: unknown) => string): string {
  let field: unknown;
  try {
    field = object[key as keyof object];
  } catch (error) {
    return `[throws ${error instanceof Error ? error.name : typeof error}]`;
  }
  return write(field);
}

function classOf(value: object): string {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null ? "Object" : (prototype.constructor?.name ?? "Object");
}

function list(open: string, parts: readonly string[], close: string, indent: number): string {
  if (parts.length === 0) return open.trim() + close.trim();
  const more = parts.length - LONGEST;
  const shown = more > 0 ? [...parts.slice(0, LONGEST), `… ${more} more`] : parts;
  const line = shown.join(", ");
  if (line.length + indent <= WIDTH && !line.includes("\n")) return `${open}${line}${close}`;
  const pad = " ".repeat(indent + 2);
  // Short elements are filled into lines, like words; long ones get a line each.
  const separator = shown.every((part) => part.length <= 12)
    ? wrap(shown, pad)
    : shown.join(`,\n${pad}`);
  return `${open.trim()}\n${pad}${separator}\n${" ".repeat(indent)}${close.trim()}`;
}

function wrap(parts: readonly string[], pad: string): string {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + part.length + 2 + pad.length <= WIDTH)
      lines[lines.length - 1] = `${last}, ${part}`;
    else lines.push(part);
  }
  return lines.join(`,\n${pad}`);
}
