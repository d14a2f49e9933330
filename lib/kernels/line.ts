/**
 * Convolution where few filters, or channels, would leave most lanes of a tile (tile.ts) empty: a
 * result of one channel, or each channel on its own. Here the lanes are neighboring places. A frame
 * is read as one long line, over the ends of its rows: what comes of the places there is left out.
 */
import { madd, splat } from "./vector";

/** Places that are worked out together, for two filters. */
export const RUN: i32 = 24;
/** Places that are added up together, for six taps. */
export const STEP: i32 = 8;

/**
 * 24 places of two filters in the first two lanes of w [k, 16]:
 * out[place] = Σ_k w[k] · x[place + offset[k]]. `other` is how far the second result is.
 */
export function lineSums(
  k: i32,
  w: usize,
  offsets: usize,
  x: usize,
  out: usize,
  other: usize,
): void {
  let a0 = splat(0);
  let a1 = splat(0);
  let a2 = splat(0);
  let a3 = splat(0);
  let a4 = splat(0);
  let a5 = splat(0);
  let b0 = splat(0);
  let b1 = splat(0);
  let b2 = splat(0);
  let b3 = splat(0);
  let b4 = splat(0);
  let b5 = splat(0);
  const end = offsets + (<usize>k << 2);
  for (; offsets < end; offsets += 4, w += 64) {
    const from = x + <usize>load<u32>(offsets);
    const wa = v128.load32_splat(w);
    const wb = v128.load32_splat(w, 4);
    let y = v128.load(from);
    a0 = madd(wa, y, a0);
    b0 = madd(wb, y, b0);
    y = v128.load(from, 16);
    a1 = madd(wa, y, a1);
    b1 = madd(wb, y, b1);
    y = v128.load(from, 32);
    a2 = madd(wa, y, a2);
    b2 = madd(wb, y, b2);
    y = v128.load(from, 48);
    a3 = madd(wa, y, a3);
    b3 = madd(wb, y, b3);
    y = v128.load(from, 64);
    a4 = madd(wa, y, a4);
    b4 = madd(wb, y, b4);
    y = v128.load(from, 80);
    a5 = madd(wa, y, a5);
    b5 = madd(wb, y, b5);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  v128.store(out, a4, 64);
  v128.store(out, a5, 80);
  out += other;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  v128.store(out, b2, 32);
  v128.store(out, b3, 48);
  v128.store(out, b4, 64);
  v128.store(out, b5, 80);
}

/**
 * What n numbers of g (a multiple of 8) and of x weigh together, for six taps:
 * sums[tap] += Σ_i g[i] · x[i + offset[tap]]. taps: for each, its offset, and 4 bytes that are not
 * read; sums [6, 8] are to be added up.
 */
export function lineDots(n: i32, g: usize, x: usize, taps: usize, sums: usize): void {
  let x0 = x + <usize>load<u32>(taps);
  let x1 = x + <usize>load<u32>(taps, 8);
  let x2 = x + <usize>load<u32>(taps, 16);
  let x3 = x + <usize>load<u32>(taps, 24);
  let x4 = x + <usize>load<u32>(taps, 32);
  let x5 = x + <usize>load<u32>(taps, 40);
  let s00 = v128.load(sums);
  let s01 = v128.load(sums, 16);
  let s10 = v128.load(sums, 32);
  let s11 = v128.load(sums, 48);
  let s20 = v128.load(sums, 64);
  let s21 = v128.load(sums, 80);
  let s30 = v128.load(sums, 96);
  let s31 = v128.load(sums, 112);
  let s40 = v128.load(sums, 128);
  let s41 = v128.load(sums, 144);
  let s50 = v128.load(sums, 160);
  let s51 = v128.load(sums, 176);
  const end = g + (<usize>n << 2);
  for (; g < end; g += 32) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    s00 = madd(g0, v128.load(x0), s00);
    s01 = madd(g1, v128.load(x0, 16), s01);
    x0 += 32;
    s10 = madd(g0, v128.load(x1), s10);
    s11 = madd(g1, v128.load(x1, 16), s11);
    x1 += 32;
    s20 = madd(g0, v128.load(x2), s20);
    s21 = madd(g1, v128.load(x2, 16), s21);
    x2 += 32;
    s30 = madd(g0, v128.load(x3), s30);
    s31 = madd(g1, v128.load(x3, 16), s31);
    x3 += 32;
    s40 = madd(g0, v128.load(x4), s40);
    s41 = madd(g1, v128.load(x4, 16), s41);
    x4 += 32;
    s50 = madd(g0, v128.load(x5), s50);
    s51 = madd(g1, v128.load(x5, 16), s51);
    x5 += 32;
  }
  v128.store(sums, s00);
  v128.store(sums, s01, 16);
  v128.store(sums, s10, 32);
  v128.store(sums, s11, 48);
  v128.store(sums, s20, 64);
  v128.store(sums, s21, 80);
  v128.store(sums, s30, 96);
  v128.store(sums, s31, 112);
  v128.store(sums, s40, 128);
  v128.store(sums, s41, 144);
  v128.store(sums, s50, 160);
  v128.store(sums, s51, 176);
}

/** The sum of 8 numbers. */
export function total(at: usize): f32 {
  let sum: f32 = 0;
  for (let i: usize = 0; i < 32; i += 4) sum += load<f32>(at + i);
  return sum;
}
