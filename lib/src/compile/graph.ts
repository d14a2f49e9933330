import type { DType } from "../dtype.ts";
import type { Memory } from "../memory.ts";
import type { KernelInfo } from "../op.ts";
import type { AttentionAttributes } from "../ops/heads.ts";
import type { MatmulAttributes } from "../ops/matmul.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { OpEntry } from "../trace.ts";
import { type Chain, isChain, isOp, isView } from "./chains.ts";
import type { Plan } from "./plan.ts";

/** Below so many operations nobody misses a fast kernel. */
const SMALL = 512;

/** One operation of a {@link Graph}. */
export interface GraphStep {
  readonly op: string;
  /** Names of what goes in: `%3` is the result of an earlier step, `arg 0` an argument, `outside 2` a parameter or constant. */
  readonly inputs: readonly string[];
  /** The name of what comes out. */
  readonly output: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Multiplications and additions, estimated: 2 n m k for a matrix product, one a number for others. */
  readonly operations: number;
  /** By which kernel it is done: a fast one or the plain one; none if the result is part of an input. */
  readonly kernel: "fast" | "plain" | "none";
  /**
   * Which chain it belongs to, counted from 0, if any: operations on each number that are done
   * together, block by block.
   */
  readonly chain: number | undefined;
  /** Whether only the chain itself reads the result, which then has no place in memory. */
  readonly passing: boolean;
}

/** What a compiled function does, operation by operation. */
export class Graph {
  readonly steps: readonly GraphStep[];
  readonly results: readonly string[];
  /** Bytes of memory for what lives only for a while, and what it would be without sharing. */
  readonly arenaBytes: number;
  readonly unsharedBytes: number;
  /** Why the plain kernels do everything, if they do. */
  readonly whyPlain: string | undefined;

  /** Made by `compile`. @internal */
  constructor(args: readonly Tensor[], results: readonly Tensor[], plan: Plan) {
    const names = new Map<Tensor, string>(args.map((arg, i) => [arg, `arg ${i}`]));
    let outside = 0;
    const nameOf = (tensor: Tensor): string => {
      const known = names.get(tensor) ?? `outside ${outside++}`;
      names.set(tensor, known);
      return known;
    };
    let made = 0;
    const stepOf = (op: OpEntry, rest: Pick<GraphStep, "kernel" | "chain" | "passing">) => {
      const { definition, inputs, output, info } = op;
      const from = inputs.map(nameOf);
      if (!definition.inPlace) names.set(output, `%${made++}`);
      return {
        op: definition.name,
        inputs: from,
        output: nameOf(output),
        shape: output.shape,
        dtype: output.dtype,
        operations: operationsOf(definition.name, info),
        ...rest,
      };
    };
    let chains = 0;
    this.steps = plan.items.flatMap((item, i) => {
      if (isChain(item)) {
        const chain = chains++;
        const written = new Set(item.outputs.map(({ memory }) => memory));
        return listed(item).map((op) => {
          const passing = !written.has(op.output.memory);
          return stepOf(op, { kernel: isView(op) ? "none" : "fast", chain, passing });
        });
      }
      if (!isOp(item)) return [];
      const kernel = isView(item) ? "none" : plan.isFast[i] ? "fast" : "plain";
      return stepOf(item, { kernel, chain: undefined, passing: false });
    });
    this.results = results.map(nameOf);
    this.arenaBytes = plan.arenaBytes;
    this.unsharedBytes = plan.unsharedBytes;
    this.whyPlain = plan.whyPlain;
  }

  /**
   * One line an operation: `%7 = matmul(%5, outside 2)  float32[64, 256]  25.7 M`. Those of a chain
   * are drawn together.
   */
  toString(): string {
    const cells = this.steps.map(({ chain, passing, ...step }) => [
      `${chain === undefined ? "" : "│ "}${step.output} = ${step.op}(${step.inputs.join(", ")})`,
      `${step.dtype}${showShape(step.shape)}`,
      short(step.operations),
      passing ? "in the cache only" : "",
    ]);
    const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column].length)));
    const lines = cells.map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
    const sizes = new Map<number, number>();
    for (const { chain, kernel } of this.steps)
      if (chain !== undefined && kernel === "fast") sizes.set(chain, (sizes.get(chain) ?? 0) + 1);
    const total = this.steps.reduce((sum, { operations }) => sum + operations, 0);
    return [
      ...lines.flatMap((line, i) => {
        const { chain } = this.steps[i];
        const starts = chain !== undefined && chain !== this.steps[i - 1]?.chain;
        return starts ? [`chain of ${sizes.get(chain)}`, line] : line;
      }),
      `results: ${this.results.join(", ") || "none"}`,
      `${this.steps.length} operations, ${short(total)} multiplications and additions; ${short(this.arenaBytes, "B")} for what passes, ${short(this.unsharedBytes, "B")} without sharing`,
      this.plainLine(),
    ].join("\n");
  }

  /** What the plain kernels do, and why. */
  private plainLine(): string {
    if (this.whyPlain) return `all by the plain kernels, which are slower: ${this.whyPlain}`;
    const plain = this.steps.filter(({ kernel }) => kernel === "plain");
    const large = plain.filter(({ operations }) => operations >= SMALL);
    const names = [...new Set(large.map(({ op }) => op))].join(", ");
    const why = [
      plain.length > large.length ? `${plain.length - large.length} that are small` : "",
      large.length > 0 ? `${large.length} for which there is no other (${names})` : "",
    ];
    return `by the plain kernels: ${why.filter(Boolean).join(", ") || "none"}`;
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** The operations of a chain, each before those that read its result, with views in between. */
function listed({ members, views }: Chain): OpEntry[] {
  const after = (memory: Memory) => views.filter(({ output }) => output.memory === memory);
  return members.flatMap((op) => [op, ...after(op.output.memory)]);
}

function operationsOf(op: string, info: KernelInfo<unknown>): number {
  const { inShapes, outShape: out } = info;
  const size = sizeOf(out);
  const [a, b] = inShapes;
  if (op === "matmul") {
    const { transposeA } = info.attributes as MatmulAttributes;
    return 2 * size * a[a.length - (transposeA ? 2 : 1)];
  }
  if (op.startsWith("attention")) {
    // Two products forward, five on the way back; half of each where nobody looks ahead.
    const { causal } = info.attributes as AttentionAttributes;
    return (
      ((op === "attention" ? 4 : 10) * inShapes[0][1] * sizeOf(op === "attention" ? out : a)) /
      (causal ? 2 : 1)
    );
  }
  if (op === "conv2d") return 2 * size * sizeOf(b.slice(1));
  if (op === "convTranspose2d") return 2 * sizeOf(a) * sizeOf(b.slice(1));
  if (op === "conv2dWeight") return 2 * sizeOf(b) * sizeOf(out.slice(1));
  return Math.max(size, ...inShapes.map(sizeOf));
}

/** 25700000 as "25.7 M". */
function short(count: number, unit = ""): string {
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  const scaled = count / 1000 ** power;
  const digits = power === 0 || scaled >= 100 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${["", "k", "M", "G"][power]}${unit}`.trimEnd();
}
