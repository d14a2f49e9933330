/**
 * Numbers taken from, or added to, the places that indices name: an embedding's rows, the
 * probability of the right class. Indices count from the end where they are below 0; the caller
 * has checked that all are in the range.
 */

// @ts-ignore: decorator
@inline
function indexAt(indices: usize, i: i32, size: i32): i32 {
  const index = load<i32>(indices + (<usize>i << 2));
  return index < 0 ? index + size : index;
}

/**
 * x [blocks, size, width] → out [blocks, total, width]: the parts that the first `count` of
 * `total` indices name, numbers of 4 bytes.
 */
export function take(
  blocks: i32,
  size: i32,
  width: i32,
  total: i32,
  count: i32,
  x: usize,
  indices: usize,
  out: usize,
): void {
  const bytes = <usize>width << 2;
  for (let b = 0; b < blocks; b++, x += <usize>size * bytes, out += <usize>total * bytes)
    for (let i = 0; i < count; i++) {
      const from = x + <usize>indexAt(indices, i, size) * bytes;
      const to = out + <usize>i * bytes;
      let k: usize = 0;
      for (; k + 32 <= bytes; k += 32) {
        const low = v128.load(from + k);
        const high = v128.load(from + k, 16);
        v128.store(to + k, low);
        v128.store(to + k, high, 16);
      }
      for (; k < bytes; k += 4) store<i32>(to + k, load<i32>(from + k));
    }
}

/**
 * out [blocks, size, width] += source [blocks, count, width] in the places that the indices name,
 * one after the other; of the width only `columns` from where the addresses point.
 */
export function addTaken(
  blocks: i32,
  size: i32,
  width: i32,
  count: i32,
  columns: i32,
  indices: usize,
  source: usize,
  out: usize,
): void {
  const bytes = <usize>width << 2;
  const end = <usize>columns << 2;
  for (let b = 0; b < blocks; b++, out += <usize>size * bytes)
    for (let i = 0; i < count; i++, source += bytes) {
      const to = out + <usize>indexAt(indices, i, size) * bytes;
      let k: usize = 0;
      for (; k + 32 <= end; k += 32) {
        const low = f32x4.add(v128.load(to + k), v128.load(source + k));
        const high = f32x4.add(v128.load(to + k, 16), v128.load(source + k, 16));
        v128.store(to + k, low);
        v128.store(to + k, high, 16);
      }
      for (; k < end; k += 4) store<f32>(to + k, load<f32>(to + k) + load<f32>(source + k));
    }
}

/** One level of a walk over the indices, the outermost first; `step` is that in x, in numbers. */
@unmanaged
class Level {
  length: i32;
  step: i32;
}

/**
 * out[i, j, k] = x[i, j, indices[i, j, k]], wherever the axis is that the indices count along: it
 * has `size` numbers, `stride` apart, and no step of its own. Gives where the next indices lie.
 */
export function gather(
  levels: i32,
  count: i32,
  walk: usize,
  size: i32,
  stride: i32,
  x: usize,
  indices: usize,
  out: usize,
): void {
  gatherFrom(levels, count, walk, size, stride, x, indices, out - indices);
}

function gatherFrom(
  levels: i32,
  count: i32,
  walk: usize,
  size: i32,
  stride: i32,
  x: usize,
  indices: usize,
  toOut: usize,
): usize {
  const step = <usize>changetype<Level>(walk).step << 2;
  const next = walk + offsetof<Level>();
  for (let i = 0; i < count; i++, x += step)
    if (levels > 1)
      indices = gatherFrom(levels - 1, changetype<Level>(next).length, next, size, stride, x, indices, toOut);
    else {
      store<i32>(indices + toOut, load<i32>(x + (<usize>(indexAt(indices, 0, size) * stride) << 2)));
      indices += 4;
    }
  return indices;
}

/** The way back: out[i, j, indices[i, j, k]] += source[i, j, k], one after the other. */
export function scatterAdd(
  levels: i32,
  count: i32,
  walk: usize,
  size: i32,
  stride: i32,
  indices: usize,
  source: usize,
  out: usize,
): void {
  scatterTo(levels, count, walk, size, stride, indices, source - indices, out);
}

function scatterTo(
  levels: i32,
  count: i32,
  walk: usize,
  size: i32,
  stride: i32,
  indices: usize,
  toSource: usize,
  out: usize,
): usize {
  const step = <usize>changetype<Level>(walk).step << 2;
  const next = walk + offsetof<Level>();
  for (let i = 0; i < count; i++, out += step)
    if (levels > 1)
      indices = scatterTo(levels - 1, changetype<Level>(next).length, next, size, stride, indices, toSource, out);
    else {
      const to = out + (<usize>(indexAt(indices, 0, size) * stride) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(indices + toSource));
      indices += 4;
    }
  return indices;
}
