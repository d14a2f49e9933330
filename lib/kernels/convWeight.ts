/** The gradient of a convolution for its filters: conv.ts tells how the three belong together. */
import { blocksOf, Conv, FEW, fillUp, imageFrame, placeAt, put, tapAt, tilesOf } from "./convSizes";
import { copyLine, Frame } from "./frame";
import { fromLanes, toLanes } from "./lanes";
import { lineDots, STEP, total } from "./line";
import { take, takeFrom, takeZeros } from "./scratch";
import { LANES, PLACES, tile } from "./tile";

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
  takeFrom(scratch);
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
    list = put(list, from, i % PLACES);
  }
  fillUp(list, count, PLACES - 1);
  if (few) return weightOfFew(s, firstBlock, blocks, frame, firstChannel, count, firstTap, tapList, x, g, dw);
  const framed: usize = frame.open ? 0 : takeZeros(frame.bytes * <usize>together);
  const part = take((PLACES * LANES) << 2);
  const lanesOfG = take((together * places) << 6);
  const sums = take((min(blocks, ofGroup) * tiles * PLACES) << 6);
  for (let block = firstBlock; block < firstBlock + blocks; ) {
    const group = block / ofGroup;
    const end = min(firstBlock + blocks, (group + 1) * ofGroup);
    memory.fill(sums, 0, <usize>((end - block) * tiles * PLACES) << 6);
    for (let i = 0; i < s.batch; i += together) {
      const now = min(together, s.batch - i);
      let image = x + <usize>(i * s.channels + group * channels + firstChannel) * planes;
      if (framed) {
        for (let j = 0; j < now; j++)
          frame.copy(image + <usize>(j * s.channels) * planes, framed + <usize>j * imageStep);
        image = framed;
      }
      let sum = sums;
      for (let b = block; b < end; b++, sum += <usize>(tiles * PLACES) << 6) {
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
          tile(s.wide, lanes, now * places, lanesOfG, offsets, image, list, part);
          addTile(part, own);
        }
      }
    }
    let sum = sums;
    for (; block < end; block++, sum += <usize>(tiles * PLACES) << 6) {
      const f = (block - group * ofGroup) * LANES;
      const to = dw + (<usize>((group * filters + f) * taps + firstTap) << 2);
      fromLanes(count, min(LANES, filters - f), sum, to, <usize>taps << 2);
    }
  }
}

/** Adds one tile of sums to another. */
function addTile(from: usize, to: usize): void {
  for (let i: usize = 0; i < <usize>(PLACES * LANES) << 2; i += 32) {
    const a = v128.load(to + i);
    const b = v128.load(to + i, 16);
    v128.store(to + i, f32x4.add(a, v128.load(from + i)));
    v128.store(to + i, f32x4.add(b, v128.load(from + i, 16)), 16);
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
