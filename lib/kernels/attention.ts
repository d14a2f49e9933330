/**
 * Attention without its matrix. softmax(q kᵀ · scale) v needs a score for each pair of places, far
 * more numbers than go in or come out. Here the scores of a few queries at a time are worked out,
 * used, and forgotten while they are still in the cache; the way back works them out once more
 * (T. Dao and others, "FlashAttention: fast and memory-efficient exact attention with
 * IO-awareness", 2022). Where no query looks ahead, the keys after it are left out altogether; if
 * there are more keys than queries, the queries are those of the last places.
 */
import { gemm, gemmScratch } from "./gemm";
import { exp4 } from "./math";
import { transpose } from "./transpose";
import { splat } from "./vector";

/** The sizes, and where the numbers of each head lie: steps in numbers. */
@unmanaged
class Attention {
  heads: i32;
  queries: i32;
  keys: i32;
  /** Of one head. */
  width: i32;
  causal: i32;
  /** From one batch, head and place to the next: of q, k, v and their gradients. */
  queryBatch: i32;
  keyBatch: i32;
  headStep: i32;
  rowStep: i32;
  /** The same of the result. */
  outBatch: i32;
  outHead: i32;
  outRow: i32;
}

/** So many queries are looked at together: four tiles of the matrix product. */
const QUERIES: i32 = 24;

/** Numbers from one row of scores to the next: whole lines of the cache, but not a multiple of 4096 bytes. */
// @ts-ignore: decorator
@inline
function scoresRow(keys: i32): i32 {
  const row = (keys + 15) & ~15;
  return (row & 1023) == 0 ? row + 16 : row;
}

/** How many bytes of scratch are needed. */
export function attentionScratch(keys: i32, width: i32): usize {
  return (<usize>((2 * QUERIES + 2 * width) * scoresRow(keys) + 64) << 2) + gemmScratch() + 64;
}

