/**
 * Norms: each row less its mean, over its standard deviation, and the gradient of that. A row may
 * lie in pieces, one in each image of a batch, as the numbers of a channel do.
 *
 * The mean is taken twice. What is left of each number when the first mean is taken off is exact,
 * or nearly, however large the mean; of that the mean is the first one's error, and the squares
 * give the variance without a difference of large numbers.
 */
import { zero } from "./math";
import { low } from "./reduce";
import { first, PART } from "./rows";
import { loadSome, madd, storeSome } from "./vector";

// In scratch: the lanes of two sums, eight and eight, then both sums as doubles.
const ONE: usize = 64;
const TWO: usize = 72;

/** The first sum: of x. */
function addUp(n: i32, x: usize, lanes: usize): void {
  let s0 = zero();
  let s1 = zero();
  for (; n >= 8; n -= 8, x += 32) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  for (; n > 0; n -= 4, x += 16) v128.store(lanes, f32x4.add(v128.load(lanes), loadSome(x, n)));
}

/** Both sums: of x - shift and of its square. */
function addMoments(n: i32, x: usize, shift: f32, lanes: usize): void {
  const middle = f32x4.splat(shift);
  let s0 = zero();
  let s1 = zero();
  let q0 = zero();
  let q1 = zero();
  for (; n >= 8; n -= 8, x += 32) {
    const d0 = f32x4.sub(v128.load(x), middle);
    const d1 = f32x4.sub(v128.load(x, 16), middle);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    q0 = madd(d0, d0, q0);
    q1 = madd(d1, d1, q1);
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  v128.store(lanes, q0, 32);
  v128.store(lanes, q1, 48);
  for (; n > 0; n -= 4, x += 16) {
    const d = v128.and(f32x4.sub(loadSome(x, n), middle), first(n));
    v128.store(lanes, f32x4.add(v128.load(lanes), d));
    v128.store(lanes, madd(d, d, v128.load(lanes, 32)), 32);
  }
}

/** Both sums: of g and of g (x - shift). */
function addProducts(n: i32, g: usize, x: usize, shift: f32, lanes: usize): void {
  const middle = f32x4.splat(shift);
  let s0 = zero();
  let s1 = zero();
  let q0 = zero();
  let q1 = zero();
  for (; n >= 8; n -= 8, g += 32, x += 32) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    s0 = f32x4.add(s0, g0);
    s1 = f32x4.add(s1, g1);
    q0 = madd(g0, f32x4.sub(v128.load(x), middle), q0);
    q1 = madd(g1, f32x4.sub(v128.load(x, 16), middle), q1);
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  v128.store(lanes, q0, 32);
  v128.store(lanes, q1, 48);
  for (; n > 0; n -= 4, g += 16, x += 16) {
    const some = loadSome(g, n);
    v128.store(lanes, f32x4.add(v128.load(lanes), some));
    v128.store(lanes, madd(some, f32x4.sub(loadSome(x, n), middle), v128.load(lanes, 32)), 32);
  }
}

/** Eight lanes added up. */
function across(lanes: usize): f64 {
  const even = f64x2.add(low(lanes, 0), low(lanes, 8));
  const odd = f64x2.add(low(lanes, 16), low(lanes, 24));
  const both = f64x2.add(even, odd);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

const UP: i32 = 0;
const MOMENTS: i32 = 1;
const PRODUCTS: i32 = 2;

/** Both sums over all pieces of a row. */
function sums(
  kind: i32,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  g: usize,
  x: usize,
  shift: f32,
  lanes: usize,
): void {
  let one: f64 = 0;
  let two: f64 = 0;
  for (; pieces > 0; pieces--, x += pieceStep, g += pieceStep)
    for (let i = 0; i < length; i += PART) {
      const n = min(PART, length - i);
      const at = <usize>i << 2;
      if (kind == UP) addUp(n, x + at, lanes);
      else {
        if (kind == MOMENTS) addMoments(n, x + at, shift, lanes);
        else addProducts(n, g + at, x + at, shift, lanes);
        two += across(lanes + 32);
      }
      one += across(lanes);
    }
  store<f64>(lanes, one, ONE);
  store<f64>(lanes, two, TWO);
}

/** out = (x - shift) a + b. */
function standardize(n: i32, x: usize, shift: f32, a: f32, b: f32, out: usize): void {
  const middle = f32x4.splat(shift);
  const as = f32x4.splat(a);
  const bs = f32x4.splat(b);
  for (; n >= 8; n -= 8, x += 32, out += 32) {
    const y0 = madd(f32x4.sub(v128.load(x), middle), as, bs);
    const y1 = madd(f32x4.sub(v128.load(x, 16), middle), as, bs);
    v128.store(out, y0);
    v128.store(out, y1, 16);
  }
  for (; n > 0; n -= 4, x += 16, out += 16)
    storeSome(out, madd(f32x4.sub(loadSome(x, n), middle), as, bs), n);
}

/** out = (g - gShift) a + (x - shift) b + c. */
function standardizeGradient(
  n: i32,
  g: usize,
  gShift: f32,
  a: f32,
  x: usize,
  shift: f32,
  b: f32,
  c: f32,
  out: usize,
): void {
  const gMiddle = f32x4.splat(gShift);
  const as = f32x4.splat(a);
  const middle = f32x4.splat(shift);
  const bs = f32x4.splat(b);
  const cs = f32x4.splat(c);
  for (; n >= 8; n -= 8, g += 32, x += 32, out += 32) {
    const y0 = madd(f32x4.sub(v128.load(x), middle), bs, cs);
    const y1 = madd(f32x4.sub(v128.load(x, 16), middle), bs, cs);
    const z0 = madd(f32x4.sub(v128.load(g), gMiddle), as, y0);
    const z1 = madd(f32x4.sub(v128.load(g, 16), gMiddle), as, y1);
    v128.store(out, z0);
    v128.store(out, z1, 16);
  }
  for (; n > 0; n -= 4, g += 16, x += 16, out += 16) {
    const y = madd(f32x4.sub(loadSome(x, n), middle), bs, cs);
    storeSome(out, madd(f32x4.sub(loadSome(g, n), gMiddle), as, y), n);
  }
}

/**
 * Each row less its mean, over its standard deviation; not centered, over its root mean square. A
 * row is so many pieces of `length` numbers; rows and pieces lie so many bytes apart.
 */
export function normalize(
  rows: i32,
  rowStep: usize,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  eps: f64,
  centered: bool,
  x: usize,
  out: usize,
  lanes: usize,
): void {
  const n = <f64>(pieces * length);
  for (; rows > 0; rows--, x += rowStep, out += rowStep) {
    let shift: f32 = 0;
    if (centered) {
      sums(UP, pieces, pieceStep, length, x, x, 0, lanes);
      shift = <f32>(load<f64>(lanes, ONE) / n);
    }
    sums(MOMENTS, pieces, pieceStep, length, x, x, shift, lanes);
    const rest = centered ? load<f64>(lanes, ONE) / n : 0;
    const spread = load<f64>(lanes, TWO) / n - rest * rest;
    if (!isPlain(spread, eps)) {
      exactly(pieces, pieceStep, length, eps, centered, 0, x, out, lanes);
      continue;
    }
    const scale = 1 / sqrt<f64>(spread + eps);
    for (let p = 0; p < pieces; p++) {
      const at = <usize>p * pieceStep;
      standardize(length, x + at, shift, <f32>scale, <f32>(-rest * scale), out + at);
    }
  }
}

/**
 * From the gradient g for the normalized y that for x: (g - mean of g - y times the mean of g y),
 * over the standard deviation.
 */
export function normalizeGradient(
  rows: i32,
  rowStep: usize,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  eps: f64,
  centered: bool,
  g: usize,
  x: usize,
  out: usize,
  lanes: usize,
): void {
  const n = <f64>(pieces * length);
  for (; rows > 0; rows--, g += rowStep, x += rowStep, out += rowStep) {
    let shift: f32 = 0;
    if (centered) {
      sums(UP, pieces, pieceStep, length, x, x, 0, lanes);
      shift = <f32>(load<f64>(lanes, ONE) / n);
    }
    sums(MOMENTS, pieces, pieceStep, length, x, x, shift, lanes);
    const rest = centered ? load<f64>(lanes, ONE) / n : 0;
    const spread = load<f64>(lanes, TWO) / n - rest * rest;
    sums(PRODUCTS, pieces, pieceStep, length, g, x, shift, lanes);
    const all = load<f64>(lanes, ONE);
    const along = (load<f64>(lanes, TWO) - rest * all) / n;
    if (!isPlain(spread, eps) || !(abs<f64>(along) < 1e30)) {
      exactly(pieces, pieceStep, length, eps, centered, g, x, out, lanes);
      continue;
    }
    const scale = 1 / sqrt<f64>(spread + eps);
    const mean = centered ? all / n : 0;
    const tilt = -along * scale * scale * scale;
    const gShift = <f32>mean;
    const offset = <f32>(-tilt * rest - scale * (mean - <f64>gShift));
    const a = <f32>scale;
    const b = <f32>tilt;
    for (let p = 0; p < pieces; p++) {
      const at = <usize>p * pieceStep;
      standardizeGradient(length, g + at, gShift, a, x + at, shift, b, offset, out + at);
    }
  }
}

/**
 * The mean of each row, and `channels` numbers behind it its variance: [2, channels].
 */
export function moments(
  rows: i32,
  rowStep: usize,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  channels: i32,
  x: usize,
  out: usize,
  lanes: usize,
): void {
  for (; rows > 0; rows--, x += rowStep, out += 4) {
    measure(pieces, pieceStep, length, x, lanes);
    store<f32>(out, <f32>load<f64>(lanes, ONE));
    store<f32>(out + (<usize>channels << 2), <f32>load<f64>(lanes, TWO));
  }
}

/** The mean of a row and its variance, dividing by n, in the places of the two sums. */
function measure(pieces: i32, pieceStep: usize, length: i32, x: usize, lanes: usize): void {
  const n = <f64>(pieces * length);
  sums(UP, pieces, pieceStep, length, x, x, 0, lanes);
  const shift = <f32>(load<f64>(lanes, ONE) / n);
  sums(MOMENTS, pieces, pieceStep, length, x, x, shift, lanes);
  const rest = load<f64>(lanes, ONE) / n;
  const mean = <f64>shift + rest;
  const spread = load<f64>(lanes, TWO) / n - rest * rest;
  if (!isPlain(spread, 0)) return measureInDoubles(pieces, pieceStep, length, true, x, lanes);
  store<f64>(lanes, mean, ONE);
  store<f64>(lanes, spread, TWO);
}

/** The same slowly, for numbers whose squares no float can hold. */
function measureInDoubles(
  pieces: i32,
  pieceStep: usize,
  length: i32,
  centered: bool,
  x: usize,
  lanes: usize,
): void {
  const n = pieces * length;
  let mean: f64 = 0;
  let spread: f64 = 0;
  if (centered)
    for (let i = 0; i < n; i++) mean += <f64>load<f32>(x + place(i, pieceStep, length));
  mean /= n;
  for (let i = 0; i < n; i++) {
    const away = <f64>load<f32>(x + place(i, pieceStep, length)) - mean;
    spread += away * away;
  }
  store<f64>(lanes, mean, ONE);
  store<f64>(lanes, spread / n, TWO);
}

/** The variance of each row, times `scale`: n / (n - correction); or its root. */
export function variance(
  rows: i32,
  width: i32,
  scale: f64,
  root: bool,
  x: usize,
  out: usize,
  lanes: usize,
): void {
  for (; rows > 0; rows--, x += <usize>width << 2, out += 4) {
    measure(1, 0, width, x, lanes);
    const spread = load<f64>(lanes, TWO) * scale;
    store<f32>(out, <f32>(root ? sqrt<f64>(spread) : spread));
  }
}

/** 1 over the standard deviation of a row, from its variance. */
// @ts-ignore: decorator
@inline
function scaleOf(moment: usize, channels: i32, eps: f64): f64 {
  return 1 / sqrt<f64>(<f64>load<f32>(moment + (<usize>channels << 2)) + eps);
}

/** Each row less its mean, over its standard deviation, times its weight, plus its bias. */
export function batchNorm(
  rows: i32,
  rowStep: usize,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  channels: i32,
  eps: f64,
  x: usize,
  moment: usize,
  weight: usize,
  bias: usize,
  out: usize,
): void {
  for (; rows > 0; rows--, x += rowStep, moment += 4, weight += 4, bias += 4, out += rowStep) {
    const a = <f32>(scaleOf(moment, channels, eps) * <f64>load<f32>(weight));
    for (let p = 0; p < pieces; p++) {
      const at = <usize>p * pieceStep;
      standardize(length, x + at, load<f32>(moment), a, load<f32>(bias), out + at);
    }
  }
}

/** For each row the sum of g and that of g y, y being the row normalized: [2, channels]. */
export function channelSums(
  rows: i32,
  rowStep: usize,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  channels: i32,
  eps: f64,
  g: usize,
  x: usize,
  moment: usize,
  out: usize,
  lanes: usize,
): void {
  for (; rows > 0; rows--, g += rowStep, x += rowStep, moment += 4, out += 4) {
    sums(PRODUCTS, pieces, pieceStep, length, g, x, load<f32>(moment), lanes);
    store<f32>(out, <f32>load<f64>(lanes, ONE));
    const along = load<f64>(lanes, TWO) * scaleOf(moment, channels, eps);
    store<f32>(out + (<usize>channels << 2), <f32>along);
  }
}

/** What reaches x from a gradient g, with the two sums of g: see {@link normalizeGradient}. */
export function batchNormGradient(
  rows: i32,
  rowStep: usize,
  pieces: i32,
  pieceStep: usize,
  length: i32,
  channels: i32,
  eps: f64,
  g: usize,
  x: usize,
  moment: usize,
  sum: usize,
  weight: usize,
  out: usize,
): void {
  const n = <f64>(pieces * length);
  for (let row = 0; row < rows; row++, g += rowStep, x += rowStep, out += rowStep) {
    const i = <usize>row << 2;
    const scale = scaleOf(moment + i, channels, eps);
    const slope = scale * <f64>load<f32>(weight + i);
    const along = <f64>load<f32>(sum + i + (<usize>channels << 2)) / n;
    const gMean = <f64>load<f32>(sum + i) / n;
    const gShift = <f32>gMean;
    const shift = load<f32>(moment + i);
    const a = <f32>slope;
    const b = <f32>(-slope * scale * along);
    const c = <f32>(slope * (<f64>gShift - gMean));
    for (let p = 0; p < pieces; p++) {
      const at = <usize>p * pieceStep;
      standardizeGradient(length, g + at, gShift, a, x + at, shift, b, c, out + at);
    }
  }
}

/** Whether squares of such numbers are neither too large for a float nor too small. */
// @ts-ignore: decorator
@inline
function isPlain(spread: f64, eps: f64): bool {
  return spread < 1e30 && spread + eps > 1e-25;
}

/** Rows that are not plain, all in double precision; with a g its gradient. */
function exactly(
  pieces: i32,
  pieceStep: usize,
  length: i32,
  eps: f64,
  centered: bool,
  g: usize,
  x: usize,
  out: usize,
  lanes: usize,
): void {
  measureInDoubles(pieces, pieceStep, length, centered, x, lanes);
  const n = pieces * length;
  const mean = load<f64>(lanes, ONE);
  const scale = 1 / sqrt<f64>(load<f64>(lanes, TWO) + eps);
  let gMean: f64 = 0;
  let along: f64 = 0;
  if (g)
    for (let i = 0; i < n; i++) {
      const at = place(i, pieceStep, length);
      if (centered) gMean += <f64>load<f32>(g + at);
      along += <f64>load<f32>(g + at) * (<f64>load<f32>(x + at) - mean) * scale;
    }
  gMean /= n;
  along /= n;
  for (let i = 0; i < n; i++) {
    const at = place(i, pieceStep, length);
    const y = (<f64>load<f32>(x + at) - mean) * scale;
    store<f32>(out + at, <f32>(g ? (<f64>load<f32>(g + at) - gMean - y * along) * scale : y));
  }
}

// @ts-ignore: decorator
@inline
function place(i: i32, pieceStep: usize, length: i32): usize {
  return <usize>(i / length) * pieceStep + (<usize>(i % length) << 2);
}
