import { noGrad } from "../autograd.ts";
import { guard } from "../forbid.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Shortens all gradients by one factor, so that together, as one long vector, they are no longer
 * than `max` (Pascanu, Mikolov and Bengio 2013). Returns how long they were, []. Call it between
 * backward() and step(). Parameters without a gradient do not count.
 */
export function clipGradNorm(params: readonly Tensor[], max: number): Tensor {
  guard("clipGradNorm");
  const learned = withGradients("clipGradNorm", params, max);
  return noGrad(() => {
    const squares = learned.map(({ grad }) => grad.mul(grad).sum());
    const norm = squares.reduce((sum, square) => sum.add(square)).sqrt();
    const factor = norm.add(1e-6).pow(-1).mul(max);
    // Where the norm is NaN this is 1, so that step() finds the NaN where it is, and only there.
    const shrink = factor.where(factor.less(1), 1);
    for (const parameter of learned) parameter.grad = parameter.grad.mul(shrink);
    return norm;
  });
}

/** Moves every number of every gradient that lies outside -max … max to the nearer end. */
export function clipGradValue(params: readonly Tensor[], max: number): void {
  guard("clipGradValue");
  noGrad(() => {
    for (const parameter of withGradients("clipGradValue", params, max))
      parameter.grad = parameter.grad.minimum(max).maximum(-max);
  });
}

function withGradients(op: string, params: readonly Tensor[], max: number): Tensor[] {
  if (!(max > 0)) throw new RangeError(`${op}: max must be above 0, got ${max}`);
  if (!Array.isArray(params))
    throw new TypeError(`${op}: expected an array of parameters\n  hint: model.parameters()`);
  const learned = params.filter((parameter) => parameter.hasGrad);
  if (learned.length === 0)
    throw new RangeError(
      `${op}: no parameter has a gradient yet\n  hint: call it after loss.backward()`,
    );
  return learned;
}
