/** Operations on each number, or on each pair of numbers of two tensors that broadcast. */
import { exp4, log4, sigmoid4, tanh4 } from "./math";
import { madd, splat } from "./vector";

// The numbers by which the caller names them: lib/src/engine/kernels.ts.
const ADD: i32 = 0;
const SUB: i32 = 1;
const MUL: i32 = 2;
const DIV: i32 = 3;
const MAXIMUM: i32 = 4;
const MINIMUM: i32 = 5;

// @ts-ignore: decorator
@inline
function pair(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUB) return f32x4.sub(a, b);
  if (op == MUL) return f32x4.mul(a, b);
  if (op == DIV) return f32x4.div(a, b);
  if (op == MAXIMUM) return f32x4.max(a, b);
  return f32x4.min(a, b);
}

/**
 * How a broadcast is walked: a number of levels, innermost first, and for each four i32: how many
 * steps, how far a and b move at each (0 where they are repeated), and a counter that is 0.
 */
@unmanaged
class Level {
  length: i32;
  stepA: i32;
  stepB: i32;
  count: i32;
}

// @ts-ignore: decorator
@inline
function level(walk: usize, i: i32): Level {
  return changetype<Level>(walk + 4 + ((<usize>i) << 4));
}

// @ts-ignore: decorator
@inline
function walkPairs(op: i32, walk: usize, a: usize, b: usize, out: usize): void {
  const levels = load<i32>(walk);
  const inner = level(walk, 0);
  const n = inner.length;
  const stepA = <usize>inner.stepA << 2;
  const stepB = <usize>inner.stepB << 2;
  const vectors = inner.stepA <= 1 && inner.stepB <= 1 && inner.stepA >= 0 && inner.stepB >= 0;
  while (true) {
    let i = 0;
    let x = a;
    let y = b;
    if (vectors) {
      if (inner.stepA == 1 && inner.stepB == 1)
        for (; i + 4 <= n; i += 4, x += 16, y += 16, out += 16)
          v128.store(out, pair(op, v128.load(x), v128.load(y)));
      else if (inner.stepA == 1) {
        const same = v128.load32_splat(y);
        for (; i + 4 <= n; i += 4, x += 16, out += 16) v128.store(out, pair(op, v128.load(x), same));
      } else if (inner.stepB == 1) {
        const same = v128.load32_splat(x);
        for (; i + 4 <= n; i += 4, y += 16, out += 16) v128.store(out, pair(op, same, v128.load(y)));
      }
    }
    for (; i < n; i++, x += stepA, y += stepB, out += 4)
      store<f32>(
        out,
        f32x4.extract_lane(pair(op, v128.load32_splat(x), v128.load32_splat(y)), 0),
      );
    let at = 1;
    for (; at < levels; at++) {
      const outer = level(walk, at);
      a += <usize>outer.stepA << 2;
      b += <usize>outer.stepB << 2;
      if (++outer.count < outer.length) break;
      a -= <usize>(outer.stepA * outer.length) << 2;
      b -= <usize>(outer.stepB * outer.length) << 2;
      outer.count = 0;
    }
    if (at == levels) return;
  }
}

/** out = a op b, walked as {@link Level} tells. */
export function binary(op: i32, walk: usize, a: usize, b: usize, out: usize): void {
  switch (op) {
    case ADD:
      return walkPairs(ADD, walk, a, b, out);
    case SUB:
      return walkPairs(SUB, walk, a, b, out);
    case MUL:
      return walkPairs(MUL, walk, a, b, out);
    case DIV:
      return walkPairs(DIV, walk, a, b, out);
    case MAXIMUM:
      return walkPairs(MAXIMUM, walk, a, b, out);
    default:
      return walkPairs(MINIMUM, walk, a, b, out);
  }
}

const NEG: i32 = 0;
const ABS: i32 = 1;
const SQRT: i32 = 2;
const RELU: i32 = 3;
const EXP: i32 = 4;
const LOG: i32 = 5;
const TANH: i32 = 6;
const SIGMOID: i32 = 7;
const SILU: i32 = 8;
const GELU_TANH: i32 = 9;

// @ts-ignore: decorator
@inline
function one(op: i32, x: v128): v128 {
  if (op == NEG) return f32x4.neg(x);
  if (op == ABS) return f32x4.abs(x);
  if (op == SQRT) return f32x4.sqrt(x);
  if (op == RELU) return f32x4.max(x, splat(0));
  if (op == EXP) return exp4(x);
  if (op == LOG) return log4(x);
  if (op == TANH) return tanh4(x);
  if (op == SIGMOID) return sigmoid4(x);
  if (op == SILU) return f32x4.mul(x, sigmoid4(x));
  // GELU_TANH
  const half = f32x4.mul(x, splat(0.5));
  const cube = f32x4.mul(f32x4.mul(x, x), x);
  const inner = f32x4.mul(splat(0.7978845608028654), madd(splat(0.044715), cube, x));
  return madd(half, tanh4(inner), half);
}

// @ts-ignore: decorator
@inline
function each(op: i32, n: i32, x: usize, out: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4, x += 16, out += 16) v128.store(out, one(op, v128.load(x)));
  for (; i < n; i++, x += 4, out += 4)
    store<f32>(out, f32x4.extract_lane(one(op, v128.load32_splat(x)), 0));
}

/** out = op(x), n numbers. */
export function unary(op: i32, n: i32, x: usize, out: usize): void {
  switch (op) {
    case NEG:
      return each(NEG, n, x, out);
    case ABS:
      return each(ABS, n, x, out);
    case SQRT:
      return each(SQRT, n, x, out);
    case RELU:
      return each(RELU, n, x, out);
    case EXP:
      return each(EXP, n, x, out);
    case LOG:
      return each(LOG, n, x, out);
    case TANH:
      return each(TANH, n, x, out);
    case SIGMOID:
      return each(SIGMOID, n, x, out);
    case SILU:
      return each(SILU, n, x, out);
    default:
      return each(GELU_TANH, n, x, out);
  }
}
