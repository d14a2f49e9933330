/**
 * Operations on each number, or on two or three that stand in the same place. Numbers are taken
 * eight at a time, as two vectors side by side, which V8 can turn into one of 256 bits.
 */
import * as math from "./math";
import { loadSome, storeSome } from "./vector";

// The numbers by which the caller names them: lib/src/engine/jobs/elementwise.ts. What is below
// BINARY takes one number, below COMPARE two; from there on to WHERE the result is of bytes.
const NEG: i32 = 0;
const ABS: i32 = 1;
const SIGN: i32 = 2;
const SQRT: i32 = 3;
const RELU: i32 = 4;
const LEAKY_RELU: i32 = 5;
const CLAMP: i32 = 6;
const EXP: i32 = 7;
const LOG: i32 = 8;
const TANH: i32 = 9;
const SIGMOID: i32 = 10;
const SOFTPLUS: i32 = 11;
const SILU: i32 = 12;
const ERF: i32 = 13;
const GELU: i32 = 14;
const GELU_TANH: i32 = 15;
const SIN: i32 = 16;
const COS: i32 = 17;

const BINARY: i32 = 32;
const ADD: i32 = 32;
const SUB: i32 = 33;
const MUL: i32 = 34;
const DIV: i32 = 35;
const MAXIMUM: i32 = 36;
const MINIMUM: i32 = 37;
const SILU_GRADIENT: i32 = 38;
const GELU_GRADIENT: i32 = 39;
const GELU_TANH_GRADIENT: i32 = 40;
const POW: i32 = 41;

export const COMPARE: i32 = 64;
const EQUAL: i32 = 64;
const NOT_EQUAL: i32 = 65;
const GREATER: i32 = 66;
const GREATER_EQUAL: i32 = 67;
const LESS: i32 = 68;
const LESS_EQUAL: i32 = 69;
export const AND: i32 = 70;
export const OR: i32 = 71;
export const NOT: i32 = 72;
export const WHERE: i32 = 80;

// @ts-ignore: decorator
@inline
function single(op: i32, x: v128, p: v128, q: v128): v128 {
  if (op == NEG) return f32x4.neg(x);
  if (op == ABS) return f32x4.abs(x);
  // NaN and zeros, of either sign, are their own.
  if (op == SIGN)
    return v128.bitselect(math.withSign(math.one(), x), x, f32x4.gt(f32x4.abs(x), math.zero()));
  if (op == SQRT) return f32x4.sqrt(x);
  // The sum makes 0 of -0.
  if (op == RELU) return f32x4.add(f32x4.pmax(x, math.zero()), math.zero());
  if (op == LEAKY_RELU) return v128.bitselect(x, f32x4.mul(x, p), f32x4.gt(x, math.zero()));
  if (op == CLAMP) return f32x4.min(f32x4.max(x, p), q);
  if (op == EXP) return math.exp4(x);
  if (op == LOG) return math.log4(x);
  if (op == TANH) return math.tanh4(x);
  if (op == SIGMOID) return math.sigmoid4(x);
  if (op == SOFTPLUS) return math.softplus4(x);
  if (op == SILU) return math.silu4(x);
  if (op == ERF) return math.erf4(x);
  if (op == GELU) return math.gelu4(x);
  if (op == SIN) return math.sin4(x, 0);
  if (op == COS) return math.sin4(x, 1);
  return math.geluTanh4(x);
}

// @ts-ignore: decorator
@inline
function pair(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUB) return f32x4.sub(a, b);
  if (op == MUL) return f32x4.mul(a, b);
  if (op == DIV) return f32x4.div(a, b);
  if (op == MAXIMUM) return f32x4.max(a, b);
  if (op == MINIMUM) return f32x4.min(a, b);
  if (op == SILU_GRADIENT) return f32x4.mul(a, math.siluSlope(b));
  if (op == GELU_GRADIENT) return f32x4.mul(a, math.geluSlope(b));
  return f32x4.mul(a, math.geluTanhSlope(b));
}

