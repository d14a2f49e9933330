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
import { copyLine, Frame } from "./frame";
import { fromLanes, toLanes } from "./lanes";
import { lineDots, lineSums, RUN, STEP, total } from "./line";
import { LANES, PLACES, tile } from "./tile";

/** Up to so many filters, or channels, the lanes are for places: line.ts. */
const FEW: i32 = 4;

/** The sizes of a convolution; an object laid out by the caller, one i32 after the other. */
@unmanaged
class Conv {
  batch: i32;
  /** Of x, over all groups. */
  channels: i32;
  height: i32;
  width: i32;
  /** Channels of the result, over all groups. */
  filters: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  outHeight: i32;
  outWidth: i32;
  strideY: i32;
  strideX: i32;
  padY: i32;
  padX: i32;
  dilationY: i32;
  dilationX: i32;
  groups: i32;
  /** Whether pairs of vectors become vectors of 256 bits. */
  wide: i32;

  get groupChannels(): i32 {
    return this.channels / this.groups;
  }
  get groupFilters(): i32 {
    return this.filters / this.groups;
  }
  /** Whether the places of a row are neighbors, and the rows too. */
  get dense(): bool {
    return this.strideY == 1 && this.strideX == 1;
  }
  get places(): i32 {
    return this.outHeight * this.outWidth;
  }
  get pixels(): i32 {
    return this.height * this.width;
  }
  /** Of one channel of a filter. */
  get kernel(): i32 {
    return this.kernelHeight * this.kernelWidth;
  }
}

/** Places that are sums over the same taps. */
@unmanaged
class Phase {
  taps: i32;
  tiles: i32;
  /** For each tap, how far from the place it looks. */
  offsets: usize;
  /** For each place, where it begins in the image, and where in the result. */
  places: usize;
  /** For each block of lanes, [taps, 16]. */
  weights: usize;
}

/** Where the next piece of scratch begins. */
let free: usize = 0;

function take(bytes: usize): usize {
  const at = (free + 63) & ~63;
  free = at + bytes;
  return at;
}

function takeZeros(bytes: usize): usize {
  const at = take(bytes);
  memory.fill(at, 0, bytes);
  return at;
}

function blocksOf(lanes: i32): i32 {
  return (lanes + LANES - 1) / LANES;
}

function tilesOf(places: i32): i32 {
  return (places + PLACES - 1) / PLACES;
}

/** Adds a place to a list, and says where the next one goes. */
// @ts-ignore: decorator
@inline
function put(list: usize, from: i32, to: i32): usize {
  store<i32>(list, from << 2);
  store<i32>(list, to << 6, 4);
  return list + 8;
}

/** Fills the list's last tile with repetitions that are stored where nobody looks. */
function fillUp(list: usize, count: i32, nowhere: i32): void {
  for (; count % PLACES; count++) list = put(list, 0, nowhere);
}

/** The images, with the zeros around them that the filters see. */
function imageFrame(s: Conv, planes: i32): Frame {
  const f = changetype<Frame>(take(offsetof<Frame>()));
  f.planes = planes;
  f.height = s.height;
  f.width = s.width;
  f.top = s.padY;
  f.left = s.padX;
  f.rows = (s.outHeight - 1) * s.strideY + (s.kernelHeight - 1) * s.dilationY + 1;
  f.columns = (s.outWidth - 1) * s.strideX + (s.kernelWidth - 1) * s.dilationX + 1;
  if (!f.top && !f.left) {
    f.rows = s.height;
    f.columns = s.width;
  }
  return f;
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
  free = scratch;
  const s = changetype<Conv>(at);
  const frame = imageFrame(s, s.groupChannels);
  const phase = changetype<Phase>(take(offsetof<Phase>()));
  const filters = s.groupFilters;
  phase.taps = s.groupChannels * s.kernel;
  phase.tiles = tilesOf(s.places);
  phase.offsets = take(phase.taps << 2);
  let list = phase.offsets;
  for (let c = 0; c < s.groupChannels; c++)
    for (let ky = 0; ky < s.kernelHeight; ky++)
      for (let kx = 0; kx < s.kernelWidth; kx++, list += 4)
        store<i32>(list, tapAt(s, frame, c, ky, kx) << 2);
  phase.places = list = take((phase.tiles * PLACES) << 3);
  for (let y = 0; y < s.outHeight; y++)
    for (let z = 0; z < s.outWidth; z++)
      list = put(list, placeAt(s, frame, y, z), y * s.outWidth + z);
  fillUp(list, s.places, s.places);
  phase.weights = take((blocksOf(filters) * phase.taps) << 6);
  const row = <usize>phase.taps << 2;
  for (let group = 0; group < s.groups; group++) {
    for (let f = 0; f < filters; f += LANES)
      toLanes(
        phase.taps,
        min(LANES, filters - f),
        w + <usize>(group * filters + f) * row,
        row,
        phase.weights + (<usize>(f * phase.taps) << 2),
      );
    correlate(s, group, first, images, 1, phase, frame, filters, s.outHeight, s.outWidth, x, out);
  }
}

