import fs from "node:fs";
import { fromSafetensors, Tensor } from "../src/index.ts";

const folder = new URL("../parity/fixtures/", import.meta.url);

/** Cases that lib/parity wrote, and their arrays, which are named `case/part/name`. */
export class Fixture<Case> {
  readonly cases: readonly Case[];
  private readonly arrays: Readonly<Record<string, Tensor>>;

  constructor(name: string) {
    this.cases = readJson(`${name}.json`);
    const { tensors } = fromSafetensors(fs.readFileSync(new URL(`${name}.safetensors`, folder)));
    this.arrays = tensors;
  }

  has(key: string): boolean {
    return key in this.arrays;
  }

  /** The names that follow a prefix: all that a case has of one part. */
  names(prefix: string): string[] {
    return Object.keys(this.arrays)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  /** A copy, so that what one test does to it no other sees. */
  tensor(key: string): Tensor {
    if (!this.has(key)) throw new Error(`the fixtures have no ${key}: run lib/parity/make.py`);
    const { data, shape } = this.arrays[key];
    return new Tensor(data.slice(), shape);
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
  /** Large enough for the fast kernels, which calculate in float32 only. */
  readonly large?: boolean;
  readonly outputs: number;
}
