import { Optimizer, type OptimizerOptions, type Params, type UpdateRule } from "./optimizer.ts";

/** Settings of {@link SGD}. */
export interface SGDOptions extends OptimizerOptions {
  /** How much of its speed a weight keeps from step to step. */
  momentum: number;
  /** Whether to look ahead: measured as if the momentum had already moved the weight. */
  nesterov: boolean;
}

const sgd: UpdateRule<SGDOptions> = {
  name: "SGD",
  keeps: ({ momentum }) => (momentum === 0 ? [] : ["momentum_buffer"]),
  update(w, gradient, { momentum_buffer: velocity }, { lr, momentum, nesterov, weightDecay }) {
    for (let i = 0; i < w.length; i++) {
      const g = gradient[i] + weightDecay * w[i];
      if (!velocity) {
        w[i] -= lr * g;
      } else {
        velocity[i] = momentum * velocity[i] + g;
        w[i] -= lr * (nesterov ? g + momentum * velocity[i] : velocity[i]);
      }
    }
  },
};

/**
 * Stochastic gradient descent: down the slope, by default lr 0.001 (Robbins and Monro 1951), with
 * momentum (Polyak 1964) or Nesterov's (1983; in the form of Sutskever et al. 2013).
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(params: Params<SGDOptions>, options: Partial<SGDOptions> = {}) {
    super(sgd, params, { lr: 1e-3, momentum: 0, nesterov: false, weightDecay: 0 }, options);
    if (this.groups.some(({ nesterov, momentum }) => nesterov && momentum === 0))
      throw new RangeError("SGD: nesterov needs a momentum above 0");
  }
}

/** Settings of {@link Adagrad}. */
export interface AdagradOptions extends OptimizerOptions {
  /** The learning rate of step t is lr / (1 + (t - 1) · lrDecay). */
  lrDecay: number;
  /** Keeps the division away from 0. */
  eps: number;
}

const adagrad: UpdateRule<AdagradOptions> = {
  name: "Adagrad",
  keeps: () => ["sum"],
  update(w, gradient, { sum }, { lr, lrDecay, eps, weightDecay }, step) {
    const rate = lr / (1 + (step - 1) * lrDecay);
    for (let i = 0; i < w.length; i++) {
      const g = gradient[i] + weightDecay * w[i];
      sum[i] += g * g;
      w[i] -= (rate * g) / (Math.sqrt(sum[i]) + eps);
    }
  },
};

/**
 * Each weight's steps get shorter the more it has moved, by default from lr 0.01 (Duchi, Hazan
 * and Singer 2011).
 */
export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(params: Params<AdagradOptions>, options: Partial<AdagradOptions> = {}) {
    super(adagrad, params, { lr: 1e-2, lrDecay: 0, eps: 1e-10, weightDecay: 0 }, options);
  }
}

/** Settings of {@link RMSprop}. */
export interface RMSpropOptions extends OptimizerOptions {
  /** How much of the running averages stays from step to step. */
  alpha: number;
  /** Keeps the division away from 0. */
  eps: number;
  momentum: number;
  /** Whether to divide by the gradient's standard deviation instead of its root mean square. */
  centered: boolean;
}

const rmsprop: UpdateRule<RMSpropOptions> = {
  name: "RMSprop",
  keeps: ({ momentum, centered }) => [
    "square_avg",
    ...(centered ? ["grad_avg"] : []),
    ...(momentum > 0 ? ["momentum_buffer"] : []),
  ],
  update(w, gradient, { square_avg: square, grad_avg: mean, momentum_buffer: velocity }, options) {
    const { lr, alpha, eps, momentum, weightDecay } = options;
    for (let i = 0; i < w.length; i++) {
      const g = gradient[i] + weightDecay * w[i];
      square[i] = alpha * square[i] + (1 - alpha) * g * g;
      let spread = square[i];
      if (mean) {
        mean[i] = alpha * mean[i] + (1 - alpha) * g;
        // A variance that is 0 but for rounding may come out below.
        spread = Math.max(0, spread - mean[i] * mean[i]);
      }
      const change = g / (Math.sqrt(spread) + eps);
      if (velocity) velocity[i] = momentum * velocity[i] + change;
      w[i] -= lr * (velocity ? velocity[i] : change);
    }
  },
};

/**
 * Divides each gradient by the root of a running mean of its square, by default with lr 0.01
 * (Tieleman and Hinton, Coursera lecture 6.5, 2012).
 */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(params: Params<RMSpropOptions>, options: Partial<RMSpropOptions> = {}) {
    const defaults = { lr: 1e-2, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false };
    super(rmsprop, params, { ...defaults, weightDecay: 0 }, options);
  }
}

/** Settings of {@link Adam} and {@link AdamW}. */
export interface AdamOptions extends OptimizerOptions {
  /** How much of the running mean and of the running mean square stays at a step: 0.9 and 0.999. */
  betas: readonly [number, number];
  /** Keeps the division away from 0; 1e-8 by default. */
  eps: number;
}

/** One step of Adam; with `decoupled` the weight decay shrinks the weight, not the gradient. */
function adamRule(name: string, decoupled: boolean): UpdateRule<AdamOptions> {
  return {
    name,
    keeps: () => ["exp_avg", "exp_avg_sq"],
    update(w, gradient, { exp_avg: mean, exp_avg_sq: square }, options, step) {
      const { lr, betas, eps, weightDecay } = options;
      const [beta1, beta2] = betas;
      // The averages start at 0: early on they are too small by these factors.
      const grown1 = 1 - beta1 ** step;
      const grown2 = 1 - beta2 ** step;
      for (let i = 0; i < w.length; i++) {
        if (decoupled) w[i] -= lr * weightDecay * w[i];
        const g = decoupled ? gradient[i] : gradient[i] + weightDecay * w[i];
        mean[i] = beta1 * mean[i] + (1 - beta1) * g;
        square[i] = beta2 * square[i] + (1 - beta2) * g * g;
        w[i] -= ((lr / grown1) * mean[i]) / (Math.sqrt(square[i] / grown2) + eps);
      }
    },
  };
}

const ADAM = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8 } as const;
const adam = adamRule("Adam", false);
const adamW = adamRule("AdamW", true);

/**
 * Goes along the gradient's running mean, divided by its running size: steps of about lr, by
 * default 0.001, whatever the scale (Kingma and Ba 2014).
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(adam, params, { ...ADAM, weightDecay: 0 }, options);
  }
}

/**
 * Adam with its weight decay, by default 0.01, apart from the gradient, so that all weights
 * shrink alike (Loshchilov and Hutter 2017).
 */
export class AdamW extends Optimizer<AdamOptions> {
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(adamW, params, { ...ADAM, weightDecay: 1e-2 }, options);
  }
}