/** Where in the frame a tap looks, from where its filter begins. */
// @ts-ignore: decorator
@inline
function tapAt(s: Conv, frame: Frame, channel: i32, ky: i32, kx: i32): i32 {
  return (channel * frame.rows + ky * s.dilationY) * frame.columns + kx * s.dilationX;
}

/** Where in the frame a filter begins, for a place of the result. */
// @ts-ignore: decorator
@inline
function placeAt(s: Conv, frame: Frame, y: i32, x: i32): i32 {
  return y * s.strideY * frame.columns + x * s.strideX;
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
  free = scratch;
  const s = changetype<Conv>(at);
  const channels = s.groupChannels;
  const filters = s.groupFilters;
  const frame = changetype<Frame>(take(offsetof<Frame>()));
  frame.planes = filters;
  frame.height = s.outHeight;
  frame.width = s.outWidth;
  frame.top = max(0, -ceilDiv(s.padY - (s.kernelHeight - 1) * s.dilationY, s.strideY));
  frame.left = max(0, -ceilDiv(s.padX - (s.kernelWidth - 1) * s.dilationX, s.strideX));
  frame.rows = frame.top + (s.height - 1 + s.padY) / s.strideY + 1;
  frame.columns = frame.left + (s.width - 1 + s.padX) / s.strideX + 1;
  // Pixels a stride apart meet the same taps: each phase of the stride has some of them.
  const count = s.strideY * s.strideX;
  const phases = changetype<Phase>(take(count * offsetof<Phase>()));
  let phase = phases;
  for (let py = 0; py < s.strideY; py++)
    for (let px = 0; px < s.strideX; px++, phase = next(phase)) {
      phase.taps = 0;
      phase.offsets = take((filters * s.kernel) << 2);
      for (let f = 0; f < filters; f++)
        for (let ky = 0; ky < s.kernelHeight; ky++)
          for (let kx = 0; kx < s.kernelWidth; kx++) {
            const y = py + s.padY - ky * s.dilationY;
            const z = px + s.padX - kx * s.dilationX;
            if (y % s.strideY || z % s.strideX) continue;
            const from = (f * frame.rows + y / s.strideY) * frame.columns + z / s.strideX;
            store<i32>(phase.offsets + (<usize>phase.taps << 2), from << 2);
            phase.taps++;
          }
      free = phase.offsets + (<usize>phase.taps << 2);
      const places = max(0, ceilDiv(s.height - py, s.strideY)) * max(0, ceilDiv(s.width - px, s.strideX));
      phase.tiles = tilesOf(places);
      phase.places = take((phase.tiles * PLACES) << 3);
      let list = phase.places;
      for (let y = py; y < s.height; y += s.strideY)
        for (let z = px; z < s.width; z += s.strideX) {
          const from = (y / s.strideY + frame.top) * frame.columns + z / s.strideX + frame.left;
          list = put(list, from, y * s.width + z);
        }
      fillUp(list, places, s.pixels);
      phase.weights = take((blocksOf(channels) * phase.taps) << 6);
    }
  for (let group = 0; group < s.groups; group++) {
    phase = phases;
    for (let py = 0; py < s.strideY; py++)
      for (let px = 0; px < s.strideX; px++, phase = next(phase))
        turnWeights(s, py, px, w + (<usize>(group * filters * channels * s.kernel) << 2), phase);
    correlate(s, group, first, images, count, phases, frame, channels, s.height, s.width, g, dx);
  }
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
      if (s.strideY == 1 && s.strideX == 1) {
        toLanes(s.kernel, lanes, own, step, to);
        to += <usize>s.kernel << 6;
        continue;
      }
      for (let ky = 0; ky < s.kernelHeight; ky++)
        for (let kx = 0; kx < s.kernelWidth; kx++) {
          if ((py + s.padY - ky * s.dilationY) % s.strideY) continue;
          if ((px + s.padX - kx * s.dilationX) % s.strideX) continue;
          toLanes(1, lanes, own + (<usize>(ky * s.kernelWidth + kx) << 2), step, to);
          to += 64;
        }
    }
  }
}

