/**
 * Pooling: the largest number, or the mean, of each window that moves over the images, and the
 * way back. The caller says what each window covers of an axis, so that strides, paddings and
 * windows that share an image unevenly are all the same. Windows of 2 × 2 side by side, the usual
 * ones, are done four at a time: even and odd columns are pulled apart in the registers.
 */
import { splat } from "./vector";

/** The sizes of a pooling, followed by a Span for each row of the result, and for each column. */
@unmanaged
class Pooling {
  height: i32;
  width: i32;
  outHeight: i32;
  outWidth: i32;
  /** Whether the windows are 2 × 2, side by side, without padding, and four or more in a row. */
  halves: i32;
}

/** From the first place up to, not including, the second; how many count for a mean. */
@unmanaged
class Span {
  start: i32;
  end: i32;
  size: i32;
}

// @ts-ignore: decorator
@inline
function rowsOf(s: Pooling, y: i32): Span {
  return changetype<Span>(changetype<usize>(s) + offsetof<Pooling>() + <usize>y * offsetof<Span>());
}

// @ts-ignore: decorator
@inline
function columnsOf(s: Pooling, x: i32): Span {
  return rowsOf(s, s.outHeight + x);
}

/** Which lanes of x beat the best so far: larger, or the first NaN. */
// @ts-ignore: decorator
@inline
function beats(x: v128, best: v128): v128 {
  return v128.andnot(f32x4.eq(best, best), f32x4.le(x, best));
}

// @ts-ignore: decorator
@inline
function better(x: v128, best: v128): v128 {
  return v128.bitselect(x, best, beats(x, best));
}

