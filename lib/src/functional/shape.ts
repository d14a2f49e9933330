import { guard } from "../forbid.ts";
import { checkAxis, checkIndex, counted, ShapeError, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** One part of an index: a place, `null` for the whole axis, or `[start, end, step]`. */
export type IndexPart =
  | number
  | null
  | readonly [start: number, end?: number | null, step?: number];

/** See {@link Tensor.index}. */
export function index(x: Tensor, parts: readonly IndexPart[]): Tensor {
  guard("index");
  if (parts.length > x.rank)
    throw new ShapeError(
      "index",
      [x.shape],
      `${parts.length} parts are too many for ${counted(x.rank, "axis", "axes")}`,
    );
  const cut = parts.reduce<Tensor>((part, at, axis) => {
    if (at === null) return part;
    if (typeof at !== "number") return part.slice(at[0], at[1] ?? undefined, axis, at[2]);
    const place = checkIndex("index", x.shape, axis, at);
    return part.slice(place, place + 1, axis);
  }, x);
  const left = cut.shape.filter((_, axis) => typeof parts[axis] !== "number");
  return left.length === cut.rank ? cut : cut.reshape(left);
}

/** See {@link Tensor.squeeze}. */
export function squeeze(x: Tensor, axis?: number | readonly number[]): Tensor {
  guard("squeeze");
  if (axis === undefined) return x.reshape(x.shape.filter((size) => size !== 1));
  const gone = [axis].flat().map((one) => checkAxis("squeeze", x.shape, one));
  for (const one of gone)
    if (x.shape[one] !== 1)
      throw new ShapeError(
        "squeeze",
        [x.shape],
        `axis ${one} has size ${x.shape[one]}: only an axis of size 1 can be left out`,
        `to take one part of it, use select(${one}, index)`,
      );
  return x.reshape(x.shape.filter((_, i) => !gone.includes(i)));
}

/** See {@link Tensor.unsqueeze}. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  guard("unsqueeze");
  const rank = x.rank + 1;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(
      "unsqueeze",
      [x.shape],
      `a new axis cannot stand in place ${axis}`,
      `a place is a whole number from ${-rank} to ${rank - 1}`,
    );
  const at = axis < 0 ? axis + rank : axis;
  return x.reshape([...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** See {@link Tensor.split}. */
export function split(x: Tensor, sizes: number | readonly number[], axis: number): Tensor[] {
  guard("split");
  const at = checkAxis("split", x.shape, axis);
  const whole = x.shape[at];
  if (typeof sizes === "number") {
    if (!Number.isInteger(sizes) || sizes < 1)
      throw new ShapeError(
        "split",
        [x.shape],
        `no part can have size ${sizes}`,
        "a size is a whole number, 1 or more",
      );
    const count = Math.max(1, Math.ceil(whole / sizes));
    return Array.from({ length: count }, (_, i) =>
      x.slice(i * sizes, Math.min((i + 1) * sizes, whole), at),
    );
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== whole || sizes.some((size) => !Number.isInteger(size) || size < 0))
    throw new ShapeError(
      "split",
      [x.shape],
      `the sizes ${showShape(sizes)} do not make up axis ${at}, which has size ${whole}`,
    );
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return x.slice(end - size, end, at);
  });
}

/** See {@link Tensor.chunk}. */
export function chunk(x: Tensor, count: number, axis: number): Tensor[] {
  guard("chunk");
  const at = checkAxis("chunk", x.shape, axis);
  if (!Number.isInteger(count) || count < 1)
    throw new ShapeError("chunk", [x.shape], `cannot be cut into ${count} parts`);
  return split(x, Math.max(1, Math.ceil(x.shape[at] / count)), at);
}
