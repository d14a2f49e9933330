import { ShapeError, showShape } from "../shape.ts";
import { describe, Tensor } from "../tensor.ts";
import type { Module } from "./module.ts";

/** Refuses sizes that no layer can have; they are named as the constructor names them. */
export function expectSizes(layer: string, sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`${layer}: ${name} is a whole number, 1 or more, got ${size}`);
}

/** What an axis of an input holds, and how much of it where the layer knows. */
export type Axis = string | readonly [size: number, what: string];

/**
 * Refuses an input that a layer was not made for, by the axes that it should have:
 * `["batch", "time", [3, "features"]]`. A first axis "…" stands for any number of axes.
 */
export function expectInput(layer: Module, x: Tensor, axes: readonly Axis[]): void {
  const name = layer.constructor.name;
  if (!(x instanceof Tensor))
    throw new TypeError(
      `${name}: expects a Tensor, got ${Array.isArray(x) ? "an array\n  hint: make one with tensor([…])" : describe(x)}`,
    );
  const inFront = x.rank - axes.length;
  if (axes[0] === "…" ? inFront < -1 : inFront !== 0)
    throw new ShapeError(
      name,
      [x.shape],
      `expects [${axes.map((axis) => (typeof axis === "string" ? axis : axis.join(" "))).join(", ")}], got ${x.rank} ${x.rank === 1 ? "axis" : "axes"}`,
      inFront === -1 ? `for a batch of one, use reshape(${showShape([1, ...x.shape])})` : undefined,
    );
  axes.forEach((axis, i) => {
    const size = x.shape[inFront + i];
    if (typeof axis === "string" || axis[0] === size) return;
    const where = i === axes.length - 1 ? "the last axis" : `axis ${inFront + i}`;
    throw new ShapeError(
      name,
      [x.shape],
      `expects ${axis.join(" ")} in ${where}, got ${size}`,
      `this layer is ${name}(${layer.extraRepr()})`,
    );
  });
}

/** Refuses a probability that is not from 0 to 1. */
export function expectProbability(layer: string, name: string, p: number): void {
  if (!(p >= 0 && p <= 1))
    throw new RangeError(`${layer}: ${name} is a probability, from 0 to 1, got ${p}`);
}

/** What a layer was made with, as it prints: the sizes, then the options that were given by name. */
export function showArguments(sizes: readonly unknown[], options: object = {}): string {
  const show = (value: unknown) => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  return [...sizes.map(show), ...named.map(([name, value]) => `${name}=${show(value)}`)].join(", ");
}
