/**
 * Numbers that are the same in every framework and language: the n-th number of a series is a hash
 * of n and the series. pytorch.py has the same two functions.
 */

/** A 32-bit hash without bias (C. Wellons's "lowbias32"). */
function hash(n: number): number {
  let x = n >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Where a series begins: far from all others. */
const start = (series: number): number => Math.imul(series, 0x9e3779b9);

/** `count` numbers of a series, uniform in [-bound, bound). */
export function uniform(series: number, count: number, bound = 1): Float32Array {
  const from = start(series);
  return Float32Array.from({ length: count }, (_, i) => bound * (hash(from + i) / 2 ** 31 - 1));
}

/** `count` whole numbers of a series, from 0 to below `end`. */
export function integers(series: number, count: number, end: number): Int32Array {
  const from = start(series);
  return Int32Array.from({ length: count }, (_, i) => Math.floor((hash(from + i) / 2 ** 32) * end));
}
