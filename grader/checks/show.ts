/** Values in words and short numbers, for messages that a learner reads. */
import { Tensor } from "gradus";
import { Opaque } from "./codec.ts";

/** A number with at most this many significant digits: `0.333333`, `1e-7`, `NaN`. */
export function showNumber(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(digits)) + 0);
}

/** A shape as written in code: `[2, 3]`. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** A value as one would write it, cut short where it is long. */
export function show(value: unknown, { digits = 6, room = 160 } = {}): string {
  const text = showPart(value, digits, 0);
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

// More elements than this are shown by the first few and the last.
const WHOLE = 12;
const FIRST = 6;

function showPart(value: unknown, digits: number, depth: number): string {
  switch (typeof value) {
    case "number":
      return showNumber(value, digits);
    case "string":
      return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name ? `function ${value.name}` : "a function";
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) return "null";
  if (value instanceof Opaque) return value.description;
  if (depth > 6) return "…";
  const part = (element: unknown): string => showPart(element, digits, depth + 1);
  if (value instanceof Tensor) return `tensor(${showBlock(value, part)})`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name} ${showNumbers(value as Uint8Array, part)}`;
  if (Array.isArray(value)) return showList(value, part);
  if (value instanceof Map)
    return `Map { ${joined(Array.from(value), ([key, item]) => `${part(key)} → ${part(item)}`)} }`;
  if (value instanceof Set) return `Set { ${joined(Array.from(value), part)} }`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const fields = joined(Object.entries(value), ([key, item]) => `${key}: ${part(item)}`);
  return fields ? `{ ${fields} }` : "{}";
}

function showBlock({ data, shape, dtype }: Tensor, part: (element: unknown) => string): string {
  const number = (at: number): string =>
    dtype === "bool" ? String(data[at] !== 0) : part(data[at]);
  const block = (axis: number, start: number, size: number): string => {
    if (axis === shape.length) return number(start);
    const step = size / (shape[axis] || 1);
    const places = Array.from({ length: Math.min(shape[axis], WHOLE + 1) }, (_, i) =>
      i === WHOLE ? shape[axis] - 1 : i,
    );
    const more = shape[axis] > WHOLE + 1 ? shape[axis] : undefined;
    return showList(places, (i) => block(axis + 1, start + i * step, step), more);
  };
  return block(0, 0, data.length);
}

/** Looks only at what it shows: there may be millions. */
function showNumbers(numbers: Uint8Array, part: (element: unknown) => string): string {
  const { length } = numbers;
  if (!(length > WHOLE)) return showList(Array.from(numbers), part);
  return showList([...numbers.subarray(0, FIRST), numbers[length - 1]], part, length);
}

/** @param length the true length where `list` holds only the first elements and the last. */
function showList<T>(list: readonly T[], part: (element: T) => string, length?: number): string {
  return `[${joined(list, part, length)}]`;
}

function joined<T>(
  list: readonly T[],
  part: (element: T) => string,
  length: number = list.length,
): string {
  if (length <= WHOLE) return list.map(part).join(", ");
  const first = list.slice(0, FIRST).map(part).join(", ");
  return `${first}, …, ${part(list[list.length - 1])} (${length} in all)`;
}

/** What kind of thing a value is: `a tensor of shape [2, 3]`, `a list of 3 numbers`, `text`. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case "number":
      return Number.isNaN(value) ? "NaN" : "a number";
    case "string":
      return "text";
    case "boolean":
      return `the truth value ${value}`;
    case "undefined":
      return "nothing (undefined)";
    case "bigint":
      return "a bigint";
    case "function":
      return "a function";
  }
  if (value === null) return "null";
  if (value instanceof Opaque) return value.description;
  if (value instanceof Tensor) return `a tensor of shape ${showShape(value.shape)}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return "an empty list";
    const kind = value.every((element) => typeof element === "number") ? "number" : "element";
    return `a list of ${value.length} ${kind}${value.length === 1 ? "" : "s"}`;
  }
  if (value instanceof Map) return "a Map";
  if (value instanceof Set) return "a Set";
  return "an object";
}
