import { cut, type Job } from "../engine/jobs/job.ts";
import { broadcastLevels } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { OpEntry } from "../trace.ts";
import type { Chain } from "./chains.ts";

/** Numbers of a block, about: as many as let a few blocks fit in the first-level cache. */
const BLOCK = 1024;
/** Numbers of a part for a thread, at least, if only one operation is done on each: to wake it costs too. */
const LEAST = 65_536;

// The operations that are no arithmetic, and how many words each takes: lib/kernels/chain.ts.
const SPREAD = 1024;
const WIDEN = 1025;
const NARROW = 1026;
const WORDS = 12;

/** Where an operation finds its numbers: an address, and how far it is to the next, or which of these. */
type Operand = readonly [at: number, step: number];
/** It is in a block of scratch, number by number, or one for all. */
const IN_BLOCK = -1;
const ONE_IN_BLOCK = -2;

const NOTHING: Operand = [0, 0];

/** A level of a broadcast: so many steps, and how many numbers a step goes. */
interface Level {
  readonly length: number;
  readonly step: number;
}

/** The blocks of scratch: which are in use. */
class Blocks {
  count = 0;
  private readonly free: number[] = [];

  take(): number {
    return this.free.pop() ?? this.count++;
  }

  giveBack(block: number): void {
    this.free.push(block);
  }
}

/** How an input is repeated, innermost first. */
function levelsOf(input: Tensor, { output }: OpEntry): Level[] {
  return broadcastLevels([input.shape], output.shape).map(({ length, steps: [step] }) => ({
    length,
    step,
  }));
}

/** After so many numbers all begins again. */
function periodOf(levels: readonly Level[]): number {
  const last = levels.findLastIndex(({ step }) => step !== 0);
  return levels.slice(0, last + 1).reduce((size, { length }) => size * length, 1);
}

/** So many numbers at a time that what is repeated is the same in every block, or one number in each. */
function blockFor(repeated: readonly (readonly Level[])[]): number {
  const periods = repeated.map(periodOf).filter((period) => period <= BLOCK);
  if (periods.length > 0) {
    const period = Math.max(...periods);
    return period * Math.floor(BLOCK / period);
  }
  const runs = repeated.filter(([{ step }]) => step === 0).map(([{ length }]) => length);
  for (let block = BLOCK; block > BLOCK / 4; block--)
    if (runs.some((run) => run % block === 0)) return block;
  return BLOCK;
}

/**
 * The job that does a chain, as a program for the kernel `chain`. A single number is read where it
 * lies; what is repeated in another way is first spread out into a block, once at the beginning if
 * that does for every block.
 */
