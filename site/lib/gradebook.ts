/** Choosing from lists of people and attempts, apart from how it looks. */

/** True when a text has every word of the filter in it, whatever the case and accents. */
export function hasWords(text: string, filter: string): boolean {
  const words = plain(filter).split(/\s+/).filter(Boolean);
  const all = plain(text);
  return words.every((word) => all.includes(word));
}

const plain = (text: string) =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();

/** The attempt to show first: the one that counts, so the best; of equals, the first to get there. */
export function best<T extends { points: number | null; attempt: number }>(list: T[]): T {
  return list.reduce((top, one) => {
    const gain = (one.points ?? -1) - (top.points ?? -1);
    return gain > 0 || (gain === 0 && one.points !== null && one.attempt < top.attempt) ? one : top;
  });
}
