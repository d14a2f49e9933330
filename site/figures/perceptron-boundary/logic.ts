/**
 * What the figure knows: points of two classes, a perceptron of the library, and Rosenblatt's rule
 * taken one point at a time. Plain data in, plain data out; drawing and hands are elsewhere.
 */
import { Perceptron, penguins, tensor } from "gradus";

export type Label = 1 | -1;

/** A point of the plane. Coordinates are multiples of 0.01, so that geometry on them can be exact. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: Label;
}

/** What the last step did. */
export interface Step {
  /** The point that was looked at. */
  readonly index: number;
  readonly mistake: boolean;
  /** The weights and the bias before. */
  readonly before: Rule;
}

/** score = w1·x + w2·y + b; the answer is +1 where it is zero or more, otherwise -1. */
export interface Rule {
  readonly w1: number;
  readonly w2: number;
  readonly b: number;
}

export interface State {
  readonly points: readonly Point[];
  readonly rule: Rule;
  /** The point whose turn it is. */
  readonly next: number;
  /** Points looked at, and mistakes made, since the weights were last reset. */
  readonly steps: number;
  readonly mistakes: number;
  readonly last: Step | null;
}

export type Preset = "penguins" | "xor";

export const zero: Rule = { w1: 0, w2: 0, b: 0 };

/** A rule that has most penguins on the wrong side: what the figure begins with, so that there is much to learn. */
export const poor: Rule = { w1: -3, w2: 2, b: 1 };

/** How far from the middle a point may lie. */
export const reach = { x: 3, y: 2.2 } as const;
export const mostPoints = 40;

/** A coordinate on the figure's grid and inside its plane. */
export const snap = (value: number, limit: number): number =>
  Math.round(Math.min(limit, Math.max(-limit, value)) * 100) / 100 + 0;

export function place(x: number, y: number, label: Label): Point {
  return { x: snap(x, reach.x), y: snap(y, reach.y), label };
}

export const start = (points: readonly Point[], rule: Rule = zero): State => ({
  points,
  rule,
  next: 0,
  steps: 0,
  mistakes: 0,
  last: null,
});

export const score = ({ w1, w2, b }: Rule, { x, y }: Point): number => w1 * x + w2 * y + b;

export const isRight = (rule: Rule, point: Point): boolean =>
  (score(rule, point) >= 0 ? 1 : -1) === point.label;

export const allRight = ({ points, rule }: State): boolean =>
  points.every((point) => isRight(rule, point));

/** Looks at the next point and, after a mistake, lets the library's perceptron learn from it. */
export function step(state: State): State {
  const { points, rule, next } = state;
  if (points.length === 0) return state;
  const perceptron = new Perceptron(2);
  perceptron.weights = tensor([rule.w1, rule.w2]);
  perceptron.bias = rule.b;
  const { x, y, label } = points[next];
  const mistake = perceptron.update([x, y], label);
  const [w1, w2] = perceptron.weights.data;
  return {
    points,
    rule: mistake ? { w1: tidy(w1), w2: tidy(w2), b: tidy(perceptron.bias) } : rule,
    next: (next + 1) % points.length,
    steps: state.steps + 1,
    mistakes: state.mistakes + (mistake ? 1 : 0),
    last: { index: next, mistake, before: rule },
  };
}

/** Weights are sums of coordinates, so they are hundredths too; what float32 adds to that goes. */
const tidy = (value: number): number => Math.round(value * 100) / 100;

/** The same state with other points: what the last step showed no longer holds. */
export function withPoints(state: State, points: readonly Point[]): State {
  return { ...state, points, next: points.length > 0 ? state.next % points.length : 0, last: null };
}

// ---------- Points to begin with ----------

/** Standardized flipper length and bill depth of all Adelies (-1) and Gentoos (+1). */
export function allPenguins(): Point[] {
  const birds = penguins()
    .dropMissing("flipperLength", "billDepth")
    .filter((bird) => bird.species !== "Chinstrap");
  const [flippers, depths] = (["flipperLength", "billDepth"] as const).map((name) =>
    standardized(birds.values(name)),
  );
  return birds.rows.map((bird, i) =>
    place(flippers[i], depths[i], bird.species === "Gentoo" ? 1 : -1),
  );
}

function standardized(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length,
  );
  return values.map((value) => (value - mean) / spread);
}

/**
 * Eighteen real penguins, few enough to take in the hand: the birds of each species that lie
 * nearest to the other's middle, and some from further out, the near ones first.
 */
