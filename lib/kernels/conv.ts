/**
 * Convolution and its two gradients. All three are sums of products that a tile (tile.ts) works
 * out straight from images with zeros around them; they differ in what lies in the lanes and what
 * is walked: in the lists of places.
 *
 *   result:            lanes are filters,  places are those of the result, summed over taps
 *   gradient of x:     lanes are channels, places are the pixels,          summed over taps
 *   gradient of w:     lanes are filters,  places are the taps,            summed over places
 *
 * A tap is one number of a filter: of a channel, a row and a column.
 */
import { blocksOf, Conv, FEW, fillUp, imageFrame, placeAt, put, tapAt, tilesOf } from "./convSizes";
import { copyLine, Frame } from "./frame";
import { fromLanes, toLanes } from "./lanes";
import { lineSums, RUN } from "./line";
import { take, takeFrom, takeZeros } from "./scratch";
import { LANES, PLACES, tile } from "./tile";

/** Places that are sums over the same taps. */
@unmanaged
class Phase {
  taps: i32;
  tiles: i32;
  /** For each tap, how far from a place it looks. */
  offsets: usize;
  /** For each place, where it begins in the image, and where in the result. */
  places: usize;
  /** For each block of lanes, [taps, 16]. */
  weights: usize;
}

/** All that is the same for every image: images of some channels become images of others. */
@unmanaged
class Walk {
  /** Of the images that are read. */
  frame: Frame;
  /** An image in its frame; 0 if it is read where it lies. */
  framed: usize;
  /** Of the images that are written. */
  channels: i32;
  height: i32;
  width: i32;
  /** Before it has its layout: [places, 16], or two lines for few channels. */
  result: usize;
  few: bool;
  phases: i32;
  /** The first of them. */
  phase: Phase;
}

/** out [batch, filters, …] = filters w [filters, channels / groups, …] over x [batch, channels, …]. */
export function convForward(
  at: usize,
  first: i32,
  images: i32,
  x: usize,
  w: usize,
  out: usize,
  scratch: usize,
): void {
  takeFrom(scratch);
  const s = changetype<Conv>(at);
  const filters = s.groupFilters;
  const frame = imageFrame(s, s.groupChannels);
  const walk = newWalk(frame, filters, s.outHeight, s.outWidth, s.dense, 1);
  const phase = walk.phase;
  phase.taps = s.groupChannels * s.kernel;
  phase.offsets = take(phase.taps << 2);
  let list = phase.offsets;
  for (let c = 0; c < s.groupChannels; c++)
    for (let ky = 0; ky < s.kernelHeight; ky++)
      for (let kx = 0; kx < s.kernelWidth; kx++, list += 4)
        store<i32>(list, tapAt(s, frame, c, ky, kx) << 2);
  phase.tiles = tilesOf(s.places);
  phase.places = list = take((phase.tiles * PLACES) << 3);
  for (let y = 0; y < s.outHeight; y++)
    for (let z = 0; z < s.outWidth; z++)
      list = put(list, placeAt(s, frame, y, z), y * s.outWidth + z);
  fillUp(list, s.places, s.places);
  phase.weights = take((blocksOf(filters) * phase.taps) << 6);
  const row = <usize>phase.taps << 2;
  for (let group = 0; group < s.groups; group++, w += <usize>filters * row) {
    for (let f = 0; f < filters; f += LANES) {
      const to = phase.weights + (<usize>(f * phase.taps) << 2);
      toLanes(phase.taps, min(LANES, filters - f), w + <usize>f * row, row, to);
    }
    for (let i = first; i < first + images; i++)
      correlate(s.wide, walk, i * s.groups + group, x, out);
  }
}

