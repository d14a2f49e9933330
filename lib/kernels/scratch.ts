/** Pieces of the scratch that a kernel is given. */

/** Where the next piece begins; each thread has its own. */
let free: usize = 0;

/** From here on, all is free. */
export function takeFrom(at: usize): void {
  free = at;
}

/** So many bytes, from the start of a line of the cache on. */
export function take(bytes: usize): usize {
  const at = (free + 63) & ~63;
  free = at + bytes;
  return at;
}

export function takeZeros(bytes: usize): usize {
  const at = take(bytes);
  memory.fill(at, 0, bytes);
  return at;
}
