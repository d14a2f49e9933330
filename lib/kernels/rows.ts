/**
 * Operations on rows of numbers, each row by itself: the shares of softmax, norms. What runs along
 * a row adds up in eight lanes, the columns of two vectors side by side, and the lanes go through
 * memory at the end: only what is stored side by side does V8 widen to 256 bits. A long row is
 * added up in parts, and the parts as doubles.
 */
import { exp4, infinity, log4, zero } from "./math";
import { total } from "./reduce";
import { loadSome, madd, nmadd, splat, storeSome } from "./vector";

/** So many numbers are added up as floats, an eighth of them in each lane. */
export const PART: i32 = 2048;

const LANES: usize = memory.data<i32>([-1, -1, -1, -1, 0, 0, 0, 0]);

/** All bits of the first n of four numbers, none of the others. */
// @ts-ignore: decorator
@inline
export function first(n: i32): v128 {
  return v128.load(LANES + 16 - (min(n, 4) << 2));
}

// @ts-ignore: decorator
@inline
function added(x: v128): f32 {
  const two = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1);
}

/** The largest of a row. `lanes` is room for 16 numbers. */
function largest(n: i32, x: usize, lanes: usize): f32 {
  const least = f32x4.neg(infinity());
  let m0 = least;
  let m1 = least;
  let m2 = least;
  let m3 = least;
  for (; n >= 16; n -= 16, x += 64) {
    m0 = f32x4.pmax(m0, v128.load(x));
    m1 = f32x4.pmax(m1, v128.load(x, 16));
    m2 = f32x4.pmax(m2, v128.load(x, 32));
    m3 = f32x4.pmax(m3, v128.load(x, 48));
  }
  v128.store(lanes, m0);
  v128.store(lanes, m1, 16);
  v128.store(lanes, m2, 32);
  v128.store(lanes, m3, 48);
  let m = f32x4.pmax(v128.load(lanes), v128.load(lanes, 16));
  m = f32x4.pmax(m, f32x4.pmax(v128.load(lanes, 32), v128.load(lanes, 48)));
  for (; n > 0; n -= 4, x += 16)
    m = f32x4.pmax(m, v128.bitselect(loadSome(x, n), f32x4.neg(infinity()), first(n)));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  return max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1));
}

/** Writes e^(x - top) for a part of a row, and gives their sum. */
function exponentials(n: i32, x: usize, top: f32, out: usize, lanes: usize): f32 {
  const shift = f32x4.splat(top);
  let s0 = zero();
  let s1 = zero();
  for (; n >= 8; n -= 8, x += 32, out += 32) {
    const e0 = exp4(f32x4.sub(v128.load(x), shift));
    const e1 = exp4(f32x4.sub(v128.load(x, 16), shift));
    v128.store(out, e0);
    v128.store(out, e1, 16);
    s0 = f32x4.add(s0, e0);
    s1 = f32x4.add(s1, e1);
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  let s = f32x4.add(v128.load(lanes), v128.load(lanes, 16));
  for (; n > 0; n -= 4, x += 16, out += 16) {
    const e = v128.and(exp4(f32x4.sub(loadSome(x, n), shift)), first(n));
    storeSome(out, e, n);
    s = f32x4.add(s, e);
  }
  return added(s);
}

function allExponentials(width: i32, x: usize, top: f32, out: usize, lanes: usize): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < width; i += PART) {
    const at = <usize>i << 2;
    sum += <f64>exponentials(min(PART, width - i), x + at, top, out + at, lanes);
  }
  return sum;
}

/** x times a number, in place. */
function scale(n: i32, x: usize, by: f32): void {
  const factor = f32x4.splat(by);
  for (; n >= 8; n -= 8, x += 32) {
    const y0 = f32x4.mul(v128.load(x), factor);
    const y1 = f32x4.mul(v128.load(x, 16), factor);
    v128.store(x, y0);
    v128.store(x, y1, 16);
  }
  for (; n > 0; n--, x += 4) store<f32>(x, load<f32>(x) * by);
}

/** e^x over its sum. */
export function softmax(rows: i32, width: i32, x: usize, out: usize, lanes: usize): void {
  const step = <usize>width << 2;
  for (; rows > 0; rows--, x += step, out += step) {
    const sum = allExponentials(width, x, largest(width, x, lanes), out, lanes);
    scale(width, out, <f32>(1 / sum));
  }
}

