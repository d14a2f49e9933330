// caught by: the vote
import type { Rng } from "gradus";

type Tree =
  | { counts: number[] }
  | { counts: number[]; feature: number; cut: number; left: Tree; right: Tree };

function countLabels(labels: number[]): number[] {
  const counts = [0, 0, 0];
  for (const label of labels) counts[label]++;
  return counts;
}

const mixed = (counts: number[], total: number): number =>
  1 - counts.reduce((sum, count) => sum + (count / total) ** 2, 0);

function growTree(points: number[][], labels: number[], pick: () => number[]): Tree {
  const counts = countLabels(labels);
  const total = labels.length;
  let best = { feature: -1, cut: 0, after: mixed(counts, total) - 1e-9 };
  if (counts.some((count) => count === total)) return { counts };
  for (const feature of pick()) {
    const order = points.map((_, i) => i).sort((a, b) => points[a][feature] - points[b][feature]);
    const left = [0, 0, 0];
    const right = [...counts];
    for (let k = 0; k + 1 < total; k++) {
      left[labels[order[k]]]++;
      right[labels[order[k]]]--;
      const [here, next] = [points[order[k]][feature], points[order[k + 1]][feature]];
      if (here === next) continue;
      const after =
        ((k + 1) * mixed(left, k + 1) + (total - k - 1) * mixed(right, total - k - 1)) / total;
      if (after < best.after) best = { feature, cut: (here + next) / 2, after };
    }
  }
  if (best.feature < 0) return { counts };
  const { feature, cut } = best;
  const grown = (keep: (value: number) => boolean): Tree => {
    const kept = points.map((_, i) => i).filter((i) => keep(points[i][feature]));
    return growTree(
      kept.map((i) => points[i]),
      kept.map((i) => labels[i]),
      pick,
    );
  };
  return { counts, feature, cut, left: grown((v) => v <= cut), right: grown((v) => v > cut) };
}

function ask(tree: Tree, point: number[]): number {
  let node = tree;
  while ("feature" in node) node = point[node.feature] <= node.cut ? node.left : node.right;
  return node.counts.indexOf(Math.max(...node.counts));
}

function bootstrap(n: number, rng: Rng): number[] {
  return Array.from({ length: n }, () => rng.integer(0, n));
}

function growForest(points: number[][], labels: number[], count: number, rng: Rng): Tree[] {
  return Array.from({ length: count }, () => {
    const drawn = bootstrap(points.length, rng);
    return growTree(
      drawn.map((i) => points[i]),
      drawn.map((i) => labels[i]),
      () => rng.permutation(points[0].length).slice(0, 2),
    );
  });
}

function vote(trees: Tree[], point: number[]): number {
  const votes = countLabels(trees.map((tree) => ask(tree, point)));
  return ask(trees[0], point);
}