/** dx = the gradient of x, from that of the result. dx is overwritten. */
export function convInput(
  at: usize,
  first: i32,
  images: i32,
  g: usize,
  w: usize,
  dx: usize,
  scratch: usize,
): void {
  takeFrom(scratch);
  const s = changetype<Conv>(at);
  const channels = s.groupChannels;
  const filters = s.groupFilters;
  const frame = resultFrame(s);
  // Pixels a stride apart meet the same taps: each phase of the stride has some of them.
  const walk = newWalk(frame, channels, s.height, s.width, s.dense, s.strideY * s.strideX);
  let phase = walk.phase;
  for (let py = 0; py < s.strideY; py++)
    for (let px = 0; px < s.strideX; px++, phase = next(phase)) {
      phase.taps = 0;
      phase.offsets = take((filters * s.kernel) << 2);
      for (let f = 0; f < filters; f++)
        for (let ky = 0; ky < s.kernelHeight; ky++)
          for (let kx = 0; kx < s.kernelWidth; kx++) {
            if (!meets(s, py, px, ky, kx)) continue;
            const y = (py + s.padY - ky * s.dilationY) / s.strideY;
            const z = (px + s.padX - kx * s.dilationX) / s.strideX;
            const from = (f * frame.rows + y) * frame.columns + z;
            store<i32>(phase.offsets + (<usize>phase.taps << 2), from << 2);
            phase.taps++;
          }
      takeFrom(phase.offsets + (<usize>phase.taps << 2));
      const places = upTo(s.height - py, s.strideY) * upTo(s.width - px, s.strideX);
      phase.tiles = tilesOf(places);
      let list = (phase.places = take((phase.tiles * PLACES) << 3));
      for (let y = py; y < s.height; y += s.strideY)
        for (let z = px; z < s.width; z += s.strideX) {
          const from = (y / s.strideY + frame.top) * frame.columns + z / s.strideX + frame.left;
          list = put(list, from, y * s.width + z);
        }
      fillUp(list, places, s.pixels);
      phase.weights = take((blocksOf(channels) * phase.taps) << 6);
    }
  for (let group = 0; group < s.groups; group++) {
    phase = walk.phase;
    for (let py = 0; py < s.strideY; py++)
      for (let px = 0; px < s.strideX; px++, phase = next(phase))
        turnWeights(s, py, px, w + (<usize>(group * filters * channels * s.kernel) << 2), phase);
    for (let i = first; i < first + images; i++)
      correlate(s.wide, walk, i * s.groups + group, g, dx);
  }
}

/** The gradient of the result, with the zeros that are met on the way back. */
function resultFrame(s: Conv): Frame {
  const frame = changetype<Frame>(take(offsetof<Frame>()));
  frame.planes = s.groupFilters;
  frame.height = s.outHeight;
  frame.width = s.outWidth;
  frame.top = max(0, ((s.kernelHeight - 1) * s.dilationY - s.padY) / s.strideY);
  frame.left = max(0, ((s.kernelWidth - 1) * s.dilationX - s.padX) / s.strideX);
  frame.rows = frame.top + (s.height - 1 + s.padY) / s.strideY + 1;
  frame.columns = frame.left + (s.width - 1 + s.padX) / s.strideX + 1;
  return frame;
}

/** Whether the pixels of a phase meet a tap. */
// @ts-ignore: decorator
@inline
function meets(s: Conv, py: i32, px: i32, ky: i32, kx: i32): bool {
  const y = py + s.padY - ky * s.dilationY;
  const x = px + s.padX - kx * s.dilationX;
  return y % s.strideY == 0 && x % s.strideX == 0;
}

/** How many numbers from 0 on, `step` apart, are less than n. */
function upTo(n: i32, step: i32): i32 {
  return max(0, n + step - 1) / step;
}

