/** Two sources side by side, or one in the other, with what differs marked. Loaded when it is asked for. */
import { javascript } from "@codemirror/lang-javascript";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { codeStyle } from "../editor-style";

export interface Sources {
  /** What it is compared with. */
  before: string;
  after: string;
  /** What the two are, for screen readers. */
  labels: { before: string; after: string };
}

// The library's own colors are written with more classes than these, so some must insist.
const theme = EditorView.theme({
  ".cm-gutters": { backgroundColor: "transparent" },
  ".cm-changedLine, .cm-insertedLine": {
    backgroundColor: "var(--activation-wash) !important",
  },
  "&.cm-merge-a .cm-changedLine, .cm-deletedChunk, .cm-deletedLine": {
    backgroundColor: "var(--gradient-wash) !important",
  },
  ".cm-changedText, .cm-deletedText": {
    background: "none !important",
    textDecoration: "underline 2px",
    textUnderlineOffset: "0.2em",
  },
  ".cm-changedLineGutter": { background: "var(--activation) !important" },
  "&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter": {
    background: "var(--gradient) !important",
  },
  ".cm-collapsedLines": {
    background: "var(--paper-3) !important",
    color: "var(--ink-2) !important",
    fontFamily: "var(--sans)",
  },
});

const reading = (label: string): Extension => [
  lineNumbers(),
  javascript({ typescript: true }),
  codeStyle,
  theme,
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
];

const collapseUnchanged = { margin: 3, minSize: 6 };

/** Puts the difference into `parent`; `wide` has room for two columns. Gives the way to take it away. */
export function showDiff(
  parent: HTMLElement,
  { before, after, labels }: Sources,
  wide: boolean,
): () => void {
  const view = wide
    ? new MergeView({
        a: { doc: before, extensions: reading(labels.before) },
        b: { doc: after, extensions: reading(labels.after) },
        collapseUnchanged,
        parent,
      })
    : new EditorView({
        doc: after,
        extensions: [
          reading(`${labels.after}, with what was otherwise in ${labels.before}`),
          unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged }),
        ],
        parent,
      });
  return () => view.destroy();
}
