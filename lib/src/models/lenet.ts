import { guard } from "../forbid.ts";
import { avgPool2d } from "../functional/pool.ts";
import { expectInput } from "../nn/expect.ts";
import { Conv2d, Linear, Module } from "../nn/index.ts";
import { defaultRng, type Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";

/**
 * LeNet-5, which reads handwritten digits: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner,
 * "Gradient-based learning applied to document recognition" (1998). As it is built today: every
 * map of the second convolution sees all six of the first, pooling has no weights of its own, and
 * the outputs are logits and not distances to drawn digits. 61,706 parameters.
 */
export class LeNet extends Module {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly fc3: Linear;

  constructor({ classes = 10 }: { classes?: number } = {}, rng: Rng = defaultRng()) {
    guard("LeNet");
    super();
    // The paper's images are 32 × 32, of which the digit fills 28 × 28: the padding is theirs.
    this.conv1 = new Conv2d(1, 6, 5, rng, { padding: 2 });
    this.conv2 = new Conv2d(6, 16, 5, rng);
    this.fc1 = new Linear(16 * 5 * 5, 120, rng);
    this.fc2 = new Linear(120, 84, rng);
    this.fc3 = new Linear(84, classes, rng);
  }

  /** Images [batch, 1, 28, 28] → logits [batch, classes] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["batch", [1, "channel"], [28, "rows"], [28, "columns"]]);
    const strokes = avgPool2d(this.conv1.forward(x).tanh(), 2);
    const parts = avgPool2d(this.conv2.forward(strokes).tanh(), 2);
    const whole = this.fc1.forward(parts.reshape([-1, 16 * 5 * 5])).tanh();
    return this.fc3.forward(this.fc2.forward(whole).tanh());
  }
}
