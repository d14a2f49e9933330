// caught by: the entropy of small groups; the best cut on flipper length; random labels of many kinds; a question that does not divide; the lists stay as they were
function entropy(labels: string[]): number {
  // Only for two kinds.
  const share = labels.filter((label) => label === labels[0]).length / labels.length;
  if (share === 1) return 0;
  return -share * Math.log2(share) - (1 - share) * Math.log2(1 - share);
}
function gain(labels: string[], goesLeft: boolean[]): number {
  const left = labels.filter((_, i) => goesLeft[i]);
  const right = labels.filter((_, i) => !goesLeft[i]);
  let after = 0;
  for (const side of [left, right])
    if (side.length > 0) after += (side.length / labels.length) * entropy(side);
  return entropy(labels) - after;
}
