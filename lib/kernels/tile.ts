/**
 * Sums of products for convolutions: 16 filters at 6 places, kept in registers from the first
 * product to the last. The filters lie in the lanes of the vectors, so that no place is special:
 * which numbers of the image a place meets is told by two lists, where the place begins and how
 * far from there each number lies (the "indirect convolution" of Dukhan, 2019). No columns are
 * laid out, and stride, dilation and gradients are different lists only.
 */
import { madd, splat } from "./vector";

/** Filters side by side in a tile: its lanes. */
export const LANES: i32 = 16;
/** Places of a tile. */
export const PLACES: i32 = 6;

/**
 * out[place] = Σ_k w[k] · x[place + offset[k]], for up to 16 filters and 6 places. w [k, 16];
 * offsets: k distances in bytes; places: for each the distance in x and that in out. `wide`: pairs
 * of vectors become vectors of 256 bits, and the registers hold the whole tile; otherwise it is
 * worked out in two halves, with the same sums.
 */
export function tile(
  wide: i32,
  lanes: i32,
  k: i32,
  w: usize,
  offsets: usize,
  x: usize,
  places: usize,
  out: usize,
): void {
  if (wide && lanes > 8) return whole(k, w, offsets, x, places, out);
  half(k, w, offsets, x, places, out);
  if (lanes > 8) half(k, w + 32, offsets, x, places, out + 32);
}

/** 16 filters: 12 sums of 8 numbers each, two vectors of weights and one number of the image. */
function whole(k: i32, w: usize, offsets: usize, x: usize, places: usize, out: usize): void {
  const x0 = x + <usize>load<u32>(places, 0);
  const x1 = x + <usize>load<u32>(places, 8);
  const x2 = x + <usize>load<u32>(places, 16);
  const x3 = x + <usize>load<u32>(places, 24);
  const x4 = x + <usize>load<u32>(places, 32);
  const x5 = x + <usize>load<u32>(places, 40);
  let s00 = splat(0);
  let s01 = splat(0);
  let s02 = splat(0);
  let s03 = splat(0);
  let s10 = splat(0);
  let s11 = splat(0);
  let s12 = splat(0);
  let s13 = splat(0);
  let s20 = splat(0);
  let s21 = splat(0);
  let s22 = splat(0);
  let s23 = splat(0);
  let s30 = splat(0);
  let s31 = splat(0);
  let s32 = splat(0);
  let s33 = splat(0);
  let s40 = splat(0);
  let s41 = splat(0);
  let s42 = splat(0);
  let s43 = splat(0);
  let s50 = splat(0);
  let s51 = splat(0);
  let s52 = splat(0);
  let s53 = splat(0);
  const end = offsets + (<usize>k << 2);
  for (; offsets < end; offsets += 4, w += 64) {
    const offset = <usize>load<u32>(offsets);
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const w2 = v128.load(w, 32);
    const w3 = v128.load(w, 48);
    let y = v128.load32_splat(x0 + offset);
    s00 = madd(y, w0, s00);
    s01 = madd(y, w1, s01);
    s02 = madd(y, w2, s02);
    s03 = madd(y, w3, s03);
    y = v128.load32_splat(x1 + offset);
    s10 = madd(y, w0, s10);
    s11 = madd(y, w1, s11);
    s12 = madd(y, w2, s12);
    s13 = madd(y, w3, s13);
    y = v128.load32_splat(x2 + offset);
    s20 = madd(y, w0, s20);
    s21 = madd(y, w1, s21);
    s22 = madd(y, w2, s22);
    s23 = madd(y, w3, s23);
    y = v128.load32_splat(x3 + offset);
    s30 = madd(y, w0, s30);
    s31 = madd(y, w1, s31);
    s32 = madd(y, w2, s32);
    s33 = madd(y, w3, s33);
    y = v128.load32_splat(x4 + offset);
    s40 = madd(y, w0, s40);
    s41 = madd(y, w1, s41);
    s42 = madd(y, w2, s42);
    s43 = madd(y, w3, s43);
    y = v128.load32_splat(x5 + offset);
    s50 = madd(y, w0, s50);
    s51 = madd(y, w1, s51);
    s52 = madd(y, w2, s52);
    s53 = madd(y, w3, s53);
  }
  let to = out + <usize>load<u32>(places, 4);
  v128.store(to, s00);
  v128.store(to, s01, 16);
  v128.store(to, s02, 32);
  v128.store(to, s03, 48);
  to = out + <usize>load<u32>(places, 12);
  v128.store(to, s10);
  v128.store(to, s11, 16);
  v128.store(to, s12, 32);
  v128.store(to, s13, 48);
  to = out + <usize>load<u32>(places, 20);
  v128.store(to, s20);
  v128.store(to, s21, 16);
  v128.store(to, s22, 32);
  v128.store(to, s23, 48);
  to = out + <usize>load<u32>(places, 28);
  v128.store(to, s30);
  v128.store(to, s31, 16);
  v128.store(to, s32, 32);
  v128.store(to, s33, 48);
  to = out + <usize>load<u32>(places, 36);
  v128.store(to, s40);
  v128.store(to, s41, 16);
  v128.store(to, s42, 32);
  v128.store(to, s43, 48);
  to = out + <usize>load<u32>(places, 44);
  v128.store(to, s50);
  v128.store(to, s51, 16);
  v128.store(to, s52, 32);
  v128.store(to, s53, 48);
}

