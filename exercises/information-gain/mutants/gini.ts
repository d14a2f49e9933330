// caught by: the entropy of small groups; the gain of a question, by hand; the best cut on flipper length; random labels of many kinds; a question that does not divide; the lists stay as they were
function entropy(labels: string[]): number {
  let same = 0;
  for (const kind of new Set(labels))
    same += (labels.filter((label) => label === kind).length / labels.length) ** 2;
  return 1 - same;
}
function gain(labels: string[], goesLeft: boolean[]): number {
  const left = labels.filter((_, i) => goesLeft[i]);
  const right = labels.filter((_, i) => !goesLeft[i]);
  let after = 0;
  for (const side of [left, right])
    if (side.length > 0) after += (side.length / labels.length) * entropy(side);
  return entropy(labels) - after;
}
