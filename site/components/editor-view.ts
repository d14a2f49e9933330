import {
  autocompletion,
  type CompletionContext,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completeFromList,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript, javascriptLanguage, typescriptLanguage } from "@codemirror/lang-javascript";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { EditorState, type Range, StateEffect, StateField, type Text } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { Diagnostic } from "@gradus/grader/checks";
import * as gradus from "gradus";
import { codeStyle } from "./editor-style";

export interface EditorHandle {
  setValue(value: string): void;
  markLine(line: number | undefined): void;
  markRemarks(remarks: readonly Diagnostic[]): void;
  focus(): void;
  destroy(): void;
}

interface EditorOptions {
  value: string;
  label: string;
  onChange(value: string): void;
  onRun(): void;
  onLeave(): void;
}

const setMarkedLine = StateEffect.define<number | undefined>();
const markedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setMarkedLine)) {
        const line = effect.value;
        if (line === undefined || line < 1 || line > transaction.state.doc.lines)
          return Decoration.none;
        const { from } = transaction.state.doc.line(line);
        return Decoration.set(Decoration.line({ class: "cm-marked-line" }).range(from));
      }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const setRemarks = StateEffect.define<readonly Diagnostic[]>();
const remarked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setRemarks))
        return Decoration.set(
          effect.value.flatMap((remark) => remarkMarks(transaction.state.doc, remark)),
          true,
        );
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The line of a remark, and what it means in it. */
function remarkMarks(
  doc: Text,
  { line, column, endLine, endColumn }: Diagnostic,
): Range<Decoration>[] {
  const begin = doc.line(Math.min(line, doc.lines));
  const last = doc.line(Math.min(endLine ?? line, doc.lines));
  const from = Math.min(begin.from + column - 1, begin.to);
  const to = Math.min(last.from + (endColumn ?? column + 1) - 1, last.to);
  const whole = Decoration.line({ class: "cm-marked-line" }).range(begin.from);
  return to > from ? [whole, Decoration.mark({ class: "cm-remark" }).range(from, to)] : [whole];
}

// What a cell can import, as completions, and after a dot the members of all that the library makes.
const exported = completeFromList(
  Object.entries(gradus).map(([label, value]) => ({
    label,
    type: typeof value === "function" ? (/^[A-Z]/.test(label) ? "class" : "function") : "variable",
    detail: "gradus",
  })),
);
const memberOptions = [...membersByName()].map(([label, owners]) => ({
  label,
  type: "method",
  detail: owners.length > 3 ? `${owners.slice(0, 3).join(", ")}, …` : owners.join(", "),
}));

/** Methods and accessors of the library's classes, each with the classes that have it. */
function membersByName(): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const [owner, value] of Object.entries(gradus)) {
    if (typeof value !== "function" || !/^[A-Z]/.test(owner)) continue;
    for (const name of Object.getOwnPropertyNames(value.prototype))
      if (name !== "constructor") members.set(name, [...(members.get(name) ?? []), owner]);
  }
  return members;
}

function library(context: CompletionContext): ReturnType<CompletionSource> {
  const typed = context.matchBefore(/[\w$)\]]\s*\.[\w$]*/);
  if (!typed) return exported(context);
  const from = typed.from + typed.text.indexOf(".") + 1;
  return { from, options: memberOptions, validFor: /^[\w$]*$/ };
}

/** Makes an editor inside `parent`. */
export function createEditor(
  parent: HTMLElement,
  { value, label, onChange, onRun, onLeave }: EditorOptions,
): EditorHandle {
  let quiet = false;
  const run = (): boolean => {
    onRun();
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: value,
      extensions: [
        keymap.of([
          { key: "Mod-Enter", run, preventDefault: true },
          { key: "Shift-Enter", run, preventDefault: true },
        ]),
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("  "),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false }),
        javascript({ typescript: true }),
        typescriptLanguage.data.of({ autocomplete: library }),
        javascriptLanguage.data.of({ autocomplete: library }),
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter" && key !== "Escape"),
          ...historyKeymap,
          indentWithTab,
          {
            key: "Escape",
            run() {
              onLeave();
              return true;
            },
          },
        ]),
        EditorView.contentAttributes.of({
          "aria-label": label,
          spellcheck: "false",
          tabindex: "0",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) onChange(update.state.doc.toString());
        }),
        markedLine,
        remarked,
        codeStyle,
      ],
    }),
  });
  return {
    setValue(text) {
      if (text === view.state.doc.toString()) return;
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      quiet = false;
    },
    markLine: (line) => view.dispatch({ effects: setMarkedLine.of(line) }),
    markRemarks: (remarks) => view.dispatch({ effects: setRemarks.of(remarks) }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
