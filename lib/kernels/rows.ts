/** Operations on rows of numbers that lie together: each row by itself. */
import { exp4 } from "./math";
import { splat } from "./vector";

// @ts-ignore: decorator
@inline
function across(x: v128, add: bool): f32 {
  const a = f32x4.extract_lane(x, 0);
  const b = f32x4.extract_lane(x, 1);
  const c = f32x4.extract_lane(x, 2);
  const d = f32x4.extract_lane(x, 3);
  return add ? a + b + (c + d) : max(max(a, b), max(c, d));
}

/** The largest of a row. */
function largest(width: i32, x: usize): f32 {
  let i = 0;
  let top: f32 = -Infinity;
  if (width >= 4) {
    let tops = v128.load(x);
    for (i = 4; i + 4 <= width; i += 4) tops = f32x4.max(tops, v128.load(x + (<usize>i << 2)));
    top = across(tops, false);
  }
  for (; i < width; i++) top = max(top, load<f32>(x + (<usize>i << 2)));
  return top;
}

/** Writes e^(x - top) for a row, and gives their sum. */
function exponentials(width: i32, x: usize, top: f32, out: usize): f32 {
  let i = 0;
  let sums = splat(0);
  const shift = splat(top);
  for (; i + 4 <= width; i += 4) {
    const e = exp4(f32x4.sub(v128.load(x + (<usize>i << 2)), shift));
    v128.store(out + (<usize>i << 2), e);
    sums = f32x4.add(sums, e);
  }
  let sum = across(sums, true);
  for (; i < width; i++) {
    const e = f32x4.extract_lane(exp4(splat(load<f32>(x + (<usize>i << 2)) - top)), 0);
    store<f32>(out + (<usize>i << 2), e);
    sum += e;
  }
  return sum;
}

/** e^x over its sum. */
export function softmax(rows: i32, width: i32, x: usize, out: usize): void {
  const step = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += step, out += step) {
    const sum = exponentials(width, x, largest(width, x), out);
    let i = 0;
    const all = splat(sum);
    for (; i + 4 <= width; i += 4) {
      const at = out + (<usize>i << 2);
      v128.store(at, f32x4.div(v128.load(at), all));
    }
    for (; i < width; i++) {
      const at = out + (<usize>i << 2);
      store<f32>(at, load<f32>(at) / sum);
    }
  }
}

/** x less the logarithm of the sum of e^x. */
export function logSoftmax(rows: i32, width: i32, x: usize, out: usize): void {
  const step = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += step, out += step) {
    const top = largest(width, x);
    const log = <f32>Math.log(<f64>exponentials(width, x, top, out));
    let i = 0;
    // One after the other: beside a large number, the small logarithm would lose its digits.
    const tops = splat(top);
    const logs = splat(log);
    for (; i + 4 <= width; i += 4) {
      const below = f32x4.sub(v128.load(x + (<usize>i << 2)), tops);
      v128.store(out + (<usize>i << 2), f32x4.sub(below, logs));
    }
    for (; i < width; i++)
      store<f32>(out + (<usize>i << 2), load<f32>(x + (<usize>i << 2)) - top - log);
  }
}

/** The sum of a row, in double precision. */
function total(width: i32, x: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= width; i += 4) {
    const four = v128.load(x + (<usize>i << 2));
    low = f64x2.add(low, f64x2.promote_low_f32x4(four));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 1)));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < width; i++) sum += <f64>load<f32>(x + (<usize>i << 2));
  return sum;
}

/** The sum of each row, times `scale`: 1 for a sum, 1 / width for a mean. */
export function sumRows(rows: i32, width: i32, scale: f64, x: usize, out: usize): void {
  const step = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += step, out += 4) store<f32>(out, <f32>(total(width, x) * scale));
}

/** The sum of each column; `sums` is room for as many doubles. */
export function sumColumns(rows: i32, width: i32, x: usize, out: usize, sums: usize): void {
  memory.fill(sums, 0, <usize>width << 3);
  for (let r = 0; r < rows; r++) {
    let i = 0;
    for (; i + 4 <= width; i += 4, x += 16) {
      const four = v128.load(x);
      const at = sums + (<usize>i << 3);
      v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(four)));
      v128.store(
        at,
        f64x2.add(v128.load(at, 16), f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 1))),
        16,
      );
    }
    for (; i < width; i++, x += 4) {
      const at = sums + (<usize>i << 3);
      store<f64>(at, load<f64>(at) + <f64>load<f32>(x));
    }
  }
  for (let i = 0; i < width; i++)
    store<f32>(out + (<usize>i << 2), <f32>load<f64>(sums + (<usize>i << 3)));
}

/** Each row less its mean, over its standard deviation; not centered, over its root mean square. */
export function normalize(
  rows: i32,
  width: i32,
  eps: f64,
  centered: bool,
  x: usize,
  out: usize,
): void {
  const step = <usize>width << 2;
  for (let r = 0; r < rows; r++, x += step, out += step) {
    // In double precision: where the mean is large, little is left of the differences.
    const mean = centered ? total(width, x) / width : 0;
    const middle = f64x2.splat(mean);
    let squares = f64x2.splat(0);
    let i = 0;
    for (; i + 2 <= width; i += 2) {
      const two = v128.load64_zero(x + (<usize>i << 2));
      const away = f64x2.sub(f64x2.promote_low_f32x4(two), middle);
      squares = f64x2.add(squares, f64x2.mul(away, away));
    }
    let sum = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
    for (; i < width; i++) {
      const away = <f64>load<f32>(x + (<usize>i << 2)) - mean;
      sum += away * away;
    }
    const scale = 1 / sqrt<f64>(sum / width + eps);
    const scales = f64x2.splat(scale);
    for (i = 0; i + 2 <= width; i += 2) {
      const two = v128.load64_zero(x + (<usize>i << 2));
      const away = f64x2.sub(f64x2.promote_low_f32x4(two), middle);
      const y = f32x4.demote_f64x2_zero(f64x2.mul(away, scales));
      v128.store64_lane(out + (<usize>i << 2), y, 0);
    }
    for (; i < width; i++) {
      const away = <f64>load<f32>(x + (<usize>i << 2)) - mean;
      store<f32>(out + (<usize>i << 2), <f32>(away * scale));
    }
  }
}
