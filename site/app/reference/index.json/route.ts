import { firstSentence, membersOf, plainWords, themes } from "@/lib/reference";
import type { Entry } from "@/lib/reference-search";

export const dynamic = "force-static";

/** Every name of the reference, for the search in the page. */
export function GET(): Response {
  const wordsOf = (doc: string): string => plainWords(firstSentence(doc)).slice(0, 160);
  const entries = themes().flatMap(({ items }) =>
    items.flatMap((item): Entry[] => {
      const href = `/reference/${item.slug}`;
      return [
        { name: item.name, kind: item.kind, href, words: wordsOf(item.signatures[0].doc) },
        ...membersOf(item)
          .filter(({ kind }) => kind !== "constructor")
          .map((member) => ({
            name: `${item.name}.${member.name}`,
            kind: member.kind,
            href: `${href}#${member.anchor}`,
            words: wordsOf(member.signatures[0].doc),
          })),
      ];
    }),
  );
  return Response.json(entries);
}
