/** How code looks in an editor and in a comparison: as it does in the text. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The same typography as the static code: weight and slant, hardly any color. */
const highlighting = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.modifier, tags.bool, tags.null, tags.self, tags.definitionKeyword],
    class: "k",
  },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], class: "s" },
  { tag: tags.comment, class: "c" },
  { tag: tags.number, class: "n" },
  { tag: [tags.typeName], class: "p" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "transparent", fontSize: "var(--size-code)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { padding: "var(--s3) 0", caretColor: "var(--ink)", fontVariantLigatures: "none" },
  ".cm-line": { padding: "0 var(--s4) 0 var(--s2)" },
  // Code scrolls beneath it; the transparent border lets the focus ring be seen.
  ".cm-gutters": {
    backgroundColor: "var(--paper)",
    backgroundClip: "padding-box",
    border: "1px solid transparent",
    color: "var(--ink-3)",
  },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 var(--s2) 0 var(--s3)", minWidth: "2.4em" },
  "&.cm-focused": { outline: "2px solid var(--ink)", outlineOffset: "-1px" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--edge)",
  },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    {
      backgroundColor: "light-dark(#d5dbe4, #3b4654)",
    },
  ".cm-marked-line": { backgroundColor: "var(--alarm-wash)" },
  ".cm-remark": {
    textDecoration: "underline wavy var(--alarm)",
    textUnderlineOffset: "0.2em",
    textDecorationSkipInk: "none",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    border: "1px solid var(--edge)",
    fontFamily: "var(--mono)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--ink)",
    color: "var(--paper)",
  },
});

export const codeStyle: Extension = [syntaxHighlighting(highlighting), theme];
