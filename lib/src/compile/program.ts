import { cut, type Job } from "../engine/jobs/job.ts";
import { broadcastRuns } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { OpEntry } from "../trace.ts";
import type { Chain } from "./chains.ts";

/** Numbers of a block, about: as many as let a few blocks fit in the first-level cache. */
const BLOCK = 1024;
/** Numbers of a part for a thread, at least, if only one operation is done on each. */
const LEAST = 16_384;

/** As lib/kernels/chain.ts has it. */
const SPREAD = 1024;
const WORDS = 10;
/** In scratch, before the blocks. */
const BEFORE_BLOCKS = 64;

/** Where an operation finds its numbers: an address, and how far it is to the next; below 0: a block. */
type Operand = readonly [at: number, step: number];

/** The blocks of scratch: who has which. */
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

/** How broadcast numbers are repeated: levels, innermost first, each with a length and a step. */
function levelsOf(input: Tensor, { output }: OpEntry): { length: number; step: number }[] {
  const { lengths, steps } = broadcastRuns([input.shape], output.shape);
  return lengths.map((length, i) => ({ length, step: steps[i][0] }));
}

/** After so many numbers all begins again. */
function periodOf(levels: readonly { length: number; step: number }[]): number {
  const last = levels.findLastIndex(({ step }) => step !== 0);
  return levels.slice(0, last + 1).reduce((size, { length }) => size * length, 1);
}

/**
 * The job that does a chain, as a program for the kernel `chain`. What is broadcast from a single
 * number is read where it lies; what is repeated in another way is first spread out into a block, only
 * once where each block has the same.
 */
export function chainJob(
  { members, outputs }: Chain,
  pointwiseOf: (op: OpEntry) => number,
  addressOf: (tensor: Tensor) => number,
): Job {
  const { size } = members[0].output;
  const makers = new Map(members.map((op) => [op.output.memory, op]));
  const written = new Set(outputs.map(({ memory }) => memory));
  const lastReader = new Map(
    members.flatMap((op) => op.inputs.map((input) => [keyOf(input, op), op])),
  );
  const repeated = members.flatMap((op) =>
    op.inputs
      .filter((input) => input.size !== 1 && input.size !== size)
      .map((input) => periodOf(levelsOf(input, op))),
  );
  const period = Math.max(1, ...repeated.filter((one) => one <= BLOCK));
  const block = period * Math.floor(BLOCK / period);

  const blocks = new Blocks();
  const held = new Map<string, number>();
  const once: number[][] = [];
  const each: number[][] = [];
  const lists: number[] = [];
  const operand = (input: Tensor, op: OpEntry): Operand => {
    const own = held.get(keyOf(input, op));
    if (own !== undefined) return [4 * block * own, -1];
    if (input.size === 1) return [addressOf(input), 0];
    if (input.size === size) return [addressOf(input), input.storage.BYTES_PER_ELEMENT];
    const levels = levelsOf(input, op);
    const always = block % periodOf(levels) === 0;
    // What is there from the beginning keeps its block, and nobody has it before.
    const to = always ? blocks.count++ : blocks.take();
    held.set(keyOf(input, op), to);
    (always ? once : each).push([
      ...[SPREAD, lists.length],
      ...[addressOf(input), 0, 0, 0, 0, 0, 4 * block * to, -1],
    ]);
    lists.push(levels.length, ...levels.flatMap(({ length, step }) => [length, step]));
    if (always) lastReader.delete(keyOf(input, op));
    return [4 * block * to, -1];
  };
  for (const op of members) {
    const [a, b = [0, 0], c = [0, 0]] = op.inputs.map((input) => operand(input, op));
    const place = (): Operand => {
      if (written.has(op.output.memory))
        return [addressOf(op.output), op.output.storage.BYTES_PER_ELEMENT];
      const to = blocks.take();
      held.set(keyOf(op.output, op), to);
      return [4 * block * to, -1];
    };
    for (const key of new Set(op.inputs.map((input) => keyOf(input, op)))) {
      const own = held.get(key);
      if (own === undefined || lastReader.get(key) !== op) continue;
      held.delete(key);
      blocks.giveBack(own);
    }
    each.push([pointwiseOf(op), 0, ...a, ...b, ...c, ...place()]);
  }
  const operations = [...once, ...each];
  const listsAt = 4 * (3 + WORDS * operations.length);
  for (const words of operations) if (words[0] === SPREAD) words[1] = listsAt + 4 * words[1];
  const scratch = BEFORE_BLOCKS + 4 * block * blocks.count;
  return {
    constants: [block, once.length, each.length, ...operations.flat(), ...lists],
    scratch: () => scratch,
    calls: ({ constants }, parts) => [
      cut(size, parts, block, Math.ceil(LEAST / members.length)).map(
        ({ from, length }) => ["chain", constants, from, from + length] as const,
      ),
    ],
  };

  /** The same numbers, repeated in the same way. */
  function keyOf(input: Tensor, { output }: OpEntry): string {
    const maker = makers.get(input.memory);
    if (maker) return `made ${members.indexOf(maker)}`;
    return `${addressOf(input)} ${input.shape.join()} → ${output.shape.join()}`;
  }
}
