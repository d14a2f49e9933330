/**
 * The matrix product, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (2008): both sides are copied ("packed") into panels that lie in memory in the
 * order in which they are read, and a micro-kernel works out a tile of 4 × 12 results that stay
 * in the sixteen registers while it runs down the common side.
 */

import { madd } from "./vector";

// The tile: 4 rows, 12 columns (three vectors). 12 sums, 3 loads and 1 splat fill 16 registers.
const MR: i32 = 4;
const NR: i32 = 12;
// The blocks: a panel of B (KC × NR) stays in the first cache, a block of A (MC × KC) in the
// second, and a block of B (KC × NC) beyond.
const KC: i32 = 256;
const MC: i32 = 96;
const NC: i32 = 960;

/** How many bytes of scratch {@link gemm} needs. */
export function gemmScratch(): usize {
  return <usize>((KC * NC + MC * KC + MR * NR) * 4);
}

/**
 * C = A B, or C += A B. a, b and c are addresses; a step along a row or column of A and B is
 * given in numbers, so that a transposed matrix is read in place. C lies row by row.
 */
export function gemm(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  c: usize,
  cRow: i32,
  accumulate: bool,
  scratch: usize,
): void {
  const packedB = scratch;
  const packedA = packedB + <usize>(KC * NC * 4);
  const tile = packedA + <usize>(MC * KC * 4);
  if (!accumulate)
    for (let i = 0; i < m; i++) memory.fill(c + (<usize>(i * cRow) << 2), 0, <usize>n << 2);
  for (let j = 0; j < n; j += NC) {
    const nc = min(NC, n - j);
    for (let p = 0; p < k; p += KC) {
      const kc = min(KC, k - p);
      packB(kc, nc, b + (<usize>(p * bRow + j * bColumn) << 2), bRow, bColumn, packedB);
      for (let i = 0; i < m; i += MC) {
        const mc = min(MC, m - i);
        packA(mc, kc, a + (<usize>(i * aRow + p * aColumn) << 2), aRow, aColumn, packedA);
        block(mc, nc, kc, packedA, packedB, c + (<usize>(i * cRow + j) << 2), cRow, tile);
      }
    }
  }
}

/** Every tile of one block of C. */
function block(
  mc: i32,
  nc: i32,
  kc: i32,
  packedA: usize,
  packedB: usize,
  c: usize,
  cRow: i32,
  tile: usize,
): void {
  for (let j = 0; j < nc; j += NR) {
    const panelB = packedB + (<usize>(j * kc) << 2);
    for (let i = 0; i < mc; i += MR) {
      const panelA = packedA + (<usize>(i * kc) << 2);
      const at = c + (<usize>(i * cRow + j) << 2);
      if (i + MR <= mc && j + NR <= nc) micro(kc, panelA, panelB, at, <usize>cRow << 2);
      else {
        // At the edge the whole tile is worked out aside, and what belongs to C is added.
        memory.fill(tile, 0, (MR * NR) << 2);
        micro(kc, panelA, panelB, tile, NR << 2);
        const rows = min(MR, mc - i);
        const columns = min(NR, nc - j);
        for (let r = 0; r < rows; r++)
          for (let s = 0; s < columns; s++) {
            const to = at + (<usize>(r * cRow + s) << 2);
            store<f32>(to, load<f32>(to) + load<f32>(tile + (<usize>(r * NR + s) << 2)));
          }
      }
    }
  }
}

/** Rows of A, four by four: the four numbers of a column lie together. Missing rows are 0. */
function packA(mc: i32, kc: i32, a: usize, aRow: i32, aColumn: i32, to: usize): void {
  const row = <usize>aRow << 2;
  const column = <usize>aColumn << 2;
  for (let i = 0; i < mc; i += MR) {
    const rows = min(MR, mc - i);
    let from = a + <usize>i * row;
    if (rows == MR && aRow == 1)
      for (let p = 0; p < kc; p++, from += column, to += 16) v128.store(to, v128.load(from));
    else if (rows == MR && aColumn == 1) {
      let p = 0;
      for (; p + 4 <= kc; p += 4, from += 16, to += 64) {
        const x0 = v128.load(from);
        const x1 = v128.load(from + row);
        const x2 = v128.load(from + 2 * row);
        const x3 = v128.load(from + 3 * row);
        storeTransposed(x0, x1, x2, x3, to, 16);
      }
      for (; p < kc; p++, from += 4, to += 16)
        for (let r = 0; r < MR; r++)
          store<f32>(to + (<usize>r << 2), load<f32>(from + <usize>r * row));
    } else
      for (let p = 0; p < kc; p++, from += column, to += 16)
        for (let r = 0; r < MR; r++)
          store<f32>(to + (<usize>r << 2), r < rows ? load<f32>(from + <usize>r * row) : 0);
  }
}

