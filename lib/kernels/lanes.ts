/** Between planes, one row for each channel, and lanes, 16 channels side by side for each place. */
import { LANES } from "./tile";

/** to [n, 16] = the first n numbers of each of `lanes` rows, `row` bytes apart; other lanes are 0. */
export function toLanes(n: i32, lanes: i32, from: usize, row: usize, to: usize): void {
  if (lanes < LANES) memory.fill(to, 0, <usize>n << 6);
  for (let lane = 0; lane < lanes; lane += 4, from += row << 2, to += 16) {
    const rows = min(4, lanes - lane);
    let i = 0;
    if (rows == 4)
      for (; i + 4 <= n; i += 4) {
        const at = from + (<usize>i << 2);
        transpose(at, row, to + (<usize>i << 6), 64);
      }
    for (; i < n; i++)
      for (let r = 0; r < rows; r++)
        store<f32>(
          to + (<usize>i << 6) + (<usize>r << 2),
          load<f32>(from + <usize>r * row + (<usize>i << 2)),
        );
  }
}

/** The way back: `lanes` rows of n numbers each, `row` bytes apart, = from [n, 16]. */
export function fromLanes(n: i32, lanes: i32, from: usize, to: usize, row: usize): void {
  for (let lane = 0; lane < lanes; lane += 4, from += 16, to += row << 2) {
    const rows = min(4, lanes - lane);
    let i = 0;
    if (rows == 4)
      for (; i + 4 <= n; i += 4) {
        const at = to + (<usize>i << 2);
        transpose(from + (<usize>i << 6), 64, at, row);
      }
    for (; i < n; i++)
      for (let r = 0; r < rows; r++)
        store<f32>(
          to + <usize>r * row + (<usize>i << 2),
          load<f32>(from + (<usize>i << 6) + (<usize>r << 2)),
        );
  }
}

/** Four rows of four numbers become four columns. */
// @ts-ignore: decorator
@inline
function transpose(from: usize, fromRow: usize, to: usize, toRow: usize): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + fromRow);
  const x2 = v128.load(from + 2 * fromRow);
  const x3 = v128.load(from + 3 * fromRow);
  const y0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const y1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const y2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const y3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(y0, y2, 0, 2));
  v128.store(to + toRow, v128.shuffle<f64>(y0, y2, 1, 3));
  v128.store(to + 2 * toRow, v128.shuffle<f64>(y1, y3, 0, 2));
  v128.store(to + 3 * toRow, v128.shuffle<f64>(y1, y3, 1, 3));
}
