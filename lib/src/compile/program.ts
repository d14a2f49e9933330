import { cut, type Job } from "../engine/jobs/job.ts";
import { broadcastRuns } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { OpEntry } from "../trace.ts";
import type { Chain } from "./chains.ts";

/** Numbers of a block, about: as many as let a few blocks fit in the first-level cache. */
const BLOCK = 1024;
/** Numbers of a part for a thread, at least, if only one operation is done on each. */
const LEAST = 16_384;

/** The operation that is no arithmetic, and how many words each takes: lib/kernels/chain.ts. */
const SPREAD = 1024;
const WORDS = 12;

/** Where an operation finds its numbers: an address, and how far it is to the next; below 0: a block. */
type Operand = readonly [at: number, step: number];

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
  const { lengths, steps } = broadcastRuns([input.shape], output.shape);
  return lengths.map((length, i) => ({ length, step: steps[i][0] }));
}

/** After so many numbers all begins again. */
function periodOf(levels: readonly Level[]): number {
  const last = levels.findLastIndex(({ step }) => step !== 0);
  return levels.slice(0, last + 1).reduce((size, { length }) => size * length, 1);
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
  const periods = members.flatMap((op) =>
    op.inputs
      .filter((input) => input.size !== 1 && input.size !== size)
      .map((input) => periodOf(levelsOf(input, op))),
  );
  const period = Math.max(1, ...periods.filter((one) => one <= BLOCK));
  const block = period * Math.floor(BLOCK / period);
  const bytesOfBlock = 4 * Math.ceil(block / 16) * 16;

  const blocks = new Blocks();
  const held = new Map<unknown, number>();
  const inBlock = (at: number): Operand => [bytesOfBlock * at, -1];
  const once: number[][] = [];
  const each: number[][] = [];
  const lists: number[] = [];
  const place = (input: Tensor, op: OpEntry): Operand => {
    const name = nameOf(input, op);
    const own = held.get(name);
    if (own !== undefined) return inBlock(own);
    const bytes = input.storage.BYTES_PER_ELEMENT;
    if (input.size === 1 || input.size === size)
      return [addressOf(input), input.size === 1 ? 0 : bytes];
    const levels = levelsOf(input, op);
    const forAll = block % periodOf(levels) === 0;
    // What is there from the beginning has its block to the end.
    const to = forAll ? blocks.count++ : blocks.take();
    if (forAll) lastReader.delete(name);
    held.set(name, to);
    (forAll ? once : each).push([
      ...[SPREAD, lists.length, 0, 0],
      ...[addressOf(input), 0, 0, 0, 0, 0, ...inBlock(to)],
    ]);
    lists.push(bytes, levels.length);
    for (const { length, step } of levels) lists.push(length, bytes * step);
    return inBlock(to);
  };
  for (const op of members) {
    const { output } = op;
    const bytes = output.storage.BYTES_PER_ELEMENT;
    const { pointwise = 0, settings = [0, 0] } = jobOf(op);
    const [a, b = [0, 0], c = [0, 0]] = op.inputs.map((input) => place(input, op));
    // Its result may lie where an input lies, if it takes the same room.
    const done = op.inputs.filter((input) => lastReader.get(nameOf(input, op)) === op);
    const giveBack = (inputs: readonly Tensor[]): void => {
      for (const input of inputs) {
        const own = held.get(nameOf(input, op));
        if (own !== undefined) blocks.giveBack(own);
        held.delete(nameOf(input, op));
      }
    };
    giveBack(done.filter(({ storage }) => storage.BYTES_PER_ELEMENT === bytes));
    let out: Operand = [0, 0];
    if (written.has(output.memory)) out = [addressOf(output), bytes];
    else {
      held.set(output.memory, blocks.take());
      out = inBlock(held.get(output.memory)!);
    }
    giveBack(done);
    each.push([pointwise, 0, ...bitsOf(settings), ...a, ...b, ...c, ...out]);
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
