/**
 * The rows of a pack's table, without its line of headings. The packs need no quotes: their
 * builder refuses values that would.
 */
export function readCsv(csv: string): string[][] {
  const [, ...lines] = csv.trimEnd().split("\n");
  return lines.map((line) => line.split(","));
}

/** An empty field is a missing value. */
export function numberOrNull(field: string): number | null {
  return field === "" ? null : Number(field);
}
