/** The tree of chapter 2, word for word as in its cells (a test compares): what the figure draws is what it grows. */

/** How mixed a group is: 0 if all are of one kind. `counts`: how many there are of each. */
export function giniOfCounts(counts: number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return 1 - counts.reduce((sum, count) => sum + (count / total) ** 2, 0);
}

/** How many there are of each of the three kinds. */
export function countKinds(labels: number[]): number[] {
  const counts = [0, 0, 0];
  for (const label of labels) counts[label]++;
  return counts;
}

/** A question, "is this measurement at most `cut`?", and how much Gini it takes away. */
export interface Split {
  feature: number;
  cut: number;
  gain: number;
}

/** The question with the largest gain, among these measurements; null where none gains anything. */
export function bestSplitAmong(
  rows: number[][],
  labels: number[],
  features: number[],
): Split | null {
  const all = countKinds(labels);
  const n = rows.length;
  let best: Split | null = null;
  for (const feature of features) {
    const order = rows.map((_, i) => i).sort((a, b) => rows[a][feature] - rows[b][feature]);
    const left = [0, 0, 0];
    const right = [...all];
    for (let k = 1; k < n; k++) {
      const moved = order[k - 1];
      left[labels[moved]]++;
      right[labels[moved]]--;
      const [below, above] = [rows[moved][feature], rows[order[k]][feature]];
      if (below === above) continue;
      const gain = giniOfCounts(all) - (k * giniOfCounts(left) + (n - k) * giniOfCounts(right)) / n;
      if (gain > (best?.gain ?? 0) + 1e-9) best = { feature, cut: (below + above) / 2, gain };
    }
  }
  return best;
}

/** A group, and, unless it is a leaf, the question that divides it. */
export interface Branch {
  counts: number[];
  split?: Split;
  left?: Branch;
  right?: Branch;
}

/** Divides and divides again, until a group is pure or `depth` questions have been asked. */
export function plant(
  rows: number[][],
  labels: number[],
  depth: number,
  pick = () => rows[0].map((_, j) => j),
): Branch {
  const counts = countKinds(labels);
  const split = depth > 0 ? bestSplitAmong(rows, labels, pick()) : null;
  if (!split) return { counts };
  const side = (goes: (value: number) => boolean) => {
    const kept = rows.map((_, i) => i).filter((i) => goes(rows[i][split.feature]));
    const [ownRows, ownLabels] = [kept.map((i) => rows[i]), kept.map((i) => labels[i])];
    return plant(ownRows, ownLabels, depth - 1, pick);
  };
  return { counts, split, left: side((v) => v <= split.cut), right: side((v) => v > split.cut) };
}

/** The leaf in which a bird ends. */
export function leafOf(tree: Branch, row: number[]): Branch {
  let node = tree;
  while (node.split && node.left && node.right)
    node = row[node.split.feature] <= node.split.cut ? node.left : node.right;
  return node;
}
