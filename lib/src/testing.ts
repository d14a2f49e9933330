import { grad } from "./autograd.ts";
import { gradcheck } from "./gradcheck.ts";
import type { Module } from "./nn/module.ts";
import { Tensor } from "./tensor.ts";

/** What an error says, for tests of its words. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error("nothing was thrown");
}

/**
 * Holds the gradients of a module's parameters, and of those inputs that require one, against small
 * steps. `f` runs the module; its parameters are at that time in double precision.
 */
export function gradcheckModule(
  module: Module,
  inputs: readonly Tensor[],
  f: (...inputs: Tensor[]) => Tensor,
): void {
  const parameters = module.parameters();
  gradcheck(
    (...all) => {
      const doubles = new Map(parameters.map((parameter, i) => [parameter as Tensor, all[i]]));
      const putBack = module.modules().flatMap((part) => replace(part, doubles));
      try {
        return f(...all.slice(parameters.length));
      } finally {
        for (const put of putBack) put();
      }
    },
    [...parameters, ...inputs],
  );
}

/** Puts other tensors in the fields of a module; returns what puts the old ones back. */
function replace(module: Module, others: ReadonlyMap<Tensor, Tensor>): (() => void)[] {
  return Object.entries(module).flatMap(([field, value]) => {
    const other = value instanceof Tensor && others.get(value);
    if (!other) return [];
    Object.assign(module, { [field]: other });
    return [() => Object.assign(module, { [field]: value })];
  });
}

/** Texts that would do harm if they were taken for markup. */
export const HOSTILE: readonly string[] = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  "</title></svg><script>alert(1)</script>",
  "]]></desc>",
  "&lt;b&gt; & &amp;",
  "<!-- comment -->",
  '<a href="javascript:alert(1)">link</a>',
  "\u0000\u0008\u001b[31mred\ufffe\ud800",
];

/**
 * Holds the gradients of `f` against small steps, and then the gradients of its gradients, for
 * every number of every input that requires one.
 */
export function gradcheckTwice(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
): void {
  gradcheck(f, inputs);
  gradcheck(
    (...given) => {
      const y = f(...given);
      // Uneven weights, since the squares of what is normalized add up to the same, come what may.
      const weights = y.newZeros(y.shape, "float32");
      weights.data.forEach((_: number, i: number) => {
        weights.data[i] = 1 + Math.sin(2 * i + 1);
      });
      const wanted = given.filter((input) => input.requiresGrad);
      const gradients = grad(y.mul(y).mul(weights).sum(), wanted, { createGraph: true });
      return gradients.map((g) => g.mul(g).sum()).reduce((sum, part) => sum.add(part));
    },
    inputs,
    { tolerance: 1e-5 },
  );
}
