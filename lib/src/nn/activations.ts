import { guard } from "../forbid.ts";
import type { GeluAttributes } from "../ops/activations.ts";
import type { Tensor } from "../tensor.ts";
import { showArguments } from "./expect.ts";
import { Module } from "./module.ts";

/** A function without anything to learn, as a layer. */
export abstract class Activation extends Module {
  private readonly f: (x: Tensor) => Tensor;
  private readonly options: object;

  constructor(f: (x: Tensor) => Tensor, options: object = {}) {
    super();
    this.f = f;
    this.options = options;
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return this.f(x);
  }

  override extraRepr(): string {
    return showArguments([], this.options);
  }
}

/** max(x, 0), as a layer. */
export class ReLU extends Activation {
  constructor() {
    guard("ReLU");
    super((x) => x.relu());
  }
}

/** x above 0, negativeSlope · x below, as a layer. */
export class LeakyReLU extends Activation {
  constructor(negativeSlope = 0.01) {
    guard("LeakyReLU");
    super((x) => x.leakyRelu(negativeSlope), { negativeSlope });
  }
}

/** Options of {@link GELU}: "tanh" for the approximation that GPT-2 uses; by default "none". */
export type GELUOptions = Partial<GeluAttributes>;

/** x times the share of the standard normal distribution that lies below x, as a layer. */
export class GELU extends Activation {
  constructor(options: GELUOptions = {}) {
    guard("GELU");
    super((x) => x.gelu(options), options);
  }
}

/** x σ(x), also called swish, as a layer. */
export class SiLU extends Activation {
  constructor() {
    guard("SiLU");
    super((x) => x.silu());
  }
}

/** 1 / (1 + e^-x), as a layer. */
export class Sigmoid extends Activation {
  constructor() {
    guard("Sigmoid");
    super((x) => x.sigmoid());
  }
}

/** The hyperbolic tangent, as a layer. */
export class Tanh extends Activation {
  constructor() {
    guard("Tanh");
    super((x) => x.tanh());
  }
}

/** Positive numbers that add up to 1 along an axis, by default the last, as a layer. */
export class Softmax extends Activation {
  constructor(axis = -1) {
    guard("Softmax");
    super((x) => x.softmax(axis), { axis });
  }
}