// @ts-ignore: decorator
@inline
function each(op: i32, n: i32, x: usize, out: usize, p: f32, q: f32): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  for (; n >= 8; n -= 8, x += 32, out += 32) {
    const y0 = single(op, v128.load(x), ps, qs);
    const y1 = single(op, v128.load(x, 16), ps, qs);
    v128.store(out, y0);
    v128.store(out, y1, 16);
  }
  for (; n > 0; n -= 4, x += 16, out += 16)
    storeSome(out, single(op, loadSome(x, n), ps, qs), n);
}

function neg(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(NEG, n, x, out, p, q);
}
function abs(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(ABS, n, x, out, p, q);
}
function sign(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(SIGN, n, x, out, p, q);
}
function sqrt(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(SQRT, n, x, out, p, q);
}
function relu(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(RELU, n, x, out, p, q);
}
function leakyRelu(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(LEAKY_RELU, n, x, out, p, q);
}
function clamp(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(CLAMP, n, x, out, p, q);
}
function exp(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(EXP, n, x, out, p, q);
}
function log(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(LOG, n, x, out, p, q);
}
function tanh(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(TANH, n, x, out, p, q);
}
function sigmoid(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(SIGMOID, n, x, out, p, q);
}
function softplus(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(SOFTPLUS, n, x, out, p, q);
}
function silu(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(SILU, n, x, out, p, q);
}
function erf(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(ERF, n, x, out, p, q);
}
function gelu(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(GELU, n, x, out, p, q);
}
function geluTanh(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  each(GELU_TANH, n, x, out, p, q);
}

function sin(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  waves(SIN, n, x, out);
}
function cos(n: i32, x: usize, out: usize, p: f32, q: f32): void {
  waves(COS, n, x, out);
}

/** Whether all of up to 16 numbers are so small that the quick way has digits enough. */
function allNear(n: i32, x: usize): bool {
  if (n == 16) {
    let most = f32x4.abs(v128.load(x));
    most = f32x4.max(most, f32x4.abs(v128.load(x, 16)));
    most = f32x4.max(most, f32x4.abs(v128.load(x, 32)));
    most = f32x4.max(most, f32x4.abs(v128.load(x, 48)));
    return i32x4.all_true(f32x4.le(most, f32x4.splat(math.SIN_MOST)));
  }
  for (; n > 0; n--, x += 4) if (!(f32.abs(load<f32>(x)) <= math.SIN_MOST)) return false;
  return true;
}

/**
 * Sixteen numbers at a time; where there is a large one, one by one, the large ones with more
 * digits.
 */
// @ts-ignore: decorator
@inline
function waves(op: i32, n: i32, x: usize, out: usize): void {
  for (; n > 0; n -= 16) {
    const count = min(n, 16);
    const step = allNear(count, x) ? count : 1;
    for (let i = 0; i < count; i += step, x += <usize>step << 2, out += <usize>step << 2) {
      const first = load<f32>(x);
      if (step > 1 || f32.abs(first) <= math.SIN_MOST) each(op, step, x, out, 0, 0);
      else store<f32>(out, math.sinOfLarge(first, op == SIN ? 0 : 1));
    }
  }
}

/** Each op is a function of its own, since V8 widens only what it finds in a small one. */
const SINGLES: StaticArray<(n: i32, x: usize, out: usize, p: f32, q: f32) => void> = [
  neg, abs, sign, sqrt, relu, leakyRelu, clamp, exp, log, tanh, sigmoid, softplus, silu, erf,
  gelu, geluTanh, sin, cos,
];

