import type { DType } from "../../dtype.ts";
import type { KernelInfo } from "../../op.ts";
import type { Kernels } from "../kernels.generated.ts";

/** One call of a kernel: its name, and what it is given. */
export type Call = readonly [kernel: keyof Kernels, ...args: number[]];

/** Where the numbers of a job lie, in bytes. */
export interface Places {
  readonly inputs: readonly number[];
  readonly out: number;
  readonly constants: number;
}

/** How to do one operation of known shapes. */
export interface Job {
  /** Whole numbers that the kernel reads from memory, such as sizes. */
  readonly constants?: readonly number[];
  /** Bytes of scratch that each thread needs; every call gets the address of its own as one more argument. */
  scratch?(kernels: Kernels): number;
  /** Which inputs are changed in place; then there is no other result. */
  readonly changes?: readonly number[];
  /** If it goes number by number: what the kernel `chain` calls it, to do it together with others. */
  readonly pointwise?: number;
  /** Of a pointwise operation: two numbers that it wants to know besides, such as bounds. */
  readonly settings?: readonly [number, number];
  /** Whether the calls differ from run to run, as with an optimizer's rate. */
  readonly live?: boolean;
  /**
   * The calls that do it, one stage after the other. Those of a stage do not depend on each other,
   * and threads share them out: `parts` is how many they would like. Into how many the work is cut
   * must not change a bit of the result.
   */
  calls(at: Places, parts: number): readonly (readonly Call[])[];
}

/** What is asked for: an operation, its shapes and dtypes. */
export interface Question extends KernelInfo<unknown> {
  readonly inTypes: readonly DType[];
  readonly outType: DType;
  /** Whether the numbers already lie where kernels work, so that nothing has to be copied there and back. */
  readonly resident: boolean;
  /** Whether it is asked for once, to be done many times: then all that comes before the kernel costs nothing. */
  readonly planned: boolean;
}

/** How an operation is done by a kernel, if there is one and it is worth it. */
export type JobMaker = (question: Question) => Job | undefined;

/** Below so many numbers, to find the kernel, and maybe bring them in, costs more than a plain sum does. */
const SIMPLE = 4096;
/** The same for what is costly, such as a power of e, or counted in multiplications. */
const COSTLY = 512;
/** Below so many, even the call alone costs more. */
const CALLING = 64;

/**
 * Whether so much work is worth a kernel. In a compiled function less will do, but only for
 * a kernel that is `exact`, to the last bit what the plain one gives: eager and compiled, the
 * numbers must be the same.
 */
export function isWorth({ planned }: Question, amount: number, exact = false): boolean {
  const exactly = planned ? CALLING : SIMPLE;
  return amount >= (exact ? exactly : COSTLY);
}

/** For kernels that know float32 only. */
export function onFloats(maker: JobMaker): JobMaker {
  return (question) =>
    [question.outType, ...question.inTypes].every((type) => type === "float32")
      ? maker(question)
      : undefined;
}

/**
 * Cuts 0 … total into at most so many ranges of about the same length. Each begins at a multiple of
 * `step` and is at least `least` long, the last one aside.
 */
export function cut(
  total: number,
  parts: number,
  step = 1,
  least = step,
): { from: number; length: number }[] {
  const wanted = Math.max(least, Math.ceil(total / Math.max(1, parts)));
  const length = Math.ceil(wanted / step) * step;
  return Array.from({ length: Math.ceil(total / length) }, (_, i) => ({
    from: i * length,
    length: Math.min(length, total - i * length),
  }));
}
