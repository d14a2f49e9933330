/**
 * The micro-kernel of the matrix product: a tile of C of up to 6 × 16 numbers stays in registers
 * while it runs down the common side. For each step of that side it reads 16 numbers of B and,
 * one after the other, 6 of A: 8 reads for 96 multiply-adds.
 *
 * Why 6 × 16: a machine with two multiply-add units that each take 4 cycles needs 8 sums that do
 * not wait for each other, and x86 has 16 registers. Where the machine computes 8 numbers at a
 * time (`wide`), 6 × 16 is 12 sums, 2 vectors of B and 1 number of A: 15 registers, and one is the
 * compiler's own. Where it is 4 at a time, the same 15 hold 6 × 8.
 *
 * Each number of C is one chain of multiply-adds, in the order of the common side: the bits are
 * the same for every height and width of the tile.
 */

import { madd } from "./vector";

/** The most rows and columns of a tile. */
export const ROWS: i32 = 6;
export const COLUMNS: i32 = 16;

/**
 * `count` tiles of `rows` rows, one below the other. `vectors` × 4 columns. Steps are in bytes:
 * `aRow` and `aColumn` lead through A, `bRow` from one row of B to the next, and so on. The sums
 * begin with what lies at `from`: C itself, or zeros (whose rows are 0 bytes apart).
 *
 * `rows` and `vectors` are constants wherever this is written in, so that the ifs vanish: what is
 * left is twelve loops, for tiles of 1 to 6 rows and 8 or 16 columns.
 */
// @ts-ignore: decorator
@inline
function tiles(
  rows: i32,
  vectors: i32,
  count: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  from: usize,
  fromRow: usize,
): void {
  for (; count > 0; count--) {
    let s00 = v128.load(from);
    let s01 = v128.load(from, 16);
    // Those that the tile does not have are nothing but names.
    let s02 = s00, s03 = s00;
    let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
    let s20 = s00, s21 = s00, s22 = s00, s23 = s00;
    let s30 = s00, s31 = s00, s32 = s00, s33 = s00;
    let s40 = s00, s41 = s00, s42 = s00, s43 = s00;
    let s50 = s00, s51 = s00, s52 = s00, s53 = s00;
    if (vectors > 2) {
      s02 = v128.load(from, 32);
      s03 = v128.load(from, 48);
    }
    from += fromRow;
    if (rows > 1) {
      s10 = v128.load(from);
      s11 = v128.load(from, 16);
      if (vectors > 2) {
        s12 = v128.load(from, 32);
        s13 = v128.load(from, 48);
      }
      from += fromRow;
    }
    if (rows > 2) {
      s20 = v128.load(from);
      s21 = v128.load(from, 16);
      if (vectors > 2) {
        s22 = v128.load(from, 32);
        s23 = v128.load(from, 48);
      }
      from += fromRow;
    }
    if (rows > 3) {
      s30 = v128.load(from);
      s31 = v128.load(from, 16);
      if (vectors > 2) {
        s32 = v128.load(from, 32);
        s33 = v128.load(from, 48);
      }
      from += fromRow;
    }
    if (rows > 4) {
      s40 = v128.load(from);
      s41 = v128.load(from, 16);
      if (vectors > 2) {
        s42 = v128.load(from, 32);
        s43 = v128.load(from, 48);
      }
      from += fromRow;
    }
    if (rows > 5) {
      s50 = v128.load(from);
      s51 = v128.load(from, 16);
      if (vectors > 2) {
        s52 = v128.load(from, 32);
        s53 = v128.load(from, 48);
      }
      from += fromRow;
    }
    let a0 = a;
    let a1 = a0 + aRow;
    let a2 = a1 + aRow;
    let a3 = a2 + aRow;
    let a4 = a3 + aRow;
    let a5 = a4 + aRow;
    a += <usize>rows * aRow;
    let at = b;
    for (let p = k; p > 0; p--, at += bRow) {
      const b0 = v128.load(at);
      const b1 = v128.load(at, 16);
      const b2 = vectors > 2 ? v128.load(at, 32) : b0;
      const b3 = vectors > 2 ? v128.load(at, 48) : b0;
      const x = v128.load32_splat(a0);
      a0 += aColumn;
      s00 = madd(x, b0, s00);
      s01 = madd(x, b1, s01);
      if (vectors > 2) {
        s02 = madd(x, b2, s02);
        s03 = madd(x, b3, s03);
      }
      if (rows > 1) {
        const x = v128.load32_splat(a1);
        a1 += aColumn;
        s10 = madd(x, b0, s10);
        s11 = madd(x, b1, s11);
        if (vectors > 2) {
          s12 = madd(x, b2, s12);
          s13 = madd(x, b3, s13);
        }
      }
      if (rows > 2) {
        const x = v128.load32_splat(a2);
        a2 += aColumn;
        s20 = madd(x, b0, s20);
        s21 = madd(x, b1, s21);
        if (vectors > 2) {
          s22 = madd(x, b2, s22);
          s23 = madd(x, b3, s23);
        }
      }
      if (rows > 3) {
        const x = v128.load32_splat(a3);
        a3 += aColumn;
        s30 = madd(x, b0, s30);
        s31 = madd(x, b1, s31);
        if (vectors > 2) {
          s32 = madd(x, b2, s32);
          s33 = madd(x, b3, s33);
        }
      }
      if (rows > 4) {
        const x = v128.load32_splat(a4);
        a4 += aColumn;
        s40 = madd(x, b0, s40);
        s41 = madd(x, b1, s41);
        if (vectors > 2) {
          s42 = madd(x, b2, s42);
          s43 = madd(x, b3, s43);
        }
      }
      if (rows > 5) {
        const x = v128.load32_splat(a5);
        a5 += aColumn;
        s50 = madd(x, b0, s50);
        s51 = madd(x, b1, s51);
        if (vectors > 2) {
          s52 = madd(x, b2, s52);
          s53 = madd(x, b3, s53);
        }
      }
    }
    v128.store(c, s00);
    v128.store(c, s01, 16);
    if (vectors > 2) {
      v128.store(c, s02, 32);
      v128.store(c, s03, 48);
    }
    c += cRow;
    if (rows > 1) {
      v128.store(c, s10);
      v128.store(c, s11, 16);
      if (vectors > 2) {
        v128.store(c, s12, 32);
        v128.store(c, s13, 48);
      }
      c += cRow;
    }
    if (rows > 2) {
      v128.store(c, s20);
      v128.store(c, s21, 16);
      if (vectors > 2) {
        v128.store(c, s22, 32);
        v128.store(c, s23, 48);
      }
      c += cRow;
    }
    if (rows > 3) {
      v128.store(c, s30);
      v128.store(c, s31, 16);
      if (vectors > 2) {
        v128.store(c, s32, 32);
        v128.store(c, s33, 48);
      }
      c += cRow;
    }
    if (rows > 4) {
      v128.store(c, s40);
      v128.store(c, s41, 16);
      if (vectors > 2) {
        v128.store(c, s42, 32);
        v128.store(c, s43, 48);
      }
      c += cRow;
    }
    if (rows > 5) {
      v128.store(c, s50);
      v128.store(c, s51, 16);
      if (vectors > 2) {
        v128.store(c, s52, 32);
        v128.store(c, s53, 48);
      }
      c += cRow;
    }
  }
}