/** The weights of one phase, with channels in the lanes. */
function turnWeights(s: Conv, py: i32, px: i32, w: usize, phase: Phase): void {
  const channels = s.groupChannels;
  const step = <usize>s.kernel << 2;
  let to = phase.weights;
  for (let c = 0; c < channels; c += LANES) {
    const lanes = min(LANES, channels - c);
    for (let f = 0; f < s.groupFilters; f++) {
      const own = w + <usize>(f * channels + c) * step;
      if (s.dense) {
        toLanes(s.kernel, lanes, own, step, to);
        to += <usize>s.kernel << 6;
        continue;
      }
      for (let ky = 0; ky < s.kernelHeight; ky++)
        for (let kx = 0; kx < s.kernelWidth; kx++) {
          if (!meets(s, py, px, ky, kx)) continue;
          toLanes(1, lanes, own + (<usize>(ky * s.kernelWidth + kx) << 2), step, to);
          to += 64;
        }
    }
  }
}

function newWalk(frame: Frame, channels: i32, height: i32, width: i32, dense: bool, phases: i32): Walk {
  const walk = changetype<Walk>(take(offsetof<Walk>()));
  walk.frame = frame;
  walk.channels = channels;
  walk.height = height;
  walk.width = width;
  walk.few = dense && channels <= FEW;
  // Where a frame is read as one line, a little more than the frame is.
  if (walk.few) walk.framed = takeZeros(frame.bytes + (RUN << 2));
  else walk.framed = frame.open ? 0 : takeZeros(frame.bytes);
  walk.result = take(walk.few ? 2 * lineBytes(walk) : <usize>(height * width + 1) << 6);
  walk.phases = phases;
  walk.phase = changetype<Phase>(take(phases * offsetof<Phase>()));
  return walk;
}

/** A result as one line, with the ends of the frame's rows between its own. */
function lineBytes(walk: Walk): usize {
  return <usize>((walk.height - 1) * walk.frame.columns + walk.width + RUN) << 2;
}

// @ts-ignore: decorator
@inline
function next(phase: Phase): Phase {
  return changetype<Phase>(changetype<usize>(phase) + offsetof<Phase>());
}

/** One group of an image: all of the result. `part` counts the groups of all images. */
function correlate(wide: i32, walk: Walk, part: usize, from: usize, to: usize): void {
  const frame = walk.frame;
  const channels = walk.channels;
  const places = walk.height * walk.width;
  const row = <usize>places << 2;
  let image = from + part * (<usize>(frame.planes * frame.height * frame.width) << 2);
  to += part * <usize>channels * row;
  if (walk.framed) {
    frame.copy(image, walk.framed);
    image = walk.framed;
  }
  if (walk.few) return correlateFew(walk, image, to);
  for (let c = 0; c < channels; c += LANES) {
    const lanes = min(LANES, channels - c);
    let phase = walk.phase;
    for (let n = 0; n < walk.phases; n++, phase = next(phase)) {
      const w = phase.weights + (<usize>(c * phase.taps) << 2);
      for (let t = 0; t < phase.tiles; t++) {
        const list = phase.places + (<usize>(t * PLACES) << 3);
        tile(wide, lanes, phase.taps, w, phase.offsets, image, list, walk.result);
      }
    }
    fromLanes(places, lanes, walk.result, to + <usize>c * row, row);
  }
}

/** The same for few channels, two at a time. */
function correlateFew(walk: Walk, image: usize, to: usize): void {
  const phase = walk.phase;
  const bytes = lineBytes(walk);
  image += <usize>load<i32>(phase.places);
  for (let c = 0; c < walk.channels; c++) {
    const odd = c & 1;
    if (!odd)
      for (let at: usize = 0; at < bytes - (RUN << 2); at += RUN << 2) {
        const w = phase.weights + (<usize>c << 2);
        lineSums(phase.taps, w, phase.offsets, image + at, walk.result + at, bytes);
      }
    const line = walk.result + <usize>odd * bytes;
    for (let y = 0; y < walk.height; y++, to += <usize>walk.width << 2)
      copyLine(walk.width, line + (<usize>(y * walk.frame.columns) << 2), to);
  }
}
