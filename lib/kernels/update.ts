/** The optimizers' updates, in place: the rules of lib/src/optim, four weights at a time. */
import { madd, splat } from "./vector";

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
  const end = w + (<usize>n << 2);
  const whole = w + (<usize>(n & ~3) << 2);
  while (w < whole) {
    let x = f32x4.mul(v128.load(w), splat(shrink));
    const slope = madd(splat(decay), x, v128.load(g));
    const m = madd(splat(beta1), v128.load(mean), f32x4.mul(splat(rest1), slope));
    const s = madd(splat(beta2), v128.load(square), f32x4.mul(f32x4.mul(splat(rest2), slope), slope));
    v128.store(mean, m);
    v128.store(square, s);
    const size = madd(f32x4.sqrt(s), splat(grown), splat(eps));
    x = f32x4.sub(x, f32x4.div(f32x4.mul(splat(rate), m), size));
    v128.store(w, x);
    w += 16;
    g += 16;
    mean += 16;
    square += 16;
  }
  while (w < end) {
    const x = load<f32>(w) * shrink;
    const slope = load<f32>(g) + decay * x;
    const m = beta1 * load<f32>(mean) + rest1 * slope;
    const s = beta2 * load<f32>(square) + rest2 * slope * slope;
    store<f32>(mean, m);
    store<f32>(square, s);
    store<f32>(w, x - (rate * m) / (sqrt<f32>(s) * grown + eps));
    w += 4;
    g += 4;
    mean += 4;
    square += 4;
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
  const end = w + (<usize>n << 2);
  const whole = w + (<usize>(n & ~3) << 2);
  while (w < whole) {
    const x = v128.load(w);
    let slope = madd(splat(decay), x, v128.load(g));
    if (velocity) {
      const speed = madd(splat(momentum), v128.load(velocity), slope);
      v128.store(velocity, speed);
      slope = nesterov ? madd(splat(momentum), speed, slope) : speed;
      velocity += 16;
    }
    v128.store(w, f32x4.sub(x, f32x4.mul(splat(lr), slope)));
    w += 16;
    g += 16;
  }
  while (w < end) {
    const x = load<f32>(w);
    let slope = load<f32>(g) + decay * x;
    if (velocity) {
      const speed = momentum * load<f32>(velocity) + slope;
      store<f32>(velocity, speed);
      slope = nesterov ? slope + momentum * speed : speed;
      velocity += 4;
    }
    store<f32>(w, x - lr * slope);
    w += 4;
    g += 4;
  }
}
