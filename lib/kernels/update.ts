/** The optimizers' updates, in place: the rules of lib/src/optim, eight weights at a time. */
import { zero } from "./math";
import { loadSome, madd, splat, storeSome } from "./vector";

/**
 * Adam and AdamW. w, g, mean and square are addresses of n numbers. `rest` is 1 - beta, which is
 * not to be taken of a rounded beta; `rate` is lr / (1 - beta1^t), `grown` 1 / √(1 - beta2^t);
 * `shrink` is what AdamW multiplies weights with first, 1 for Adam.
 */
export function adam(
  n: i32,
  w: usize,
  g: usize,
  mean: usize,
  square: usize,
  rate: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  grown: f32,
  eps: f32,
  decay: f32,
  shrink: f32,
): void {
  const rates = splat(rate);
  const betas1 = splat(beta1);
  const rests1 = splat(rest1);
  const betas2 = splat(beta2);
  const rests2 = splat(rest2);
  const growns = splat(grown);
  const epss = splat(eps);
  const decays = splat(decay);
  const shrinks = splat(shrink);
  for (; n >= 8; n -= 8, w += 32, g += 32, mean += 32, square += 32) {
    const x0 = f32x4.mul(v128.load(w), shrinks);
    const x1 = f32x4.mul(v128.load(w, 16), shrinks);
    const g0 = madd(decays, x0, v128.load(g));
    const g1 = madd(decays, x1, v128.load(g, 16));
    const m0 = madd(betas1, v128.load(mean), f32x4.mul(rests1, g0));
    const m1 = madd(betas1, v128.load(mean, 16), f32x4.mul(rests1, g1));
    const s0 = madd(betas2, v128.load(square), f32x4.mul(f32x4.mul(rests2, g0), g0));
    const s1 = madd(betas2, v128.load(square, 16), f32x4.mul(f32x4.mul(rests2, g1), g1));
    const y0 = f32x4.sub(x0, f32x4.div(f32x4.mul(rates, m0), madd(f32x4.sqrt(s0), growns, epss)));
    const y1 = f32x4.sub(x1, f32x4.div(f32x4.mul(rates, m1), madd(f32x4.sqrt(s1), growns, epss)));
    v128.store(mean, m0);
    v128.store(mean, m1, 16);
    v128.store(square, s0);
    v128.store(square, s1, 16);
    v128.store(w, y0);
    v128.store(w, y1, 16);
  }
  for (; n > 0; n -= 4, w += 16, g += 16, mean += 16, square += 16) {
    const x = f32x4.mul(loadSome(w, n), shrinks);
    const slope = madd(decays, x, loadSome(g, n));
    const m = madd(betas1, loadSome(mean, n), f32x4.mul(rests1, slope));
    const s = madd(betas2, loadSome(square, n), f32x4.mul(f32x4.mul(rests2, slope), slope));
    storeSome(mean, m, n);
    storeSome(square, s, n);
    const size = madd(f32x4.sqrt(s), growns, epss);
    storeSome(w, f32x4.sub(x, f32x4.div(f32x4.mul(rates, m), size)), n);
  }
}

/** SGD: plain where `velocity` is 0, else with momentum, Nesterov's if told so. */
export function sgd(
  n: i32,
  w: usize,
  g: usize,
  velocity: usize,
  lr: f32,
  momentum: f32,
  decay: f32,
  nesterov: bool,
): void {
  if (velocity) return withMomentum(n, w, g, velocity, lr, momentum, decay, nesterov);
  const rates = splat(lr);
  const decays = splat(decay);
  for (; n >= 8; n -= 8, w += 32, g += 32) {
    const x0 = v128.load(w);
    const x1 = v128.load(w, 16);
    const y0 = f32x4.sub(x0, f32x4.mul(rates, madd(decays, x0, v128.load(g))));
    const y1 = f32x4.sub(x1, f32x4.mul(rates, madd(decays, x1, v128.load(g, 16))));
    v128.store(w, y0);
    v128.store(w, y1, 16);
  }
  for (; n > 0; n -= 4, w += 16, g += 16) {
    const x = loadSome(w, n);
    storeSome(w, f32x4.sub(x, f32x4.mul(rates, madd(decays, x, loadSome(g, n)))), n);
  }
}

