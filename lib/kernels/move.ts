/**
 * Numbers that move without arithmetic: transposes, slices, repeats, flips, frames, joins. All are
 * one copy between two places with steps of their own. A walk tells it: levels, the outermost
 * first, each of which says how many steps there are and how far one moves in x and in the result.
 * A step of 0 repeats, a step below 0 goes backward. Neighbors that lie in the wrong order are
 * turned around in the registers, 4 × 4 at a time.
 */
import { transpose } from "./transpose";

/** One level of a walk; lengths and steps in numbers. */
@unmanaged
class Level {
  length: i32;
  stepX: i32;
  stepOut: i32;
}

/** As much of long rows is turned around at a time, so that the lines of the result stay in the cache. */
const LONG: i32 = 256;
/** Copies numbers of 4 bytes: `count` steps of the outermost of the levels at `walk`. */
export function copy(levels: i32, count: i32, walk: usize, x: usize, out: usize): void {
  const outer = changetype<Level>(walk);
  if (levels == 1) return run(count, outer.stepX, outer.stepOut, x, out);
  const inner = changetype<Level>(walk + offsetof<Level>());
  const stepX = <usize>outer.stepX << 2;
  const stepOut = <usize>outer.stepOut << 2;
  if (levels > 2) {
    for (let i = 0; i < count; i++, x += stepX, out += stepOut)
      copy(levels - 1, inner.length, walk + offsetof<Level>(), x, out);
  } else if (outer.stepX == 1 && inner.stepX != 0 && inner.stepOut == 1)
    turn(count, inner.length, <usize>inner.stepX << 2, stepOut, x, out);
  else if (inner.length == 1 << 5 && inner.stepX == 1 && inner.stepOut == 1) {
    for (let i = 0; i < count; i++, x += stepX, out += stepOut) straight(32, x, out);
  } else
    for (let i = 0; i < count; i++, x += stepX, out += stepOut)
      run(inner.length, inner.stepX, inner.stepOut, x, out);
}

/** The same for numbers of one byte. */
export function copyBytes(levels: i32, count: i32, walk: usize, x: usize, out: usize): void {
  const outer = changetype<Level>(walk);
  const stepX = <usize>outer.stepX;
  const stepOut = <usize>outer.stepOut;
  if (levels == 1 && stepX == 1 && stepOut == 1) memory.copy(out, x, count);
  else if (levels == 1)
    for (let i = 0; i < count; i++, x += stepX, out += stepOut) store<u8>(out, load<u8>(x));
  else {
    const inner = changetype<Level>(walk + offsetof<Level>());
    for (let i = 0; i < count; i++, x += stepX, out += stepOut)
      copyBytes(levels - 1, inner.length, walk + offsetof<Level>(), x, out);
  }
}

/** Neighbors to neighbors. */
// @ts-ignore: decorator
@inline
function straight(n: i32, x: usize, out: usize): void {
  let i = 0;
  for (; i + 8 <= n; i += 8, x += 32, out += 32) {
    const low = v128.load(x);
    const high = v128.load(x, 16);
    v128.store(out, low);
    v128.store(out, high, 16);
  }
  for (; i < n; i++, x += 4, out += 4) store<i32>(out, load<i32>(x));
}

function run(n: i32, stepX: i32, stepOut: i32, x: usize, out: usize): void {
  if (stepX == 1 && stepOut == 1) {
    if (n >= 1024) memory.copy(out, x, <usize>n << 2);
    else straight(n, x, out);
  } else if (stepX == 0 && stepOut == 1) repeat(n, x, out);
  else {
    const moveX = <usize>stepX << 2;
    const moveOut = <usize>stepOut << 2;
    for (let i = 0; i < n; i++, x += moveX, out += moveOut) store<i32>(out, load<i32>(x));
  }
}

function repeat(n: i32, x: usize, out: usize): void {
  const same = v128.load32_splat(x);
  let i = 0;
  for (; i + 8 <= n; i += 8, out += 32) {
    v128.store(out, same);
    v128.store(out, same, 16);
  }
  for (; i < n; i++, out += 4) v128.store32_lane(out, same, 0);
}

/**
 * out[i, j] = x[j, i]: `rows` rows of the result, of `width` numbers. Steps in bytes. Lines that lie
 * a multiple of 1024 bytes apart share a few places of the cache: then only a small piece is turned
 * around at a time (1024 × 1024 numbers: 1.6 ms, and 0.35).
 */
function turn(rows: i32, width: i32, stepX: usize, stepOut: usize, x: usize, out: usize): void {
  const crowdedOut = (stepOut & 1023) == 0;
  const high = crowdedOut ? 8 : LONG;
  const wide = crowdedOut || (stepX & 1023) == 0 ? 32 : width;
  for (let i = 0; i < rows; i += high)
    for (let j = 0; j < width; j += wide) {
      const from = x + (<usize>i << 2) + <usize>j * stepX;
      const to = out + <usize>i * stepOut + (<usize>j << 2);
      transpose(min(wide, width - j), min(high, rows - i), from, stepX, to, stepOut);
    }
}
