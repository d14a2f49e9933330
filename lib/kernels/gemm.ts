/**
 * The matrix product. After Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (2008): what is read again and again is kept in the caches, a panel of B
 * (256 × 16 numbers) in the first, a block of A in the second, and a tile of C in the registers
 * (strip.ts). Unlike theirs, A is not copied: the tile reads six of its rows where they lie, in any
 * direction. B is copied ("packed") a panel at a time, unless its rows can be read in place.
 *
 * However the work is cut into blocks, tiles or calls, a number of C is one chain of multiply-adds
 * in the order of the common side, so its bits are the same.
 */

import { COLUMNS, ROWS, strip } from "./strip";
import { rowTimes } from "./matvec";
import { transpose, transpose4 } from "./transpose";

// The block of A: at most MC rows and KC columns.
const KC: i32 = 256;
const MC: i32 = 480;
/** Rows of a block that is copied after all: {@link crowded}. */
const COPIED: i32 = 240;
/** The widest result that is worked out the other way round: {@link turned}. */
const TURNED: i32 = 128;
/** Numbers by which lines are kept apart that would drive each other out of the cache. */
const GAP: i32 = 16;
/** Sixteen zeros, with which a sum begins. */
const ZEROS: usize = memory.data(64);

// The scratch: a panel of B, a strip of C, and a block of A or of the turned result.
const PANEL: usize = KC * COLUMNS * 4;
const ASIDE: usize = MC * COLUMNS * 4;
const BLOCK: usize = KC * (COPIED + GAP) * 4;

/** How many bytes of scratch {@link gemm} needs. */
export function gemmScratch(): usize {
  return 64 + PANEL + ASIDE + BLOCK;
}

/**
 * C = A B, or C += A B, for a stack of `count` matrices. a, b and c are addresses; steps from one
 * matrix of a stack to the next, and along a row or column of A and B are given in numbers, so
 * that a transposed matrix is read in place. C lies row by row. `wide`: see {@link strip}.
 */
export function gemm(
  wide: bool,
  count: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aNext: i32,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bNext: i32,
  bRow: i32,
  bColumn: i32,
  c: usize,
  cNext: i32,
  cRow: i32,
  accumulate: bool,
  scratch: usize,
): void {
  if (m == 0 || n == 0) return;
  // A row of a panel is one line of the cache.
  scratch = (scratch + 63) & ~63;
  const ar = <usize>aRow << 2;
  const ac = <usize>aColumn << 2;
  const br = <usize>bRow << 2;
  const bc = <usize>bColumn << 2;
  const cr = <usize>cRow << 2;
  const vector = m == 1 && bColumn == 1;
  const turn =
    m <= TURNED && cost(n, m, k, bc, br, ac, ar) + <f32>(m * n) / 3 < cost(m, n, k, ar, ac, br, bc);
  for (; count > 0; count--) {
    if (vector) rowTimes(n, k, a, ac, b, br, c, accumulate);
    else if (turn) turned(wide, m, n, k, a, ar, ac, b, br, bc, c, cr, accumulate, scratch);
    else product(wide, m, n, k, a, ar, ac, b, br, bc, c, cr, accumulate, scratch);
    a += <usize>aNext << 2;
    b += <usize>bNext << 2;
    c += <usize>cNext << 2;
  }
}

/** Cycles, roughly: for each step of the common side one for each row of a tile; and the copying. */
function cost(
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aColumn: usize,
  bRow: usize,
  bColumn: usize,
): f32 {
  const panels = (n + COLUMNS - 1) / COLUMNS;
  const copying: f32 = crowded(aRow, aColumn) ? <f32>m / 4 : 0;
  const packing: f32 = readable(bRow, bColumn) ? 0 : <f32>n / 3;
  return <f32>k * (<f32>(panels * max(m, 4)) + copying + packing);
}

/** Whether a panel of B can be read where it lies. */
function readable(row: usize, column: usize): bool {
  return column == 4 && !crowded(column, row);
}

/**
 * Whether a matrix is read in steps of 4096 bytes, or a multiple. Such numbers all belong into the
 * same few places of a cache and drive each other out.
 */
function crowded(along: usize, step: usize): bool {
  return along == 4 && step > 0 && (step & 4095) == 0;
}

/**
 * The same by way of the transposed: Cᵀ = Bᵀ Aᵀ. Then it is A that is packed, and B that is read
 * in place: better where A is the smaller one and B lies the wrong way.
 */
