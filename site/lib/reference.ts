import "server-only";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cache } from "react";
import type { Item, Member, Reference, Theme } from "../../lib/reference/model.ts";
import { root } from "./chapters";

export type {
  Item,
  Kind,
  Member,
  Section,
  Signature,
  Source,
  Theme,
} from "../../lib/reference/model.ts";

const file = join(root, "lib", "dist", "reference.json");

/** The library's reference by themes; read once a build. */
export const themes = cache((): readonly Theme[] => {
  if (!existsSync(file))
    throw new Error(`${file} is missing: \`npm run reference -w lib\` writes it`);
  return (JSON.parse(readFileSync(file, "utf8")) as Reference).themes;
});

const byName = cache(
  () => new Map(themes().flatMap(({ items }) => items.map((item) => [item.name, item] as const))),
);

export const itemBySlug = (slug: string): { item: Item; theme: Theme } | undefined => {
  for (const theme of themes())
    for (const item of theme.items) if (item.slug === slug) return { item, theme };
  return undefined;
};

/** Whether it exists for the compiler alone. */
export const isType = ({ kind }: Item): boolean => kind === "interface" || kind === "type";

export const itemByName = (name: string): Item | undefined => byName().get(name);

export const membersOf = (item: Item): Member[] => item.sections.flatMap(({ members }) => members);

/** Where `Rng` or `Tensor.matmul` is explained, if the library exports it. */
export function hrefOf(name: string): string | undefined {
  const [owner, ...rest] = name.split(".");
  const item = itemByName(owner);
  if (!item) return undefined;
  const page = `/reference/${item.slug}`;
  if (rest.length === 0) return page;
  const member = membersOf(item).find((one) => one.name === rest.join("."));
  if (member) return `${page}#${member.anchor}`;
  const above = item.inherited.find(({ names }) => names.includes(rest.join(".")));
  return above ? hrefOf(`${above.from}.${rest.join(".")}`) : undefined;
}

/** The first sentence of a text in markdown, for lists. */
export function firstSentence(doc: string): string {
  const paragraph = doc.split(/\n\s*\n/)[0].replace(/\s+/g, " ");
  // A full stop ends a sentence where a new one begins, and not in "e.g." or "1.5".
  return /^.*?[.!?](?=\s+[A-Z[`(]|$)/.exec(paragraph)?.[0] ?? paragraph;
}

/** Markdown as plain words, where only words can be shown. */
export const plainWords = (doc: string): string =>
  doc
    .replace(/\[`?([^\]`]+)`?\]\((?:ref:|https?:)[^)]*\)/g, "$1")
    .replace(/[`*]/g, "")
    .replace(/\$([^$]+)\$/g, "$1");