function withMomentum(
  n: i32,
  w: usize,
  g: usize,
  velocity: usize,
  lr: f32,
  momentum: f32,
  decay: f32,
  nesterov: bool,
): void {
  const rates = splat(lr);
  const momentums = splat(momentum);
  const decays = splat(decay);
  const ahead = i32x4.splat(nesterov ? -1 : 0);
  for (; n >= 8; n -= 8, w += 32, g += 32, velocity += 32) {
    const x0 = v128.load(w);
    const x1 = v128.load(w, 16);
    const g0 = madd(decays, x0, v128.load(g));
    const g1 = madd(decays, x1, v128.load(g, 16));
    const v0 = madd(momentums, v128.load(velocity), g0);
    const v1 = madd(momentums, v128.load(velocity, 16), g1);
    const step0 = v128.bitselect(madd(momentums, v0, g0), v0, ahead);
    const step1 = v128.bitselect(madd(momentums, v1, g1), v1, ahead);
    const y0 = f32x4.sub(x0, f32x4.mul(rates, step0));
    const y1 = f32x4.sub(x1, f32x4.mul(rates, step1));
    v128.store(velocity, v0);
    v128.store(velocity, v1, 16);
    v128.store(w, y0);
    v128.store(w, y1, 16);
  }
  for (; n > 0; n -= 4, w += 16, g += 16, velocity += 16) {
    const x = loadSome(w, n);
    const slope = madd(decays, x, loadSome(g, n));
    const v = madd(momentums, loadSome(velocity, n), slope);
    storeSome(velocity, v, n);
    const step = v128.bitselect(madd(momentums, v, slope), v, ahead);
    storeSome(w, f32x4.sub(x, f32x4.mul(rates, step)), n);
  }
}

/** Adagrad; `rate` is that of this step. */
export function adagrad(
  n: i32,
  w: usize,
  g: usize,
  sum: usize,
  rate: f32,
  eps: f32,
  decay: f32,
): void {
  const rates = splat(rate);
  const epss = splat(eps);
  const decays = splat(decay);
  for (; n >= 8; n -= 8, w += 32, g += 32, sum += 32) {
    const x0 = v128.load(w);
    const x1 = v128.load(w, 16);
    const g0 = madd(decays, x0, v128.load(g));
    const g1 = madd(decays, x1, v128.load(g, 16));
    const s0 = madd(g0, g0, v128.load(sum));
    const s1 = madd(g1, g1, v128.load(sum, 16));
    const y0 = f32x4.sub(x0, f32x4.div(f32x4.mul(rates, g0), f32x4.add(f32x4.sqrt(s0), epss)));
    const y1 = f32x4.sub(x1, f32x4.div(f32x4.mul(rates, g1), f32x4.add(f32x4.sqrt(s1), epss)));
    v128.store(sum, s0);
    v128.store(sum, s1, 16);
    v128.store(w, y0);
    v128.store(w, y1, 16);
  }
  for (; n > 0; n -= 4, w += 16, g += 16, sum += 16) {
    const x = loadSome(w, n);
    const slope = madd(decays, x, loadSome(g, n));
    const s = madd(slope, slope, loadSome(sum, n));
    storeSome(sum, s, n);
    const size = f32x4.add(f32x4.sqrt(s), epss);
    storeSome(w, f32x4.sub(x, f32x4.div(f32x4.mul(rates, slope), size)), n);
  }
}

/**
 * RMSprop: with a running mean of the gradient where `mean` is not 0, with momentum where
 * `velocity` is not. Rarely wanted, and four weights at a time are enough. `rest` is 1 - alpha.
 */
export function rmsprop(
  n: i32,
  w: usize,
  g: usize,
  square: usize,
  mean: usize,
  velocity: usize,
  lr: f32,
  alpha: f32,
  rest: f32,
  eps: f32,
  momentum: f32,
  decay: f32,
): void {
  for (; n > 0; n -= 4, w += 16, g += 16, square += 16) {
    const x = loadSome(w, n);
    const slope = madd(splat(decay), x, loadSome(g, n));
    const share = f32x4.mul(f32x4.mul(splat(rest), slope), slope);
    const s = madd(splat(alpha), loadSome(square, n), share);
    storeSome(square, s, n);
    let spread = s;
    if (mean) {
      const m = madd(splat(alpha), loadSome(mean, n), f32x4.mul(splat(rest), slope));
      storeSome(mean, m, n);
      // A variance that is 0 but for rounding may come out below.
      spread = f32x4.max(zero(), f32x4.sub(s, f32x4.mul(m, m)));
      mean += 16;
    }
    let step = f32x4.div(slope, f32x4.add(f32x4.sqrt(spread), splat(eps)));
    if (velocity) {
      step = madd(splat(momentum), loadSome(velocity, n), step);
      storeSome(velocity, step, n);
      velocity += 16;
    }
    storeSome(w, f32x4.sub(x, f32x4.mul(splat(lr), step)), n);
  }
}
