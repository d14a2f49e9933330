import { guard } from "../forbid.ts";
import { verify } from "../ops/verify.ts";
import { type Shape, ShapeError, sameShape, showShape, sizeOf } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";
import { needEach, needForEach } from "./need.ts";

/** What becomes of the losses of many: their mean, their sum, or each by itself. */
export type LossReduction = "mean" | "sum" | "none";

/** What every loss takes. */
export interface LossOptions {
  /** "mean" by default. */
  reduction?: LossReduction;
}

/** Options of {@link nllLoss}. */
export interface NllLossOptions extends LossOptions {
  /** How much each class counts. [classes] */
  weight?: Tensor | null;
  /** Targets with this number count nothing; -100 by default. */
  ignoreIndex?: number;
}

/** Options of {@link binaryCrossEntropyWithLogits}. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** How many times a yes counts as much as a no; broadcasts over the logits. */
  posWeight?: Tensor | null;
}

/** Options of {@link huberLoss}. */
export interface HuberLossOptions extends LossOptions {
  /** Where the parabola turns into a straight line; 1 by default. */
  delta?: number;
}

/** Options of {@link klDivLoss}. */
export interface KlDivLossOptions {
  /** "batchMean" by default: the sum divided by the size of the first axis, the mean divergence. */
  reduction?: LossReduction | "batchMean";
  /** Whether the target holds logarithms too; false by default. */
  logTarget?: boolean;
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends NllLossOptions {
  /** How much of each target is spread evenly over all classes (Szegedy et al. 2016); 0 by default. */
  labelSmoothing?: number;
}

/**
 * How far the softmax of the logits is from the targets, in nats: -log p(target). logits
 * [n, classes], [n, classes, ...] or [classes]; targets are int32 class numbers [n, ...], or
 * float32 probabilities of the logits' shape. The mean is over all targets that count, by weight.
 * Throws for a target that is no class, and for logits that are NaN or Infinity.
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const op = "crossEntropy";
  guard(op);
  const { labelSmoothing = 0, weight } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new RangeError(`${op}: labelSmoothing is from 0 to 1, got ${String(labelSmoothing)}`);
  const axis = classAxis(op, logits);
  const logProbabilities = checkNumbers(op, "logits", logits, -Infinity).logSoftmax(axis);
  if (needTensor(op, targets).dtype !== "float32" || !sameShape(targets.shape, logits.shape))
    return missed(op, logProbabilities, targets, labelSmoothing, options);
  const probabilities = checkNumbers(op, "targets", targets)
    .mul(1 - labelSmoothing)
    .add(labelSmoothing / logits.shape[axis]);
  const parts = logProbabilities.mul(probabilities);
  const weighted = weight ? parts.mul(perClass(op, weight, logits.shape)) : parts;
  return reduced(op, weighted.sum(axis).neg(), options);
}

/**
 * The negative logarithm of the target's probability, where the logarithms are given: crossEntropy
 * without its logSoftmax. Shapes as in {@link crossEntropy}; targets are int32 class numbers.
 */
export function nllLoss(
  logProbabilities: Tensor,
  targets: Tensor,
  options: NllLossOptions = {},
): Tensor {
  guard("nllLoss");
  const checked = checkNumbers("nllLoss", "log-probabilities", logProbabilities, -Infinity);
  return missed("nllLoss", checked, needTensor("nllLoss", targets), 0, options);
}

/**
 * -log p(target) for yes or no: the probability of yes is the sigmoid of the logit. logits and
 * targets have the same shape; targets are from 0 to 1.
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  targets: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  guard(op);
  const [x, given] = checkPair(op, ["logits", "targets"], logits, targets);
  const yes = needEach(
    given,
    (t) => t >= 0 && t <= 1,
    (t, place) => `${op}: target ${t}, at ${place}, is not a probability, from 0 to 1`,
  );
  // -log(1 - sigmoid(x)) is softplus(x), and -log(sigmoid(x)) is softplus(-x).
  const ofYes = x.neg().softplus().mul(yes);
  const weighted = options.posWeight ? ofYes.mul(options.posWeight) : ofYes;
  return reduced(op, weighted.add(x.softplus().mul(yes.neg().add(1))), options);
}

/** The squared differences. input and target have the same shape. */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  guard("mseLoss");
  const d = difference("mseLoss", input, target);
  return reduced("mseLoss", d.mul(d), options);
}

/** The absolute differences. input and target have the same shape. */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  guard("l1Loss");
  return reduced("l1Loss", difference("l1Loss", input, target).abs(), options);
}

/**
 * Half the squared difference up to `delta` (1 by default), and from there on a straight line, so
 * that outliers pull less (Huber 1964). input and target have the same shape.
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  guard("huberLoss");
  const { delta = 1 } = options;
  if (!(delta > 0))
    throw new RangeError(`huberLoss: delta must be larger than 0, got ${String(delta)}`);
  const d = difference("huberLoss", input, target);
  const far = d.abs();
  const losses = d
    .mul(d)
    .mul(0.5)
    .where(far.lessEqual(delta), far.sub(delta / 2).mul(delta));
  return reduced("huberLoss", losses, options);
}

/**
 * The Kullback–Leibler divergence of the target from the input: p (log p - log q), where the input
 * is log q and the target p. Both have the same shape.
 */
export function klDivLoss(input: Tensor, target: Tensor, options: KlDivLossOptions = {}): Tensor {
  const op = "klDivLoss";
  guard(op);
  const { reduction = "batchMean", logTarget = false } = options;
  const [logQ, p] = checkPair(op, ["input", "target"], input, target);
  // 0 log 0 is 0: the logarithm of 1 stands in for that of 0.
  const losses = logTarget ? p.exp().mul(p.sub(logQ)) : p.mul(p.add(p.equal(0)).log().sub(logQ));
  if (reduction !== "batchMean") return reduced(op, losses, { reduction });
  if (input.rank === 0) return losses;
  return losses.sum().div(input.shape[0]);
}

