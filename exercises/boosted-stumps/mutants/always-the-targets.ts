// caught by: a penguin's mass from its flipper; random values, some of them equal; the same answers as scikit-learn; the second round fits what is left; values and targets stay as they were
type Stump = { cut: number; left: number; right: number };
type Boosted = { start: number; rate: number; stumps: Stump[] };

const mean = (numbers: number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function bestStump(values: number[], targets: number[]): Stump | null {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  let best: Stump | null = null;
  let least = Infinity;
  for (let k = 0; k + 1 < sorted.length; k++) {
    const cut = (sorted[k] + sorted[k + 1]) / 2;
    const left = mean(targets.filter((_, i) => values[i] <= cut));
    const right = mean(targets.filter((_, i) => values[i] > cut));
    let error = 0;
    for (let i = 0; i < values.length; i++)
      error += (targets[i] - (values[i] <= cut ? left : right)) ** 2;
    if (error < least) [best, least] = [{ cut, left, right }, error];
  }
  return best;
}

function boost(values: number[], targets: number[], rounds: number, rate: number): Boosted {
  const model: Boosted = { start: mean(targets), rate, stumps: [] };
  for (let round = 0; round < rounds; round++) {
    const missing = targets.map((target) => target - model.start);
    const stump = bestStump(values, missing);
    if (!stump) break;
    model.stumps.push(stump);
  }
  return model;
}

function predict({ start, rate, stumps }: Boosted, value: number): number {
  return stumps.reduce(
    (sum, { cut, left, right }) => sum + rate * (value <= cut ? left : right),
    start,
  );
}
