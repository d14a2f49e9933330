import * as f from "../src/functional/index.ts";
import { oneHot, Rng, samplingProbabilities, stack, type Tensor, tensor } from "../src/index.ts";
import * as ops from "../src/ops/index.ts";

/** Something to try a property on: a shape of 1 to 3 axes, and all that is drawn from a seed. */
export class Draw {
  readonly shape: readonly number[];
  readonly rng: Rng;
  /** Numbers of that shape. */
  readonly x: Tensor;
  /** One of its axes, and how long that is. */
  readonly axis: number;
  readonly length: number;

  constructor(shape: readonly number[], seed: number) {
    this.shape = shape;
    this.rng = new Rng(seed);
    this.x = this.rng.normal(shape);
    this.axis = this.whole(shape.length);
    this.length = shape[this.axis];
  }

  readonly whole = (below: number): number => this.rng.integer(0, below);
  readonly normal = (...shape: number[]): Tensor => this.rng.normal(shape);
  readonly positive = (...shape: readonly number[]): Tensor => this.rng.uniform(shape, 0.5, 2);
  readonly integers = (below: number, ...shape: readonly number[]): Tensor =>
    this.rng.uniform(shape, 0, below).to("int32");

  /** x's shape with another length along the axis. */
  readonly resized = (length: number): number[] => this.shape.with(this.axis, length);

  /** Something that broadcasts to x: some axes of size 1, some of the first left away. */
  smaller(): Tensor {
    const shape = this.shape.map((size) => (this.whole(2) ? size : 1));
    return this.positive(...shape.slice(this.whole(shape.length + 1)));
  }

  /** Images, kernels that fit them, and how they are laid on. */
  images(groups = 1) {
    const options = {
      stride: [1 + this.whole(2), 1] as const,
      padding: [this.whole(2), this.whole(2)] as const,
      dilation: [1, 1 + this.whole(2)] as const,
      groups,
    };
    const channels = 1 + this.whole(2);
    const x = this.normal(1 + this.whole(2), groups * channels, 5, 5 + this.whole(2));
    return { x, weight: this.normal(groups, channels, 2, 1 + this.whole(2)), options };
  }
}

/** Two ways to the same numbers. */
export type Property = (d: Draw) => readonly [Tensor, Tensor];

const upTo = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** Broadcasting is repeating, and where two are swapped, so are the results. */
function pairwise(run: (a: Tensor, b: Tensor) => Tensor): Property {
  return (d) => {
    const [a, b] = [d.positive(...d.shape), d.smaller()];
    const large = b.expand(d.shape);
    return [stack([run(a, b), run(b, a)]), stack([run(a, large), run(large, a)])];
  };
}

/** Taking away one axis after another takes away all. */
function oneByOne(run: (x: Tensor, axis?: number) => Tensor): Property {
  return ({ x }) => [run(x), x.shape.reduce((left: Tensor) => run(left, 0), x)];
}

/** What f does along an axis, done to each line by itself. */
function byLine(run: (x: Tensor, axis: number) => Tensor): Property {
  return ({ x, axis }) => {
    const lines = x.swapAxes(axis, -1);
    const rows = lines.reshape([-1, lines.shape[x.rank - 1]]);
    const done = stack([...rows].map((row) => run(row, 0)));
    return [run(x, axis), done.reshape(lines.shape).swapAxes(axis, -1)];
  };
}

/** The shape stays, and each number is worked out alone: any order gives the same. */
function alone(run: (x: Tensor) => Tensor): Property {
  return ({ x, rng }) => {
    const order = rng.permutation(x.size);
    return [run(x).flatten().take(order), run(x.flatten().take(order))];
  };
}

/** <A x, y> = <x, Aᵀ y> */
function adjoint(ax: Tensor, y: Tensor, x: Tensor, aty: Tensor): readonly [Tensor, Tensor] {
  return [ax.mul(y).sum(), x.mul(aty).sum()];
}

/** What a loss makes of the losses of many. */
function loss(run: (a: Tensor, b: Tensor, reduction: "mean" | "sum" | "none") => Tensor): Property {
  return (d) => {
    const target = d.rng.uniform(d.shape);
    const each = run(d.x, target, "none");
    const both = [run(d.x, target, "sum"), run(d.x, target, "mean")];
    return [stack(both), stack([each.sum(), each.mean()])];
  };
}

/** The largest of each window is that of its parts: pooling twice is pooling once with a larger window. */
function poolsTwice(pool: (x: Tensor, size: number) => Tensor, places: number): Property {
  return (d) => {
    const x = d.normal(2, 2, ...Array.from({ length: places }, () => 12));
    return [pool(pool(x, 2), 3), pool(x, 6)];
  };
}

