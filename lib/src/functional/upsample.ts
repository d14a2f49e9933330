import { allocate } from "../dtype.ts";
import { guard } from "../forbid.ts";
import type { Tensor } from "../tensor.ts";
import { needPair, needRank, type Size2d } from "./need.ts";

/** Options of {@link upsample}: one of `size` and `scaleFactor` is needed. */
export interface UpsampleOptions {
  /** How many rows and columns the result has. */
  size?: Size2d;
  /** How many times as many rows and columns the result has. */
  scaleFactor?: Size2d;
  /** Repeat the nearest number (the default), or mix the four around it by their distance. */
  mode?: "nearest" | "bilinear";
}

/**
 * Images made larger or smaller. [batch, channels, height, width] → [batch, channels, …size].
 * Pixels are squares side by side, and the corners of the image stay where they are: PyTorch's
 * `align_corners=False`.
 */
export function upsample(x: Tensor, options: UpsampleOptions): Tensor {
  const op = "upsample";
  guard(op);
  needRank(op, x, 4, "images are [batch, channels, height, width]");
  const { size, scaleFactor, mode = "nearest" } = options;
  if (mode !== "nearest" && mode !== "bilinear")
    throw new TypeError(`${op}: mode is "nearest" or "bilinear", got ${String(mode)}`);
  if ((size === undefined) === (scaleFactor === undefined))
    throw new TypeError(`${op}: pass either size or scaleFactor`);
  const [down, across] = ([0, 1] as const).map((axis) => {
    const old = x.shape[2 + axis];
    if (scaleFactor === undefined) {
      const count = needPair(op, "size", size!, 1)[axis];
      return mixture(x, old, count, (line) => (line * old) / count, mode);
    }
    const scale = typeof scaleFactor === "number" ? scaleFactor : scaleFactor[axis];
    if (!(old * scale >= 1 && scale < Infinity))
      throw new RangeError(`${op}: ${old} lines cannot be made ${scale} times as many`);
    return mixture(x, old, Math.floor(old * scale), (line) => line / scale, mode);
  });
  return down.matmul(x).matmul(across.transpose());
}

/**
 * How much of each old line, a row or a column, is in each new one. [count, old]
 *
 * @param place Where among the old lines a new one begins.
 */
function mixture(
  x: Tensor,
  old: number,
  count: number,
  place: (line: number) => number,
  mode: string,
): Tensor {
  const shares = allocate("float32", count * old);
  const put = (line: number, from: number, share: number) => {
    shares[line * old + Math.min(from, old - 1)] += share;
  };
  for (let line = 0; line < count; line++) {
    if (mode === "nearest") put(line, Math.floor(place(line)), 1);
    else {
      const center = Math.max(0, place(line + 0.5) - 0.5);
      const before = Math.floor(center);
      put(line, before, 1 - (center - before));
      put(line, before + 1, center - before);
    }
  }
  return x.newTensor(shares, [count, old]);
}
