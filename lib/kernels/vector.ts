/** Small things that every kernel uses, written into the place of their call. */

/** a b + c, in one rounding where the machine has it. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** c - a b, in one rounding where the machine has it. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b));
}

/** Four times the same number. */
// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** The first n of four numbers, and zeros. */
export function loadSome(from: usize, n: i32): v128 {
  let x = v128.load32_zero(from);
  if (n > 1) x = v128.load32_lane(from, x, 1, 4);
  if (n > 2) x = v128.load32_lane(from, x, 2, 8);
  return n > 3 ? v128.load32_lane(from, x, 3, 12) : x;
}

export function storeSome(to: usize, x: v128, n: i32): void {
  v128.store32_lane(to, x, 0);
  if (n > 1) v128.store32_lane(to, x, 1, 4);
  if (n > 2) v128.store32_lane(to, x, 2, 8);
  if (n > 3) v128.store32_lane(to, x, 3, 12);
}
