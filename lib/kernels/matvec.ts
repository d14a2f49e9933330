/**
 * A matrix times a vector. Every number of the matrix is read once, so it is the memory that
 * limits it: nothing is copied, and the matrix is read in the order in which it lies.
 */

import { madd } from "./vector";

/**
 * c = a B, or c += a B, where B's rows lie together: four rows at a time are added to c, each times
 * its number of a. As in the product of matrices, each number of c is one chain of multiply-adds
 * in the order of the rows. Steps in bytes.
 */
export function rowTimes(
  n: i32,
  k: i32,
  a: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  accumulate: bool,
): void {
  if (!accumulate) memory.fill(c, 0, <usize>n << 2);
  const a2 = aColumn + aColumn;
  const a3 = a2 + aColumn;
  for (; k >= 4; k -= 4, a += 4 * aColumn, b += 4 * bRow) {
    const x0 = v128.load32_splat(a);
    const x1 = v128.load32_splat(a + aColumn);
    const x2 = v128.load32_splat(a + a2);
    const x3 = v128.load32_splat(a + a3);
    let at = c;
    let b0 = b;
    let b1 = b0 + bRow;
    let b2 = b1 + bRow;
    let b3 = b2 + bRow;
    let j = n;
    for (; j >= 8; j -= 8, at += 32, b0 += 32, b1 += 32, b2 += 32, b3 += 32) {
      const s0 = madd(x0, v128.load(b0), v128.load(at));
      const s1 = madd(x0, v128.load(b0, 16), v128.load(at, 16));
      const t0 = madd(x1, v128.load(b1), s0);
      const t1 = madd(x1, v128.load(b1, 16), s1);
      const u0 = madd(x2, v128.load(b2), t0);
      const u1 = madd(x2, v128.load(b2, 16), t1);
      const v0 = madd(x3, v128.load(b3), u0);
      const v1 = madd(x3, v128.load(b3, 16), u1);
      v128.store(at, v0);
      v128.store(at, v1, 16);
    }
    for (; j > 0; j--, at += 4, b0 += 4, b1 += 4, b2 += 4, b3 += 4) {
      let s = madd(x0, v128.load32_splat(b0), v128.load32_splat(at));
      s = madd(x1, v128.load32_splat(b1), s);
      s = madd(x2, v128.load32_splat(b2), s);
      v128.store_lane<f32>(at, madd(x3, v128.load32_splat(b3), s), 0);
    }
  }
  for (; k > 0; k--, a += aColumn, b += bRow) {
    const x = v128.load32_splat(a);
    let at = c;
    let from = b;
    let j = n;
    for (; j >= 4; j -= 4, at += 16, from += 16)
      v128.store(at, madd(x, v128.load(from), v128.load(at)));
    for (; j > 0; j--, at += 4, from += 4)
      v128.store_lane<f32>(at, madd(x, v128.load32_splat(from), v128.load32_splat(at)), 0);
  }
}

/**
 * c = A b, where the rows of A lie together, as b does: the weights of a layer and one input. A
 * sum runs in eight lanes and these are added in the end, so that it is rounded otherwise than in
 * {@link gemm}; but always the same for a row, in any company. `aRow` in numbers; for a stack of
 * `count` of each, so many numbers apart.
 */
export function dots(
  count: i32,
  m: i32,
  k: i32,
  a: usize,
  aNext: i32,
  aRow: i32,
  b: usize,
  bNext: i32,
  c: usize,
  cNext: i32,
  scratch: usize,
): void {
  const row = <usize>aRow << 2;
  for (; count > 0; count--) {
    let i = 0;
    let at = a;
    for (; i + 4 <= m; i += 4, at += 4 * row) dots4(k, at, row, b, c + (<usize>i << 2), scratch);
    for (; i < m; i++, at += row) {
      // Three times the same row is for nothing.
      dots4(k, at, 0, b, scratch + 128, scratch);
      store<f32>(c + (<usize>i << 2), load<f32>(scratch + 128));
    }
    a += <usize>aNext << 2;
    b += <usize>bNext << 2;
    c += <usize>cNext << 2;
  }
}

/** Four rows times b. */
// @ts-ignore: decorator
@inline
function dots4(k: i32, a: usize, row: usize, b: usize, c: usize, scratch: usize): void {
  let a1 = a + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (; k >= 8; k -= 8, a += 32, a1 += 32, a2 += 32, a3 += 32, b += 32) {
    const x0 = v128.load(b);
    const x1 = v128.load(b, 16);
    s00 = madd(v128.load(a), x0, s00);
    s01 = madd(v128.load(a, 16), x1, s01);
    s10 = madd(v128.load(a1), x0, s10);
    s11 = madd(v128.load(a1, 16), x1, s11);
    s20 = madd(v128.load(a2), x0, s20);
    s21 = madd(v128.load(a2, 16), x1, s21);
    s30 = madd(v128.load(a3), x0, s30);
    s31 = madd(v128.load(a3, 16), x1, s31);
  }
  // By way of the memory: what is stored in pairs is computed in pairs (256 bits).
  v128.store(scratch, s00);
  v128.store(scratch, s01, 16);
  v128.store(scratch, s10, 32);
  v128.store(scratch, s11, 48);
  v128.store(scratch, s20, 64);
  v128.store(scratch, s21, 80);
  v128.store(scratch, s30, 96);
  v128.store(scratch, s31, 112);
  const y0 = f32x4.add(v128.load(scratch), v128.load(scratch, 16));
  const y1 = f32x4.add(v128.load(scratch, 32), v128.load(scratch, 48));
  const y2 = f32x4.add(v128.load(scratch, 64), v128.load(scratch, 80));
  const y3 = f32x4.add(v128.load(scratch, 96), v128.load(scratch, 112));
  const z0 = f32x4.add(
    v128.shuffle<f32>(y0, y1, 0, 1, 4, 5),
    v128.shuffle<f32>(y0, y1, 2, 3, 6, 7),
  );
  const z1 = f32x4.add(
    v128.shuffle<f32>(y2, y3, 0, 1, 4, 5),
    v128.shuffle<f32>(y2, y3, 2, 3, 6, 7),
  );
  let sum = f32x4.add(v128.shuffle<f32>(z0, z1, 0, 2, 4, 6), v128.shuffle<f32>(z0, z1, 1, 3, 5, 7));
  for (; k > 0; k--, a += 4, a1 += 4, a2 += 4, a3 += 4, b += 4) {
    let x = v128.load32_zero(a);
    x = v128.load_lane<f32>(a1, x, 1);
    x = v128.load_lane<f32>(a2, x, 2);
    x = v128.load_lane<f32>(a3, x, 3);
    sum = madd(x, v128.load32_splat(b), sum);
  }
  v128.store(c, sum);
}

/** How many bytes of scratch {@link dots} needs. */
export function dotsScratch(): usize {
  return 144;
}
