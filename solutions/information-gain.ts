/**
 * How many bits it takes to say which label a bird of this group has: 0 for a pure group, 1 for two kinds half and half.
 * labels [n], n at least 1
 */
export function entropy(labels: string[]): number {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / labels.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

/** What a question is worth: the entropy before it, less the entropy of its two sides, each by its share. */
export function gain(labels: string[], goesLeft: boolean[]): number {
  const left = labels.filter((_, i) => goesLeft[i]);
  const right = labels.filter((_, i) => !goesLeft[i]);
  let after = 0;
  // An empty side has no labels to be mixed, and no share.
  for (const side of [left, right])
    if (side.length > 0) after += (side.length / labels.length) * entropy(side);
  return entropy(labels) - after;
}
