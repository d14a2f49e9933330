/**
 * Chains: several operations on each number, one right after the other. Done one by one, each would
 * carry all numbers through memory and back; here a block of numbers small enough for the first-level
 * cache goes through all of them before the next block comes. The operations are called as they are
 * for themselves, so that the same numbers come out, bit by bit. (An interpreter of vector operations
 * on blocks: Boncz, Zukowski and Nes, "MonetDB/X100: Hyper-Pipelining Query Execution", 2005.)
 */
import { stretch } from "./elementwise";

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
  // where it is the same for all. With a step below 0 it is a block of scratch.
  a: i32;
  stepA: i32;
  b: i32;
  stepB: i32;
  c: i32;
  stepC: i32;
  out: i32;
  stepOut: i32;
}

/** After the operations of ./elementwise comes what is no arithmetic. */
const SPREAD: i32 = 1024;

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
  return step == 0 ? 0 : 1;
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
 * Writes a block of what is repeated, as a broadcast has it, number by number. The list: bytes of
 * a number, how many levels, and for each, innermost first, its length and how many bytes a step of
 * it goes.
 */
function spread(list: usize, x: usize, from: i32, n: i32, out: usize): void {
  const size = load<i32>(list);
  const levels = load<i32>(list, 4);
  const length = load<i32>(list, 8);
  const step = <usize>load<i32>(list, 12);
  let run = from / length;
  let skip = from - run * length;
  const end = out + <usize>(n * size);
  while (out < end) {
    let rest = run++;
    let at = x + <usize>skip * step;
    for (let level = list + 16, k = 1; k < levels; k++, level += 8) {
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
      if (it.op == SPREAD) {
        spread(program + it.list, a, i, n, out);
        continue;
      }
      const b = place(it.b, it.stepB, i, scratch);
      const c = place(it.c, it.stepC, i, scratch);
      stretch(it.op, n, a, moves(it.stepA), b, moves(it.stepB), c, moves(it.stepC), out, it.p, it.q);
    }
  }
}
