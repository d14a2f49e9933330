import { guard } from "../forbid.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** max(x, 0), as a layer. */
export class ReLU extends Module {
  constructor() {
    guard("ReLU");
    super();
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/** x above 0, and a little of it below, as a layer. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  constructor(negativeSlope = 0.01) {
    guard("LeakyReLU");
    super();
    this.negativeSlope = negativeSlope;
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return x.leakyRelu(this.negativeSlope);
  }

  override extraRepr(): string {
    return String(this.negativeSlope);
  }
}

/** Options of {@link GELU}. */
export interface GELUOptions {
  /** "tanh" for the approximation that GPT-2 uses; by default exact. */
  approximate?: "none" | "tanh";
}

/** x times the share of the standard normal distribution that lies below x, as a layer. */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  constructor({ approximate = "none" }: GELUOptions = {}) {
    guard("GELU");
    super();
    this.approximate = approximate;
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return x.gelu({ approximate: this.approximate });
  }

  override extraRepr(): string {
    return this.approximate === "tanh" ? "approximate=tanh" : "";
  }
}

/** x σ(x), also called swish, as a layer. */
export class SiLU extends Module {
  constructor() {
    guard("SiLU");
    super();
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return x.silu();
  }
}

/** 1 / (1 + e^-x), as a layer. */
export class Sigmoid extends Module {
  constructor() {
    guard("Sigmoid");
    super();
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** The hyperbolic tangent, as a layer. */
export class Tanh extends Module {
  constructor() {
    guard("Tanh");
    super();
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** Positive numbers that add up to 1 along an axis, by default the last, as a layer. */
export class Softmax extends Module {
  readonly axis: number;

  constructor(axis = -1) {
    guard("Softmax");
    super();
    this.axis = axis;
  }

  /** Any shape → the same. */
  forward(x: Tensor): Tensor {
    return x.softmax(this.axis);
  }

  override extraRepr(): string {
    return String(this.axis);
  }
}
