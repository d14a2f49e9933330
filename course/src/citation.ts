/** How a reference is named in running text. */
export interface Citation {
  /** "Rosenblatt", "Minsky and Papert", "Rumelhart et al." */
  authors: string;
  /** "1958", with a letter where a list has two of one year. */
  year: string;
}

/**
 * Reads authors and year off a reference written as `Surname, F., & Surname, G. (year). Title. Where.`
 * Returns null where the text does not begin so.
 */
export function citation({ text }: { text: string }): Citation | null {
  const match = /^(.+?)\s*\((\d{4}[a-z]?)\)/s.exec(text);
  if (!match) return null;
  const [, people, year] = match;
  // A surname stands before a comma and initials; an organization stands alone.
  const surnames = [...people.matchAll(/([^,&]+?),\s*(?:\p{Lu}[\p{L}'’]*\.?[\s-]*)+/gu)].map(
    ([, name]) => name.replace(/^\s*(?:and\s+|\.\s*)/, "").trim(),
  );
  if (surnames.length === 0) surnames.push(people.replace(/[.,\s]+$/, ""));
  const authors = surnames.length > 2 ? `${surnames[0]} et al.` : surnames.join(" and ");
  return { authors, year };
}
