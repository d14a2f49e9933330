import { guard } from "../forbid.ts";
import {
  AdaptiveAvgPool2d,
  Conv2d,
  Dropout,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from "../nn/index.ts";
import { defaultRng, type Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link AlexNet}; by default the one that won ImageNet, as torchvision has it. */
export interface AlexNetOptions {
  inChannels?: number;
  /** How many channels each of the five convolutions gives. */
  channels?: readonly number[];
  /** The first convolution's kernel; by default 11 wide, 4 apart, padded by 2. */
  first?: { kernelSize: number; stride?: number; padding?: number };
  /** Into how many rows and columns of features the image goes to the classifier; 6 by default. */
  grid?: number;
  /** How many neurons each of the two hidden layers has. */
  hidden?: number;
  classes?: number;
  dropout?: number;
}

/**
 * A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional
 * neural networks" (2012): five convolutions with ReLU, pools that overlap, dropout. In the form of
 * A. Krizhevsky, "One weird trick" (2014), with torchvision's names, `features.0.weight` and
 * `classifier.1.weight`, so that its weights load: 61,100,840 parameters.
 */
export class AlexNet extends Module {
  readonly features: Sequential;
  readonly avgpool: AdaptiveAvgPool2d;
  readonly classifier: Sequential;

  constructor(options: AlexNetOptions = {}, rng: Rng = defaultRng()) {
    guard("AlexNet");
    super();
    const { inChannels = 3, channels = [64, 192, 384, 256, 256], grid = 6 } = options;
    const { first = { kernelSize: 11, stride: 4, padding: 2 } } = options;
    const { hidden = 4096, classes = 1000, dropout = 0.5 } = options;
    const { kernelSize, ...place } = first;
    if (channels.length !== 5)
      throw new RangeError(`AlexNet: has 5 convolutions, got channels for ${channels.length}`);
    const [c1, c2, c3, c4, c5] = channels;
    this.features = new Sequential(
      new Conv2d(inChannels, c1, kernelSize, rng, place),
      new ReLU(),
      new MaxPool2d(3, { stride: 2 }),
      new Conv2d(c1, c2, 5, rng, { padding: 2 }),
      new ReLU(),
      new MaxPool2d(3, { stride: 2 }),
      new Conv2d(c2, c3, 3, rng, { padding: 1 }),
      new ReLU(),
      new Conv2d(c3, c4, 3, rng, { padding: 1 }),
      new ReLU(),
      new Conv2d(c4, c5, 3, rng, { padding: 1 }),
      new ReLU(),
      new MaxPool2d(3, { stride: 2 }),
    );
    this.avgpool = new AdaptiveAvgPool2d(grid);
    this.classifier = new Sequential(
      new Dropout(dropout, rng),
      new Linear(c5 * grid * grid, hidden, rng),
      new ReLU(),
      new Dropout(dropout, rng),
      new Linear(hidden, hidden, rng),
      new ReLU(),
      new Linear(hidden, classes, rng),
    );
  }

  /** Images [batch, inChannels, height, width] → logits [batch, classes] */
  forward(x: Tensor): Tensor {
    const seen = this.avgpool.forward(this.features.forward(x));
    return this.classifier.forward(seen.reshape([x.shape[0], -1]));
  }
}

/** An AlexNet for gray images of 28 × 28, with a hundredth of the work for each. */
export function smallAlexNet(options: AlexNetOptions = {}, rng?: Rng): AlexNet {
  guard("smallAlexNet");
  return new AlexNet(
    {
      inChannels: 1,
      channels: [16, 32, 48, 32, 32],
      first: { kernelSize: 5, padding: 2 },
      grid: 2,
      hidden: 128,
      classes: 10,
      ...options,
    },
    rng,
  );
}