/** The losses of the targets, given the logarithms of all classes' probabilities. */
function missed(
  op: string,
  logProbabilities: Tensor,
  targets: Tensor,
  smoothing: number,
  { weight, ignoreIndex = -100, reduction = "mean" }: NllLossOptions,
): Tensor {
  const { shape } = logProbabilities;
  const axis = classAxis(op, logProbabilities);
  const known = checkTargets(op, targets, shape, ignoreIndex, reduction);
  const counted = known.notEqual(ignoreIndex);
  // A target that does not count reads class 0, and what it reads is then left out.
  const classes = known.mul(counted);
  const chosen = logProbabilities.gather(axis, classes.unsqueeze(axis)).squeeze(axis).neg();
  const scale = weight && perClass(op, weight, shape);
  const shares = weight ? weight.take(classes).mul(counted) : counted;
  let losses = chosen.where(counted, 0).mul(shares);
  if (smoothing > 0) {
    const all = scale ? logProbabilities.mul(scale) : logProbabilities;
    const even = all.mean(axis).neg().where(counted, 0);
    losses = losses.mul(1 - smoothing).add(even.mul(smoothing));
  }
  if (reduction === "mean") return losses.sum().div(shares.sum());
  return reduced(op, losses, { reduction });
}

function reduced(op: string, losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  switch (reduction) {
    case "mean":
      return losses.mean();
    case "sum":
      return losses.sum();
    case "none":
      return losses;
    default:
      throw new TypeError(`${op}: reduction is "mean", "sum" or "none", got ${String(reduction)}`);
  }
}

/**
 * A loss that is NaN would spoil all weights at the next step: better to stop where it begins.
 * Logarithms of 0 pass where `least` is -Infinity.
 */
function checkNumbers(op: string, what: string, x: Tensor, least = -Number.MAX_VALUE): Tensor {
  return needEach(
    needTensor(op, x),
    (value) => value >= least && value < Infinity,
    (value, place) =>
      `${op}: there is ${value} in the ${what}, first at ${place}\n` +
      "  hint: a learning rate that is too large makes numbers grow without end; division by 0 and logarithms of 0 do it at once",
    { finite: true },
  );
}

/** The two that a loss compares number by number: of one shape, so that nothing broadcasts unseen. */
function checkPair(
  op: string,
  [nameA, nameB]: readonly [string, string],
  a: Tensor,
  b: Tensor,
): [Tensor, Tensor] {
  if (!sameShape(needTensor(op, a).shape, needTensor(op, b).shape))
    throw new ShapeError(
      op,
      [a.shape, b.shape],
      `the ${nameA} and the ${nameB} must have the same shape`,
      a.size === b.size ? `${nameB}.reshape(${showShape(a.shape)})` : undefined,
    );
  return [checkNumbers(op, nameA, a), checkNumbers(op, nameB, b)];
}

function difference(op: string, input: Tensor, target: Tensor): Tensor {
  const [a, b] = checkPair(op, ["input", "target"], input, target);
  return a.sub(b);
}

/** As in PyTorch: the axis after the batch, or the only one. */
function classAxis(op: string, logits: Tensor): number {
  if (needTensor(op, logits).rank === 0)
    throw new ShapeError(op, [logits.shape], "a single number has no classes: [n, classes]");
  return logits.rank === 1 ? 0 : 1;
}

function perClass(op: string, weight: Tensor, shape: Shape): Tensor {
  const classes = shape.length === 1 ? shape : shape.slice(1);
  return needForEach(op, "weight", weight, classes, "one number for each class");
}

/** Class numbers, one for each place that has classes, all of them classes or to be ignored. */
function checkTargets(
  op: string,
  targets: Tensor,
  shape: Shape,
  ignoreIndex: number,
  reduction: LossReduction,
): Tensor {
  const axis = shape.length === 1 ? 0 : 1;
  const classes = shape[axis];
  const expected = shape.filter((_, i) => i !== axis);
  if (!sameShape(targets.shape, expected)) {
    const classesLast = shape.length > 2 && sameShape(targets.shape, shape.slice(0, -1));
    throw new ShapeError(
      op,
      [shape, targets.shape],
      `the classes are along axis ${axis}, so there must be targets of shape ${showShape(expected)}`,
      classesLast
        ? "where the classes come last, reshape the logits to [-1, classes] and flatten() the targets"
        : sameShape(targets.shape, shape)
          ? 'for a probability for each class: targets.to("float32")'
          : targets.size === sizeOf(expected)
            ? `targets.reshape(${showShape(expected)})`
            : undefined,
    );
  }
  if (targets.dtype !== "int32")
    throw new TypeError(
      `${op}: class numbers are int32, these targets are ${targets.dtype}\n` +
        '  hint: targets.to("int32"), or tensor(targets, { dtype: "int32" })',
    );
  const known = needEach(
    targets,
    (target) => (target >= 0 && target < classes) || target === ignoreIndex,
    (target, place) =>
      `${op}: target ${target}, at ${place}, is no class: there are ${classes}, from 0 to ${classes - 1}`,
  );
  if (reduction !== "mean") return known;
  return verify([known], {
    look(data) {
      if (data.some((target: number) => target !== ignoreIndex)) return;
      throw new RangeError(
        `${op}: there is no mean of nothing: ${data.length === 0 ? "there are no targets" : `all ${data.length} targets are ignored (${ignoreIndex})`}`,
      );
    },
  });
}
