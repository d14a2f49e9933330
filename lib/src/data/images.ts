import type { Displayable, MimeBundle } from "../display/bundle.ts";
import { escapeHtml } from "../display/escape.ts";
import { image } from "../display/image.ts";
import { Tensor } from "../tensor.ts";
import type { Provenance } from "./dataset.ts";
import { loadBytes, type Pack } from "./pack.ts";
import { fashionMnistPack } from "./packs/fashion-mnist.generated.ts";
import { mnistPack } from "./packs/mnist.generated.ts";

/** Pictures and what each shows. `batches(images, 64)` takes them as they are. */
export class LabeledImages implements Displayable {
  readonly name: string;
  /** The pictures, 0 black to 1 white. [n, channels, height, width], float32 */
  readonly x: Tensor;
  /** The class of each: a place in `classes`. [n], int32 */
  readonly y: Tensor;
  readonly classes: readonly string[];
  readonly provenance: Provenance;

  constructor(
    name: string,
    x: Tensor,
    y: Tensor,
    classes: readonly string[],
    provenance: Provenance,
  ) {
    this.name = name;
    this.x = x;
    this.y = y;
    this.classes = classes;
    this.provenance = provenance;
  }

  /** The number of pictures. */
  get length(): number {
    return this.y.size;
  }

  /** The pictures with these numbers, in this order. */
  take(indices: readonly number[]): LabeledImages {
    const { name, classes, provenance } = this;
    return new LabeledImages(name, this.x.take(indices), this.y.take(indices), classes, provenance);
  }

  /** The pictures for whose class, a place in `classes`, `keep` says yes: `filter((digit) => digit < 5)`. */
  filter(keep: (label: number, index: number) => boolean): LabeledImages {
    const indices = Array.from({ length: this.length }, (_, i) => i);
    return this.take(indices.filter((i) => keep(this.y.data[i], i)));
  }

  /** How many there are, and of which classes. */
  toString(): string {
    const counts = this.classes.map(() => 0);
    for (const label of this.y.data) counts[label]++;
    const [n, , height, width] = this.x.shape;
    return (
      `${this.name}: ${n} pictures of ${height} × ${width} pixels\n` +
      this.classes.map((name, label) => `  ${name}: ${counts[label]}`).join("\n")
    );
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What display() shows: the first pictures, ten in a row. */
  toMimeBundle(): MimeBundle {
    const text = this.toString();
    if (this.length === 0) return { "text/plain": text };
    const shown = Math.min(40, this.length);
    const labels = Array.from(this.y.data.slice(0, shown), (label) => this.classes[label]);
    const sheet = image(contactSheet(this.x.slice(0, shown)), {
      alt: `the first ${shown} pictures: ${labels.join(", ")}`,
      range: [0, 1],
      scale: 2,
    }).toMimeBundle();
    const caption = escapeHtml(text.split("\n")[0]);
    return {
      ...sheet,
      "text/html": `<figure>${sheet["text/html"]}<figcaption>${caption} · the first ${shown} shown</figcaption></figure>`,
      "text/plain": text,
    };
  }
}

/** Pictures side by side, ten in a row. [n, channels, height, width] → [rows, columns, channels] */
function contactSheet(x: Tensor): Tensor {
  const [n, channels, height, width] = x.shape;
  const across = Math.min(10, n);
  const down = Math.ceil(n / across);
  const whole: [number, number] = [0, 0];
  return x
    .pad([[0, down * across - n], whole, whole, whole])
    .reshape([down, across, channels, height, width])
    .transpose(0, 3, 1, 4, 2)
    .reshape([down * height, across * width, channels]);
}

/** What a model learns from, and what it is tested with. */
export interface ImageSets {
  readonly train: LabeledImages;
  readonly test: LabeledImages;
}

/**
 * 10,000 handwritten digits, white on black: the first 10,000 of the 60,000 that MNIST has to train
 * on. 8,000 to train on, 2,000 to test with, there 200 of each digit.
 * x [n, 1, 28, 28] from 0 to 1, y [n] int32 from 0 to 9.
 *
 * Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
 * recognition", Proceedings of the IEEE 86 (1998).
 */
export async function mnist(): Promise<ImageSets> {
  return readImages(mnistPack, [..."0123456789"]);
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
  return readImages(fashionMnistPack, classes);
}

/** The height and width of the packs' pictures, and how many of them, the last ones, are to test with. */
const SIZE = 28;
const FOR_TEST = 2000;

/**
 * A pack of gray pictures: for each one byte that is its class, then its pixels row by row,
 * 0 black to 255 white.
 */
async function readImages(pack: Pack, classes: readonly string[]): Promise<ImageSets> {
  const bytes = await loadBytes(pack);
  const pixels = SIZE * SIZE;
  const n = bytes.length / (pixels + 1);
  const part = (purpose: string, start: number, end: number) => {
    const x = new Float32Array((end - start) * pixels);
    const y = new Int32Array(end - start);
    for (let i = 0; i < y.length; i++) {
      const at = (start + i) * (pixels + 1);
      y[i] = bytes[at];
      for (let j = 0; j < pixels; j++) x[i * pixels + j] = bytes[at + 1 + j] / 255;
    }
    const images = new Tensor(x, [y.length, 1, SIZE, SIZE]);
    const labels = new Tensor(y, [y.length]);
    return new LabeledImages(`${pack.name} (${purpose})`, images, labels, classes, pack);
  };
  return { train: part("train", 0, n - FOR_TEST), test: part("test", n - FOR_TEST, n) };
}
