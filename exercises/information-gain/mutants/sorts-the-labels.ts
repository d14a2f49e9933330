// caught by: the lists stay as they were
function entropy(labels: string[]): number {
  // Sorting counts runs of equal labels, and sorts the list that was handed in.
  labels.sort();
  let bits = 0;
  for (let i = 0, from = 0; i < labels.length; i++)
    if (labels[i] !== labels[i + 1]) {
      const share = (i + 1 - from) / labels.length;
      bits -= share * Math.log2(share);
      from = i + 1;
    }
  return bits;
}
function gain(labels: string[], goesLeft: boolean[]): number {
  const left = labels.filter((_, i) => goesLeft[i]);
  const right = labels.filter((_, i) => !goesLeft[i]);
  const share = left.length / labels.length;
  return entropy(labels) - share * entropy(left) - (1 - share) * entropy(right);
}
