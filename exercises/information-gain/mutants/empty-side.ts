// caught by: a question that does not divide
function entropy(labels: string[]): number {
  // An empty side: 0 divided by 0.
  const kinds = labels.length > 0 ? [...new Set(labels)] : [undefined];
  let bits = 0;
  for (const kind of kinds) {
    const share = labels.filter((label) => label === kind).length / labels.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
function gain(labels: string[], goesLeft: boolean[]): number {
  const left = labels.filter((_, i) => goesLeft[i]);
  const right = labels.filter((_, i) => !goesLeft[i]);
  const share = left.length / labels.length;
  return entropy(labels) - share * entropy(left) - (1 - share) * entropy(right);
}
