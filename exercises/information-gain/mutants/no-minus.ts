// caught by: the entropy of small groups; random labels of many kinds; the best cut on flipper length; the gain of a question, by hand; a question that does not divide; the lists stay as they were
function entropy(labels: string[]): number {
  // The minus is missing.
  let bits = 0;
  for (const kind of new Set(labels)) {
    const share = labels.filter((label) => label === kind).length / labels.length;
    bits += share * Math.log2(share);
  }
  return bits;
}
function gain(labels: string[], goesLeft: boolean[]): number {
  const left = labels.filter((_, i) => goesLeft[i]);
  const right = labels.filter((_, i) => !goesLeft[i]);
  let after = 0;
  for (const side of [left, right])
    if (side.length > 0) after += (side.length / labels.length) * entropy(side);
  return entropy(labels) - after;
}