function turned(
  wide: bool,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
  scratch: usize,
): void {
  const result = scratch + PANEL + ASIDE;
  const width = <usize>((m + 7) & ~7) << 2;
  for (let i = 0; i < n; i += MC, b += <usize>MC * bColumn, c += MC * 4) {
    const rows = min(MC, n - i);
    if (accumulate) transpose(m, rows, c, cRow, result, width);
    product(
      wide,
      rows,
      m,
      k,
      b,
      bColumn,
      bRow,
      a,
      aColumn,
      aRow,
      result,
      width,
      accumulate,
      scratch,
    );
    transpose(rows, m, result, width, c, cRow);
  }
}

/** C = A B or C += A B, with all steps in bytes. */
function product(
  wide: bool,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
  scratch: usize,
): void {
  const panel = scratch;
  const aside = panel + PANEL;
  const block = aside + ASIDE;
  const direct = readable(bRow, bColumn);
  const copied = m > ROWS && n > COLUMNS && crowded(aRow, aColumn);
  const mc = even(m, copied ? COPIED : MC, ROWS);
  const kc = even(k, KC, 1);
  // A common side of no length still makes zeros.
  for (let p = 0; p == 0 || p < k; p += kc) {
    const steps = min(kc, k - p);
    const zeros = p == 0 && !accumulate;
    for (let i = 0; i < m; i += mc) {
      const rows = min(mc, m - i);
      let ai = a + <usize>i * aRow + <usize>p * aColumn;
      let step = aColumn;
      if (copied) {
        step = (COPIED + GAP) * 4;
        for (let q: usize = 0; q < <usize>steps; q++)
          memory.copy(block + q * step, ai + q * aColumn, <usize>rows << 2);
        ai = block;
      }
      for (let j = 0; j < n; j += COLUMNS) {
        const columns = min(COLUMNS, n - j);
        const whole = (columns & 7) == 0;
        let bj = b + <usize>p * bRow + <usize>j * bColumn;
        let next = bRow;
        if (!direct || !whole) {
          pack(steps, columns, bj, bRow, bColumn, panel);
          bj = panel;
          next = COLUMNS * 4;
        }
        // At the edge the whole tile is worked out aside, and what belongs to C is copied.
        const own = c + <usize>i * cRow + (<usize>j << 2);
        const to = whole ? own : aside;
        const toRow: usize = whole ? cRow : COLUMNS * 4;
        if (!whole && !zeros) copy(rows, columns, own, cRow, aside, toRow);
        const from = zeros ? ZEROS : to;
        const fromRow: usize = zeros ? 0 : toRow;
        strip(wide, rows, columns, steps, ai, aRow, step, bj, next, to, toRow, from, fromRow);
        if (!whole) copy(rows, columns, aside, toRow, own, cRow);
      }
    }
  }
}

/** The length of equal parts, none longer than `most`, which is a multiple of `unit` as they are. */
function even(length: i32, most: i32, unit: i32): i32 {
  const parts = max(1, (length + most - 1) / most);
  const part = (length + parts - 1) / parts;
  return max(1, (part + unit - 1) / unit) * unit;
}

function copy(m: i32, n: i32, from: usize, fromRow: usize, to: usize, toRow: usize): void {
  for (let i = 0; i < m; i++, from += fromRow, to += toRow)
    for (let j = 0; j < n; j++)
      store<f32>(to + (<usize>j << 2), load<f32>(from + (<usize>j << 2)));
}

/** Columns of B, up to sixteen: the numbers of a row lie together. Missing ones are 0. */
function pack(k: i32, columns: i32, b: usize, row: usize, column: usize, to: usize): void {
  if (columns == COLUMNS && column == 4) {
    for (; k > 0; k--, b += row, to += 64) {
      const x0 = v128.load(b);
      const x1 = v128.load(b, 16);
      const x2 = v128.load(b, 32);
      const x3 = v128.load(b, 48);
      v128.store(to, x0);
      v128.store(to, x1, 16);
      v128.store(to, x2, 32);
      v128.store(to, x3, 48);
    }
    return;
  }
  let j = 0;
  if (row == 4)
    for (; j + 4 <= columns; j += 4, b += 4 * column, to += 16) transpose4(k, b, column, to, 64);
  for (; j < columns; j++, b += column, to += 4) {
    let from = b;
    for (let p = 0; p < k; p++, from += row) store<f32>(to + (<usize>p << 6), load<f32>(from));
  }
  for (; (j & 7) != 0; j++, to += 4)
    for (let p = 0; p < k; p++) store<f32>(to + (<usize>p << 6), 0);
}
