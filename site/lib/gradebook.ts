/** The gradebook's order and choice, apart from how it looks. */
import type { GradebookRow } from "@gradus/grader/service";

/** A column to sort by: `name`, `points`, or the name of an exercise. */
export type Column = { by: string; down: boolean };

/** Rows whose name or e-mail has every word of the filter in it, whatever the case and accents. */
export function matching(rows: GradebookRow[], filter: string): GradebookRow[] {
  return rows.filter((row) => hasWords(`${row.name} ${row.email}`, filter));
}

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

/** A new order; who has nothing in the column comes last either way, equals stand by name. */
export function sorted(rows: GradebookRow[], { by, down }: Column): GradebookRow[] {
  const value = (row: GradebookRow) =>
    by === "points" ? row.points : (row.cells[by]?.points ?? null);
  const byName = (a: GradebookRow, b: GradebookRow) =>
    a.name.localeCompare(b.name, "en", { sensitivity: "base", numeric: true });
  return [...rows].sort((a, b) => {
    if (by === "name") return down ? byName(b, a) : byName(a, b);
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || byName(a, b);
    return (down ? y - x : x - y) || byName(a, b);
  });
}

/** The attempt to show first: the one that counts, so the best; of equals, the first to get there. */
export function best<T extends { points: number | null; attempt: number }>(list: T[]): T {
  return list.reduce((top, one) => {
    const gain = (one.points ?? -1) - (top.points ?? -1);
    return gain > 0 || (gain === 0 && one.points !== null && one.attempt < top.attempt) ? one : top;
  });
}
