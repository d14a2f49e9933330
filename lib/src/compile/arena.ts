import { aligned } from "../engine/wasm.ts";

/** A stretch of memory, and the first and the last step at which it is in use. */
export interface Region {
  bytes: number;
  first: number;
  last: number;
  address: number;
}

/**
 * Gives each region an address from `base` on, so that no two that are in use at the same time
 * overlap: the largest first, each at the lowest place that is free for as long as it is needed.
 * Returns how many bytes that takes.
 */
export function layOut(regions: readonly Region[], base: number): number {
  const placed: Region[] = [];
  let most = 0;
  for (const region of regions.toSorted((a, b) => b.bytes - a.bytes)) {
    const size = aligned(region.bytes);
    let address = base;
    // `placed` is kept in the order of addresses, so that gaps are met from below.
    for (const other of placed) {
      if (other.last < region.first || region.last < other.first) continue;
      if (other.address - address >= size) break;
      address = Math.max(address, other.address + aligned(other.bytes));
    }
    region.address = address;
    const at = placed.findIndex((other) => other.address > address);
    placed.splice(at < 0 ? placed.length : at, 0, region);
    most = Math.max(most, address + size - base);
  }
  return most;
}
