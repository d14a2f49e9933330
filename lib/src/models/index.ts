/** Every model, and what is done with them: all that an exercise can forbid here, and the types. */
export * from "./alexnet.ts";
export { BERT, type BERTLayer, type BERTOptions, bertBase } from "./bert.ts";
export type { TiedHead, TransformerOptions } from "./common.ts";
export * from "./generate.ts";
export {
  GPT,
  type GPTAttention,
  type GPTBlock,
  type GPTFeedForward,
  type GPTLinear,
  type GPTTransformer,
  gpt2,
} from "./gpt.ts";
export * from "./lenet.ts";
export * from "./mlp.ts";
export * from "./perceptron.ts";
export {
  BasicBlock,
  type BlockOptions,
  Bottleneck,
  type Residual,
  ResNet,
  type ResNetOptions,
  resnet18,
  resnet50,
} from "./resnet.ts";
export * from "./rnn.ts";
export * from "./seq2seq.ts";
export { ViT, type ViTBlock, type ViTOptions } from "./vit.ts";
