import { allocate } from "./dtype.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";
import { Tensor } from "./tensor.ts";
import { effect, refuseDrawing } from "./trace.ts";

/**
 * Random numbers from a seed: the same seed gives the same numbers, in Node and in every browser.
 * The generator is sfc32 by Chris Doty-Humphrey (PractRand, 2010): 128 bits of state.
 */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** The seed is any finite number or any text; `7` and `"7"` are the same seed. */
  constructor(seed: number | string) {
    if (typeof seed !== "string" && !Number.isFinite(seed))
      throw new TypeError(`Rng: a seed is a finite number or a text, got ${String(seed)}`);
    [this.a, this.b, this.c] = hash(String(seed));
    // The first numbers still show the seed; they are thrown away.
    for (let i = 0; i < 16; i++) this.bits();
  }

  /** Where the generator stands: four whole numbers, for a file. Setting it goes on from there. */
  get state(): number[] {
    return [this.a, this.b, this.c, this.counter];
  }
  set state(state: readonly number[]) {
    if (state.length !== 4 || !state.every(Number.isInteger))
      throw new TypeError(`Rng: a state is four whole numbers, got ${JSON.stringify(state)}`);
    effect(() => {
      [this.a, this.b, this.c, this.counter] = state;
    });
  }

  /** 32 random bits. */
  private bits(): number {
    const out = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + out) | 0;
    return out >>> 0;
  }

  /**
   * A number from 0 up to, not including, 1, with all 53 bits that a double has. Throws inside
   * compile(), where it would stay the same at every later call.
   */
  next(): number {
    refuseDrawing();
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** A whole number from `low` up to, not including, `high`. */
  integer(low: number, high: number): number {
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || low >= high)
      throw new RangeError(
        `integer: there is no whole number from ${low} up to, not including, ${high}`,
      );
    return low + Math.floor(this.next() * (high - low));
  }

  /** Numbers spread evenly from `low` up to `high`. */
  uniform(shape: Shape, low = 0, high = 1): Tensor {
    return this.fill("uniform", shape, () => low + (high - low) * this.next());
  }

  /** Numbers from the normal distribution. */
  normal(shape: Shape, mean = 0, std = 1): Tensor {
    return this.fill("normal", shape, () => mean + std * this.gaussian());
  }

  /** A new array with the same elements in random order. */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    // Fisher and Yates: each place in turn gets one of those not yet placed.
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.integer(0, i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }

  /** The numbers 0 to n - 1 in random order. */
  permutation(n: number): number[] {
    checkShape("permutation", [n]);
    return this.shuffle(Array.from({ length: n }, (_, i) => i));
  }

  private fill(op: string, shape: Shape, draw: () => number): Tensor {
    checkShape(op, shape);
    const out = new Tensor(allocate("float32", sizeOf(shape)), shape);
    // A recorded step draws anew each time.
    effect(() => {
      for (let i = 0; i < out.size; i++) out.storage[i] = draw();
    });
    return out;
  }

  /**
   * One number from the standard normal distribution, by the polar method of Marsaglia and Bray
   * (1964): a random point in the unit disk, stretched outward.
   */
  private gaussian(): number {
    for (;;) {
      const x = 2 * this.next() - 1;
      const y = 2 * this.next() - 1;
      const r = x * x + y * y;
      if (r < 1 && r > 0) return x * Math.sqrt((-2 * naturalLog(r)) / r);
    }
  }
}

let shared: Rng | undefined;

/** The generator used where none is passed in; seeded with 0 until {@link manualSeed} says otherwise. */
export function defaultRng(): Rng {
  shared ??= new Rng(0);
  return shared;
}

/** Starts the default generator anew from a seed. */
export function manualSeed(seed: number | string): void {
  // The same generator: a compiled step may hold it.
  defaultRng().state = new Rng(seed).state;
}

/**
 * The logarithm of a number between 0 and 1. JavaScript leaves the last digits of Math.log to
 * the browser; this uses only operations that are rounded the same way everywhere.
 */
function naturalLog(x: number): number {
  let halvings = 0;
  while (x < 0.5) {
    x *= 2;
    halvings++;
  }
  // ln x = 2 (t + t³/3 + t⁵/5 + …) with t = (x - 1) / (x + 1), here between -1/3 and 0
  const t = (x - 1) / (x + 1);
  let sum = 0;
  for (let n = 37; n >= 1; n -= 2) sum = sum * t * t + 1 / n;
  return 2 * t * sum - halvings * Math.LN2;
}

/** Three 32-bit numbers that all depend on every character of the text (FNV-1a, then mixed). */
function hash(text: string): [number, number, number] {
  return [0x811c9dc5, 0x9e3779b9, 0x6a09e667].map((start) => {
    let h = start;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) | 0;
  }) as [number, number, number];
}
