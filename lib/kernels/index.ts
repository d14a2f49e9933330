export { chain } from "./chain";
export { convForward, convInput, convWeight } from "./conv";
export { binary, unary } from "./elementwise";
export { gemm, gemmScratch } from "./gemm";
export { adam, sgd } from "./update";
export { logSoftmax, normalize, softmax, sumColumns, sumRows } from "./rows";