/** Columns of B, twelve by twelve: the twelve numbers of a row lie together. Missing ones are 0. */
function packB(kc: i32, nc: i32, b: usize, bRow: i32, bColumn: i32, to: usize): void {
  const row = <usize>bRow << 2;
  const column = <usize>bColumn << 2;
  for (let j = 0; j < nc; j += NR) {
    const columns = min(NR, nc - j);
    let from = b + <usize>j * column;
    if (columns == NR && bColumn == 1)
      for (let p = 0; p < kc; p++, from += row, to += 48) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        v128.store(to, v128.load(from, 32), 32);
      }
    else if (columns == NR && bRow == 1) {
      let p = 0;
      for (; p + 4 <= kc; p += 4, from += 16, to += 192)
        for (let s: usize = 0; s < 3; s++) {
          const at = from + 4 * s * column;
          const x0 = v128.load(at);
          const x1 = v128.load(at + column);
          const x2 = v128.load(at + 2 * column);
          const x3 = v128.load(at + 3 * column);
          storeTransposed(x0, x1, x2, x3, to + 16 * s, 48);
        }
      for (; p < kc; p++, from += 4, to += 48)
        for (let s = 0; s < NR; s++)
          store<f32>(to + (<usize>s << 2), load<f32>(from + <usize>s * column));
    } else
      for (let p = 0; p < kc; p++, from += row, to += 48)
        for (let s = 0; s < NR; s++)
          store<f32>(to + (<usize>s << 2), s < columns ? load<f32>(from + <usize>s * column) : 0);
  }
}

/** Four rows of four, written as columns `step` bytes apart. */
// @ts-ignore: decorator
@inline
function storeTransposed(x0: v128, x1: v128, x2: v128, x3: v128, to: usize, step: usize): void {
  const y0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const y1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const y2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const y3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(y0, y2, 0, 2));
  v128.store(to + step, v128.shuffle<f64>(y0, y2, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<f64>(y1, y3, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<f64>(y1, y3, 1, 3));
}

/** C[4 × 12] += panelA[4 × kc] panelB[kc × 12]. `row` is how many bytes C's rows lie apart. */
function micro(kc: i32, a: usize, b: usize, c: usize, row: usize): void {
  const c1 = c + row;
  const c2 = c1 + row;
  const c3 = c2 + row;
  let s00 = v128.load(c);
  let s01 = v128.load(c, 16);
  let s02 = v128.load(c, 32);
  let s10 = v128.load(c1);
  let s11 = v128.load(c1, 16);
  let s12 = v128.load(c1, 32);
  let s20 = v128.load(c2);
  let s21 = v128.load(c2, 16);
  let s22 = v128.load(c2, 32);
  let s30 = v128.load(c3);
  let s31 = v128.load(c3, 16);
  let s32 = v128.load(c3, 32);
  for (let p = 0; p < kc; p++, a += 16, b += 48) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    let x = v128.load32_splat(a);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    s02 = madd(x, b2, s02);
    x = v128.load32_splat(a, 4);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    s12 = madd(x, b2, s12);
    x = v128.load32_splat(a, 8);
    s20 = madd(x, b0, s20);
    s21 = madd(x, b1, s21);
    s22 = madd(x, b2, s22);
    x = v128.load32_splat(a, 12);
    s30 = madd(x, b0, s30);
    s31 = madd(x, b1, s31);
    s32 = madd(x, b2, s32);
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c, s02, 32);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c1, s12, 32);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c2, s22, 32);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c3, s32, 32);
}
