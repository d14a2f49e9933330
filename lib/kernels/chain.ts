/**
 * Chains: several operations on each number, one right after the other. Done one by one, each would
 * carry all numbers through memory and back; here a block of numbers small enough for the first-level
 * cache goes through all of them before the next block comes. The operations are called as they are
 * for themselves, so that the same numbers come out, bit by bit. (An interpreter of vector operations
 * on blocks: Boncz, Zukowski and Nes, "MonetDB/X100: Hyper-Pipelining Query Execution", 2005.)
 *
 * What is true or false is a byte elsewhere; in a block it is all the 32 bits of a number, or none: so
 * it is compared and chosen by as fast as numbers are added.
 */
import { AND, COMPARE, holds, NOT, stretch, WHERE } from "./elementwise";

/** One operation of a program. */
@unmanaged
class Operation {
  /** The caller's number for it. */
  op: i32;
  /** Of a {@link SPREAD}: where its list is, counted from the program's beginning. */
  list: i32;
  /** What it wants to know besides. */
  p: f32;
  q: f32;
  // What goes in and comes out: an address for number 0, and how far it is to the next number, 0
  // where it is the same for all. With a step below 0 it is a block of scratch, or with {@link ONE} one number in it.
  a: i32;
  stepA: i32;
  b: i32;
  stepB: i32;
  c: i32;
  stepC: i32;
  out: i32;
  stepOut: i32;
}

// After the operations of ./elementwise comes what is no arithmetic: to repeat numbers, to bring truths
// from bytes into a block, and, as the last, back.
const SPREAD: i32 = 1024;
const WIDEN: i32 = 1025;

/** The step of a block of scratch in which one number stands for all. */
const ONE: i32 = -2;

/** Where number i is, or the block of scratch. */
// @ts-ignore: decorator
@inline
function place(at: i32, step: i32, i: i32, scratch: usize): usize {
  return step < 0 ? scratch + at : <usize>at + <usize>(step * i);
}

/** 1 if the next number lies in the next place, 0 if it is the same again. */
// @ts-ignore: decorator
@inline
function moves(step: i32): i32 {
  return step == 0 || step == ONE ? 0 : 1;
}

/** Copies numbers, or repeats the first; at the end there may be fewer than fill a vector. */
// @ts-ignore: decorator
@inline
function copyRun<T>(x: usize, step: usize, out: usize, end: usize): void {
  if (step == 0) {
    const same = sizeof<T>() == 4 ? v128.load32_splat(x) : v128.load8_splat(x);
    for (; out + 32 <= end; out += 32) {
      v128.store(out, same);
      v128.store(out, same, 16);
    }
  } else if (step == sizeof<T>())
    for (; out + 32 <= end; out += 32, x += 32) {
      const first = v128.load(x);
      const second = v128.load(x, 16);
      v128.store(out, first);
      v128.store(out, second, 16);
    }
  for (; out < end; out += sizeof<T>(), x += step) store<T>(out, load<T>(x));
}

/**
 * Writes a block of what is repeated, as a broadcast has it, number by number. The list: how many
 * numbers at most, bytes of a number, how many levels, and for each, innermost first, its length and
 * how many bytes a step of it goes.
 */
function spread(list: usize, x: usize, from: i32, n: i32, out: usize): void {
  const size = load<i32>(list, 4);
  const levels = load<i32>(list, 8);
  const length = load<i32>(list, 12);
  const step = <usize>load<i32>(list, 16);
  let run = from / length;
  let skip = from - run * length;
  const end = out + <usize>(min(n, load<i32>(list)) * size);
  while (out < end) {
    let rest = run++;
    let at = x + <usize>skip * step;
    for (let level = list + 20, k = 1; k < levels; k++, level += 8) {
      const above = rest / load<i32>(level);
      at += <usize>((rest - above * load<i32>(level)) * load<i32>(level, 4));
      rest = above;
    }
    const stop = min(end, out + <usize>((length - skip) * size));
    skip = 0;
    if (size == 4) copyRun<f32>(at, step, out, stop);
    else copyRun<u8>(at, step, out, stop);
    out = stop;
  }
}

// What is true in a block. Blocks have room for a whole number of vectors, so that none is left over.