function ceilDiv(a: i32, b: i32): i32 {
  return a > 0 ? (a + b - 1) / b : a / b;
}

// @ts-ignore: decorator
@inline
function next(phase: Phase): Phase {
  return changetype<Phase>(changetype<usize>(phase) + offsetof<Phase>());
}

/** One group of some images: all places of all phases, `channels` of them from the frame's planes. */
function correlate(
  s: Conv,
  group: i32,
  first: i32,
  images: i32,
  phases: i32,
  phase: Phase,
  frame: Frame,
  channels: i32,
  height: i32,
  width: i32,
  from: usize,
  to: usize,
): void {
  const kept = free;
  const few = s.dense && channels <= FEW;
  const zeros = takeZeros(64);
  // Where a frame is read as one line, a little more than the frame is.
  let framed: usize = 0;
  if (few) framed = takeZeros(frame.bytes + (RUN << 2));
  else if (!frame.open) framed = takeZeros(frame.bytes);
  const places = height * width;
  const line = (height - 1) * frame.columns + width;
  const result = take(few ? (2 * (line + RUN)) << 2 : (places + 1) << 6);
  const fromStep = <usize>(frame.planes * frame.height * frame.width) << 2;
  const row = <usize>places << 2;
  for (let i = first; i < first + images; i++) {
    const part = <usize>(i * s.groups + group);
    let image = from + part * fromStep;
    if (framed) {
      frame.copy(image, framed);
      image = framed;
    }
    let own = to + part * <usize>channels * row;
    if (few) {
      image += <usize>load<i32>(phase.places);
      for (let c = 0; c < channels; c += 2, own += 2 * row) {
        const w = phase.weights + (<usize>c << 2);
        const next = <usize>(line + RUN) << 2;
        for (let at: usize = 0; at < <usize>line << 2; at += RUN << 2)
          lineSums(phase.taps, w, phase.offsets, image + at, zeros, result + at, next);
        fromLine(height, width, result, frame.columns, own);
        if (c + 1 < channels) fromLine(height, width, result + next, frame.columns, own + row);
      }
      continue;
    }
    for (let c = 0; c < channels; c += LANES) {
      const lanes = min(LANES, channels - c);
      let p = phase;
      for (let n = 0; n < phases; n++, p = next(p)) {
        const w = p.weights + (<usize>(c * p.taps) << 2);
        for (let t = 0; t < p.tiles; t++) {
          const list = p.places + ((<usize>(t * PLACES)) << 3);
          tile(s.wide, lanes, p.taps, w, p.offsets, image, list, zeros, 0, result);
        }
      }
      fromLanes(places, lanes, result, own + <usize>c * row, row);
    }
  }
  free = kept;
}

/** Rows that lie `step` numbers apart, one after the other. */
function fromLine(height: i32, width: i32, from: usize, step: i32, to: usize): void {
  for (let y: usize = 0; y < <usize>height; y++)
    copyLine(width, from + ((y * <usize>step) << 2), to + ((y * <usize>width) << 2));
}

/**
 * dw = the gradient of the filters, from that of the result, of the blocks of 16 filters from
 * `firstBlock` on and of the tiles of 6 taps from `firstTile` on. They are overwritten.
 */
