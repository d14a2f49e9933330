import { guard } from "../forbid.ts";
import { dropout } from "../functional/dropout.ts";
import type { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { expectProbability } from "./expect.ts";
import { Module } from "./module.ts";

/**
 * While training, sets each number to 0 with probability p and divides the others by 1 - p;
 * otherwise does nothing. So no neuron can rely on another one alone. N. Srivastava, G. Hinton and
 * others, "Dropout: a simple way to prevent neural networks from overfitting" (2014).
 */
export class Dropout extends Module {
  readonly p: number;
  private readonly rng: Rng | undefined;

  /** Without `rng`, whatever is the default generator when it is used. */
  constructor(p = 0.5, rng?: Rng) {
    guard("Dropout");
    super();
    expectProbability("Dropout", "p", p);
    this.p = p;
    this.rng = rng;
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return dropout(x, this.p, { training: this.training, rng: this.rng });
  }

  /** Whether it would not be missed: it does nothing now, and nobody watches. */
  get isIdle(): boolean {
    return !this.isWatched && (this.p === 0 || !this.training);
  }

  override extraRepr(): string {
    return String(this.p);
  }
}
