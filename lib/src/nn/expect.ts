import { needWhole } from "../functional/need.ts";
import { defaultRng, Rng } from "../random.ts";
import { ShapeError } from "../shape.ts";
import { describe, Tensor } from "../tensor.ts";
import type { Module } from "./module.ts";

/** Refuses sizes that no layer can have; they are named as the constructor names them. */
export function expectSizes(layer: string, sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes)) needWhole(layer, name, size, 1);
}

/** Refuses a probability that is not from 0 to 1. */
export function expectProbability(layer: string, name: string, p: number): void {
  if (!(p >= 0 && p <= 1))
    throw new RangeError(`${layer}: ${name} is a probability, from 0 to 1, got ${p}`);
}

/** The generator for a layer's weights: the one given, or the default. */
export function expectRng(layer: string, rng: Rng | undefined): Rng {
  if (rng === undefined) return defaultRng();
  if (rng instanceof Rng) return rng;
  throw new TypeError(
    `${layer}: the generator of random numbers must be an Rng, got ${describe(rng)}\n` +
      "  hint: it stands between the sizes and the options: undefined for the default one, or new Rng(1)",
  );
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
      `${name}: expects a Tensor, got ${Array.isArray(x) ? "an array\n  hint: make one with tensor([…])" : describe(x)}` +
        (Object(x).output
          ? "\n  hint: take the output of what came before: const { output } = …"
          : ""),
    );
  const words = (axis: Axis) => [axis].flat().join(" ");
  const inFront = x.rank - axes.length;
  const misfit = (from: number) =>
    axes.findIndex((axis, i) => typeof axis !== "string" && axis[0] !== x.shape[from + i]);
  if (axes[0] === "…" ? inFront < -1 : inFront !== 0)
    throw new ShapeError(
      name,
      [x.shape],
      `expects [${axes.map(words).join(", ")}], got ${x.rank} ${x.rank === 1 ? "axis" : "axes"}`,
      inFront === -1 && misfit(-1) < 0
        ? "for a batch of one, use unsqueeze(0)"
        : inFront === -1 && Array.isArray(axes[1]) && axes[1][0] === 1
          ? `for the axis of the ${axes[1][1]}, use unsqueeze(1)`
          : undefined,
    );
  const wrong = misfit(inFront);
  if (wrong >= 0)
    throw new ShapeError(
      name,
      [x.shape],
      `expects ${words(axes[wrong])} in ${wrong === axes.length - 1 ? "the last axis" : `axis ${inFront + wrong}`}, got ${x.shape[inFront + wrong]}`,
      `this layer is ${name}(${layer.extraRepr()})`,
    );
}

/** What a layer was made with, as it prints: the sizes, then the options that were given by name. */
export function showArguments(sizes: readonly unknown[], options: object = {}): string {
  const show = (value: unknown) => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  return [...sizes.map(show), ...named.map(([name, value]) => `${name}=${show(value)}`)].join(", ");
}
