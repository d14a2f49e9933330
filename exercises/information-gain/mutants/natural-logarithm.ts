// caught by: the entropy of small groups; the gain of a question, by hand; the best cut on flipper length; random labels of many kinds; a question that does not divide; the lists stay as they were
function entropy(labels: string[]): number {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / labels.length;
    bits -= share * Math.log(share);
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