/** 8 filters: 12 sums of 4 numbers each. */
function half(k: i32, w: usize, offsets: usize, x: usize, places: usize, out: usize): void {
  const x0 = x + <usize>load<u32>(places, 0);
  const x1 = x + <usize>load<u32>(places, 8);
  const x2 = x + <usize>load<u32>(places, 16);
  const x3 = x + <usize>load<u32>(places, 24);
  const x4 = x + <usize>load<u32>(places, 32);
  const x5 = x + <usize>load<u32>(places, 40);
  let s00 = splat(0);
  let s01 = splat(0);
  let s10 = splat(0);
  let s11 = splat(0);
  let s20 = splat(0);
  let s21 = splat(0);
  let s30 = splat(0);
  let s31 = splat(0);
  let s40 = splat(0);
  let s41 = splat(0);
  let s50 = splat(0);
  let s51 = splat(0);
  const end = offsets + (<usize>k << 2);
  for (; offsets < end; offsets += 4, w += 64) {
    const offset = <usize>load<u32>(offsets);
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let y = v128.load32_splat(x0 + offset);
    s00 = madd(y, w0, s00);
    s01 = madd(y, w1, s01);
    y = v128.load32_splat(x1 + offset);
    s10 = madd(y, w0, s10);
    s11 = madd(y, w1, s11);
    y = v128.load32_splat(x2 + offset);
    s20 = madd(y, w0, s20);
    s21 = madd(y, w1, s21);
    y = v128.load32_splat(x3 + offset);
    s30 = madd(y, w0, s30);
    s31 = madd(y, w1, s31);
    y = v128.load32_splat(x4 + offset);
    s40 = madd(y, w0, s40);
    s41 = madd(y, w1, s41);
    y = v128.load32_splat(x5 + offset);
    s50 = madd(y, w0, s50);
    s51 = madd(y, w1, s51);
  }
  let to = out + <usize>load<u32>(places, 4);
  v128.store(to, s00);
  v128.store(to, s01, 16);
  to = out + <usize>load<u32>(places, 12);
  v128.store(to, s10);
  v128.store(to, s11, 16);
  to = out + <usize>load<u32>(places, 20);
  v128.store(to, s20);
  v128.store(to, s21, 16);
  to = out + <usize>load<u32>(places, 28);
  v128.store(to, s30);
  v128.store(to, s31, 16);
  to = out + <usize>load<u32>(places, 36);
  v128.store(to, s40);
  v128.store(to, s41, 16);
  to = out + <usize>load<u32>(places, 44);
  v128.store(to, s50);
  v128.store(to, s51, 16);
}
