export { convForward, convInput, convScratch, convWeight } from "./conv";
export { gemm, gemmScratch } from "./gemm";
export { adam, sgd } from "./update";
