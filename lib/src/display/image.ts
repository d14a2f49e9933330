import { tensor } from "../create.ts";
import { ShapeError } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { Displayable, MimeBundle } from "./bundle.ts";
import { escapeHtml } from "./escape.ts";
import { base64, encodePng } from "./png.ts";

/** Options of {@link image}. */
export interface ImageOptions {
  /** What the picture shows, for those who cannot see it. */
  alt?: string;
  /** The values shown black and white; by default the smallest and largest in the picture. */
  range?: readonly [low: number, high: number];
  /** How large one pixel is drawn; by default so that small pictures are easy to see. */
  scale?: number;
}

/** A picture to show. Made by {@link image}. */
export class Image implements Displayable {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** 0 to 255, row by row, the channels of a pixel side by side. */
  readonly pixels: Uint8Array;
  readonly alt: string;
  readonly scale: number;

  constructor(values: Tensor, options: ImageOptions = {}) {
    const { shape, data } = values;
    const [height, width, channels = 1] = shape;
    if (shape.length < 2 || shape.length > 3 || channels < 1 || channels > 4 || values.size === 0)
      throw new ShapeError(
        "image",
        [shape],
        "a picture has shape [height, width], or [height, width, channels] with 1 to 4 channels",
        shape.length === 1 ? "reshape it first: image(x.reshape([28, 28]))" : undefined,
      );
    const [low, high] = options.range ?? extent(data);
    const span = high > low ? high - low : 1;
    this.width = width;
    this.height = height;
    this.channels = channels;
    // A Uint8Array would wrap around where a clamped one stays at black or white.
    this.pixels = new Uint8Array(
      Uint8ClampedArray.from(data, (value: number) => ((value - low) / span) * 255).buffer,
    );
    this.alt = options.alt ?? `picture of ${width} by ${height} pixels`;
    this.scale = options.scale ?? Math.max(1, Math.floor(224 / Math.max(width, height)));
    if (!(this.scale > 0 && this.scale < Infinity))
      throw new RangeError(`image: the scale must be above 0, got ${this.scale}`);
  }

  toMimeBundle(): MimeBundle {
    const png = base64(encodePng(this.pixels, this.width, this.height, this.channels));
    const [width, height] = [this.width, this.height].map((n) => Math.round(n * this.scale));
    const tag =
      `<img alt="${escapeHtml(this.alt)}" width="${width}" height="${height}" ` +
      `style="image-rendering:pixelated;max-width:100%;height:auto" src="data:image/png;base64,${png}">`;
    return { "text/html": tag, "image/png": png, "text/plain": this.toString() };
  }

  /** The picture in characters, darker ones for darker pixels. */
  toString(): string {
    const shades = "█▓▒░ ";
    const step = Math.max(1, Math.ceil(this.width / 60));
    const lines: string[] = [];
    for (let row = 0; row < this.height; row += step) {
      let line = "";
      for (let column = 0; column < this.width; column += step) {
        const shade = shades[Math.min(4, Math.floor((this.brightness(row, column) / 256) * 5))];
        line += shade + shade; // a character is about half as wide as it is high
      }
      lines.push(line.trimEnd());
    }
    return [this.alt, ...lines].join("\n");
  }

  private brightness(row: number, column: number): number {
    const at = (row * this.width + column) * this.channels;
    const colors = this.channels < 3 ? 1 : 3;
    let total = 0;
    for (let i = 0; i < colors; i++) total += this.pixels[at + i];
    return total / colors;
  }
}

function extent(data: ArrayLike<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < low) low = data[i];
    if (data[i] > high) high = data[i];
  }
  return low <= high ? [low, high] : [0, 1];
}

/** A picture of numbers: [height, width] gray, [height, width, 3] red, green and blue. */
export function image(
  pixels: Tensor | readonly (readonly number[])[],
  options: ImageOptions = {},
): Image {
  return new Image(pixels instanceof Tensor ? pixels : tensor(pixels), options);
}
