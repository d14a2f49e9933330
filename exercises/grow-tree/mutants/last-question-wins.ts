// caught by: knows when to stop; random points
type Tree = { answer: number } | { feature: number; cut: number; left: Tree; right: Tree };

function countLabels(labels: number[]): number[] {
  const counts: number[] = [];
  for (const label of labels) {
    while (counts.length <= label) counts.push(0);
    counts[label]++;
  }
  return counts;
}

function gini(labels: number[]): number {
  return 1 - countLabels(labels).reduce((sum, count) => sum + (count / labels.length) ** 2, 0);
}

function bestQuestion(
  points: number[][],
  labels: number[],
  minLeaf: number,
): { feature: number; cut: number } | null {
  let best: { feature: number; cut: number } | null = null;
  let most = 2e-9;
  for (let feature = 0; feature < points[0].length; feature++) {
    const values = [...new Set(points.map((point) => point[feature]))].sort((a, b) => a - b);
    for (let k = 0; k + 1 < values.length; k++) {
      const cut = (values[k] + values[k + 1]) / 2;
      const left = labels.filter((_, i) => points[i][feature] <= cut);
      const right = labels.filter((_, i) => points[i][feature] > cut);
      if (left.length < minLeaf || right.length < minLeaf) continue;
      const after = (left.length * gini(left) + right.length * gini(right)) / labels.length;
      const gain = gini(labels) - after;
      // Equal gains differ in their last digits; the question that was found first stays.
      if (gain > most - 1e-9) [best, most] = [{ feature, cut }, gain];
    }
  }
  return best;
}

function grow(points: number[][], labels: number[], depth: number, minLeaf: number): Tree {
  const question = depth > 0 ? bestQuestion(points, labels, minLeaf) : null;
  if (!question) {
    const counts = countLabels(labels);
    return { answer: counts.indexOf(Math.max(...counts)) };
  }
  const { feature, cut } = question;
  const side = (goes: (value: number) => boolean): Tree => {
    const kept = points.map((_, i) => i).filter((i) => goes(points[i][feature]));
    const [own, theirs] = [kept.map((i) => points[i]), kept.map((i) => labels[i])];
    return grow(own, theirs, depth - 1, minLeaf);
  };
  return { feature, cut, left: side((v) => v <= cut), right: side((v) => v > cut) };
}

function classify(tree: Tree, point: number[]): number {
  let node = tree;
  while (!("answer" in node)) node = point[node.feature] <= node.cut ? node.left : node.right;
  return node.answer;
}
