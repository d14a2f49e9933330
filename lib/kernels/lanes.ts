/** Between planes, one row for each channel, and lanes, 16 channels side by side for each place. */
import { LANES } from "./tile";
import { transpose } from "./transpose";

/** to [n, 16] = n numbers of each of `lanes` rows, `row` bytes apart; the other lanes are 0. */
export function toLanes(n: i32, lanes: i32, from: usize, row: usize, to: usize): void {
  if (lanes < LANES) memory.fill(to, 0, <usize>n << 6);
  transpose(lanes, n, from, row, to, 64);
}

/**
 * The way back: `lanes` rows of n numbers each, `row` bytes apart, = from [n, 16]. Four rows at a
 * time: the rows of 16 may all lie so far apart that they push each other out of the cache.
 */
export function fromLanes(n: i32, lanes: i32, from: usize, to: usize, row: usize): void {
  for (let lane = 0; lane < lanes; lane += 4, from += 16, to += 4 * row)
    transpose(n, min(4, lanes - lane), from, 64, to, row);
}
