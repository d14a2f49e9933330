/**
 * e^x, ln x, tanh and their like, four numbers at a time, without branches: each brings its
 * argument into a short interval and takes a polynomial there, fitted so that its largest error in
 * the interval is as small as can be (Remez 1934). The tests measure how far each function is from
 * the true value.
 *
 * Two things are for V8. Only operations are used that it can do on two vectors at once, in a
 * register of 256 bits, where a kernel takes vectors in pairs: so a number is rounded to a whole
 * one by adding 1.5 · 2²³, after which there is no room for a fraction, and not by f32x4.nearest.
 * And constants lie in memory: V8 makes a constant vector anew wherever it is used, in four to
 * eight instructions, where a load is one (e^x took 0.9 ns a number, and takes 0.27).
 */
import { madd, nmadd } from "./vector";

/** Constant number i of a table. */
// @ts-ignore: decorator
@inline
function at(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2));
}

// @ts-ignore: decorator
@inline
export function zero(): v128 {
  return i32x4.splat(0);
}

const COMMON: usize = memory.data<f32>([0.5, 1, 2, 0.6931471805599453]);
/** Where a 1 lies. */
export const ONE: usize = COMMON + 4;
const BITS: usize = memory.data<u32>([0x80000000, 0x7f800000, 0xff800000, 0x7fc00000]);

// @ts-ignore: decorator
@inline
export function half(): v128 {
  return at(COMMON, 0);
}
// @ts-ignore: decorator
@inline
export function one(): v128 {
  return at(COMMON, 1);
}
// @ts-ignore: decorator
@inline
function two(): v128 {
  return at(COMMON, 2);
}
// @ts-ignore: decorator
@inline
function signBit(): v128 {
  return at(BITS, 0);
}
// @ts-ignore: decorator
@inline
export function infinity(): v128 {
  return at(BITS, 1);
}

/** The size of the one number, the sign of the other. */
// @ts-ignore: decorator
@inline
export function withSign(size: v128, sign: v128): v128 {
  return v128.or(f32x4.abs(size), v128.and(sign, signBit()));
}

/**
 * What both exponentials need: log₂ e; 1.5 · 2²³ + 127, so that the last bits of a sum with it are
 * the exponent of 2^n; ln 2 in two parts, the first so short that its products with n are exact.
 */
const POWERS: usize = memory.data<f32>([1.4426950408889634, 12583039, 0.693359375, -2.1219444e-4]);

const EXP: usize = memory.data<f32>([
  89, -88, -0.5,
  0.0019212666666135192, 0.007853618822991848, 0.04186376929283142, 0.16662977635860443,
  0.5000024437904358,
]);

/**
 * e^x = 2^n e^r with n whole and r from 0 to ln 2. With n rounded down, 2^n is infinite just where
 * e^x is; what is below 2^-126, where numbers lose digits, is 0.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // NaN is neither below a bound nor above: it stays.
  const bounded = f32x4.pmax(f32x4.pmin(x, at(EXP, 0)), at(EXP, 1));
  const shifted = f32x4.add(madd(bounded, at(POWERS, 0), at(EXP, 2)), at(POWERS, 1));
  const n = f32x4.sub(shifted, at(POWERS, 1));
  const r = nmadd(n, at(POWERS, 3), nmadd(n, at(POWERS, 2), bounded));
  let p = madd(at(EXP, 3), r, at(EXP, 4));
  p = madd(p, r, at(EXP, 5));
  p = madd(p, r, at(EXP, 6));
  p = madd(p, r, at(EXP, 7));
  p = madd(p, r, one());
  p = madd(p, r, one());
  return f32x4.mul(p, i32x4.shl(shifted, 23));
}

const EXPM1: usize = memory.data<f32>([
  0.0013882339699193835, 0.008367477916181087, 0.04166723042726517, 0.16666536033153534,
  0.4999999701976776,
]);

/**
 * e^x - 1 for x from -87 to 0, without the loss of digits near 0: 2^n (e^r - 1) + (2^n - 1), with n
 * rounded to the nearest.
 */