export function chainJob(
  { members, outputs }: Chain,
  jobOf: (op: OpEntry) => Job,
  addressOf: (tensor: Tensor) => number,
): Job {
  const { size } = members[0].output;
  const made = new Set(members.map(({ output }) => output.memory));
  const written = new Set(outputs.map(({ memory }) => memory));
  /** The same for the same numbers, repeated in the same way. */
  const nameOf = (input: Tensor, { output }: OpEntry): unknown =>
    made.has(input.memory) ? input.memory : `${addressOf(input)} ${input.shape} of ${output.shape}`;
  const lastReader = new Map(
    members.flatMap((op) => op.inputs.map((input) => [nameOf(input, op), op] as const)),
  );
  const block = blockFor(
    members.flatMap((op) =>
      op.inputs
        .filter((input) => input.size !== 1 && input.size !== size)
        .map((input) => levelsOf(input, op)),
    ),
  );
  const bytesOfBlock = 4 * Math.ceil(block / 16) * 16;

  const blocks = new Blocks();
  const held = new Map<unknown, number>();
  /** Of what is one number for the whole block. */
  const single = new Set<unknown>();
  const inBlock = (at: number, step = IN_BLOCK): Operand => [bytesOfBlock * at, step];
  const once: number[][] = [];
  const each: number[][] = [];
  const lists: number[] = [];
  const take = (name: unknown): Operand => {
    held.set(name, blocks.take());
    return inBlock(held.get(name)!);
  };
  const giveBack = (name: unknown): void => {
    const own = held.get(name);
    if (own !== undefined) blocks.giveBack(own);
    held.delete(name);
  };
  const add = (
    list: number[][],
    op: number,
    inputs: readonly Operand[],
    out: Operand,
    rest: readonly number[] = [0, 0, 0],
  ): void => {
    const [a, b = NOTHING, c = NOTHING] = inputs;
    list.push([op, ...rest, ...a, ...b, ...c, ...out]);
  };
  const place = (input: Tensor, op: OpEntry): Operand => {
    const name = nameOf(input, op);
    const own = held.get(name);
    if (own !== undefined) return inBlock(own, single.has(name) ? ONE_IN_BLOCK : IN_BLOCK);
    const bytes = input.storage.BYTES_PER_ELEMENT;
    const at = addressOf(input);
    if (input.size === 1 || input.size === size) {
      const there: Operand = [at, input.size === 1 ? 0 : bytes];
      if (input.dtype !== "bool") return there;
      const to = take(name);
      add(each, WIDEN, [there], to);
      return to;
    }
    const levels = levelsOf(input, op);
    // What is there from the beginning has its block to the end.
    const forAll = block % periodOf(levels) === 0;
    const list = forAll ? once : each;
    const claim = (key: unknown): Operand => {
      if (!forAll) return take(key);
      lastReader.delete(key);
      held.set(key, blocks.count++);
      return inBlock(held.get(key)!);
    };
    const spread = claim(name);
    add(list, SPREAD, [[at, 0]], spread, [lists.length, 0, 0]);
    const [{ length: run, step: first }] = levels;
    const isOne = first === 0 && run % block === 0 && input.dtype !== "bool";
    lists.push(isOne ? 1 : block, bytes, levels.length);
    for (const { length, step } of levels) lists.push(length, bytes * step);
    if (isOne) single.add(name);
    if (input.dtype !== "bool") return place(input, op);
    // The bytes, which had the block for a moment, become truths in another.
    const bytesAt = held.get(name)!;
    const to = claim(name);
    add(list, WIDEN, [spread], to);
    if (!forAll) blocks.giveBack(bytesAt);
    return to;
  };
  for (const op of members) {
    const { output } = op;
    const { pointwise = 0, settings = [0, 0] } = jobOf(op);
    const inputs = op.inputs.map((input) => place(input, op));
    const done = op.inputs
      .map((input) => nameOf(input, op))
      .filter((name) => lastReader.get(name) === op);
    // Its result may lie where an input lies, number by number.
    for (const name of done) if (!single.has(name)) giveBack(name);
    const bytes = output.storage.BYTES_PER_ELEMENT;
    const outside: Operand | undefined = written.has(output.memory)
      ? [addressOf(output), bytes]
      : undefined;
    const isTruth = output.dtype === "bool";
    const out = outside && !isTruth ? outside : take(output.memory);
    done.forEach(giveBack);
    add(each, pointwise, inputs, out, [0, ...bitsOf(settings)]);
    if (outside && isTruth) {
      add(each, NARROW, [out], outside);
      if (!lastReader.has(output.memory)) giveBack(output.memory);
    }
  }
  const operations = [...once, ...each];
  const listsAt = 4 * (3 + WORDS * operations.length);
  for (const words of operations) if (words[0] === SPREAD) words[1] = listsAt + 4 * words[1];
  const scratch = bytesOfBlock * blocks.count;
  return {
    constants: [block, once.length, each.length, ...operations.flat(), ...lists],
    // Even a chain that needs no block is given the address of one.
    scratch: () => Math.max(64, scratch),
    calls: ({ constants }, parts) => [
      cut(size, parts, block, Math.ceil(LEAST / members.length)).map(
        ({ from, length }) => ["chain", constants, from, from + length] as const,
      ),
    ],
  };
}

/** Single-precision numbers as whole numbers with the same bits. */
function bitsOf(numbers: readonly number[]): number[] {
  return [...new Int32Array(Float32Array.from(numbers).buffer)];
}