export function penguinSample(): Point[] {
  const birds = allPenguins();
  const groups = ([-1, 1] as const).map((label) => {
    const own = birds.filter((bird) => bird.label === label);
    const others = birds.filter((bird) => bird.label !== label);
    const middle = {
      x: others.reduce((sum, { x }) => sum + x, 0) / others.length,
      y: others.reduce((sum, { y }) => sum + y, 0) / others.length,
    };
    const distance = ({ x, y }: Point): number => Math.hypot(x - middle.x, y - middle.y);
    const sorted = own.sort((a, b) => distance(a) - distance(b));
    return [0, 0.02, 0.06, 0.15, 0.3, 0.45, 0.6, 0.8, 0.97].map(
      (share) => sorted[Math.floor(share * sorted.length)],
    );
  });
  return groups[0].flatMap((adelie, i) => [adelie, groups[1][i]]);
}

export const presets: Record<Preset, () => Point[]> = {
  penguins: penguinSample,
  xor: () => [place(-1, -1, -1), place(-1, 1, 1), place(1, -1, 1), place(1, 1, -1)],
};

// ---------- Can a line part them? ----------

/**
 * Whether some line has all +1 points on one side and all -1 points on the other. Exact: it works
 * on whole hundredths. Two finite sets can be parted if and only if their convex hulls do not meet.
 */
export function separable(points: readonly Point[]): boolean {
  const [plus, minus] = hulls(points);
  if (plus.length === 0 || minus.length === 0) return true;
  // If the hulls are apart, one of these directions shows it: across an edge of one of them, along
  // an edge (where a hull is flat), or from corner to corner (where a hull is a point).
  const directions: Whole[] = [];
  for (const hull of [plus, minus])
    for (const [i, corner] of hull.entries()) {
      const along = minusOf(hull[(i + 1) % hull.length], corner);
      directions.push([-along[1], along[0]], along);
    }
  for (const p of plus) for (const q of minus) directions.push(minusOf(p, q));
  return directions.some((direction) => {
    if (direction[0] === 0 && direction[1] === 0) return false;
    const of = (hull: Whole[]): number[] =>
      hull.map((corner) => direction[0] * corner[0] + direction[1] * corner[1]);
    const [a, b] = [of(plus), of(minus)];
    return Math.max(...a) < Math.min(...b) || Math.max(...b) < Math.min(...a);
  });
}

/** The convex hulls of the +1 and the -1 points, corners in order, in hundredths. */
export function hulls(points: readonly Point[]): [Whole[], Whole[]] {
  const of = (label: Label): Whole[] =>
    hull(
      points
        .filter((point) => point.label === label)
        .map(({ x, y }) => [Math.round(x * 100), Math.round(y * 100)]),
    );
  return [of(1), of(-1)];
}

/** Whole hundredths: products of them are exact. */
export type Whole = readonly [number, number];

const minusOf = (p: Whole, q: Whole): Whole => [p[0] - q[0], p[1] - q[1]];
const turn = (o: Whole, p: Whole, q: Whole): number =>
  (p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0]);

/** Andrew's monotone chain (1979): lower and upper half of the hull in one sweep each. */
function hull(points: Whole[]): Whole[] {
  const sorted = [...new Map(points.map((point) => [point.join(), point])).values()].sort(
    (p, q) => p[0] - q[0] || p[1] - q[1],
  );
  if (sorted.length < 3) return sorted;
  const half = (order: Whole[]): Whole[] => {
    const chain: Whole[] = [];
    for (const point of order) {
      while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], point) <= 0)
        chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

// ---------- The state in an address ----------

const mark = "perceptron-boundary=";

/** `#perceptron-boundary=+52,-31_-10,20…&w=1.5,1,1`: points in hundredths, then the rule if it is not zero. */
export function toHash({ points, rule }: State): string {
  const list = points.map(
    ({ x, y, label }) => `${label > 0 ? "p" : "m"}${Math.round(x * 100)},${Math.round(y * 100)}`,
  );
  const { w1, w2, b } = rule;
  return `#${mark}${list.join("_")}${w1 || w2 || b ? `&w=${w1},${w2},${b}` : ""}`;
}

/** The state that an address carries; null where it carries none, or one that cannot be read. */
export function fromHash(hash: string): State | null {
  const match = new RegExp(`^#${mark}([^&]*)(?:&w=([^&]*))?$`).exec(hash);
  if (!match) return null;
  const points: Point[] = [];
  for (const part of match[1].split("_")) {
    const found = /^([pm])(-?\d{1,3}),(-?\d{1,3})$/.exec(part);
    if (!found) return null;
    points.push(place(Number(found[2]) / 100, Number(found[3]) / 100, found[1] === "p" ? 1 : -1));
  }
  if (points.length === 0 || points.length > mostPoints) return null;
  const rule = match[2]?.split(",").map(Number) ?? [0, 0, 0];
  if (rule.length !== 3 || !rule.every((value) => Number.isFinite(value) && Math.abs(value) < 1e6))
    return null;
  return start(points, { w1: rule[0], w2: rule[1], b: rule[2] });
}
