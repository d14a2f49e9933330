/**
 * Chains: several operations on each number, one right after the other. Done one by one, each would
 * carry all numbers through memory and back; here a block of numbers small enough for the first-level
 * cache goes through all of them before the next block comes. The operations are called as they are
 * for themselves, so that the same numbers come out, bit by bit. (An interpreter of vector operations
 * on blocks: Boncz, Zukowski and Nes, "MonetDB/X100: Hyper-Pipelining Query Execution", 2005.)
 */
import { stretch } from "./elementwise";

/** Where an operation finds a number: so many bytes further on for each; see {@link place}. */
@unmanaged
class Operand {
  at: i32;
  step: i32;
}

/** One operation: the caller's number for it, what goes in and comes out. */
@unmanaged
class Operation {
  op: i32;
  /** Of a {@link SPREAD}: where its list is. */
  list: i32;
  aAt: i32;
  aStep: i32;
  bAt: i32;
  bStep: i32;
  cAt: i32;
  cStep: i32;
  outAt: i32;
  outStep: i32;
}

/** After the operations of ./elementwise comes what is no arithmetic. */
const SPREAD: i32 = 1024;

/** In scratch, before the blocks: how a pair of stretches is walked. */
const BLOCKS: usize = 64;

/** An address of its own, for the number `i`; or, with a step below 0, a block of scratch. */
// @ts-ignore: decorator
@inline
function place(at: i32, step: i32, i: i32, scratch: usize): usize {
  return step < 0 ? scratch + BLOCKS + at : <usize>at + <usize>(step * i);
}

/** 1 if the next number lies in the next place, 0 if it is the same again. */
// @ts-ignore: decorator
@inline
function moves(step: i32): i32 {
  return step == 0 ? 0 : 1;
}

/**
 * Writes a block of what is repeated, as a broadcast has it, number by number. The list: in how many
 * levels, innermost first, and for each its length and how far a step of it goes.
 */
function spread(list: usize, x: usize, from: i32, n: i32, out: usize): void {
  const levels = load<i32>(list);
  const length = load<i32>(list, 4);
  const step = <usize>(load<i32>(list, 8) << 2);
  let run = from / length;
  let skip = from - run * length;
  const end = out + (<usize>n << 2);
  while (out < end) {
    let rest = run++;
    let at = x + <usize>skip * step;
    for (let level = list + 12, k = 1; k < levels; k++, level += 8) {
      const size = load<i32>(level);
      const above = rest / size;
      at += <usize>((rest - above * size) * load<i32>(level, 4)) << 2;
      rest = above;
    }
    const stop = min(end, out + (<usize>(length - skip) << 2));
    skip = 0;
    if (step == 0) {
      const same = v128.load32_splat(at);
      for (; out + 32 <= stop; out += 32) {
        v128.store(out, same);
        v128.store(out, same, 16);
      }
    } else if (step == 4)
      for (; out + 32 <= stop; out += 32, at += 32) {
        const first = v128.load(at);
        const second = v128.load(at, 16);
        v128.store(out, first);
        v128.store(out, second, 16);
      }
    for (; out < stop; out += 4, at += step) store<f32>(out, load<f32>(at));
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
      const op = it.op;
      const a = place(it.aAt, it.aStep, i, scratch);
      const out = place(it.outAt, it.outStep, i, scratch);
      if (op < SPREAD) {
        const b = place(it.bAt, it.bStep, i, scratch);
        const c = place(it.cAt, it.cStep, i, scratch);
        stretch(op, n, a, moves(it.aStep), b, moves(it.bStep), c, moves(it.cStep), out, 0, 0);
      } else spread(program + it.list, <usize>it.aAt, i, n, out);
    }
  }
}