/** One after the other: beside a large number, the small logarithm would lose its digits. */
function takeOff(n: i32, x: usize, top: f32, log: f32, out: usize): void {
  const tops = f32x4.splat(top);
  const logs = f32x4.splat(log);
  for (; n >= 8; n -= 8, x += 32, out += 32) {
    const y0 = f32x4.sub(f32x4.sub(v128.load(x), tops), logs);
    const y1 = f32x4.sub(f32x4.sub(v128.load(x, 16), tops), logs);
    v128.store(out, y0);
    v128.store(out, y1, 16);
  }
  for (; n > 0; n--, x += 4, out += 4) store<f32>(out, load<f32>(x) - top - log);
}

/** x less the logarithm of the sum of e^x. */
export function logSoftmax(rows: i32, width: i32, x: usize, out: usize, lanes: usize): void {
  const step = <usize>width << 2;
  for (; rows > 0; rows--, x += step, out += step) {
    const top = largest(width, x, lanes);
    const sum = allExponentials(width, x, top, out, lanes);
    takeOff(width, x, top, f32x4.extract_lane(log4(splat(<f32>sum)), 0), out);
  }
}

/** The sum of the products of a part of two rows. */
function products(n: i32, a: usize, b: usize, lanes: usize): f32 {
  let s0 = zero();
  let s1 = zero();
  for (; n >= 8; n -= 8, a += 32, b += 32) {
    s0 = madd(v128.load(a), v128.load(b), s0);
    s1 = madd(v128.load(a, 16), v128.load(b, 16), s1);
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  let s = f32x4.add(v128.load(lanes), v128.load(lanes, 16));
  for (; n > 0; n -= 4, a += 16, b += 16) s = madd(loadSome(a, n), loadSome(b, n), s);
  return added(s);
}

/** out = y (g - less). */
function weighted(n: i32, g: usize, y: usize, less: f32, out: usize): void {
  const same = f32x4.splat(less);
  for (; n >= 8; n -= 8, g += 32, y += 32, out += 32) {
    const d0 = f32x4.mul(v128.load(y), f32x4.sub(v128.load(g), same));
    const d1 = f32x4.mul(v128.load(y, 16), f32x4.sub(v128.load(g, 16), same));
    v128.store(out, d0);
    v128.store(out, d1, 16);
  }
  for (; n > 0; n--, g += 4, y += 4, out += 4)
    store<f32>(out, load<f32>(y) * (load<f32>(g) - less));
}

/** From the gradient g for the shares y = softmax(x) that for x: y (g - Σ g y). */
export function softmaxGradient(
  rows: i32,
  width: i32,
  g: usize,
  y: usize,
  out: usize,
  lanes: usize,
): void {
  const step = <usize>width << 2;
  for (; rows > 0; rows--, g += step, y += step, out += step) {
    let sum: f64 = 0;
    for (let i = 0; i < width; i += PART) {
      const at = <usize>i << 2;
      sum += <f64>products(min(PART, width - i), g + at, y + at, lanes);
    }
    weighted(width, g, y, <f32>sum, out);
  }
}

/** out = g - e^y times a number. */
function lessShares(n: i32, g: usize, y: usize, total: f32, out: usize): void {
  const same = f32x4.splat(total);
  for (; n >= 8; n -= 8, g += 32, y += 32, out += 32) {
    const d0 = nmadd(exp4(v128.load(y)), same, v128.load(g));
    const d1 = nmadd(exp4(v128.load(y, 16)), same, v128.load(g, 16));
    v128.store(out, d0);
    v128.store(out, d1, 16);
  }
  for (; n > 0; n -= 4, g += 16, y += 16, out += 16)
    storeSome(out, nmadd(exp4(loadSome(y, n)), same, loadSome(g, n)), n);
}

/** From the gradient g for y = logSoftmax(x) that for x: g - e^y Σ g. */
export function logSoftmaxGradient(rows: i32, width: i32, g: usize, y: usize, out: usize): void {
  const step = <usize>width << 2;
  for (; rows > 0; rows--, g += step, y += step, out += step)
    lessShares(width, g, y, <f32>total(width, g), out);
}

