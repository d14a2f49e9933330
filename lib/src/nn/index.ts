/** Networks: what they are made of, where their training starts, what they look like. */
export type { Activation, GELUOptions } from "./activations.ts";
export { KeyValueCache, type LookOptions, type MultiHeadAttentionOptions } from "./attention.ts";
export type { Convolution, ConvolutionOptions } from "./conv.ts";
export * as init from "./init.ts";
export * from "./layers.ts";
export * from "./module.ts";
export type {
  BatchNormalization,
  BatchNormalizationOptions,
  LayerNormalizationOptions,
  NormalizationOptions,
} from "./norm.ts";
export * from "./parameter.ts";
export type { Pool, PoolOptions } from "./pool.ts";
export type {
  LSTMState,
  Recurrence,
  Recurrent,
  RecurrentOptions,
  RNNOptions,
} from "./recurrent.ts";
export { summary } from "./summary.ts";
export type {
  DecoderOptions,
  TransformerLayer,
  TransformerLayerOptions,
} from "./transformer.ts";
