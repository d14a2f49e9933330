/** The models of the later chapters, and what is done with them; an exercise can forbid each. */
export * from "./alexnet.ts";
export type * from "./bert.ts";
export { BERT, bertBase } from "./bert.ts";
export type { TiedHead, TransformerOptions } from "./common.ts";
export * from "./generate.ts";
export type * from "./gpt.ts";
export { GPT, gpt2 } from "./gpt.ts";
export * from "./lenet.ts";
export type * from "./resnet.ts";
export { BasicBlock, Bottleneck, ResNet, resnet18, resnet50 } from "./resnet.ts";
export * from "./rnn.ts";
export * from "./seq2seq.ts";
export type * from "./vit.ts";
export { ViT } from "./vit.ts";