/** Windows of equal size are those of the ordinary pool. */
function adapts(
  adaptive: (x: Tensor, outputSize: number) => Tensor,
  pool: (x: Tensor, size: number) => Tensor,
  places: number,
): Property {
  return (d) => {
    const size = 1 + d.whole(3);
    const x = d.normal(2, 2, ...Array.from({ length: places }, () => 3 * size));
    return [adaptive(x, 3), pool(x, size)];
  };
}

/** One property of each operation, tried on random shapes and numbers. */
export const properties: Readonly<Record<string, Property>> = {
  neg: ({ x }) => [x.neg().neg(), x],
  abs: ({ x }) => [x.abs().mul(x.sign()), x],
  sign: ({ x }) => [x.neg().sign(), x.sign().neg()],
  sqrt: ({ x }) => [x.mul(x).sqrt(), x.abs()],
  exp: ({ x }) => [x.exp().mul(x.neg().exp()), x.mul(0).add(1)],
  log: ({ x }) => [x.exp().log(), x],
  sin: ({ x }) => [x.add(x).sin(), x.sin().mul(x.cos()).mul(2)],
  cos: ({ x }) => [x.cos().mul(x.cos()).add(x.sin().mul(x.sin())), x.mul(0).add(1)],
  erf: ({ x }) => [x.neg().erf(), x.erf().neg()],
  tanh: ({ x }) => [x.tanh(), x.mul(2).sigmoid().mul(2).sub(1)],
  sigmoid: ({ x }) => [x.sigmoid().add(x.neg().sigmoid()), x.mul(0).add(1)],
  relu: ({ x }) => [x.relu().sub(x.neg().relu()), x],
  leakyRelu: ({ x }) => [x.leakyRelu(0.1), x.relu().sub(x.neg().relu().mul(0.1))],
  gelu: ({ x }) => [x.gelu().sub(x.neg().gelu()), x],
  silu: ({ x }) => [x.silu().sub(x.neg().silu()), x],
  softplus: ({ x }) => [x.softplus().sub(x.neg().softplus()), x],
  clamp: ({ x }) => [x.clamp(-0.5, 1), x.maximum(-0.5).minimum(1)],
  isNaN: alone((x) => x.relu().div(x.relu()).isNaN()),
  logicalNot: ({ x }) => [x.relu().logicalNot(), x.greater(0).equal(0)],
  clone: ({ x }) => [x.clone(), x],
  verify: ({ x }) => [ops.verify([x], { look() {} }), x],
  to: ({ x }) => [
    x.to("int32").to("float32"),
    x.sub(tensor([...x.data].map((n) => n % 1)).reshape(x.shape)),
  ],
  add: pairwise((a, b) => a.add(b)),
  sub: pairwise((a, b) => a.sub(b)),
  mul: pairwise((a, b) => a.mul(b)),
  div: pairwise((a, b) => a.div(b)),
  pow: pairwise((a, b) => a.pow(b)),
  maximum: pairwise((a, b) => a.maximum(b)),
  minimum: pairwise((a, b) => a.minimum(b)),
  equal: pairwise((a, b) => a.to("int32").equal(b.to("int32"))),
  notEqual: pairwise((a, b) => a.to("int32").notEqual(b.to("int32"))),
  greater: pairwise((a, b) => a.greater(b)),
  greaterEqual: pairwise((a, b) => a.greaterEqual(b)),
  less: pairwise((a, b) => a.less(b)),
  lessEqual: pairwise((a, b) => a.lessEqual(b)),
  logicalAnd: pairwise((a, b) => a.greater(1).logicalAnd(b.greater(1))),
  logicalOr: pairwise((a, b) => a.greater(1).logicalOr(b.greater(1))),
  where: pairwise((a, b) => a.where(a.greater(b), b)),
  maskedFill: ({ x }) => [x.maskedFill(x.less(0), 0), x.relu()],
  sum: oneByOne((x, axis) => x.sum(axis)),
  mean: oneByOne((x, axis) => x.mean(axis)),
  prod: oneByOne((x, axis) => x.prod(axis)),
  max: oneByOne((x, axis) => x.max(axis)),
  min: oneByOne((x, axis) => x.min(axis)),
  any: ({ x, axis }) => [x.greater(1).any(axis), x.greater(1).max(axis)],
  all: ({ x, axis }) => [x.greater(-1).all(axis), x.greater(-1).min(axis)],
  logsumexp: oneByOne((x, axis) => x.logsumexp(axis)),
  norm: oneByOne((x, axis) => x.norm(axis)),
  var: ({ x, axis }) => [x.mul(2).add(3).var(axis), x.var(axis).mul(4)],
  std: ({ x, axis }) => [
    x.std(axis),
    x
      .sub(x.mean(axis, { keepDims: true }))
      .norm(axis)
      .div(x.shape[axis] ** 0.5),
  ],
  argmax: ({ x, axis }) => [
    x.gather(axis, x.argmax(axis, { keepDims: true })),
    x.max(axis, { keepDims: true }),
  ],
  argmin: ({ x, axis }) => [
    x.gather(axis, x.argmin(axis, { keepDims: true })),
    x.min(axis, { keepDims: true }),
  ],
  cumsum: byLine((x, axis) => x.cumsum(axis)),
  sort: byLine((x, axis) => x.sort(axis).values),
  argsort: ({ x, axis }) => [x.gather(axis, x.argsort(axis)), x.sort(axis).values],
  topk: ({ x, axis, length }) => [
    x.topk(length, axis).values,
    x.sort(axis, { descending: true }).values,
  ],
  reshape: ({ x }) => [x.reshape([-1]).reshape(x.shape), x],
  flatten: ({ x }) => [x.flatten(), x.reshape([x.size])],
  transpose: ({ x }) => [x.transpose().transpose(), x],
  permute: ({ x, rng }) => {
    const order = rng.permutation(x.rank);
    return [x.permute(...order).permute(...order.map((_, axis) => order.indexOf(axis))), x];
  },
  swapAxes: ({ x, axis }) => [x.swapAxes(axis, 0).swapAxes(0, axis), x],
  squeeze: ({ x, axis }) => [x.unsqueeze(axis).squeeze(axis), x],
  unsqueeze: ({ x, axis }) => [x.unsqueeze(axis).select(axis, 0), x],
  expand: ({ x }) => [x.expand([3, ...x.shape]).sum(0), x.mul(3)],
  sumTo: ({ x, axis }) => [x.sumTo(x.shape.with(axis, 1)), x.sum(axis, { keepDims: true })],
  slice: ({ x, axis, length, whole }) => {
    const [start, step] = [whole(length + 1), 1 + whole(3)];
    const places = upTo(length).filter((i) => i >= start && (i - start) % step === 0);
    return [x.slice(start, undefined, axis, step), x.take(places, axis)];
  },
  unslice: ({ x, axis, length, whole }) => {
    const [start, step] = [whole(length + 1), 1 + whole(3)];
    const range = { axis, start, end: length, step, of: x.shape };
    const part = x.slice(start, length, axis, step);
    const places = upTo(length).filter((i) => i >= start && (i - start) % step === 0);
    return [ops.unslice([part], range), x.mul(0).indexAdd(axis, places, part)];
  },
  select: ({ x, axis, length, whole }) => {
    const i = whole(length);
    return [x.select(axis, i), x.take([i], axis).squeeze(axis)];
  },
  index: ({ x, axis, length, whole }) => {
    const i = whole(length);
    return [x.index(...upTo(axis).map(() => null), i), x.select(axis, i)];
  },
  take: ({ x, axis, length }) => [
    stack(
      upTo(length).map((i) => x.take([i], axis).squeeze(axis)),
      axis,
    ),
    x,
  ],
  indexAdd: ({ x, axis, length, integers, resized, normal }) => {
    const places = integers(length, 4);
    const y = normal(...resized(4));
    return adjoint(x.take(places, axis), y, x, x.mul(0).indexAdd(axis, places, y));
  },
  gather: ({ x, axis }) => {
    const order = x.argsort(axis);
    return [x.gather(axis, order).gather(axis, order.argsort(axis)), x];
  },
  scatterAdd: ({ x, axis, length, integers, resized, normal }) => {
    const places = integers(length, ...resized(3));
    const y = normal(...resized(3));
    return adjoint(x.gather(axis, places), y, x, x.mul(0).scatterAdd(axis, places, y));
  },
  concat: ({ x, axis }) => [
    f.concat([x, x.neg()], axis).slice(x.shape[axis], undefined, axis),
    x.neg(),
  ],
  stack: ({ x, axis }) => [f.stack([x, x.neg()], axis).select(axis, 1), x.neg()],
  split: ({ x, axis, whole }) => [f.concat(x.split(1 + whole(3), axis), axis), x],
  chunk: ({ x, axis, whole }) => [f.concat(x.chunk(1 + whole(3), axis), axis), x],
  pad: ({ x, axis, length, whole }) => {
    const [before, after] = [whole(3), whole(3)];
    const padding = x.shape.map((_, i) =>
      i === axis ? ([before, after] as const) : ([0, 0] as const),
    );
    return [x.pad(padding, 9).slice(before, before + length, axis), x];
  },
  flip: ({ x, axis, length }) => [x.flip(axis), x.take(upTo(length).reverse(), axis)],
  tril: ({ normal, whole }) => {
    const x = normal(2, 3, 4);
    const diagonal = whole(7) - 3;
    return [x.tril(diagonal).add(x.triu(diagonal + 1)), x];
  },
  triu: ({ normal, whole }) => {
    const x = normal(2, 3, 4);
    const diagonal = whole(7) - 3;
    return [x.triu(diagonal), x.swapAxes(1, 2).tril(-diagonal).swapAxes(1, 2)];
  },
  matmul: ({ normal, whole }) => {
    const [n, k, m] = [1 + whole(4), 1 + whole(4), 1 + whole(4)];
    const [a, b, c] = [normal(2, n, k), normal(k, m), normal(m, n)];
    return [a.matmul(b).matmul(c), a.matmul(b.matmul(c))];
  },
  dot: ({ x }) => [x.flatten().dot(x.flatten()), x.mul(x).sum()],
  einsum: ({ normal, whole }) => {
    const [a, b] = [normal(2, 3, 1 + whole(3)), normal(4, 3)];
    return [f.einsum("bij,ki->bkj", a, b), b.matmul(a)];
  },
  linear: ({ normal, whole }) => {
    const width = 1 + whole(4);
    const [x, weight, bias] = [normal(2, 3, width), normal(5, width), normal(5)];
    return [f.linear(x, weight, bias), x.matmul(weight.transpose()).add(bias)];
  },
  conv1d: ({ normal, whole }) => {
    const [x, weight] = [normal(2, 3, 8), normal(2, 3, 1 + whole(3))];
    const options = { stride: 1 + whole(2), padding: whole(2), dilation: 1 + whole(2) };
    // A line is an image that does not change from row to row, under a kernel of one row.
    const rows = f.conv2d(x.unsqueeze(2), weight.unsqueeze(2), {
      stride: [1, options.stride],
      padding: [0, options.padding],
      dilation: [1, options.dilation],
    });
    return [f.conv1d(x, weight, options), rows.squeeze(2)];
  },
  conv2d: (d) => {
    const { x, weight, options } = d.images(2);
    const parts = x
      .chunk(2, 1)
      .map((part, i) => f.conv2d(part, weight.slice(i, i + 1), { ...options, groups: 1 }));
    return [f.conv2d(x, weight, options), f.concat(parts, 1)];
  },
  convTranspose2d: (d) => {
    const { x, weight, options } = d.images();
    const y = d.normal(...f.conv2d(x, weight, options).shape);
    const back = f.convTranspose2d(y, weight, { ...options, outputPadding: [0, 0] });
    // Rows and columns at the far end that no kernel reached are not there.
    const seen = x.slice(0, back.shape[2], 2).slice(0, back.shape[3], 3);
    return adjoint(f.conv2d(seen, weight, options), y, seen, back);
  },
  conv2dWeight: (d) => {
    const { x, weight, options } = d.images();
    const y = d.normal(...f.conv2d(x, weight, options).shape);
    const kernelSize = [weight.shape[2], weight.shape[3]] as const;
    const back = ops.conv2dWeight([x, y], { ...options, kernelSize });
    return adjoint(f.conv2d(x, weight, options), y, weight, back);
  },
  maxPool1d: poolsTwice((x, size) => f.maxPool1d(x, size), 1),
  maxPool2d: poolsTwice((x, size) => f.maxPool2d(x, size), 2),
  avgPool1d: poolsTwice((x, size) => f.avgPool1d(x, size), 1),
  avgPool2d: poolsTwice((x, size) => f.avgPool2d(x, size), 2),
  maxPool2dPlaces: ({ normal }) => {
    const x = normal(2, 3, 6, 6);
    const windows = { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } as const;
    const places = ops.maxPool2dPlaces([x], windows).reshape([2, 3, 9]);
    return [x.reshape([2, 3, 36]).gather(2, places), f.maxPool2d(x, 2).reshape([2, 3, 9])];
  },
  maxUnpool2d: ({ normal }) => {
    const [x, g] = [normal(2, 3, 6, 6), normal(2, 3, 3, 3)];
    const windows = { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } as const;
    const places = ops.maxPool2dPlaces([x], windows).reshape([2, 3, 9]);
    const back = ops.maxUnpool2d([g, x], windows).reshape([2, 3, 36]);
    return [back.gather(2, places), g.reshape([2, 3, 9])];
  },
  avgUnpool2d: ({ normal, whole }) => {
    const [size, padding] = [2 + whole(2), whole(2)];
    const windows = {
      kernelSize: [size, size],
      stride: [2, 2],
      padding: [padding, padding],
    } as const;
    const x = normal(2, 1, 6, 7);
    const ax = f.avgPool2d(x, windows);
    const y = normal(...ax.shape);
    return adjoint(ax, y, x, ops.avgUnpool2d([y], { ...windows, of: x.shape }));
  },
  adaptiveAvgPool1d: adapts(f.adaptiveAvgPool1d, f.avgPool1d, 1),
  adaptiveAvgPool2d: adapts(f.adaptiveAvgPool2d, f.avgPool2d, 2),
  adaptiveMaxPool1d: adapts(f.adaptiveMaxPool1d, f.maxPool1d, 1),
  adaptiveMaxPool2d: adapts(f.adaptiveMaxPool2d, f.maxPool2d, 2),
  upsample: ({ normal, whole }) => {
    const x = normal(2, 2, 3, 4);
    const scaleFactor = 1 + whole(4);
    return [f.avgPool2d(f.upsample(x, { scaleFactor }), scaleFactor), x];
  },
  embedding: ({ integers, normal }) => {
    const [ids, weight] = [integers(5, 2, 3), normal(5, 4)];
    return [f.embedding(ids, weight), oneHot(ids, 5).matmul(weight)];
  },
  oneHot: ({ integers }) => {
    const ids = integers(5, 2, 3);
    return [oneHot(ids, 5).argmax(-1), ids];
  },
  softmax: ({ x, axis }) => [x.softmax(axis), x.sub(x.logsumexp(axis, { keepDims: true })).exp()],
  logSoftmax: ({ x, axis }) => [x.add(7).logSoftmax(axis), x.softmax(axis).log()],
  layerNorm: ({ normal }) => {
    const x = normal(3, 8);
    return [f.layerNorm(x, { eps: 0 }), f.layerNorm(x.mul(3).add(5), { eps: 0 })];
  },
  rmsNorm: ({ normal }) => {
    const x = normal(3, 8);
    return [f.rmsNorm(x, { eps: 0 }), f.rmsNorm(x.mul(3), { eps: 0 })];
  },
  groupNorm: ({ normal }) => {
    const x = normal(2, 4, 3);
    return [f.groupNorm(x, 2), f.layerNorm(x.reshape([4, 6])).reshape([2, 4, 3])];
  },
  batchNorm: ({ normal }) => {
    const x = normal(5, 3);
    return [f.batchNorm(x, { training: true }), f.layerNorm(x.transpose()).transpose()];
  },
  dropout: ({ x, rng }) => {
    const y = f.dropout(x, 0.4, { rng });
    return [y.mul(0.6), x.mul(y.notEqual(0))];
  },
  scaledDotProductAttention: ({ normal, rng }) => {
    const [q, k, v] = [normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 2)];
    const order = rng.permutation(5);
    const shuffled = f.scaledDotProductAttention(q, k.take(order, 1), v.take(order, 1));
    return [f.scaledDotProductAttention(q, k, v), shuffled];
  },
  samplingProbabilities: ({ normal }) => {
    const logits = normal(6);
    return [samplingProbabilities(logits), logits.softmax(0)];
  },
  crossEntropy: ({ normal, integers }) => {
    const [logits, targets] = [normal(4, 3), integers(3, 4)];
    return [f.crossEntropy(logits, targets), f.crossEntropy(logits, oneHot(targets, 3))];
  },
  nllLoss: ({ normal, integers }) => {
    const [logits, targets] = [normal(4, 3), integers(3, 4)];
    return [f.nllLoss(logits.logSoftmax(1), targets), f.crossEntropy(logits, targets)];
  },
  binaryCrossEntropyWithLogits: loss((a, b, reduction) =>
    f.binaryCrossEntropyWithLogits(a, b, { reduction }),
  ),
  mseLoss: loss((a, b, reduction) => f.mseLoss(a, b, { reduction })),
  l1Loss: loss((a, b, reduction) => f.l1Loss(a, b, { reduction })),
  huberLoss: loss((a, b, reduction) => f.huberLoss(a, b, { reduction })),
  klDivLoss: loss((a, b, reduction) => f.klDivLoss(a, b, { reduction })),
};
