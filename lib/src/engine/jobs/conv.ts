import type { Convolution } from "../../ops/conv.ts";
import type { Shape } from "../../shape.ts";
import { isWide } from "../wasm.ts";
import {
  type Call,
  cut,
  isWorth,
  type Job,
  type JobMaker,
  onFloats,
  type Question,
} from "./job.ts";

/** Filters, or channels, that a tile works out side by side, and at how many places: lib/kernels/tile.ts. */
const LANES = 16;
const PLACES = 6;
/** Of so few, one or two are worked out, at this many places: lib/kernels/line.ts. */
const FEW = 4;
const RUN = 24;
/** So many multiplications are done before another thread has begun. */
const LEAST = 2 ** 18;

/** The sizes that the three have in common, named as if for the forward one. */
interface Sizes {
  readonly images: number;
  readonly channels: number;
  readonly filters: number;
  /** Numbers of one channel of a filter. */
  readonly kernel: number;
  readonly pixels: number;
  readonly places: number;
  readonly stride: number;
  /** Numbers of an image with the zeros that the filters see around it. */
  readonly framed: number;
  /** Of a result with the zeros that are seen on the way back. */
  readonly framedBack: number;
  readonly groups: number;
  /** Multiplications for one image. */
  readonly work: number;
}

/** How one of the three is cut into calls: from an address of the sizes, the inputs and the result. */
type Cutter = (at: { sizes: number; addresses: readonly number[]; parts: number }) => Call[];

/**
 * The three have the same sizes: images, kernels, and the places where the kernels were laid. Their
 * order in `constants` is that of lib/kernels/conv.ts.
 */
function convolution(
  question: Question,
  [images, channels, height, width]: Shape,
  [, perGroup, kernelHeight, kernelWidth]: Shape,
  [, filters, outHeight, outWidth]: Shape,
  plan: (sizes: Sizes) => { numbers: number; cutter: Cutter },
): Job | undefined {
  const { stride, padding, dilation, groups } = question.attributes as Convolution;
  const [kernel, places] = [kernelHeight * kernelWidth, outHeight * outWidth];
  const work = filters * places * perGroup * kernel;
  if (!isWorth(question, images * work)) return undefined;
  const reach = [(kernelHeight - 1) * dilation[0] + 1, (kernelWidth - 1) * dilation[1] + 1];
  const across = (axis: 0 | 1, count: number) => (count - 1) * stride[axis] + reach[axis];
  const back = (axis: 0 | 1, length: number) =>
    Math.ceil((length + padding[axis] + reach[axis]) / stride[axis]) + 1;
  const { numbers, cutter } = plan({
    images,
    channels: perGroup,
    filters: filters / groups,
    kernel,
    pixels: height * width,
    places,
    stride: stride[0] * stride[1],
    framed: across(0, outHeight) * across(1, outWidth),
    framedBack: back(0, height) * back(1, width),
    groups,
    work,
  });
  return {
    constants: [
      ...[images, channels, height, width, filters, kernelHeight, kernelWidth, outHeight, outWidth],
      ...[...stride, ...padding, ...dilation, groups, isWide() ? 1 : 0],
    ],
    scratch: () => 4 * numbers,
    calls: ({ inputs, out, constants: sizes }, parts) => [
      cutter({ sizes, addresses: [...inputs, out], parts }),
    ],
  };
}

/** Whole images. */
function byImage(kernel: "convForward" | "convInput", { images, work }: Sizes): Cutter {
  return ({ sizes, addresses, parts }) =>
    cut(images, parts, 1, Math.ceil(LEAST / work)).map(({ from, length }) => [
      kernel,
      sizes,
      from,
      length,
      ...addresses,
    ]);
}

/** Filters by whole blocks, and if these are few, what each sees of the image by whole tiles. */
function byFilter({ images, channels, filters, kernel, groups, work }: Sizes): Cutter {
  const [blocks, tiles] = [groups * blocksOf(filters), Math.ceil((channels * kernel) / PLACES)];
  const most = Math.ceil((images * work) / LEAST);
  return ({ sizes, addresses, parts }) =>
    cut(blocks, Math.min(parts, most)).flatMap((block) =>
      cut(tiles, Math.ceil(Math.min(parts, most) / blocks)).map(
        ({ from, length }): Call => [
          ...(["convWeight", sizes, block.from, block.length, from, length] as const),
          ...addresses,
        ],
      ),
    );
}

function blocksOf(lanes: number): number {
  return Math.ceil(lanes / LANES);
}

/** What every list in the scratch may be longer than told, to begin at the start of a cache line. */
const MARGIN = 16;

/** Numbers of a result in the scratch: in lanes, or two as lines. */
function resultOf(places: number, framed: number): number {
  return Math.max(LANES * (places + 2), 2 * (framed + RUN)) + RUN;
}

export const convJobs: Readonly<Record<string, JobMaker>> = {
  conv2d: onFloats((question) => {
    const [x, weight] = question.inShapes;
    return convolution(question, x, weight, question.outShape, (sizes) => {
      const taps = sizes.channels * sizes.kernel;
      const lists = taps + 2 * (sizes.places + PLACES);
      const weights = LANES * blocksOf(sizes.filters) * taps;
      const result = resultOf(sizes.places, sizes.framed);
      const numbers = lists + weights + result + sizes.channels * sizes.framed + 8 * MARGIN;
      return { numbers, cutter: byImage("convForward", sizes) };
    });
  }),
  // The same products read the other way: from y [n, in, …] into images.
  convTranspose2d: onFloats((question) => {
    const [y, weight] = question.inShapes;
    return convolution(question, question.outShape, weight, y, (sizes) => {
      const taps = sizes.filters * sizes.kernel;
      const lists = taps + 2 * (sizes.pixels + PLACES * sizes.stride);
      const weights = LANES * blocksOf(sizes.channels) * taps;
      const result = resultOf(sizes.pixels, sizes.framedBack);
      const margins = (8 + 5 * sizes.stride) * MARGIN;
      const numbers = lists + weights + result + sizes.filters * sizes.framedBack + margins;
      return { numbers, cutter: byImage("convInput", sizes) };
    });
  }),
  conv2dWeight: onFloats((question) => {
    const [x, y] = question.inShapes;
    return convolution(question, x, question.outShape, y, (sizes) => {
      const taps = sizes.channels * sizes.kernel;
      // Small images are taken together.
      const together = Math.max(1, Math.min(sizes.images, Math.floor(256 / sizes.places)));
      const ofImages = sizes.places + LANES * sizes.places + sizes.channels * sizes.framed;
      const line = sizes.framed + 2 * RUN;
      const ofTap = Math.max(LANES * blocksOf(sizes.filters), 8 * FEW);
      const sums = ofTap * (taps + 2 * PLACES);
      const numbers = together * ofImages + line + 2 * (taps + PLACES) + sums + 8 * MARGIN;
      return { numbers, cutter: byFilter(sizes) };
    });
  }),
};
