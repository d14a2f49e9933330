/** What the three convolutions have in common: sizes, and the lists of places for tile.ts. */
import { Frame } from "./frame";
import { take } from "./scratch";
import { LANES, PLACES } from "./tile";

/** Up to so many filters, or channels, the lanes are for places: line.ts. */
export const FEW: i32 = 4;

/** The sizes of a convolution; an object laid out by the caller, one i32 after the other. */
@unmanaged
export class Conv {
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

export function blocksOf(lanes: i32): i32 {
  return (lanes + LANES - 1) / LANES;
}

export function tilesOf(places: i32): i32 {
  return (places + PLACES - 1) / PLACES;
}

/** Adds a place to a list, and says where the next one goes. */
// @ts-ignore: decorator
@inline
export function put(list: usize, from: i32, to: i32): usize {
  store<i32>(list, from << 2);
  store<i32>(list, to << 6, 4);
  return list + 8;
}

/** Fills the list's last tile with repetitions that are stored where nobody looks. */
export function fillUp(list: usize, count: i32, nowhere: i32): void {
  for (; count % PLACES; count++) list = put(list, 0, nowhere);
}

/** The images, with the zeros around them that the filters see. */
export function imageFrame(s: Conv, planes: i32): Frame {
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

/** Where in the frame a tap looks, from where its filter begins. */
// @ts-ignore: decorator
@inline
export function tapAt(s: Conv, frame: Frame, channel: i32, ky: i32, kx: i32): i32 {
  return (channel * frame.rows + ky * s.dilationY) * frame.columns + kx * s.dilationX;
}

/** Where in the frame a filter begins, for a place of the result. */
// @ts-ignore: decorator
@inline
export function placeAt(s: Conv, frame: Frame, y: i32, x: i32): i32 {
  return y * s.strideY * frame.columns + x * s.strideX;
}