// @ts-ignore: decorator
@inline
function compareAll(op: i32, n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  if (stepA && stepB)
    for (; n > 0; n -= 8, a += 32, b += 32, out += 32) {
      const y0 = holds(op, v128.load(a), v128.load(b));
      const y1 = holds(op, v128.load(a, 16), v128.load(b, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  else if (stepA) {
    const same = v128.load32_splat(b);
    for (; n > 0; n -= 8, a += 32, out += 32) {
      const y0 = holds(op, v128.load(a), same);
      const y1 = holds(op, v128.load(a, 16), same);
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  } else {
    const same = v128.load32_splat(a);
    for (; n > 0; n -= 8, b += 32, out += 32) {
      const y0 = holds(op, same, v128.load(b));
      const y1 = holds(op, same, v128.load(b, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  }
}

function equal(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  compareAll(COMPARE, n, a, stepA, b, stepB, out);
}
function notEqual(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  compareAll(COMPARE + 1, n, a, stepA, b, stepB, out);
}
function greater(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  compareAll(COMPARE + 2, n, a, stepA, b, stepB, out);
}
function greaterEqual(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  compareAll(COMPARE + 3, n, a, stepA, b, stepB, out);
}
function less(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  compareAll(COMPARE + 4, n, a, stepA, b, stepB, out);
}
function lessEqual(n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  compareAll(COMPARE + 5, n, a, stepA, b, stepB, out);
}

const COMPARISONS: StaticArray<
  (n: i32, a: usize, stepA: i32, b: usize, stepB: i32, out: usize) => void
> = [equal, notEqual, greater, greaterEqual, less, lessEqual];

/** Both truths are blocks. */
function logic(op: i32, n: i32, a: usize, b: usize, out: usize): void {
  for (; n > 0; n -= 4, a += 16, b += 16, out += 16) {
    const x = v128.load(a);
    if (op == NOT) v128.store(out, v128.not(x));
    else v128.store(out, op == AND ? v128.and(x, v128.load(b)) : v128.or(x, v128.load(b)));
  }
}

/** Where the block c is true, the number of a, elsewhere that of b. The result may lie outside. */
function choose(n: i32, c: usize, a: usize, stepA: i32, b: usize, stepB: i32, out: usize): void {
  const sameA = v128.load32_splat(a);
  const sameB = v128.load32_splat(b);
  if (stepA && stepB)
    for (; n >= 8; n -= 8, c += 32, a += 32, b += 32, out += 32) {
      const y0 = v128.bitselect(v128.load(a), v128.load(b), v128.load(c));
      const y1 = v128.bitselect(v128.load(a, 16), v128.load(b, 16), v128.load(c, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  else if (stepA)
    for (; n >= 8; n -= 8, c += 32, a += 32, out += 32) {
      const y0 = v128.bitselect(v128.load(a), sameB, v128.load(c));
      const y1 = v128.bitselect(v128.load(a, 16), sameB, v128.load(c, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  else if (stepB)
    for (; n >= 8; n -= 8, c += 32, b += 32, out += 32) {
      const y0 = v128.bitselect(sameA, v128.load(b), v128.load(c));
      const y1 = v128.bitselect(sameA, v128.load(b, 16), v128.load(c, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  else
    for (; n >= 8; n -= 8, c += 32, out += 32) {
      const y0 = v128.bitselect(sameA, sameB, v128.load(c));
      const y1 = v128.bitselect(sameA, sameB, v128.load(c, 16));
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
  for (; n > 0; n--, c += 4, a += 4 * stepA, b += 4 * stepB, out += 4)
    store<f32>(out, load<i32>(c) ? load<f32>(a) : load<f32>(b));
}

/** From bytes of 1 or 0, or one that is the same for all, into a block. */
function widen(n: i32, x: usize, step: i32, out: usize): void {
  for (; n > 0; n -= 4, x += 4 * step, out += 16) {
    const bytes = step ? v128.load32_zero(x) : v128.load8_splat(x);
    v128.store(out, i32x4.neg(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes))));
  }
}

/** From a block to bytes. */
function narrow(n: i32, x: usize, out: usize): void {
  const ones = i8x16.splat(1);
  for (; n >= 16; n -= 16, x += 64, out += 16) {
    const low = i16x8.narrow_i32x4_s(v128.load(x), v128.load(x, 16));
    const high = i16x8.narrow_i32x4_s(v128.load(x, 32), v128.load(x, 48));
    v128.store(out, v128.and(i8x16.narrow_i16x8_s(low, high), ones));
  }
  for (; n > 0; n--, x += 4, out++) store<u8>(out, <u8>(load<i32>(x) & 1));
}

/**
 * Runs a program on the numbers `from` … `to`. It begins with: numbers of a block, how many
 * operations are done once at the beginning, how many on each block.
 */
export function chain(program: usize, from: i32, to: i32, scratch: usize): void {
  const block = load<i32>(program);
  const once = load<i32>(program, 4);
  const all = once + load<i32>(program, 8);
  for (let i = from; i < to; i += block) {
    const n = min(block, to - i);
    for (let k = i == from ? 0 : once; k < all; k++) {
      const it = changetype<Operation>(program + 12 + <usize>k * offsetof<Operation>());
      const a = place(it.a, it.stepA, i, scratch);
      const out = place(it.out, it.stepOut, i, scratch);
      const b = place(it.b, it.stepB, i, scratch);
      const c = place(it.c, it.stepC, i, scratch);
      const op = it.op;
      const stepA = moves(it.stepA);
      const stepB = moves(it.stepB);
      const stepC = moves(it.stepC);
      if (op < COMPARE) stretch(op, n, a, stepA, b, stepB, c, stepC, out, it.p, it.q);
      else if (op < AND) unchecked(COMPARISONS[op - COMPARE])(n, a, stepA, b, stepB, out);
      else if (op < WHERE) logic(op, n, a, b, out);
      else if (op == WHERE) choose(n, a, b, stepB, c, stepC, out);
      else if (op == SPREAD) spread(program + it.list, a, i, n, out);
      else if (op == WIDEN) widen(n, a, stepA, out);
      else narrow(n, a, out);
    }
  }
}
