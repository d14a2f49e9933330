/** Every layer; each of them begins with guard(), so that forbid() can name it. */
export { GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh } from "./activations.ts";
export { MultiHeadAttention } from "./attention.ts";
export { Conv1d, Conv2d, ConvTranspose2d } from "./conv.ts";
export * from "./dropout.ts";
export * from "./embedding.ts";
export * from "./linear.ts";
export { BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm } from "./norm.ts";
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from "./pool.ts";
export { GRU, LSTM, RNN } from "./recurrent.ts";
export * from "./reshape.ts";
export * from "./sequential.ts";
export { TransformerDecoderLayer, TransformerEncoderLayer } from "./transformer.ts";