// @ts-ignore: decorator
@inline
function across(x: v128): f32 {
  const a = f32x4.extract_lane(x, 0);
  const b = f32x4.extract_lane(x, 1);
  return a + b + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/**
 * Scores become e^(scale (score - the largest)): a row of which the first `seen` are looked at, and
 * the rest up to `end`, a multiple of 8, is 0. Gives the sum.
 */
function exponentials(x: usize, seen: i32, end: i32, scale: f32): f32 {
  for (let i = seen; i < end; i++) store<f32>(x + (<usize>i << 2), -Infinity);
  const stop = x + (<usize>end << 2);
  let top0 = splat(-Infinity);
  let top1 = top0;
  for (let at = x; at < stop; at += 32) {
    top0 = f32x4.pmax(top0, v128.load(at));
    top1 = f32x4.pmax(top1, v128.load(at, 16));
  }
  top0 = f32x4.pmax(top0, top1);
  const a = max(f32x4.extract_lane(top0, 0), f32x4.extract_lane(top0, 1));
  const b = max(f32x4.extract_lane(top0, 2), f32x4.extract_lane(top0, 3));
  const top = splat(max(a, b));
  const scales = splat(scale);
  let sum0 = splat(0);
  let sum1 = sum0;
  for (let at = x; at < stop; at += 32) {
    const e0 = exp4(f32x4.mul(f32x4.sub(v128.load(at), top), scales));
    const e1 = exp4(f32x4.mul(f32x4.sub(v128.load(at, 16), top), scales));
    v128.store(at, e0);
    v128.store(at, e1, 16);
    sum0 = f32x4.add(sum0, e0);
    sum1 = f32x4.add(sum1, e1);
  }
  return across(f32x4.add(sum0, sum1));
}

/** A row of the result, over the sum of its weights. */
function divide(n: i32, x: usize, sum: f32): void {
  const factor: f32 = <f32>1 / sum;
  let i = 0;
  for (; i + 8 <= n; i += 8, x += 32) {
    const low = f32x4.mul(v128.load(x), splat(factor));
    const high = f32x4.mul(v128.load(x, 16), splat(factor));
    v128.store(x, low);
    v128.store(x, high, 16);
  }
  for (; i < n; i++, x += 4) store<f32>(x, load<f32>(x) * factor);
}

/**
 * The softmax's way back, for one row: p, not yet divided by its sum, becomes the weights, and dp,
 * the gradient of these, that of the scores, times scale.
 */
function softmaxBack(p: usize, dp: usize, end: i32, sum: f32, scale: f32): void {
  const factor = splat(<f32>1 / sum);
  const stop = p + (<usize>end << 2);
  const away = dp - p;
  let dot0 = splat(0);
  let dot1 = dot0;
  for (let at = p; at < stop; at += 32) {
    const p0 = f32x4.mul(v128.load(at), factor);
    const p1 = f32x4.mul(v128.load(at, 16), factor);
    dot0 = f32x4.add(dot0, f32x4.mul(p0, v128.load(at + away)));
    dot1 = f32x4.add(dot1, f32x4.mul(p1, v128.load(at + away, 16)));
    v128.store(at, p0);
    v128.store(at, p1, 16);
  }
  const dot = splat(across(f32x4.add(dot0, dot1)));
  const scales = splat(scale);
  for (let at = p; at < stop; at += 32) {
    const d0 = f32x4.sub(v128.load(at + away), dot);
    const d1 = f32x4.sub(v128.load(at + away, 16), dot);
    const s0 = f32x4.mul(f32x4.mul(v128.load(at), scales), d0);
    const s1 = f32x4.mul(f32x4.mul(v128.load(at, 16), scales), d1);
    v128.store(at + away, s0);
    v128.store(at + away, s1, 16);
  }
}

/** For `count` heads, counted over all batches, from `first` on: out = softmax(q kᵀ · scale) v. */
export function attention(
  sizes: usize,
  wide: bool,
  scale: f32,
  first: i32,
  count: i32,
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  scratch: usize,
): void {
  const s = changetype<Attention>(sizes);
  const before = s.keys - s.queries;
  const width = s.width;
  const row = s.rowStep;
  const line = scoresRow(s.keys);
  const scores = (scratch + 63) & ~63;
  const keys = scores + (<usize>(QUERIES * line) << 2);
  const sums = keys + (<usize>(width * line) << 2);
  const rest = sums + 256;
  for (let head = first; head < first + count; head++) {
    const batch = head / s.heads;
    const own = (head % s.heads) * s.headStep;
    let queries = q + (<usize>(batch * s.queryBatch + own) << 2);
    const at = <usize>(batch * s.keyBatch + own) << 2;
    let to = out + (<usize>(batch * s.outBatch + (head % s.heads) * s.outHead) << 2);
    transpose(s.keys, width, k + at, <usize>row << 2, keys, <usize>line << 2);
    for (let i = 0; i < s.queries; i += QUERIES, queries += <usize>(QUERIES * row) << 2) {
      const rows = min(QUERIES, s.queries - i);
      const n = s.causal ? before + i + rows : s.keys;
      gemm(wide, 1, rows, n, width, queries, 0, row, 1, keys, 0, line, 1, scores, 0, line, false, rest);
      for (let r = 0; r < rows; r++) {
        const x = scores + (<usize>(r * line) << 2);
        const sum = exponentials(x, s.causal ? before + i + r + 1 : n, (n + 7) & ~7, scale);
        store<f32>(sums + (<usize>r << 2), sum);
      }
      gemm(wide, 1, rows, width, n, scores, 0, line, 1, v + at, 0, row, 1, to, 0, s.outRow, false, rest);
      for (let r = 0; r < rows; r++, to += <usize>s.outRow << 2)
        divide(width, to, load<f32>(sums + (<usize>r << 2)));
    }
  }
}

/** The gradients of q, k and v, which are overwritten, from that of the result; with as many queries as keys. */
export function attentionBack(
  sizes: usize,
  wide: bool,
  scale: f32,
  first: i32,
  count: i32,
  g: usize,
  q: usize,
  k: usize,
  v: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  scratch: usize,
): void {
  const s = changetype<Attention>(sizes);
  const time = s.keys;
  const width = s.width;
  const row = s.rowStep;
  const line = scoresRow(time);
  const p = (scratch + 63) & ~63;
  const dp = p + (<usize>(QUERIES * line) << 2);
  const keys = dp + (<usize>(QUERIES * line) << 2);
  const values = keys + (<usize>(width * line) << 2);
  const rest = values + (<usize>(width * line) << 2);
  for (let head = first; head < first + count; head++) {
    const at = <usize>((head / s.heads) * s.keyBatch + (head % s.heads) * s.headStep) << 2;
    let from = g + (<usize>((head / s.heads) * s.outBatch + (head % s.heads) * s.outHead) << 2);
    transpose(time, width, k + at, <usize>row << 2, keys, <usize>line << 2);
    transpose(time, width, v + at, <usize>row << 2, values, <usize>line << 2);
    for (let i = 0; i < time; i++) {
      const place = at + (<usize>(i * row) << 2);
      memory.fill(dk + place, 0, <usize>width << 2);
      memory.fill(dv + place, 0, <usize>width << 2);
    }
    for (let i = 0; i < time; i += QUERIES, from += <usize>(QUERIES * s.outRow) << 2) {
      const rows = min(QUERIES, time - i);
      const n = s.causal ? i + rows : time;
      const place = at + (<usize>(i * row) << 2);
      gemm(wide, 1, rows, n, width, q + place, 0, row, 1, keys, 0, line, 1, p, 0, line, false, rest);
      gemm(wide, 1, rows, n, width, from, 0, s.outRow, 1, values, 0, line, 1, dp, 0, line, false, rest);
      for (let r = 0; r < rows; r++) {
        const x = p + (<usize>(r * line) << 2);
        const dx = dp + (<usize>(r * line) << 2);
        const end = (n + 7) & ~7;
        const sum = exponentials(x, s.causal ? i + r + 1 : n, end, scale);
        for (let j = n; j < end; j++) store<f32>(dx + (<usize>j << 2), 0);
        softmaxBack(x, dx, end, sum, scale);
      }
      gemm(wide, 1, n, width, rows, p, 0, 1, line, from, 0, s.outRow, 1, dv + at, 0, row, true, rest);
      gemm(wide, 1, n, width, rows, dp, 0, 1, line, q + place, 0, row, 1, dk + at, 0, row, true, rest);
      gemm(wide, 1, rows, width, n, dp, 0, line, 1, k + at, 0, row, 1, dq + place, 0, row, false, rest);
    }
  }
}
