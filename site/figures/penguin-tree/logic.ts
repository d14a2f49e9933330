/** What the figure knows: the birds, the tree's questions one by one, and what a cut is worth. Plain data in and out. */
import { penguins } from "gradus";
import { type Branch, countKinds, giniOfCounts, plant, type Split } from "./tree.ts";

export const kinds = ["Adelie", "Chinstrap", "Gentoo"] as const;

export const measurements = [
  { name: "bill length", unit: "mm" },
  { name: "bill depth", unit: "mm" },
  { name: "flipper length", unit: "mm" },
  { name: "body mass", unit: "g" },
] as const;

export interface Birds {
  rows: number[][];
  labels: number[];
}

/** Where a group stands in the tree: L and R, from the root on; the root itself is "". */
export type Path = string;

/** A group of birds: a leaf, or divided by a question. */
export interface Group {
  path: Path;
  /** Places of its birds. */
  birds: number[];
  counts: number[];
  split: Split | null;
}

export interface State {
  /** Questions asked so far. */
  readonly asked: number;
  /** Where the last question cuts instead of at its best place; null: at its best. */
  readonly cut: number | null;
}

export const start: State = { asked: 0, cut: null };

/** All penguins that were measured. */
export function allBirds(): Birds {
  const { rows } = penguins().dropMissing("billLength", "billDepth", "flipperLength", "bodyMass");
  return {
    rows: rows.map((b) => [b.billLength, b.billDepth, b.flipperLength, b.bodyMass]),
    labels: rows.map((bird) => kinds.indexOf(bird.species)),
  };
}

/** The best questions in the order in which the figure asks them: level by level, from left to right. */
export function questionsOf({ rows, labels }: Birds, depth: number): [Path, Split][] {
  const found: [Path, Split][] = [];
  const waiting: [Path, Branch][] = [["", plant(rows, labels, depth)]];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [path, { split, left, right }] = next;
    if (!split || !left || !right) continue;
    found.push([path, split]);
    waiting.push([`${path}L`, left], [`${path}R`, right]);
  }
  return found;
}

/** What a question at this cut takes away of a group's Gini. */
export function gainOf(
  birds: Birds,
  group: readonly number[],
  feature: number,
  cut: number,
): number {
  const side = (left: boolean): number[] =>
    group.filter((i) => birds.rows[i][feature] <= cut === left).map((i) => birds.labels[i]);
  const before = giniOfCounts(countKinds(group.map((i) => birds.labels[i])));
  const after = [side(true), side(false)].reduce(
    (sum, labels) =>
      sum + (labels.length ? (labels.length / group.length) * giniOfCounts(countKinds(labels)) : 0),
    0,
  );
  return before - after;
}

/** Every possible cut of a group: halfway between neighboring values. */
export function cutsOf({ rows }: Birds, group: readonly number[], feature: number): number[] {
  const values = [...new Set(group.map((i) => rows[i][feature]))].sort((a, b) => a - b);
  return values.slice(1).map((value, k) => (values[k] + value) / 2);
}

export function nearest(cuts: readonly number[], to: number): number {
  return cuts.reduce(
    (best, cut) => (Math.abs(cut - to) < Math.abs(best - to) ? cut : best),
    cuts[0],
  );
}

/** The tree as far as it has been asked: every group, divided or not, from the root on. */
export function groupsOf(birds: Birds, questions: readonly [Path, Split][], state: State): Group[] {
  const asked = new Map(questions.slice(0, state.asked));
  const last = questions[state.asked - 1]?.[0];
  const groups: Group[] = [];
  const visit = (path: Path, places: number[]): void => {
    const best = asked.get(path);
    let split: Split | null = best ?? null;
    if (best && path === last && state.cut !== null) {
      const { feature } = best;
      split = { feature, cut: state.cut, gain: gainOf(birds, places, feature, state.cut) };
    }
    const counts = countKinds(places.map((i) => birds.labels[i]));
    groups.push({ path, birds: places, counts, split });
    if (!split) return;
    const { feature, cut } = split;
    visit(
      `${path}L`,
      places.filter((i) => birds.rows[i][feature] <= cut),
    );
    visit(
      `${path}R`,
      places.filter((i) => birds.rows[i][feature] > cut),
    );
  };
  visit(
    "",
    birds.rows.map((_, i) => i),
  );
  return groups;
}

/** How many birds end in a leaf whose most frequent species is another. */
export const strangers = (groups: readonly Group[]): number =>
  groups
    .filter(({ split }) => !split)
    .reduce((sum, { birds, counts }) => sum + birds.length - Math.max(...counts), 0);

// ---------- The state in an address ----------

const mark = "#penguin-tree=";

/** `#penguin-tree=2,43.35`: questions asked, then the moved cut, if one was moved. */
export const toHash = ({ asked, cut }: State): string =>
  `${mark}${asked}${cut === null ? "" : `,${Number(cut.toFixed(3))}`}`;

/** The state that an address carries; null where it carries none, or one that cannot be. */
export function fromHash(
  hash: string,
  birds: Birds,
  questions: readonly [Path, Split][],
): State | null {
  const match = /^#penguin-tree=(\d{1,2})(?:,(\d{1,5}(?:\.\d{1,3})?))?$/.exec(hash);
  if (!match) return null;
  const asked = Number(match[1]);
  if (asked > questions.length) return null;
  if (match[2] === undefined) return { asked, cut: null };
  if (asked === 0) return null;
  const [path, { feature }] = questions[asked - 1];
  const group = groupsOf(birds, questions, { asked, cut: null }).find((one) => one.path === path);
  if (!group) return null;
  return { asked, cut: nearest(cutsOf(birds, group.birds, feature), Number(match[2])) };
}
