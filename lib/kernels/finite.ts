/** A look at numbers: whether there is one among them that is none. */
import { splat } from "./vector";

// @ts-ignore: decorator
@inline
function allZero(x: v128): bool {
  return i32x4.all_true(f32x4.eq(x, splat(0)));
}

/** Whether all n numbers are finite: times 0 each is 0, unless it is infinite or NaN. */
export function allFinite(n: i32, x: usize): bool {
  const end = x + (<usize>n << 2);
  const zero = splat(0);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  // Four sums do not wait for each other.
  for (; x + 64 <= end; x += 64) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(x), zero));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(x, 16), zero));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(x, 32), zero));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(x, 48), zero));
  }
  for (; x < end; x += 4) s0 = f32x4.add(s0, f32x4.mul(v128.load32_zero(x), zero));
  return allZero(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}
