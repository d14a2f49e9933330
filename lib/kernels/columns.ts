/**
 * Batch norm where each image is a single place, as behind a linear layer: x [batch, channels], and
 * the channels are columns, four side by side. What it does for channels with many places, and why,
 * stands in ./norm.
 */
import { loadSome, madd, storeSome } from "./vector";

/** Four columns of a row, or as many as there are. */
// @ts-ignore: decorator
@inline
function row(x: usize, n: i32): v128 {
  return n >= 4 ? v128.load(x) : loadSome(x, n);
}

/** The two low numbers as doubles, or the two high ones. */
// @ts-ignore: decorator
@inline
function lower(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}
// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
}

/** Four doubles as floats. */
// @ts-ignore: decorator
@inline
function rounded(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

/** Mean and variance of so many columns, out of `channels`, which lie side by side: [2, channels]. */
export function columnMoments(batch: i32, channels: i32, n: i32, x: usize, out: usize): void {
  const step = <usize>channels << 2;
  const count = f64x2.splat(<f64>batch);
  for (; n > 0; n -= 4, x += 16, out += 16) {
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    for (let r = 0, at = x; r < batch; r++, at += step) {
      const some = row(at, n);
      s0 = f64x2.add(s0, lower(some));
      s1 = f64x2.add(s1, upper(some));
    }
    const m0 = f64x2.div(s0, count);
    const m1 = f64x2.div(s1, count);
    s0 = f64x2.splat(0);
    s1 = f64x2.splat(0);
    for (let r = 0, at = x; r < batch; r++, at += step) {
      const some = row(at, n);
      const d0 = f64x2.sub(lower(some), m0);
      const d1 = f64x2.sub(upper(some), m1);
      s0 = f64x2.add(s0, f64x2.mul(d0, d0));
      s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    }
    storeSome(out, rounded(m0, m1), n);
    storeSome(out + step, rounded(f64x2.div(s0, count), f64x2.div(s1, count)), n);
  }
}

/** 1 over the standard deviation, of two columns at an address. */
// @ts-ignore: decorator
@inline
function scales(variances: v128, eps: f64): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.sqrt(f64x2.add(variances, f64x2.splat(eps))));
}

/** Each column less its mean, over its standard deviation, times its weight, plus its bias. */
export function columnNorm(
  batch: i32,
  channels: i32,
  n: i32,
  eps: f64,
  x: usize,
  moment: usize,
  weight: usize,
  bias: usize,
  out: usize,
): void {
  const step = <usize>channels << 2;
  for (; n > 0; n -= 4, x += 16, moment += 16, weight += 16, bias += 16, out += 16) {
    const spread = row(moment + step, n);
    const w = row(weight, n);
    const a0 = f64x2.mul(scales(lower(spread), eps), lower(w));
    const a1 = f64x2.mul(scales(upper(spread), eps), upper(w));
    const a = rounded(a0, a1);
    const mean = row(moment, n);
    const b = row(bias, n);
    for (let r = 0, i: usize = 0; r < batch; r++, i += step) {
      const y = madd(f32x4.sub(row(x + i, n), mean), a, b);
      if (n >= 4) v128.store(out + i, y);
      else storeSome(out + i, y, n);
    }
  }
}

/** For each column the sum of g and that of g y, y being the column normalized: [2, channels]. */
export function columnSums(
  batch: i32,
  channels: i32,
  n: i32,
  eps: f64,
  g: usize,
  x: usize,
  moment: usize,
  out: usize,
): void {
  const step = <usize>channels << 2;
  for (; n > 0; n -= 4, g += 16, x += 16, moment += 16, out += 16) {
    const mean = row(moment, n);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let p0 = f64x2.splat(0);
    let p1 = f64x2.splat(0);
    for (let r = 0, i: usize = 0; r < batch; r++, i += step) {
      const some = row(g + i, n);
      const away = f32x4.sub(row(x + i, n), mean);
      s0 = f64x2.add(s0, lower(some));
      s1 = f64x2.add(s1, upper(some));
      p0 = f64x2.add(p0, f64x2.mul(lower(some), lower(away)));
      p1 = f64x2.add(p1, f64x2.mul(upper(some), upper(away)));
    }
    const spread = row(moment + step, n);
    storeSome(out, rounded(s0, s1), n);
    const y0 = f64x2.mul(p0, scales(lower(spread), eps));
    const y1 = f64x2.mul(p1, scales(upper(spread), eps));
    storeSome(out + step, rounded(y0, y1), n);
  }
}

/** What reaches x from a gradient g, with the two sums of g. */
export function columnNormGradient(
  batch: i32,
  channels: i32,
  n: i32,
  eps: f64,
  g: usize,
  x: usize,
  moment: usize,
  sum: usize,
  weight: usize,
  out: usize,
): void {
  const step = <usize>channels << 2;
  const count = f64x2.splat(<f64>batch);
  for (; n > 0; n -= 4, g += 16, x += 16, moment += 16, sum += 16, weight += 16, out += 16) {
    const spread = row(moment + step, n);
    const w = row(weight, n);
    const scale0 = scales(lower(spread), eps);
    const scale1 = scales(upper(spread), eps);
    const a0 = f64x2.mul(scale0, lower(w));
    const a1 = f64x2.mul(scale1, upper(w));
    const along = row(sum + step, n);
    const b0 = f64x2.neg(f64x2.div(f64x2.mul(f64x2.mul(a0, scale0), lower(along)), count));
    const b1 = f64x2.neg(f64x2.div(f64x2.mul(f64x2.mul(a1, scale1), upper(along)), count));
    const all = row(sum, n);
    const gMean = rounded(f64x2.div(lower(all), count), f64x2.div(upper(all), count));
    const a = rounded(a0, a1);
    const b = rounded(b0, b1);
    const mean = row(moment, n);
    for (let r = 0, i: usize = 0; r < batch; r++, i += step) {
      const y = f32x4.mul(f32x4.sub(row(x + i, n), mean), b);
      const z = madd(f32x4.sub(row(g + i, n), gMean), a, y);
      if (n >= 4) v128.store(out + i, z);
      else storeSome(out + i, z, n);
    }
  }
}
