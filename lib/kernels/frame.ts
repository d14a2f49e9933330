/** Planes with a frame of zeros around them (or without their edges), so that nobody asks where an image ends. */
@unmanaged
export class Frame {
  /** The planes as they are. */
  planes: i32;
  height: i32;
  width: i32;
  /** How far down and to the right of the frame's corner they lie; never outside of it. */
  top: i32;
  left: i32;
  /** With the frame. */
  rows: i32;
  columns: i32;

  /** Whether the planes can be read where they are: there is no frame. */
  get open(): bool {
    return !this.top && !this.left && this.rows == this.height && this.columns == this.width;
  }

  /** Bytes of all planes with their frames. */
  get bytes(): usize {
    return <usize>(this.planes * this.rows * this.columns) << 2;
  }

  /** Copies the planes into a frame of zeros. What lies outside of it is left out. */
  copy(from: usize, to: usize): void {
    const length = max(0, min(this.width, this.columns - this.left));
    const lines = max(0, min(this.height, this.rows - this.top));
    const step = <usize>this.columns << 2;
    to += (<usize>(this.top * this.columns + this.left)) << 2;
    for (let plane = 0; plane < this.planes; plane++) {
      for (let y: usize = 0; y < <usize>lines; y++)
        copyLine(length, from + ((y * <usize>this.width) << 2), to + y * step);
      from += <usize>(this.height * this.width) << 2;
      to += <usize>this.rows * step;
    }
  }
}

/** memory.copy for few numbers: no call, and the last vector may overlap the one before. */
// @ts-ignore: decorator
@inline
export function copyLine(n: i32, from: usize, to: usize): void {
  if (n < 4) {
    for (let i: usize = 0; i < <usize>n; i++) store<f32>(to + (i << 2), load<f32>(from + (i << 2)));
    return;
  }
  const last = <usize>(n - 4) << 2;
  for (let i: usize = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
  v128.store(to + last, v128.load(from + last));
}