export function convWeight(
  at: usize,
  firstBlock: i32,
  blocks: i32,
  firstTile: i32,
  tiles: i32,
  x: usize,
  g: usize,
  dw: usize,
  scratch: usize,
): void {
  const s = changetype<Conv>(at);
  const filters = s.groupFilters;
  const channels = s.groupChannels;
  const ofGroup = blocksOf(filters);
  const places = s.places;
  const taps = channels * s.kernel;
  const firstTap = firstTile * PLACES;
  const count = min(tiles * PLACES, taps - firstTap);
  const firstChannel = firstTap / s.kernel;
  const few = s.dense && filters <= FEW;
  free = scratch;
  const frame = imageFrame(s, (firstTap + count - 1) / s.kernel - firstChannel + 1);
  // Small images are taken together, so that a tile has something to do.
  const together = few ? 1 : max(1, min(s.batch, 256 / places));
  const planes = <usize>s.pixels << 2;
  const imageStep = frame.open ? <usize>s.channels * planes : frame.bytes;
  const offsets = take((together * places) << 2);
  let list = offsets;
  for (let i = 0; i < together; i++)
    for (let y = 0; y < s.outHeight; y++)
      for (let z = 0; z < s.outWidth; z++, list += 4)
        store<i32>(list, i * <i32>imageStep + (placeAt(s, frame, y, z) << 2));
  const tapList = take((tiles * PLACES) << 3);
  list = tapList;
  for (let i = 0; i < count; i++) {
    const tap = firstTap + i;
    const channel = tap / s.kernel;
    const within = tap - channel * s.kernel;
    const ky = within / s.kernelWidth;
    const from = tapAt(s, frame, channel - firstChannel, ky, within - ky * s.kernelWidth);
    list = put(list, from, i);
  }
  fillUp(list, count, count);
  if (few) return weightOfFew(s, firstBlock, blocks, frame, firstChannel, count, firstTap, tapList, x, g, dw);
  const framed: usize = frame.open ? 0 : takeZeros(frame.bytes * <usize>together);
  const lanesOfG = take((together * places) << 6);
  const sums = take((min(blocks, ofGroup) * (tiles + 1) * PLACES) << 6);
  for (let block = firstBlock; block < firstBlock + blocks; ) {
    const group = block / ofGroup;
    const end = min(firstBlock + blocks, (group + 1) * ofGroup);
    memory.fill(sums, 0, <usize>((end - block) * (tiles + 1) * PLACES) << 6);
    for (let i = 0; i < s.batch; i += together) {
      const now = min(together, s.batch - i);
      let image = x + <usize>(i * s.channels + group * channels + firstChannel) * planes;
      if (framed) {
        for (let j = 0; j < now; j++)
          frame.copy(image + <usize>(j * s.channels) * planes, framed + <usize>j * imageStep);
        image = framed;
      }
      let sum = sums;
      for (let b = block; b < end; b++, sum += <usize>((tiles + 1) * PLACES) << 6) {
        const f = (b - group * ofGroup) * LANES;
        const lanes = min(LANES, filters - f);
        for (let j = 0; j < now; j++)
          toLanes(
            places,
            lanes,
            g + (<usize>(((i + j) * s.filters + group * filters + f) * places) << 2),
            <usize>places << 2,
            lanesOfG + (<usize>(j * places) << 6),
          );
        for (let t = 0; t < tiles; t++) {
          const own = sum + (<usize>(t * PLACES) << 6);
          const list = tapList + (<usize>(t * PLACES) << 3);
          tile(s.wide, lanes, now * places, lanesOfG, offsets, image, list, own, 64, sum);
        }
      }
    }
    let sum = sums;
    for (; block < end; block++, sum += <usize>((tiles + 1) * PLACES) << 6) {
      const f = (block - group * ofGroup) * LANES;
      const to = dw + (<usize>((group * filters + f) * taps + firstTap) << 2);
      fromLanes(count, min(LANES, filters - f), sum, to, <usize>taps << 2);
    }
  }
}

/** The same for few filters, each group of which is a block. */
function weightOfFew(
  s: Conv,
  firstGroup: i32,
  groups: i32,
  frame: Frame,
  firstChannel: i32,
  count: i32,
  firstTap: i32,
  tapList: usize,
  x: usize,
  g: usize,
  dw: usize,
): void {
  const filters = s.groupFilters;
  const channels = s.groupChannels;
  const tiles = tilesOf(count);
  const framed = takeZeros(frame.bytes + (STEP << 2));
  const length = (s.outHeight - 1) * frame.columns + s.outWidth;
  const line = takeZeros((length + STEP) << 2);
  const bytes = <usize>(filters * tiles * PLACES) << 5;
  const sums = take(bytes);
  for (let group = firstGroup; group < firstGroup + groups; group++) {
    memory.fill(sums, 0, bytes);
    for (let i = 0; i < s.batch; i++) {
      frame.copy(x + (<usize>((i * s.channels + group * channels + firstChannel) * s.pixels) << 2), framed);
      let sum = sums;
      for (let f = 0; f < filters; f++) {
        const own = g + (<usize>((i * s.filters + group * filters + f) * s.places) << 2);
        for (let y = 0; y < s.outHeight; y++)
          copyLine(
            s.outWidth,
            own + (<usize>(y * s.outWidth) << 2),
            line + (<usize>(y * frame.columns) << 2),
          );
        for (let t = 0; t < tiles; t++, sum += PLACES << 5)
          lineDots(length, line, framed, tapList + (<usize>(t * PLACES) << 3), sum);
      }
    }
    for (let f = 0; f < filters; f++)
      for (let tap = 0; tap < count; tap++) {
        const to = (group * filters + f) * channels * s.kernel + firstTap + tap;
        store<f32>(dw + (<usize>to << 2), total(sums + (<usize>(f * tiles * PLACES + tap) << 5)));
      }
  }
}