// @ts-ignore: decorator
@inline
function expm1OfNegative(x: v128): v128 {
  const shifted = madd(x, at(POWERS, 0), at(POWERS, 1));
  const n = f32x4.sub(shifted, at(POWERS, 1));
  const r = nmadd(n, at(POWERS, 3), nmadd(n, at(POWERS, 2), x));
  let p = madd(at(EXPM1, 0), r, at(EXPM1, 1));
  p = madd(p, r, at(EXPM1, 2));
  p = madd(p, r, at(EXPM1, 3));
  p = madd(p, r, at(EXPM1, 4));
  p = madd(f32x4.mul(p, r), r, r);
  const power = i32x4.shl(shifted, 23);
  return madd(p, power, f32x4.sub(power, one()));
}

const LOG: usize = memory.data<f32>([
  1.17549435e-38, 8388608, 23, 0.41421356, -0.5,
  0.06757570803165436, -0.1169433519244194, 0.11893512308597565, -0.12403083592653275,
  0.1421855390071869,
  -0.16668090224266052, 0.2000216692686081, -0.25000008940696716, 0.3333331048488617,
]);
/** The bits of √½. */
const ROOT_HALF: usize = memory.data<u32>([0x3f3504f3]);

/** ln(1 + f) and the two parts of what is to be added, for f from √½ - 1 to √2 - 1. */
// @ts-ignore: decorator
@inline
function log1pNear(f: v128, add: v128, addLow: v128): v128 {
  let p = madd(at(LOG, 5), f, at(LOG, 6));
  p = madd(p, f, at(LOG, 7));
  p = madd(p, f, at(LOG, 8));
  p = madd(p, f, at(LOG, 9));
  p = madd(p, f, at(LOG, 10));
  p = madd(p, f, at(LOG, 11));
  p = madd(p, f, at(LOG, 12));
  p = madd(p, f, at(LOG, 13));
  p = madd(p, f, at(LOG, 4));
  // What is small comes first.
  return f32x4.add(f32x4.add(madd(p, f32x4.mul(f, f), addLow), f), add);
}

/** ln x = e ln 2 + ln m, where x = 2^e m and √½ ≤ m < √2. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // What is too small to have 24 digits is made larger first.
  const small = f32x4.lt(x, at(LOG, 0));
  const bits = v128.bitselect(f32x4.mul(x, at(LOG, 1)), x, small);
  // With the bits of √½ taken off, what is left in the place of the exponent is e.
  const whole = i32x4.shr_s(i32x4.sub(bits, at(ROOT_HALF, 0)), 23);
  const f = f32x4.sub(i32x4.sub(bits, i32x4.shl(whole, 23)), one());
  const e = f32x4.sub(f32x4.convert_i32x4_s(whole), v128.and(small, at(LOG, 2)));
  const y = log1pNear(f, f32x4.mul(e, at(POWERS, 2)), f32x4.mul(e, at(POWERS, 3)));
  // Of ∞ it is ∞, of 0 -∞, of what is negative or no number at all, NaN.
  const finite = v128.bitselect(y, x, f32x4.lt(x, infinity()));
  const none = v128.bitselect(at(BITS, 2), at(BITS, 3), f32x4.eq(x, zero()));
  return v128.bitselect(finite, none, f32x4.gt(x, zero()));
}

/**
 * ln(1 + e^x): e^-|x| is at most 1, and where it is above √2 - 1, (1 + e^-|x|) / 2 comes in for 1
 * + e^-|x|.
 */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const large = f32x4.gt(e, at(LOG, 3));
  const f = v128.bitselect(madd(e, half(), at(LOG, 4)), e, large);
  const y = log1pNear(f, v128.and(large, at(POWERS, 2)), v128.and(large, at(POWERS, 3)));
  return f32x4.add(f32x4.pmax(x, zero()), y);
}

const TANH: usize = memory.data<f32>([-2, -20]);

