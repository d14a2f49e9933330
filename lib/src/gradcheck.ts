import { grad } from "./autograd.ts";
import { inDoublePrecision } from "./dtype.ts";
import type { Tensor } from "./tensor.ts";

/** Thrown where a gradient is not what small steps show it to be. */
export class GradcheckError extends Error {
  override readonly name: string = "GradcheckError";
}

/** Options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** How far each number is moved up and down. */
  step?: number;
  /** How far apart the two gradients may be, beside their size or 1. */
  tolerance?: number;
}

/**
 * Holds the gradients of `f` against small steps: every number of every input that requires a
 * gradient is moved up and down a little, and the slope of the result compared with what
 * backward says. Runs in double precision, since in float32 a small difference is mostly
 * rounding. Where f gives several numbers, a fixed mixture of them is differentiated.
 * Throws {@link GradcheckError} for the first number that disagrees.
 *
 * @param f Must give the same result each time: seed its dropout.
 */
export function gradcheck(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { step = 1e-5, tolerance = 1e-6 }: GradcheckOptions = {},
): void {
  inDoublePrecision(() => {
    const doubles = inputs.map((input) => {
      if (input.dtype !== "float32") return input;
      const copy = input.newZeros(input.shape);
      copy.data.set(input.data);
      copy.requiresGrad = input.requiresGrad;
      return copy;
    });
    const checked = doubles.filter((input) => input.requiresGrad);
    if (checked.length === 0)
      throw new GradcheckError(
        "gradcheck: no input requires a gradient\n  hint: make one with tensor(…, { requiresGrad: true })",
      );
    const mixed = () => mixture(f(...doubles));
    const claimed = grad(mixed(), checked);
    checked.forEach((input, which) => {
      for (let i = 0; i < input.size; i++) {
        const slope = slopeAt(input, i, step, mixed);
        const claim = claimed[which].data[i];
        if (!(Math.abs(slope - claim) <= tolerance * Math.max(1, Math.abs(slope))))
          throw new GradcheckError(
            `gradcheck: input ${doubles.indexOf(input)}, number ${i} of [${input.shape.join(", ")}]: backward says ${claim}, small steps say ${slope}`,
          );
      }
    });
  });
}

/** How much the result changes per change of one number: the central difference. */
function slopeAt(input: Tensor, i: number, step: number, run: () => Tensor): number {
  const before = input.data[i];
  input.data[i] = before + step;
  const up = run().item();
  input.data[i] = before - step;
  const down = run().item();
  input.data[i] = before;
  return (up - down) / (2 * step);
}

/** One number out of many, each with a weight of its own, so that no two errors cancel. */
function mixture(y: Tensor): Tensor {
  const weights = y.newZeros(y.shape, "float32");
  for (let i = 0; i < weights.size; i++) weights.data[i] = 1 + Math.sin(3 * i + 1) / 2;
  return y.mul(weights).sum();
}
