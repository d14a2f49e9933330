import type { DType, TensorData } from "./dtype.ts";
import { type Shape, showShape } from "./shape.ts";

/** Above this many numbers, only the ends of each axis are printed. */
const LONGEST = 1000;
/** How many stay at each end. */
const EDGE = 3;
const CUT = "…";
/** How long a line may be; a longer row goes on below. */
const LINE = 80;

/** A tensor's numbers as text, columns aligned: `tensor([[1, 2],\n        [3, 4]])`. */
export function printTensor(data: TensorData, shape: Shape, dtype: DType): string {
  const short = data.length > LONGEST;
  const shown = shownPlaces(shape, short);
  const values = shown.map((place) => data[place]);
  const format = formatter(values, dtype);
  const width = Math.max(0, ...values.map((value) => format(value).length));
  const head = "tensor(";

  const print = (axis: number, offset: number, indent: number): string => {
    if (axis === shape.length) return format(data[offset]).padStart(shape.length > 0 ? width : 0);
    const parts = places(shape[axis], short).map((i) =>
      i === null ? CUT : print(axis + 1, offset * shape[axis] + i, indent + 1),
    );
    const below = `${"\n".repeat(Math.max(1, shape.length - 1 - axis))}${" ".repeat(indent + 1)}`;
    if (axis < shape.length - 1) return `[${parts.join(`,${below}`)}]`;
    const perLine = Math.max(1, Math.floor((LINE - indent) / (width + 2)));
    const lines: string[] = [];
    for (let i = 0; i < parts.length; i += perLine)
      lines.push(parts.slice(i, i + perLine).join(", "));
    return `[${lines.join(`,${below}`)}]`;
  };

  const notes: string[] = [];
  if (short || data.length === 0) notes.push(`shape=${showShape(shape)}`);
  if (dtype !== "float32") notes.push(`dtype=${dtype}`);
  const numbers = data.length > 0 ? print(0, 0, head.length) : "[]";
  return `${head}${[numbers, ...notes].join(", ")})`;
}

/** The indices printed along an axis; null where the middle is left out. */
function places(size: number, short: boolean): (number | null)[] {
  const all = Array.from({ length: size }, (_, i) => i);
  return short && size > 2 * EDGE ? [...all.slice(0, EDGE), null, ...all.slice(-EDGE)] : all;
}

function shownPlaces(shape: Shape, short: boolean): number[] {
  return shape.reduce<number[]>(
    (offsets, size) =>
      offsets.flatMap((offset) =>
        places(size, short).flatMap((i) => (i === null ? [] : [offset * size + i])),
      ),
    [0],
  );
}

/** One way of writing for all numbers, so that columns line up. */
function formatter(values: readonly number[], dtype: DType): (value: number) => string {
  if (dtype === "bool") return (value) => (value ? "true" : "false");
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const largest = Math.max(0, ...sizes);
  const smallest = Math.min(Infinity, ...sizes);
  const whole = sizes.every(Number.isInteger);
  const far = largest >= 1e8 || (!whole && (largest >= 1e6 || smallest < 1e-4));
  if (far && dtype === "float32") {
    const digits = Math.max(...sizes.map((size) => size.toExponential().split(/e[+-]/)[1].length));
    return (value) =>
      finite(value, () => value.toExponential(4).replace(/\d+$/, (e) => e.padStart(digits, "0")));
  }
  if (whole) return (value) => finite(value, () => String(value === 0 ? 0 : value));
  // As many decimals as the most detailed number needs, one at least, four at most.
  const decimals = Math.max(
    ...sizes.map((size) => {
      const enough = [1, 2, 3].find((n) => Math.abs(+size.toFixed(n) - size) <= 1e-6 * size);
      return enough ?? 4;
    }),
  );
  return (value) => finite(value, () => value.toFixed(decimals).replace(/^-(0\.?0*)$/, "$1"));
}

function finite(value: number, write: () => string): string {
  return Number.isFinite(value) ? write() : String(value);
}
