/**
 * Sums of rows, of columns, and of what lies in pieces. They run in double precision and are
 * rounded once, at the end; in which order does not depend on who calls.
 */

/** The sum of a stretch, in double precision. */
export function total(n: i32, x: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  for (; n >= 8; n -= 8, x += 32) {
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
    s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
  }
  const all = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
  for (; n > 0; n--, x += 4) sum += <f64>load<f32>(x);
  return sum;
}

/**
 * The sum of each row, times `scale`: 1 for a sum, 1 / count for a mean. A row is so many pieces of
 * `length` numbers, which lie so many bytes apart; the pieces of the rows follow each other.
 */
export function sumRows(
  rows: i32,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  scale: f64,
  x: usize,
  out: usize,
): void {
  for (; rows > 0; rows--, x += <usize>length << 2, out += 4) {
    let sum: f64 = 0;
    for (let p = 0; p < pieces; p++) sum += total(length, x + <usize>p * pieceStep);
    store<f32>(out, <f32>(sum * scale));
  }
}

/** Two numbers as doubles. */
// @ts-ignore: decorator
@inline
export function low(x: usize, at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(x + at));
}

/** Two sums rounded, times a scale. */
// @ts-ignore: decorator
@inline
function put(sum: v128, scale: v128, out: usize): void {
  v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.mul(sum, scale)), 0);
}

/**
 * The sum of each of `width` columns, times `scale`, that go down so many rows, which lie so many
 * bytes apart. Sixteen columns at a time, a line of the cache, whose sums stay in registers.
 */
export function sumColumns(
  rows: i32,
  rowStep: usize,
  width: i32,
  scale: f64,
  x: usize,
  out: usize,
): void {
  const scales = f64x2.splat(scale);
  for (; width >= 16; width -= 16, x += 64, out += 64) {
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let s4 = f64x2.splat(0);
    let s5 = f64x2.splat(0);
    let s6 = f64x2.splat(0);
    let s7 = f64x2.splat(0);
    for (let r = 0, at = x; r < rows; r++, at += rowStep) {
      s0 = f64x2.add(s0, low(at, 0));
      s1 = f64x2.add(s1, low(at, 8));
      s2 = f64x2.add(s2, low(at, 16));
      s3 = f64x2.add(s3, low(at, 24));
      s4 = f64x2.add(s4, low(at, 32));
      s5 = f64x2.add(s5, low(at, 40));
      s6 = f64x2.add(s6, low(at, 48));
      s7 = f64x2.add(s7, low(at, 56));
    }
    put(s0, scales, out);
    put(s1, scales, out + 8);
    put(s2, scales, out + 16);
    put(s3, scales, out + 24);
    put(s4, scales, out + 32);
    put(s5, scales, out + 40);
    put(s6, scales, out + 48);
    put(s7, scales, out + 56);
  }
  for (; width >= 2; width -= 2, x += 8, out += 8) {
    let sum = f64x2.splat(0);
    for (let r = 0, at = x; r < rows; r++, at += rowStep) sum = f64x2.add(sum, low(at, 0));
    put(sum, scales, out);
  }
  if (width == 0) return;
  let sum: f64 = 0;
  for (let r = 0, at = x; r < rows; r++, at += rowStep) sum += <f64>load<f32>(at);
  store<f32>(out, <f32>(sum * scale));
}
