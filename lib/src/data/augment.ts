import { guard } from "../forbid.ts";
import { defaultRng, type Rng } from "../random.ts";
import { ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Changes each picture of a batch a little, by chance, and not what it shows.
 * [n, channels, height, width] → [n, channels, height, width]
 */
export type Augmentation = (images: Tensor, rng?: Rng) => Tensor;

/** One augmentation after the other: `augment(randomShift(2), randomHorizontalFlip())`. */
export function augment(...steps: readonly Augmentation[]): Augmentation {
  guard("augment");
  return (images, rng = defaultRng()) => steps.reduce((last, step) => step(last, rng), images);
}

/** Moves each picture by up to `pixels` whole pixels along both axes; what comes in is 0. */
export function randomShift(pixels: number): Augmentation {
  check("randomShift", pixels, "the distance must be whole pixels", Number.isInteger(pixels));
  return (images, rng) => cut("randomShift", images, rng, pixels);
}

/**
 * Puts `padding` pixels of 0 around each picture and cuts out a piece anywhere in it.
 * [n, channels, height, width] → [n, channels, size, size]
 */
export function randomCrop(size: number, { padding = 0 }: { padding?: number } = {}): Augmentation {
  check("randomCrop", size, "the size must be whole pixels", Number.isInteger(size));
  check("randomCrop", padding, "the padding must be whole pixels", Number.isInteger(padding));
  return (images, rng) => cut("randomCrop", images, rng, padding, size);
}

/** Turns left and right around in a share `p` of the pictures. */
export function randomHorizontalFlip(p = 0.5): Augmentation {
  check("randomHorizontalFlip", p, "the share must be from 0 to 1", p <= 1);
  return (images, rng) =>
    redraw("randomHorizontalFlip", images, rng, (rng, _, width) => {
      const flipped = rng.next() < p;
      return (read, row, column) => read(row, flipped ? width - 1 - column : column);
    });
}

/**
 * Turns each picture around its center by up to `degrees` either way. A pixel is mixed from the
 * four that it comes to lie between; what comes in is 0.
 */
export function randomRotation(degrees: number): Augmentation {
  check("randomRotation", degrees, "the angle must be 0 degrees or more");
  return (images, rng) =>
    redraw("randomRotation", images, rng, (rng, height, width) => {
      const angle = ((2 * rng.next() - 1) * degrees * Math.PI) / 180;
      const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
      return (read, row, column) => {
        const [down, right] = [row - (height - 1) / 2, column - (width - 1) / 2];
        const y = (height - 1) / 2 + cos * down - sin * right;
        const x = (width - 1) / 2 + sin * down + cos * right;
        const [top, left] = [Math.floor(y), Math.floor(x)];
        const across = (row: number) =>
          read(row, left) + (x - left) * (read(row, left + 1) - read(row, left));
        return across(top) + (y - top) * (across(top + 1) - across(top));
      };
    });
}

/** Adds to every pixel a number from the normal distribution; nothing is cut off at 0 or 1. */
export function gaussianNoise(std: number): Augmentation {
  check("gaussianNoise", std, "the standard deviation must be 0 or more");
  return (images, rng = defaultRng()) => images.add(rng.normal(images.shape, 0, std));
}

/** A piece of each picture, `size` high and wide, or as large as it was. */
function cut(
  name: string,
  images: Tensor,
  rng: Rng | undefined,
  padding: number,
  size?: number,
): Tensor {
  const choose = (rng: Rng, height: number, width: number): Draw => {
    const spare = [height, width].map((length) => length + 2 * padding - (size ?? length));
    if (Math.min(...spare) < 0)
      throw new ShapeError(
        name,
        [images.shape],
        `a piece of ${size} × ${size} does not fit`,
        `the pictures are ${height} × ${width}, with a padding of ${padding}`,
      );
    const [down, right] = spare.map((pixels) => rng.integer(0, pixels + 1) - padding);
    return (read, row, column) => read(row + down, column + right);
  };
  return redraw(name, images, rng, choose, size);
}

/** The value of a pixel, from those of the old picture, where all around is 0. */
type Draw = (read: (row: number, column: number) => number, row: number, column: number) => number;

/** New pictures, pixel by pixel; `choose` takes its chances once for each, its channels alike. */
function redraw(
  name: string,
  images: Tensor,
  rng: Rng = defaultRng(),
  choose: (rng: Rng, height: number, width: number) => Draw,
  size?: number,
): Tensor {
  if (images.rank !== 4)
    throw new ShapeError(
      name,
      [images.shape],
      "expects a batch of pictures",
      "a shape of [n, channels, height, width]",
    );
  const [n, channels, height, width] = images.shape;
  const out = images.newZeros([n, channels, size ?? height, size ?? width]);
  let to = 0;
  for (let i = 0; i < n; i++) {
    const draw = choose(rng, height, width);
    for (let channel = 0; channel < channels; channel++) {
      const from = (i * channels + channel) * height * width;
      const read = (row: number, column: number) =>
        row >= 0 && row < height && column >= 0 && column < width
          ? images.data[from + row * width + column]
          : 0;
      for (let row = 0; row < out.shape[2]; row++)
        for (let column = 0; column < out.shape[3]; column++)
          out.data[to++] = draw(read, row, column);
    }
  }
  return out;
}

function check(name: string, value: number, needed: string, right = true): void {
  guard(name);
  if (!right || !(value >= 0 && value < Infinity))
    throw new RangeError(`${name}: ${needed}, got ${value}`);
}
