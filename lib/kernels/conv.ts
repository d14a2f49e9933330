/**
 * Convolution as a matrix product: what each place of the result looks at is laid out as one
 * column ("im2col", Chellapilla, Puri and Simard 2006), so that the filters, one a row, times the
 * columns is the result. Both gradients are products of the same three matrices.
 */
import { gemm, gemmScratch } from "./gemm";

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

  /** Numbers of x that each place of the result looks at: rows of the columns. */
  get rows(): i32 {
    return (this.channels / this.groups) * this.kernelHeight * this.kernelWidth;
  }
  get places(): i32 {
    return this.outHeight * this.outWidth;
  }
  get filtersOfGroup(): i32 {
    return this.filters / this.groups;
  }
  /** Bytes from one group to the next, in x, in the filters and in the result. */
  get xStep(): usize {
    return <usize>((this.channels / this.groups) * this.height * this.width) << 2;
  }
  get wStep(): usize {
    return <usize>(this.filtersOfGroup * this.rows) << 2;
  }
  get outStep(): usize {
    return <usize>(this.filtersOfGroup * this.places) << 2;
  }
}

/** out [batch, filters, …] = filters w [filters, channels / groups, …] over x [batch, channels, …]. */
export function convForward(at: usize, x: usize, w: usize, out: usize, scratch: usize): void {
  const s = changetype<Conv>(at);
  const columns = scratch + gemmScratch();
  const filters = s.filtersOfGroup;
  const rows = s.rows;
  const places = s.places;
  for (let i = 0; i < s.batch * s.groups; i++, x += s.xStep, out += s.outStep) {
    const own = w + <usize>(i % s.groups) * s.wStep;
    im2col(s, x, columns);
    gemm(filters, places, rows, own, rows, 1, columns, places, 1, out, places, false, scratch);
  }
}

/** dx = the gradient of x, from that of the result. dx is overwritten. */
export function convInput(at: usize, g: usize, w: usize, dx: usize, scratch: usize): void {
  const s = changetype<Conv>(at);
  const columns = scratch + gemmScratch();
  const filters = s.filtersOfGroup;
  const rows = s.rows;
  const places = s.places;
  memory.fill(dx, 0, s.xStep * <usize>(s.batch * s.groups));
  for (let i = 0; i < s.batch * s.groups; i++, dx += s.xStep, g += s.outStep) {
    const own = w + <usize>(i % s.groups) * s.wStep;
    gemm(rows, places, filters, own, 1, rows, g, places, 1, columns, places, false, scratch);
    col2im(s, columns, dx);
  }
}

/** dw = the gradient of the filters, from that of the result. dw is overwritten. */
export function convWeight(at: usize, x: usize, g: usize, dw: usize, scratch: usize): void {
  const s = changetype<Conv>(at);
  const columns = scratch + gemmScratch();
  const filters = s.filtersOfGroup;
  const rows = s.rows;
  const places = s.places;
  for (let i = 0; i < s.batch * s.groups; i++, x += s.xStep, g += s.outStep) {
    const own = dw + <usize>(i % s.groups) * s.wStep;
    im2col(s, x, columns);
    gemm(filters, rows, places, g, places, 1, columns, 1, places, own, rows, i >= s.groups, scratch);
  }
}

/** One group of one picture as columns: row (channel, y, x of the filter), column (place). */
function im2col(s: Conv, x: usize, columns: usize): void {
  const channels = s.channels / s.groups;
  for (let c = 0; c < channels; c++, x += <usize>(s.height * s.width) << 2)
    for (let ky = 0; ky < s.kernelHeight; ky++)
      for (let kx = 0; kx < s.kernelWidth; kx++)
        for (let oy = 0; oy < s.outHeight; oy++) {
          const y = oy * s.strideY - s.padY + ky * s.dilationY;
          const to = columns;
          columns += <usize>s.outWidth << 2;
          if (y < 0 || y >= s.height) {
            memory.fill(to, 0, <usize>s.outWidth << 2);
            continue;
          }
          const line = x + (<usize>(y * s.width) << 2);
          const start = kx * s.dilationX - s.padX;
          if (s.strideX == 1) {
            // Neighbors stay neighbors: zeros, a run of the line, zeros.
            const left = min(max(-start, 0), s.outWidth);
            const right = max(min(s.width - start, s.outWidth), left);
            memory.fill(to, 0, <usize>left << 2);
            memory.copy(to + (<usize>left << 2), line + (<usize>(start + left) << 2), <usize>(right - left) << 2);
            memory.fill(to + (<usize>right << 2), 0, <usize>(s.outWidth - right) << 2);
          } else
            for (let ox = 0; ox < s.outWidth; ox++) {
              const at = start + ox * s.strideX;
              store<f32>(to + (<usize>ox << 2), at >= 0 && at < s.width ? load<f32>(line + (<usize>at << 2)) : 0);
            }
        }
}

/** The way back: every number of the columns added where {@link im2col} took it from. */
function col2im(s: Conv, columns: usize, x: usize): void {
  const channels = s.channels / s.groups;
  for (let c = 0; c < channels; c++, x += <usize>(s.height * s.width) << 2)
    for (let ky = 0; ky < s.kernelHeight; ky++)
      for (let kx = 0; kx < s.kernelWidth; kx++)
        for (let oy = 0; oy < s.outHeight; oy++) {
          const y = oy * s.strideY - s.padY + ky * s.dilationY;
          const from = columns;
          columns += <usize>s.outWidth << 2;
          if (y < 0 || y >= s.height) continue;
          const line = x + (<usize>(y * s.width) << 2);
          const start = kx * s.dilationX - s.padX;
          for (let ox = 0; ox < s.outWidth; ox++) {
            const at = start + ox * s.strideX;
            if (at < 0 || at >= s.width) continue;
            const to = line + (<usize>at << 2);
            store<f32>(to, load<f32>(to) + load<f32>(from + (<usize>ox << 2)));
          }
        }
}
