import { guard } from "../forbid.ts";
import { adaptiveAvgPool2d, maxPool2d } from "../functional/pool.ts";
import { BatchNorm2d, Conv2d, init, Linear, Module, Sequential } from "../nn/index.ts";
import { defaultRng, type Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link BasicBlock} and {@link Bottleneck}. */
export interface BlockOptions {
  /** 2 to halve the image; 1 by default. */
  stride?: number;
  /** Whether the input goes around the block and is added to its output; true by default. */
  skip?: boolean;
}

/** A convolution as ResNet has them: as large an image as before, no bias, He's start. */
function conv(from: number, to: number, kernelSize: number, rng: Rng, stride = 1): Conv2d {
  const padding = (kernelSize - 1) / 2;
  const layer = new Conv2d(from, to, kernelSize, rng, { stride, padding, bias: false });
  init.kaimingNormal(layer.weight, { mode: "fanOut", nonlinearity: "relu", rng });
  return layer;
}

/** What both kinds of block have in common: y = relu(F(x) + x). */
export abstract class Residual extends Module {
  private readonly skip: boolean;

  constructor({ skip = true }: BlockOptions) {
    super();
    this.skip = skip;
  }

  /** Makes the input fit where the block changes its size: a 1 × 1 convolution. */
  abstract readonly downsample: Sequential | null;

  /** F(x): what the block adds to its input. */
  protected abstract residual(x: Tensor): Tensor;

  /** [batch, channels, height, width] → [batch, channels', height / stride, width / stride] */
  forward(x: Tensor): Tensor {
    const change = this.residual(x);
    if (!this.skip) return change.relu();
    return change.add(this.downsample ? this.downsample.forward(x) : x).relu();
  }

  protected shortcut(from: number, to: number, rng: Rng, options: BlockOptions): Sequential | null {
    const { stride = 1, skip = true } = options;
    if (!skip || (stride === 1 && from === to)) return null;
    return new Sequential(conv(from, to, 1, rng, stride), new BatchNorm2d(to));
  }
}

/** Two 3 × 3 convolutions and a way around them. */
export class BasicBlock extends Residual {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(from: number, width: number, rng: Rng = defaultRng(), options: BlockOptions = {}) {
    guard("BasicBlock");
    super(options);
    this.conv1 = conv(from, width, 3, rng, options.stride);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = conv(width, width, 3, rng);
    this.bn2 = new BatchNorm2d(width);
    this.downsample = this.shortcut(from, width, rng, options);
  }

  protected residual(x: Tensor): Tensor {
    const y = this.bn1.forward(this.conv1.forward(x)).relu();
    return this.bn2.forward(this.conv2.forward(y));
  }
}

/** How many times the width goes out of a {@link Bottleneck}. */
const EXPANSION = 4;

/** A 3 × 3 convolution on a quarter of the channels, between two 1 × 1, and a way around them. */
export class Bottleneck extends Residual {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(from: number, width: number, rng: Rng = defaultRng(), options: BlockOptions = {}) {
    guard("Bottleneck");
    super(options);
    const to = EXPANSION * width;
    this.conv1 = conv(from, width, 1, rng);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = conv(width, width, 3, rng, options.stride);
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = conv(width, to, 1, rng);
    this.bn3 = new BatchNorm2d(to);
    this.downsample = this.shortcut(from, to, rng, options);
  }

  protected residual(x: Tensor): Tensor {
    const narrow = this.bn1.forward(this.conv1.forward(x)).relu();
    const y = this.bn2.forward(this.conv2.forward(narrow)).relu();
    return this.bn3.forward(this.conv3.forward(y));
  }
}

/** Options of {@link ResNet}; by default those of ResNet-18. */
export interface ResNetOptions {
  inChannels?: number;
  block?: "basic" | "bottleneck";
  /** How many blocks each stage has; all but the first halve the image. */
  layers?: readonly number[];
  /** How wide the blocks of each stage are. */
  widths?: readonly number[];
  classes?: number;
  /** "large": 7 × 7 with stride 2, then a pool, for photographs; "small": 3 × 3, for up to 32 × 32. */
  stem?: "large" | "small";
  /** Without skips it is the plain network that the paper compares with; true by default. */
  skip?: boolean;
}

/**
 * K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition" (2015): every
 * block only adds to what it is given, so that gradients reach the first layer however many there
 * are. torchvision's names, `layer1.0.conv1.weight`, so that its weights load.
 */
export class ResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  /** The stages: layer1, layer2, … */
  readonly [stage: `layer${number}`]: Residual[];
  readonly fc: Linear;
  private readonly stem: "large" | "small";

  constructor(options: ResNetOptions = {}, rng: Rng = defaultRng()) {
    guard("ResNet");
    super();
    const { inChannels = 3, block = "basic", classes = 1000, stem = "large", skip } = options;
    const { layers = [2, 2, 2, 2], widths = [64, 128, 256, 512] } = options;
    if (layers.length !== widths.length)
      throw new RangeError(
        `ResNet: got the widths of ${widths.length} stages, the layers of ${layers.length}`,
      );
    const [Block, expansion] = block === "basic" ? [BasicBlock, 1] : [Bottleneck, EXPANSION];
    let from = widths[0];
    this.conv1 =
      stem === "large" ? conv(inChannels, from, 7, rng, 2) : conv(inChannels, from, 3, rng);
    this.bn1 = new BatchNorm2d(from);
    const stages = widths.map((width, stage) =>
      Array.from({ length: layers[stage] }, (_, i) => {
        const made = new Block(from, width, rng, { stride: stage > 0 && i === 0 ? 2 : 1, skip });
        from = expansion * width;
        return made;
      }),
    );
    Object.assign(this, Object.fromEntries(stages.map((stage, i) => [`layer${i + 1}`, stage])));
    this.fc = new Linear(from, classes, rng);
    this.stem = stem;
  }

  /** Images [batch, inChannels, height, width] → logits [batch, classes] */
  forward(x: Tensor): Tensor {
    let y = this.bn1.forward(this.conv1.forward(x)).relu();
    if (this.stem === "large") y = maxPool2d(y, { kernelSize: 3, stride: 2, padding: 1 });
    for (let stage = 1; this[`layer${stage}`]; stage++)
      for (const block of this[`layer${stage}`]) y = block.forward(y);
    return this.fc.forward(adaptiveAvgPool2d(y, 1).reshape([x.shape[0], -1]));
  }
}

/** 18 layers: 11,689,512 parameters. */
export function resnet18(options: ResNetOptions = {}, rng?: Rng): ResNet {
  guard("resnet18");
  return new ResNet(options, rng);
}

/** 50 layers, in bottlenecks: 25,557,032 parameters. */
export function resnet50(options: ResNetOptions = {}, rng?: Rng): ResNet {
  guard("resnet50");
  return new ResNet({ block: "bottleneck", layers: [3, 4, 6, 3], ...options }, rng);
}
