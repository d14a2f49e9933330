/**
 * e^x, ln x, tanh and the logistic function, four numbers at a time. Each brings its argument into
 * a short interval and takes a polynomial there, with the coefficients of Moshier's Cephes library
 * (1989). The tests measure how far each is from the true value.
 */
import { madd, splat } from "./vector";

/** e^x = 2^n e^r, n whole and |r| ≤ ln 2 / 2; ln 2 is taken off in two parts, to lose no digits. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // Beyond these the result is infinite or 0 anyhow.
  const bounded = f32x4.max(f32x4.min(x, splat(89)), splat(-104));
  const n = f32x4.nearest(f32x4.mul(bounded, splat(1.44269504)));
  let r = f32x4.sub(bounded, f32x4.mul(n, splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, splat(-2.1219444e-4)));
  let p = splat(1.987569150e-4);
  p = madd(p, r, splat(1.3981999507e-3));
  p = madd(p, r, splat(8.3334519073e-3));
  p = madd(p, r, splat(4.1665795894e-2));
  p = madd(p, r, splat(1.6666665459e-1));
  p = madd(p, r, splat(5.0000001201e-1));
  const y = f32x4.add(madd(p, f32x4.mul(r, r), r), splat(1));
  // 2^n in two factors, since n may lie beyond the exponents that a number can have.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, powerOf2(half)), powerOf2(i32x4.sub(whole, half)));
}

/** 2^n for n from -126 to 127. */
// @ts-ignore: decorator
@inline
function powerOf2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** ln x = ln m + e ln 2, where x = m 2^e and √½ ≤ m < √2. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // What is too small to have 24 digits is made larger first.
  const small = f32x4.lt(x, splat(1.17549435e-38));
  const big = v128.bitselect(f32x4.mul(x, splat(8388608)), x, small);
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(big, 23), i32x4.splat(126)));
  e = f32x4.sub(e, v128.and(small, splat(23)));
  let m = v128.or(v128.and(big, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const low = f32x4.lt(m, splat(0.707106781186547524));
  e = f32x4.sub(e, v128.and(low, splat(1)));
  m = f32x4.sub(f32x4.add(m, v128.and(low, m)), splat(1));
  const z = f32x4.mul(m, m);
  let p = splat(7.0376836292e-2);
  p = madd(p, m, splat(-1.1514610310e-1));
  p = madd(p, m, splat(1.1676998740e-1));
  p = madd(p, m, splat(-1.2420140846e-1));
  p = madd(p, m, splat(1.4249322787e-1));
  p = madd(p, m, splat(-1.6668057665e-1));
  p = madd(p, m, splat(2.0000714765e-1));
  p = madd(p, m, splat(-2.4999993993e-1));
  p = madd(p, m, splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = f32x4.add(y, f32x4.mul(e, splat(-2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(z, splat(0.5)));
  y = f32x4.add(f32x4.add(m, y), f32x4.mul(e, splat(0.693359375)));
  // Of 0 it is -∞, of ∞ it is ∞, of what is negative or no number at all, NaN.
  y = v128.bitselect(splat(-Infinity), y, f32x4.eq(x, splat(0)));
  y = v128.bitselect(splat(Infinity), y, f32x4.eq(x, splat(Infinity)));
  return v128.bitselect(y, splat(NaN), f32x4.ge(x, splat(0)));
}

/** Near 0 a polynomial, elsewhere 1 - 2 / (e^2x + 1). */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = splat(-5.70498872745e-3);
  p = madd(p, z, splat(2.06390887954e-2));
  p = madd(p, z, splat(-5.37397155531e-2));
  p = madd(p, z, splat(1.33314422036e-1));
  p = madd(p, z, splat(-3.33332819422e-1));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  // The sign, lest the sum of 0 and -0 be 0.
  const near = v128.or(madd(f32x4.mul(p, z), x, x), sign);
  const e = exp4(f32x4.add(size, size));
  const far = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))));
  const signed = v128.or(far, sign);
  return v128.bitselect(near, signed, f32x4.lt(size, splat(0.625)));
}

/** 1 / (1 + e^-x), and for x below 0 the same as e^x / (1 + e^x), whose powers do not overflow. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const above = v128.bitselect(e, splat(1), f32x4.lt(x, splat(0)));
  return f32x4.div(above, f32x4.add(splat(1), e));
}