function tilesOf8(
  rows: i32,
  count: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  from: usize,
  fromRow: usize,
): void {
  if (rows == 6) tiles(6, 2, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 5) tiles(5, 2, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 4) tiles(4, 2, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 3) tiles(3, 2, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 2) tiles(2, 2, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else tiles(1, 2, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
}

function tilesOf16(
  rows: i32,
  count: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  from: usize,
  fromRow: usize,
): void {
  if (rows == 6) tiles(6, 4, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 5) tiles(5, 4, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 4) tiles(4, 4, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 3) tiles(3, 4, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else if (rows == 2) tiles(2, 4, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
  else tiles(1, 4, count, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
}

/**
 * C[m × columns] = from + A[m × k] B[k × columns], for one panel of B: 8 or 16 columns. The rows
 * are dealt out evenly (64 rows are 9 tiles of 6 and 2 of 5): a tile of few rows would have too
 * few sums to keep the machine busy. `wide` says that the compiler turns pairs of 128-bit operations
 * into 256-bit ones, as V8 does where it is told to.
 */
export function strip(
  wide: bool,
  m: i32,
  columns: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  from: usize,
  fromRow: usize,
): void {
  const count = (m + ROWS - 1) / ROWS;
  const rows = m / count;
  const taller = m - rows * count;
  const done = <usize>(taller * (rows + 1));
  const a2 = a + done * aRow;
  if (wide && columns > 8) {
    if (taller > 0)
      tilesOf16(rows + 1, taller, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
    c += done * cRow;
    from += done * fromRow;
    tilesOf16(rows, count - taller, k, a2, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
    return;
  }
  for (let j = 0; j < columns; j += 8, b += 32, c += 32, from += 32) {
    if (taller > 0)
      tilesOf8(rows + 1, taller, k, a, aRow, aColumn, b, bRow, c, cRow, from, fromRow);
    const c2 = c + done * cRow;
    const from2 = from + done * fromRow;
    tilesOf8(rows, count - taller, k, a2, aRow, aColumn, b, bRow, c2, cRow, from2, fromRow);
  }
}
