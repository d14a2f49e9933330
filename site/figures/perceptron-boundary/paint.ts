import { createElement, Fragment, type ReactNode } from "react";
import type { Paint, Shape } from "./draw";

/** The drawing's colors on a page: the two classes look as in the chapter's first chart. */
const colors: Record<Parameters<Paint>[0], string> = {
  paper: "var(--paper)",
  ink: "var(--ink)",
  "ink-3": "var(--ink-3)",
  rule: "var(--rule)",
  plus: "var(--gradient)",
  minus: "var(--data)",
  "plus-wash": "var(--gradient-wash)",
  "minus-wash": "var(--data-wash)",
  weight: "var(--weight)",
};
export const paint: Paint = (name) => colors[name];

/** A drawing as React elements. */
export function toReact({ tag, attributes, children }: Shape, index: number): ReactNode {
  const props: Record<string, string | number> = { key: index };
  for (const [name, value] of Object.entries(attributes))
    props[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value;
  return createElement(
    tag,
    props,
    ...(children ?? []).map((child, i) =>
      typeof child === "string" ? createElement(Fragment, { key: i }, child) : toReact(child, i),
    ),
  );
}