/** With E = e^-2|x| - 1, it is -E / (E + 2), and has the sign of x. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const twice = f32x4.pmax(f32x4.mul(f32x4.abs(x), at(TANH, 0)), at(TANH, 1));
  const e = expm1OfNegative(twice);
  return withSign(f32x4.div(e, f32x4.add(e, two())), x);
}

/** 1 + e^-x. */
// @ts-ignore: decorator
@inline
function oneAndExp(x: v128): v128 {
  return f32x4.add(one(), exp4(f32x4.neg(x)));
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(one(), oneAndExp(x));
}

// @ts-ignore: decorator
@inline
export function silu4(x: v128): v128 {
  return f32x4.div(x, oneAndExp(x));
}

/**
 * Beyond these e^-x is infinite, or nothing beside 1; the slope of x times the sigmoid of x is 0
 * or 1.
 */
const FLAT: usize = memory.data<f32>([87, -87]);

// @ts-ignore: decorator
@inline
function within(x: v128, bounds: usize): v128 {
  return f32x4.pmax(f32x4.pmin(x, at(bounds, 0)), at(bounds, 1));
}

/**
 * How x times the sigmoid s of u changes with x: s + x s (1 - s) u', where `inner` is x u'. In
 * terms of e = e^-u, s is 1 / (1 + e) and 1 - s is e s, which keeps its digits where s is close to
 * 1.
 */
// @ts-ignore: decorator
@inline
function gateSlope(u: v128, inner: v128): v128 {
  const e = exp4(f32x4.neg(u));
  const s = f32x4.div(one(), f32x4.add(one(), e));
  return madd(f32x4.mul(inner, f32x4.mul(e, s)), s, s);
}

// @ts-ignore: decorator
@inline
export function siluSlope(x: v128): v128 {
  const near = within(x, FLAT);
  return gateSlope(near, near);
}

const ERF: usize = memory.data<f32>([
  4,
  1.1953558214372606e-6, -2.1376103177317418e-5, 1.6757311823312193e-4, -7.408957462757826e-4,
  1.7996293026953936e-3,
  -2.532726794015616e-4, -1.9117603078484535e-2, 1.0277125984430313e-1, 6.366198658943176e-1,
  -5.8635e-8,
  1.128379225730896,
]);

/** 1 - e^-q(|x|), with a polynomial for q: minus the logarithm of what is missing to 1. */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  // From 4 on it is 1.
  const t = f32x4.pmin(f32x4.abs(x), at(ERF, 0));
  let p = madd(at(ERF, 1), t, at(ERF, 2));
  p = madd(p, t, at(ERF, 3));
  p = madd(p, t, at(ERF, 4));
  p = madd(p, t, at(ERF, 5));
  p = madd(p, t, at(ERF, 6));
  p = madd(p, t, at(ERF, 7));
  p = madd(p, t, at(ERF, 8));
  p = madd(p, t, at(ERF, 9));
  p = madd(p, t, at(ERF, 10));
  // The first coefficient comes in two parts, the small one first.
  const q = madd(p, t, f32x4.mul(t, at(ERF, 11)));
  return withSign(expm1OfNegative(f32x4.neg(q)), x);
}

const NORMAL: usize = memory.data<f32>([
  5.9,
  3.651840785323657e-8, -9.314185831499344e-7, 1.0388160262664314e-5, -6.519976886920631e-5,
  2.244026691187173e-4,
  -4.415946386870928e-5, -4.779783543199301e-3, 3.633524850010872e-2, 3.183099031448364e-1,
  7.978845834732056e-1,
  -0.5, 0.3989422804014327,
]);
/** Beyond these gelu's slope is 0 or 1. */
const GELU_FLAT: usize = memory.data<f32>([20, -20, 9.5, -9.5]);

/**
 * How much of the normal distribution lies below x: e^-q(|x|) / 2, as in erf4 of x / √2, or what
 * is missing to 1.
 */
