import { zeros } from "../create.ts";
import { guard } from "../forbid.ts";
import { concat } from "../functional/join.ts";
import { expectSizes } from "../nn/expect.ts";
import {
  Conv2d,
  Dropout,
  GELU,
  init,
  LayerNorm,
  Linear,
  Module,
  MultiHeadAttention,
  Parameter,
  Sequential,
} from "../nn/index.ts";
import { defaultRng, type Rng } from "../random.ts";
import { ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { parts, type TransformerOptions } from "./common.ts";

/** Options of {@link ViT}. */
export interface ViTOptions extends Omit<TransformerOptions, "vocabulary" | "context"> {
  /** How many pixels high and wide the images are. */
  image: number;
  /** How many pixels high and wide a patch is. */
  patch: number;
  inChannels?: number;
  /** How wide the inner layers are; 4 times the width by default. */
  hidden?: number;
  classes: number;
}

const EPS = { eps: 1e-6 };

/** One layer: every patch looks at every other, then each thinks. */
export class ViTBlock extends Module {
  readonly ln_1: LayerNorm;
  readonly self_attention: MultiHeadAttention;
  readonly ln_2: LayerNorm;
  readonly mlp: Sequential;
  private readonly dropout: Dropout;

  constructor({ width, heads, hidden, dropout }: Required<ViTOptions>, rng: Rng) {
    super();
    this.ln_1 = new LayerNorm(width, EPS);
    this.self_attention = new MultiHeadAttention(width, heads, rng, { dropout });
    this.ln_2 = new LayerNorm(width, EPS);
    const [up, down] = [new Linear(width, hidden, rng), new Linear(hidden, width, rng)];
    for (const { weight, bias } of [up, down]) {
      init.xavierUniform(weight, { rng });
      init.normal(bias!, 0, 1e-6, { rng });
    }
    const drop = () => new Dropout(dropout, rng);
    this.mlp = new Sequential(up, new GELU(), drop(), down, drop());
    this.dropout = drop();
  }

  /** [batch, patches, width] → the same */
  forward(x: Tensor): Tensor {
    const y = x.add(this.dropout.forward(this.self_attention.forward(this.ln_1.forward(x))));
    return y.add(this.mlp.forward(this.ln_2.forward(y)));
  }
}

/**
 * Reads an image as a sentence of patches. A. Dosovitskiy and others, "An image is worth 16×16
 * words" (2020). torchvision's names, `encoder.layers.encoder_layer_0.ln_1.weight`, so that its
 * weights load.
 */
export class ViT extends Module {
  /** Stands before the patches; what becomes of it is classified. [1, 1, width] */
  readonly classToken: Parameter;
  readonly convProj: Conv2d;
  readonly encoder;
  readonly heads;
  private readonly image: number;

  constructor(options: ViTOptions, rng: Rng = defaultRng()) {
    guard("ViT");
    super();
    const { image, patch, inChannels = 3, width, layers, classes, dropout = 0 } = options;
    const { hidden = 4 * width } = options;
    expectSizes("ViT", { image, patch, width, layers, classes });
    if (image % patch !== 0)
      throw new RangeError(
        `ViT: an image of ${image} pixels cannot be cut into patches of ${patch}`,
      );
    const all = { ...options, inChannels, hidden, dropout };
    const places = (image / patch) ** 2 + 1;
    this.classToken = new Parameter(zeros([1, 1, width]));
    this.convProj = new Conv2d(inChannels, width, patch, rng, { stride: patch });
    init.truncatedNormal(this.convProj.weight, {
      std: 1 / Math.sqrt(inChannels * patch ** 2),
      rng,
    });
    init.constant(this.convProj.bias!, 0);
    const blocks = Array.from({ length: layers }, (_, i) => [
      `encoder_layer_${i}`,
      new ViTBlock(all, rng),
    ]);
    this.encoder = parts({
      pos_embedding: new Parameter(rng.normal([1, places, width], 0, 0.02)),
      layers: parts(Object.fromEntries(blocks) as Record<string, ViTBlock>),
      dropout: new Dropout(dropout, rng),
      ln: new LayerNorm(width, EPS),
    });
    this.heads = parts({ head: new Linear(width, classes, rng) });
    init.constant(this.heads.head.weight, 0);
    init.constant(this.heads.head.bias!, 0);
    this.image = image;
  }

  /** Images [batch, inChannels, image, image] → logits [batch, classes] */
  forward(x: Tensor): Tensor {
    return this.heads.head.forward(this.encode(x));
  }

  /** What each image is taken for, before it is put into words. → [batch, width] */
  encode(x: Tensor): Tensor {
    const [batch, , ...size] = x.shape;
    if (size.some((pixels) => pixels !== this.image))
      throw new ShapeError("ViT", [x.shape], `its images are ${this.image} × ${this.image}`);
    const patches = this.convProj.forward(x);
    const words = patches.reshape([batch, patches.shape[1], -1]).swapAxes(1, 2);
    const token = this.classToken.expand([batch, 1, words.shape[2]]);
    const { pos_embedding, layers, dropout, ln } = this.encoder;
    let y = dropout.forward(concat([token, words], 1).add(pos_embedding));
    for (const block of layers.children() as ViTBlock[]) y = block.forward(y);
    return ln.forward(y).select(1, 0);
  }
}
