/**
 * Softmax along an axis that is not the last: what is shared out goes down a column, and four columns
 * lie side by side. The columns are as many in each of `blocks` blocks of rows, one after the other.
 */
import { exp4, infinity, log4, one, zero } from "./math";
import { loadSome, madd, nmadd, storeSome } from "./vector";

// @ts-ignore: decorator
@inline
function some(from: usize, n: i32): v128 {
  return n >= 4 ? v128.load(from) : loadSome(from, n);
}

// @ts-ignore: decorator
@inline
function put(to: usize, x: v128, n: i32): void {
  if (n >= 4) v128.store(to, x);
  else storeSome(to, x, n);
}

/** e^x over its sum, or x less the logarithm of that. */
export function softmaxColumns(
  log: bool,
  blocks: i32,
  rows: i32,
  width: i32,
  x: usize,
  out: usize,
): void {
  const step = <usize>width << 2;
  const block = <usize>rows * step;
  for (; blocks > 0; blocks--, x += block, out += block)
    for (let c = 0; c < width; c += 4) {
      const n = width - c;
      const first = <usize>c << 2;
      const end = first + block;
      let top = f32x4.neg(infinity());
      for (let i = first; i < end; i += step) top = f32x4.pmax(top, some(x + i, n));
      let sum = zero();
      for (let i = first; i < end; i += step) {
        const e = exp4(f32x4.sub(some(x + i, n), top));
        if (!log) put(out + i, e, n);
        sum = f32x4.add(sum, e);
      }
      const factor = f32x4.div(one(), sum);
      const less = log4(sum);
      for (let i = first; i < end; i += step) {
        // One after the other: beside a large number, the small logarithm would lose its digits.
        if (log) put(out + i, f32x4.sub(f32x4.sub(some(x + i, n), top), less), n);
        else put(out + i, f32x4.mul(some(out + i, n), factor), n);
      }
    }
}

/** From the gradient g for y that for x: y (g - Σ g y), or, where y are logarithms, g - e^y Σ g. */
export function softmaxColumnsGradient(
  log: bool,
  blocks: i32,
  rows: i32,
  width: i32,
  g: usize,
  y: usize,
  out: usize,
): void {
  const step = <usize>width << 2;
  const block = <usize>rows * step;
  for (; blocks > 0; blocks--, g += block, y += block, out += block)
    for (let c = 0; c < width; c += 4) {
      const n = width - c;
      const first = <usize>c << 2;
      const end = first + block;
      let sum = zero();
      for (let i = first; i < end; i += step)
        sum = madd(some(g + i, n), log ? one() : some(y + i, n), sum);
      for (let i = first; i < end; i += step) {
        const slope = some(g + i, n);
        const share = some(y + i, n);
        if (log) put(out + i, nmadd(exp4(share), sum, slope), n);
        else put(out + i, f32x4.mul(share, f32x4.sub(slope, sum)), n);
      }
    }
}
