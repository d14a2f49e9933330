import { type ImageSets, readImages } from "./images.ts";
import { loadBytes } from "./pack.ts";
import { fashionMnistPack } from "./packs/fashion-mnist.generated.ts";
import { mnistPack } from "./packs/mnist.generated.ts";

/**
 * 10,000 handwritten digits, white on black: the first 10,000 of the 60,000 that MNIST has to train
 * on. 8,000 to train on, 2,000 to test with, there 200 of each digit.
 * x [n, 1, 28, 28] from 0 to 1, y [n] int32 from 0 to 9.
 *
 * Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
 * recognition", Proceedings of the IEEE 86 (1998).
 */
export async function mnist(): Promise<ImageSets> {
  const classes = [..."0123456789"];
  return readImages(mnistPack, await loadBytes(mnistPack), { size: 28, forTest: 2000, classes });
}

/**
 * 14,000 pieces of clothing from a shop's catalog, ten classes alike; harder than digits. 12,000
 * to train on, 2,000 to test with.
 * x [n, 1, 28, 28] from 0 to 1, y [n] int32 from 0 to 9.
 *
 * H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
 * learning algorithms", arXiv:1708.07747 (2017).
 */
export async function fashionMnist(): Promise<ImageSets> {
  const classes =
    "T-shirt/top,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot".split(",");
  const bytes = await loadBytes(fashionMnistPack);
  return readImages(fashionMnistPack, bytes, { size: 28, forTest: 2000, classes });
}