/** Either side moves on with the result (step 1), or is one number that is repeated (step 0). */
// @ts-ignore: decorator
@inline
function eachPair(op: i32, n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  if (stepA && stepB)
    for (; n >= 8; n -= 8, a += 32, b += 32, out += 32) {
      const y0 = pair(op, v128.load(a), v128.load(b));
      const y1 = pair(op, v128.load(a, 16), v128.load(b, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  else if (op >= SILU_GRADIENT) {
    // Rare, and long: the loop for the rest will do.
  } else if (stepA) {
    const same = v128.load32_splat(b);
    for (; n >= 8; n -= 8, a += 32, out += 32) {
      const y0 = pair(op, v128.load(a), same);
      const y1 = pair(op, v128.load(a, 16), same);
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  } else if (stepB) {
    const same = v128.load32_splat(a);
    for (; n >= 8; n -= 8, b += 32, out += 32) {
      const y0 = pair(op, same, v128.load(b));
      const y1 = pair(op, same, v128.load(b, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  }
  for (; n > 0; n -= 4, a += 16 * stepA, b += 16 * stepB, out += 16) {
    const x = stepA ? loadSome(a, n) : v128.load32_splat(a);
    const y = stepB ? loadSome(b, n) : v128.load32_splat(b);
    storeSome(out, pair(op, x, y), n);
  }
}

function add(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(ADD, n, a, stepA, b, stepB, out);
}
function sub(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(SUB, n, a, stepA, b, stepB, out);
}
function mul(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(MUL, n, a, stepA, b, stepB, out);
}
function div(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(DIV, n, a, stepA, b, stepB, out);
}
function maximum(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(MAXIMUM, n, a, stepA, b, stepB, out);
}
function minimum(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(MINIMUM, n, a, stepA, b, stepB, out);
}
function siluGradient(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(SILU_GRADIENT, n, a, stepA, b, stepB, out);
}
function geluGradient(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(GELU_GRADIENT, n, a, stepA, b, stepB, out);
}
function geluTanhGradient(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  eachPair(GELU_TANH_GRADIENT, n, a, stepA, b, stepB, out);
}
/** Squares and reciprocals are quick, since most powers are those; all others are not. */
function pow(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  const power = load<f32>(b);
  if (!stepB && power == 2) return mul(n, a, stepA, a, stepA, out);
  if (!stepB && power == -1) return div(n, math.ONE, 0, a, stepA, out);
  for (; n > 0; n--, a += 4 * stepA, b += 4 * stepB, out += 4)
    store<f32>(out, math.power(load<f32>(a), load<f32>(b)));
}

type Pair = (n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize) => void;
const PAIRS: StaticArray<Pair> = [
  add, sub, mul, div, maximum, minimum, siluGradient, geluGradient, geluTanhGradient, pow,
];

/** All bits of a number set where it is true. */
// @ts-ignore: decorator
@inline
export function holds(op: i32, a: v128, b: v128): v128 {
  if (op == EQUAL) return f32x4.eq(a, b);
  if (op == NOT_EQUAL) return f32x4.ne(a, b);
  if (op == GREATER) return f32x4.gt(a, b);
  if (op == GREATER_EQUAL) return f32x4.ge(a, b);
  if (op == LESS) return f32x4.lt(a, b);
  return f32x4.le(a, b);
}

/** Numbers from where the step leads, or the one that is repeated. */
// @ts-ignore: decorator
@inline
function four(from: usize, step: i32, offset: usize): v128 {
  return step ? v128.load(from + offset) : v128.load32_splat(from);
}

// @ts-ignore: decorator
@inline
function eachComparison(
  op: i32,
  n: i32,
  a: usize,
  stepA: i32,
  b: usize,
  stepB: i32,
  out: usize,
): void {
  const ones = i8x16.splat(1);
  for (; n >= 16; n -= 16, a += 64 * stepA, b += 64 * stepB, out += 16) {
    const m0 = holds(op, four(a, stepA, 0), four(b, stepB, 0));
    const m1 = holds(op, four(a, stepA, 16), four(b, stepB, 16));
    const m2 = holds(op, four(a, stepA, 32), four(b, stepB, 32));
    const m3 = holds(op, four(a, stepA, 48), four(b, stepB, 48));
    const narrow = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3));
    v128.store(out, v128.and(narrow, ones));
  }
  for (; n > 0; n--, a += 4 * stepA, b += 4 * stepB, out++) {
    const m = holds(op, v128.load32_splat(a), v128.load32_splat(b));
    store<u8>(out, <u8>(i32x4.extract_lane(m, 0) & 1));
  }
}

function comparisons(
  op: i32,
  n: i32,
  a: usize,
  stepA: i32,
  b: usize,
  stepB: i32,
  out: usize,
): void {
  switch (op) {
    case EQUAL:
      return eachComparison(EQUAL, n, a, stepA, b, stepB, out);
    case NOT_EQUAL:
      return eachComparison(NOT_EQUAL, n, a, stepA, b, stepB, out);
    case GREATER:
      return eachComparison(GREATER, n, a, stepA, b, stepB, out);
    case GREATER_EQUAL:
      return eachComparison(GREATER_EQUAL, n, a, stepA, b, stepB, out);
    case LESS:
      return eachComparison(LESS, n, a, stepA, b, stepB, out);
    default:
      return eachComparison(LESS_EQUAL, n, a, stepA, b, stepB, out);
  }
}

/** What is true or false, bytes of 1 or 0, sixteen at a time. */
function logic(op: i32, n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  const ones = i8x16.splat(1);
  for (; n > 0; n -= 16, a += 16 * stepA, b += 16 * stepB, out += 16) {
    if (n < 16) break;
    const x = stepA ? v128.load(a) : v128.load8_splat(a);
    const y = op == NOT ? ones : stepB ? v128.load(b) : v128.load8_splat(b);
    v128.store(out, op == AND ? v128.and(x, y) : op == OR ? v128.or(x, y) : v128.xor(x, y));
  }
  for (; n > 0; n--, a += stepA, b += stepB, out++) {
    const x = load<u8>(a);
    const y: u8 = op == NOT ? 1 : load<u8>(b);
    store<u8>(out, op == AND ? x & y : op == OR ? x | y : x ^ y);
  }
}

/** Where the condition, bytes of 1 or 0, is true, the number of a, elsewhere that of b. */
function choose(
  n: i32,
  c: usize,
  stepC: i32,
  a: usize,
  stepA: i32,
  b: usize,
  stepB: i32,
  out: usize,
): void {
  for (; n > 0; n -= 4, c += 4 * stepC, a += 16 * stepA, b += 16 * stepB, out += 16) {
    if (n < 4) break;
    const bytes = stepC ? v128.load32_zero(c) : v128.load8_splat(c);
    const mask = i32x4.neg(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
    v128.store(out, v128.bitselect(four(a, stepA, 0), four(b, stepB, 0), mask));
  }
  for (; n > 0; n--, c += stepC, a += 4 * stepA, b += 4 * stepB, out += 4)
    store<f32>(out, load<u8>(c) ? load<f32>(a) : load<f32>(b));
}

/**
 * A stretch of n numbers that lie together: out = op(a, b, c). `step` is 1 where an input moves on
 * with the result, and 0 where it is one number that is repeated. The result may lie where an input
 * lies. p and q are what an op wants to know besides: a slope, two bounds.
 */
export function stretch(
  op: i32,
  n: i32,
  a: usize,
  stepA: i32,
  b: usize,
  stepB: i32,
  c: usize,
  stepC: i32,
  out: usize,
  p: f32,
  q: f32,
): void {
  if (op < BINARY) unchecked(SINGLES[op])(n, a, out, p, q);
  else if (op < COMPARE) unchecked(PAIRS[op - BINARY])(n, a, stepA, b, stepB, out);
  else if (op < AND) comparisons(op, n, a, stepA, b, stepB, out);
  else if (op < WHERE) logic(op, n, a, stepA, b, stepB, out);
  else choose(n, a, stepA, b, stepB, c, stepC, out);
}

/**
 * Stretch by stretch: from one to the next, a, b and c move on by so many bytes, the result to
 * where the last one ended.
 */
export function elementwise(
  op: i32,
  rows: i32,
  n: i32,
  a: usize,
  rowA: i32,
  stepA: i32,
  b: usize,
  rowB: i32,
  stepB: i32,
  c: usize,
  rowC: i32,
  stepC: i32,
  out: usize,
  p: f32,
  q: f32,
): void {
  const row = n * (op >= COMPARE && op < WHERE ? 1 : 4);
  for (; rows > 0; rows--, a += rowA, b += rowB, c += rowC, out += row)
    stretch(op, n, a, stepA, b, stepB, c, stepC, out, p, q);
}