// @ts-ignore: decorator
@inline
function even(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(low, high, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function odd(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(low, high, 1, 3, 5, 7);
}

/** Two vectors of neighbors, of which one has the even places and the other the odd ones. */
// @ts-ignore: decorator
@inline
function storePairs(at: usize, evens: v128, odds: v128): void {
  v128.store(at, v128.shuffle<f32>(evens, odds, 0, 4, 1, 5));
  v128.store(at, v128.shuffle<f32>(evens, odds, 2, 6, 3, 7), 16);
}

/** Where in a plane the largest number of a window is; the first of several; a NaN beats all. */
function largest(x: usize, width: i32, rows: Span, columns: Span): usize {
  let at = x + (<usize>(rows.start * width + columns.start) << 2);
  let best = load<f32>(at);
  if (best != best) return at;
  for (let row = rows.start; row < rows.end; row++)
    for (let column = columns.start; column < columns.end; column++) {
      const place = x + (<usize>(row * width + column) << 2);
      const value = load<f32>(place);
      if (value != value) return place;
      if (value > best) {
        best = value;
        at = place;
      }
    }
  return at;
}

/** The largest number of each window, in so many planes. */
export function maxPool(sizes: usize, planes: i32, x: usize, out: usize): void {
  const s = changetype<Pooling>(sizes);
  const line = <usize>s.width << 2;
  for (let p = 0; p < planes; p++, x += line * s.height)
    for (let y = 0; y < s.outHeight; y++, out += <usize>s.outWidth << 2)
      if (s.halves) {
        const top = x + line * (2 * y);
        for (let i = 0; i < s.outWidth; i += 4) {
          // The last four may overlap with those before.
          const first = min(i, s.outWidth - 4);
          const at = top + (<usize>first << 3);
          const above0 = v128.load(at);
          const above1 = v128.load(at, 16);
          const below0 = v128.load(at + line);
          const below1 = v128.load(at + line, 16);
          let best = better(odd(above0, above1), even(above0, above1));
          best = better(even(below0, below1), best);
          v128.store(out + (<usize>first << 2), better(odd(below0, below1), best));
        }
      } else
        for (let i = 0; i < s.outWidth; i++)
          store<i32>(out + (<usize>i << 2), load<i32>(largest(x, s.width, rowsOf(s, y), columnsOf(s, i))));
}

/** Where in its plane each was: row · width + column. */
export function maxPlaces(sizes: usize, planes: i32, x: usize, out: usize): void {
  const s = changetype<Pooling>(sizes);
  for (let p = 0; p < planes; p++, x += <usize>(s.height * s.width) << 2)
    for (let y = 0; y < s.outHeight; y++)
      for (let i = 0; i < s.outWidth; i++, out += 4)
        store<i32>(out, <i32>((largest(x, s.width, rowsOf(s, y), columnsOf(s, i)) - x) >> 2));
}

/** The gradient of x: g where the largest was, 0 elsewhere. dx is overwritten. */
export function maxUnpool(sizes: usize, planes: i32, g: usize, x: usize, dx: usize): void {
  const s = changetype<Pooling>(sizes);
  const line = <usize>s.width << 2;
  const plane = line * s.height;
  const covered = s.halves && s.width == 2 * s.outWidth && s.height == 2 * s.outHeight;
  for (let p = 0; p < planes; p++, x += plane, dx += plane) {
    if (!covered) memory.fill(dx, 0, plane);
    for (let y = 0; y < s.outHeight; y++, g += <usize>s.outWidth << 2)
      if (s.halves) {
        const top = line * (2 * y);
        for (let i = 0; i < s.outWidth; i += 4) {
          const first = min(i, s.outWidth - 4);
          const at = top + (<usize>first << 3);
          const above0 = v128.load(x + at);
          const above1 = v128.load(x + at, 16);
          const below0 = v128.load(x + at + line);
          const below1 = v128.load(x + at + line, 16);
          const b = odd(above0, above1);
          const c = even(below0, below1);
          const d = odd(below0, below1);
          let best = even(above0, above1);
          const isB = beats(b, best);
          best = v128.bitselect(b, best, isB);
          const isC = beats(c, best);
          best = v128.bitselect(c, best, isC);
          // Who is the last to win takes it; who has won before loses to those after.
          const isD = beats(d, best);
          const four = f32x4.add(v128.load(g + (<usize>first << 2)), splat(0));
          const toD = v128.and(four, isD);
          const restD = v128.andnot(four, isD);
          const toC = v128.and(restD, isC);
          const restC = v128.andnot(restD, isC);
          storePairs(dx + at, v128.andnot(restC, isB), v128.and(restC, isB));
          storePairs(dx + at + line, toC, toD);
        }
      } else
        for (let i = 0; i < s.outWidth; i++) {
          const to = dx + (largest(x, s.width, rowsOf(s, y), columnsOf(s, i)) - x);
          store<f32>(to, load<f32>(to) + load<f32>(g + (<usize>i << 2)));
        }
  }
}

/** The mean of each window, in so many planes. */
export function avgPool(sizes: usize, planes: i32, x: usize, out: usize): void {
  const s = changetype<Pooling>(sizes);
  const line = <usize>s.width << 2;
  for (let p = 0; p < planes; p++, x += line * s.height)
    for (let y = 0; y < s.outHeight; y++, out += <usize>s.outWidth << 2)
      if (s.halves) {
        const top = x + line * (2 * y);
        for (let i = 0; i < s.outWidth; i += 4) {
          const first = min(i, s.outWidth - 4);
          const at = top + (<usize>first << 3);
          const low = f32x4.add(v128.load(at), v128.load(at + line));
          const high = f32x4.add(v128.load(at, 16), v128.load(at + line, 16));
          const sums = f32x4.add(even(low, high), odd(low, high));
          v128.store(out + (<usize>first << 2), f32x4.mul(sums, splat(0.25)));
        }
      } else {
        const rows = rowsOf(s, y);
        for (let i = 0; i < s.outWidth; i++) {
          const columns = columnsOf(s, i);
          let sum: f64 = 0;
          for (let row = rows.start; row < rows.end; row++) {
            const first = x + line * row;
            for (let column = columns.start; column < columns.end; column++)
              sum += <f64>load<f32>(first + (<usize>column << 2));
          }
          store<f32>(out + (<usize>i << 2), <f32>(sum / <f64>(rows.size * columns.size)));
        }
      }
}

/** The way back: each number of y spread evenly over its window of x, which is overwritten. */
export function avgUnpool(sizes: usize, planes: i32, y: usize, x: usize): void {
  const s = changetype<Pooling>(sizes);
  const line = <usize>s.width << 2;
  for (let p = 0; p < planes; p++, x += line * s.height) {
    memory.fill(x, 0, line * s.height);
    for (let j = 0; j < s.outHeight; j++, y += <usize>s.outWidth << 2)
      if (s.halves) {
        const top = x + line * (2 * j);
        for (let i = 0; i < s.outWidth; i += 4) {
          const first = min(i, s.outWidth - 4);
          const at = top + (<usize>first << 3);
          const share = f32x4.mul(v128.load(y + (<usize>first << 2)), splat(0.25));
          storePairs(at, share, share);
          storePairs(at + line, share, share);
        }
      } else {
        const rows = rowsOf(s, j);
        for (let i = 0; i < s.outWidth; i++) {
          const columns = columnsOf(s, i);
          const share = load<f32>(y + (<usize>i << 2)) / <f32>(rows.size * columns.size);
          for (let row = rows.start; row < rows.end; row++)
            for (let column = columns.start; column < columns.end; column++) {
              const to = x + line * row + (<usize>column << 2);
              store<f32>(to, load<f32>(to) + share);
            }
        }
      }
  }
}
