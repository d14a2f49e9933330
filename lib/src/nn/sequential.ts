import { guard } from "../forbid.ts";
import type { Tensor } from "../tensor.ts";
import { type Layer, Module } from "./module.ts";

/** Layers one after the other; their parameters are named `0.weight`, `1.weight`, … */
export class Sequential extends Module {
  readonly [index: number]: Layer;

  constructor(...layers: Layer[]) {
    guard("Sequential");
    super();
    layers.forEach((layer, i) => {
      if (!(layer instanceof Module))
        throw new TypeError(
          `Sequential: layer ${i} is not a Module\n  hint: ${Array.isArray(layer) ? "new Sequential(...layers), with three dots" : "write new ReLU(), not relu"}`,
        );
    });
    Object.assign(this, layers);
  }

  /** The output of each layer is the input of the next. */
  forward(x: Tensor): Tensor {
    return (this.children() as Layer[]).reduce((y, layer) => layer.forward(y), x);
  }
}