// @ts-ignore: decorator
@inline
function normalBelow(x: v128): v128 {
  const size = f32x4.abs(x);
  // Further out q goes on as a straight line: e^-q is already below the last digit of 1.
  const t = f32x4.pmin(size, at(NORMAL, 0));
  let p = madd(at(NORMAL, 1), t, at(NORMAL, 2));
  p = madd(p, t, at(NORMAL, 3));
  p = madd(p, t, at(NORMAL, 4));
  p = madd(p, t, at(NORMAL, 5));
  p = madd(p, t, at(NORMAL, 6));
  p = madd(p, t, at(NORMAL, 7));
  p = madd(p, t, at(NORMAL, 8));
  p = madd(p, t, at(NORMAL, 9));
  p = madd(p, t, at(NORMAL, 10));
  const outside = f32x4.mul(exp4(f32x4.neg(f32x4.mul(p, size))), half());
  return v128.bitselect(outside, f32x4.sub(one(), outside), f32x4.lt(x, zero()));
}

// @ts-ignore: decorator
@inline
export function gelu4(x: v128): v128 {
  return f32x4.mul(x, normalBelow(x));
}

/** How gelu changes with x: what lies below x, and x times the normal density e^-x²/2 / √2π. */
// @ts-ignore: decorator
@inline
export function geluSlope(far: v128): v128 {
  const x = within(far, GELU_FLAT);
  const e = exp4(f32x4.mul(f32x4.mul(x, x), at(NORMAL, 11)));
  return madd(f32x4.mul(x, at(NORMAL, 12)), e, normalBelow(x));
}

/** √(8/π) and its product with 0.044715, once and three times. */
const GELU_TANH: usize = memory.data<f32>([
  1.5957691216057308, 0.07135481627159471, 0.21406444881478413,
]);

/**
 * (1 + tanh u) / 2 is the sigmoid of 2 u, and that of x √(8/π) (1 + 0.044715 x²) is what gelu
 * multiplies x by.
 */
// @ts-ignore: decorator
@inline
function geluTanhInner(x: v128): v128 {
  return f32x4.mul(x, madd(f32x4.mul(x, x), at(GELU_TANH, 1), at(GELU_TANH, 0)));
}

// @ts-ignore: decorator
@inline
export function geluTanh4(x: v128): v128 {
  return f32x4.div(x, oneAndExp(geluTanhInner(x)));
}

// @ts-ignore: decorator
@inline
export function geluTanhSlope(far: v128): v128 {
  const x = within(far, GELU_FLAT + 8);
  const slope = madd(f32x4.mul(x, x), at(GELU_TANH, 2), at(GELU_TANH, 0));
  return gateSlope(geluTanhInner(x), f32x4.mul(x, slope));
}

/**
 * 2/π; 1.5 · 2²³; π/2 in three parts, the first two so short that their products with n are exact.
 */
const QUARTERS: usize = memory.data<f32>([
  0.6366197723675814, 12582912, 1.5703125, 4.837512969970703125e-4, 7.549789948768648e-8,
]);
const SIN: usize = memory.data<f32>([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]);
const COS: usize = memory.data<f32>([
  2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2, -0.5,
]);
const WHOLE: usize = memory.data<i32>([1, 2]);

/**
 * How large a number may be for {@link sin4}: beyond, its distance to a multiple of π needs more
 * digits.
 */
export const SIN_MOST: f32 = 4096;

/**
 * sin(x + quarters · π/2): x less n quarters of a turn lies between -π/4 and π/4. The digits are
 * enough up to {@link SIN_MOST}.
 */
// @ts-ignore: decorator
@inline
export function sin4(x: v128, quarters: i32): v128 {
  const shifted = madd(x, at(QUARTERS, 0), at(QUARTERS, 1));
  const n = f32x4.sub(shifted, at(QUARTERS, 1));
  let r = nmadd(n, at(QUARTERS, 2), x);
  r = nmadd(n, at(QUARTERS, 3), r);
  r = nmadd(n, at(QUARTERS, 4), r);
  return wave(r, quarters ? i32x4.add(shifted, at(WHOLE, 0)) : shifted);
}

/**
 * A polynomial for the sine of r (n even) or its cosine (n odd), with the sign of the half turn.
 */
