/** Text as numbers. */
export * from "./bpe.ts";
export * from "./characters.ts";
export { encodeTensor, type TokenIds, type Tokenizer } from "./tokenizer.ts";
export * from "./vocabulary.ts";
