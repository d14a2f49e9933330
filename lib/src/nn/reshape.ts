import { guard } from "../forbid.ts";
import { checkAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** Leaves everything as it is: a place to look at, or to put something in later. */
export class Identity extends Module {
  constructor() {
    guard("Identity");
    super();
  }

  /** x → x */
  forward(x: Tensor): Tensor {
    return x;
  }
}

/** Makes one axis of all from `startAxis` on, by default all but the batch. */
export class Flatten extends Module {
  readonly startAxis: number;

  constructor(startAxis = 1) {
    guard("Flatten");
    super();
    this.startAxis = startAxis;
  }

  /** [batch, ...] → [batch, numbers] */
  forward(x: Tensor): Tensor {
    return x.flatten(checkAxis("Flatten", x.shape, this.startAxis));
  }
}
