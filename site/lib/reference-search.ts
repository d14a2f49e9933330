/** What the search knows of an export or a member. */
export interface Entry {
  /** `chart`, or `Tensor.matmul`. */
  name: string;
  kind: string;
  href: string;
  /** The first sentence of its description. */
  words: string;
}

/** The entries that fit best, best first: by name, then by all the words in name and description. */
export function find(entries: readonly Entry[], wanted: string, limit: number): Entry[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return entries
    .map((entry, order) => ({ entry, order, rank: rank(entry, words) }))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .slice(0, limit)
    .map(({ entry }) => entry);
}

/** 0 is best; infinite where a word is missing. */
function rank({ name, words: sentence }: Entry, words: readonly string[]): number {
  const whole = name.toLowerCase();
  const own = whole.slice(whole.lastIndexOf(".") + 1);
  const wanted = words.join("");
  const member = whole === own ? 0 : 0.5;
  if (whole === wanted) return 0;
  if (own === wanted) return 1 + member;
  if (own.startsWith(wanted) || whole.startsWith(wanted)) return 2 + member;
  if (whole.includes(wanted)) return 4 + member;
  const all = `${whole} ${sentence.toLowerCase()}`;
  return words.every((word) => all.includes(word)) ? 6 + member : Number.POSITIVE_INFINITY;
}
