import fs from "node:fs";
import { type Shape, Tensor } from "../src/index.ts";

const folder = new URL("../parity/fixtures/", import.meta.url);

/** Cases that lib/parity wrote, and their arrays, which are named `case/part/name`. */
export class Fixture<Case> {
  readonly cases: readonly Case[];
  private readonly bytes: Buffer;
  private readonly header: Record<string, { dtype: string; shape: Shape; data_offsets: number[] }>;

  constructor(name: string) {
    this.cases = readJson(`${name}.json`);
    const file = fs.readFileSync(new URL(`${name}.safetensors`, folder));
    const start = 8 + Number(file.readBigUInt64LE(0));
    this.header = JSON.parse(file.toString("utf8", 8, start));
    this.bytes = file.subarray(start);
  }

  has(key: string): boolean {
    return key in this.header;
  }

  /** The names that follow a prefix: all that a case has of one part. */
  names(prefix: string): string[] {
    return Object.keys(this.header)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  tensor(key: string): Tensor {
    if (!this.has(key)) throw new Error(`the fixtures have no ${key}: run lib/parity/make.py`);
    const { dtype, shape, data_offsets } = this.header[key];
    // A copy begins at a multiple of four bytes, as the arrays over it must.
    const { buffer } = Uint8Array.from(this.bytes.subarray(data_offsets[0], data_offsets[1]));
    if (dtype === "BOOL") return new Tensor(new Uint8Array(buffer), shape);
    return new Tensor(dtype === "I32" ? new Int32Array(buffer) : new Float32Array(buffer), shape);
  }
}

export function readJson<T>(name: string): T {
  return JSON.parse(fs.readFileSync(new URL(name, folder), "utf8"));
}

/** What makes an input non-contiguous in PyTorch; the gradient is that of what was there before. */
export type View =
  | ["transpose", ...axes: number[]]
  | ["slice", axis: number, start: number, end: number, step: number]
  | ["expand", ...shape: number[]];

export function look(tensor: Tensor, views: readonly View[] = []): Tensor {
  return views.reduce((seen, [kind, ...numbers]) => {
    if (kind === "transpose") return seen.transpose(...numbers);
    if (kind === "expand") return seen.expand(numbers);
    const [axis, start, end, step] = numbers;
    return seen.slice(start, end, axis, step);
  }, tensor);
}

/** One configuration of one operation. */
export interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly views?: Readonly<Record<string, readonly View[]>>;
  readonly attributes?: Readonly<Record<string, never>>;
  /** At a kink, a tie or the end of float32's range: small steps would not show the slope there. */
  readonly special?: boolean;
  readonly outputs: number;
}
