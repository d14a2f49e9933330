import type { DType } from "../dtype.ts";
import type { KernelInfo } from "../op.ts";
import type { MatmulAttributes } from "../ops/matmul.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { OpEntry, Tape } from "../trace.ts";
import type { Plan } from "./plan.ts";

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
}

/** What a compiled function does, operation by operation. */
export class Graph {
  readonly steps: readonly GraphStep[];
  readonly results: readonly string[];
  /** Bytes of memory for what lives only for a while, and what it would be without sharing. */
  readonly arenaBytes: number;
  readonly unsharedBytes: number;

  /** Made by `compile`. @internal */
  constructor(tape: Tape, args: readonly Tensor[], results: readonly Tensor[], plan: Plan) {
    const names = new Map<Tensor, string>(args.map((arg, i) => [arg, `arg ${i}`]));
    let outside = 0;
    const nameOf = (tensor: Tensor): string => {
      const known = names.get(tensor) ?? `outside ${outside++}`;
      names.set(tensor, known);
      return known;
    };
    const ops = tape.entries.filter((entry): entry is OpEntry => "definition" in entry);
    this.steps = ops.map(({ definition, inputs, output, info }, i) => {
      const from = inputs.map(nameOf);
      if (!definition.inPlace) names.set(output, `%${i}`);
      return {
        op: definition.name,
        inputs: from,
        output: nameOf(output),
        shape: output.shape,
        dtype: output.dtype,
        operations: operationsOf(definition.name, info),
      };
    });
    this.results = results.map(nameOf);
    this.arenaBytes = plan.arenaBytes;
    this.unsharedBytes = plan.unsharedBytes;
  }

  /** One line an operation: `%7 = matmul(%5, outside 2)  float32[64, 256]  25.7 M`. */
  toString(): string {
    const lines = this.steps.map(({ op, inputs, output, shape, dtype, operations }) => [
      `${output} = ${op}(${inputs.join(", ")})`,
      `${dtype}${showShape(shape)}`,
      short(operations),
    ]);
    const widths = [0, 1].map((column) => Math.max(0, ...lines.map((line) => line[column].length)));
    const total = this.steps.reduce((sum, { operations }) => sum + operations, 0);
    return [
      ...lines.map(([a, b, c]) => `${a.padEnd(widths[0])}  ${b.padEnd(widths[1])}  ${c}`),
      `results: ${this.results.join(", ") || "none"}`,
      `${this.steps.length} operations, ${short(total)} multiplications and additions; ${short(this.arenaBytes, "B")} for what passes, ${short(this.unsharedBytes, "B")} without sharing`,
    ].join("\n");
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function operationsOf(op: string, info: KernelInfo<unknown>): number {
  const { inShapes, outShape: out } = info;
  const size = sizeOf(out);
  const [a, b] = inShapes;
  if (op === "matmul") {
    const { transposeA } = info.attributes as MatmulAttributes;
    return 2 * size * a[a.length - (transposeA ? 2 : 1)];
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
