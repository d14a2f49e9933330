import { Tensor } from "../tensor.ts";

/** A tensor that a module learns: it requires a gradient, and an optimizer changes it in place. */
export class Parameter extends Tensor {
  /** Wraps the numbers of `initial` without copying them. */
  constructor(initial: Tensor) {
    super(initial.data, initial.shape);
    this.requiresGrad = true;
  }
}