// @ts-ignore: decorator
@inline
function wave(r: v128, n: v128): v128 {
  const z = f32x4.mul(r, r);
  let s = madd(at(SIN, 0), z, at(SIN, 1));
  s = madd(s, z, at(SIN, 2));
  s = madd(f32x4.mul(s, z), r, r);
  let c = madd(at(COS, 0), z, at(COS, 1));
  c = madd(c, z, at(COS, 2));
  c = madd(c, z, at(COS, 3));
  c = madd(c, z, one());
  const odd = i32x4.eq(v128.and(n, at(WHOLE, 0)), at(WHOLE, 0));
  return v128.xor(v128.bitselect(c, s, odd), i32x4.shl(v128.and(n, at(WHOLE, 1)), 30));
}

/** 2/π, the bits behind the point. */
const TWO_OVER_PI: usize = memory.data<u64>([
  0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0,
]);

/** π/2, over 2^62. */
const QUARTER: f64 = 1.5707963267948966 / 4611686018427387904;

/**
 * The same for a large number, m 2^e with a whole m: of the bits of 2/π, those are left out that
 * make whole turns of it, and 64 of the rest are enough (Payne and Hanek 1983).
 */
export function sinOfLarge(x: f32, quarters: i32): f32 {
  const bits = reinterpret<u32>(x) & 0x7fffffff;
  if (bits >= 0x7f800000) return NaN;
  const m = <u64>((bits & 0x007fffff) | 0x00800000);
  const e = <i32>(bits >> 23) - 150;
  const skip = max(e - 2, 0);
  const from = TWO_OVER_PI + ((<usize>skip >> 6) << 3);
  let window = load<u64>(from) << (skip & 63);
  if (skip & 63) window |= load<u64>(from, 8) >> (64 - (skip & 63));
  if (e < 2) window >>= <u64>(2 - e);
  // The two first bits are the quarters, the other 62 a part of one.
  const turns = m * window;
  const n = <i32>((turns + ((<u64>1) << 61)) >> 62);
  const part = <f64>(<i64>(turns - ((<u64>n) << 62))) * QUARTER;
  const r = <f32>(x < 0 ? -part : part);
  return f32x4.extract_lane(wave(f32x4.splat(r), i32x4.splat((x < 0 ? -n : n) + quarters)), 0);
}

/**
 * a^b in double precision: with a = 2^e m and √½ ≤ m < √2 it is 2^(b (e + log₂ m)), and log₂ m a
 * series in (m - 1) / (m + 1).
 */
export function power(a: f32, b: f32): f32 {
  if (b == 0) return 1;
  const size = f32.abs(a);
  // JavaScript has no answer where C has 1.
  if (a != a || b != b || (size == 1 && f32.abs(b) == Infinity)) return NaN;
  const whole = f32.floor(b) == b;
  if (a < 0 && !whole && size != Infinity && f32.abs(b) != Infinity) return NaN;
  const half = b * 0.5;
  const odd = whole && f32.floor(half) != half && f32.abs(b) < 16777216;
  let y: f64;
  if (size == 0 || size == Infinity) y = (size == 0) == (b > 0) ? 0 : Infinity;
  else {
    const bits = reinterpret<u64>(<f64>size);
    const e = <i64>(bits - 0x3fe6a09e667f3bcd) >> 52;
    const m = reinterpret<f64>(bits - (<u64>e << 52));
    const t = (m - 1) / (m + 1);
    const z = t * t;
    let p: f64 = 1.0 / 13;
    for (let k: f64 = 11; k > 0; k -= 2) p = p * z + 1 / k;
    const exponent = min(max(<f64>b * (<f64>e + 2.8853900817779268 * t * p), -2000), 2000);
    const n = nearest<f64>(exponent);
    const r = (exponent - n) * 0.6931471805599453;
    let q: f64 = 1;
    for (let k: f64 = 10; k > 0; k--) q = (q * r) / k + 1;
    const first = <i64>n >> 1;
    y = q * twoTo(first) * twoTo(<i64>n - first);
  }
  const negative = odd && reinterpret<i32>(a) < 0;
  return <f32>(negative ? -y : y);
}

// @ts-ignore: decorator
@inline
function twoTo(n: i64): f64 {
  return reinterpret<f64>((n + 1023) << 52);
}
