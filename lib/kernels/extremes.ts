/**
 * The largest or the smallest number, and where it stands: of several, the first; a NaN beats
 * everything, and of those too the first. What is asked for is a number of rows (find), or all
 * columns of a block of rows (findColumns). For the smallest, signs are turned around.
 */
import { infinity, zero } from "./math";

/** The first place of the row's best number: first how large it is, then where. */
function best(n: i32, x: usize, flip: v128): i32 {
  let m = f32x4.neg(infinity());
  let nan = zero();
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const y = v128.xor(v128.load(x + (<usize>i << 2)), flip);
    m = f32x4.pmax(m, y);
    nan = v128.or(nan, f32x4.ne(y, y));
  }
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  let top = max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1));
  let strange = v128.any_true(nan);
  for (; i < n; i++) {
    const y = f32x4.extract_lane(v128.xor(v128.load32_zero(x + (<usize>i << 2)), flip), 0);
    if (y != y) strange = true;
    else top = max(top, y);
  }
  const tops = f32x4.splat(top);
  for (i = 0; i < n; i++) {
    if (!strange && i + 4 <= n) {
      const y = v128.xor(v128.load(x + (<usize>i << 2)), flip);
      if (!v128.any_true(f32x4.eq(y, tops))) {
        i += 3;
        continue;
      }
    }
    const y = f32x4.extract_lane(v128.xor(v128.load32_zero(x + (<usize>i << 2)), flip), 0);
    if (strange ? y != y : y == top) return i;
  }
  return 0;
}

/** All bits 0, or, for the smallest, the signs. */
// @ts-ignore: decorator
@inline
function flipOf(smallest: bool): v128 {
  return i32x4.splat(smallest ? <i32>0x80000000 : 0);
}

/** For each row its best number, or (`places`) the place of it, an int32. */
export function find(
  smallest: bool,
  places: bool,
  rows: i32,
  width: i32,
  x: usize,
  out: usize,
): void {
  const flip = flipOf(smallest);
  for (; rows > 0; rows--, x += <usize>width << 2, out += 4) {
    const at = best(width, x, flip);
    store<i32>(out, places ? at : load<i32>(x + (<usize>at << 2)));
  }
}

/** The same for each of `width` columns, which go down so many rows, `rowStep` bytes apart. */
export function findColumns(
  smallest: bool,
  places: bool,
  rows: i32,
  rowStep: usize,
  width: i32,
  x: usize,
  out: usize,
): void {
  const flip = flipOf(smallest);
  for (; width >= 4; width -= 4, x += 16, out += 16) {
    let top = v128.xor(v128.load(x), flip);
    let place = zero();
    for (let r = 1, at = x + rowStep; r < rows; r++, at += rowStep) {
      const y = v128.xor(v128.load(at), flip);
      const beats = v128.or(f32x4.gt(y, top), v128.and(f32x4.ne(y, y), f32x4.eq(top, top)));
      top = v128.bitselect(y, top, beats);
      place = v128.bitselect(i32x4.splat(r), place, beats);
    }
    v128.store(out, places ? place : v128.xor(top, flip));
  }
  for (; width > 0; width--, x += 4, out += 4) {
    let top = smallest ? -load<f32>(x) : load<f32>(x);
    let place = 0;
    for (let r = 1, at = x + rowStep; r < rows; r++, at += rowStep) {
      const y = smallest ? -load<f32>(at) : load<f32>(at);
      if (!(y > top || (y != y && top == top))) continue;
      top = y;
      place = r;
    }
    store<f32>(out, smallest ? -top : top);
    if (places) store<i32>(out, place);
  }
}
