"use client";

import type { Diagnostic } from "@gradus/grader/checks";
import { useEffect, useRef, useState } from "react";
import type { EditorHandle } from "./editor-view";

interface EditorProps {
  /** What the editor begins with; later changes from outside come in too (a reset). */
  value: string;
  onChange(value: string): void;
  /** Names the field for screen readers. */
  label: string;
  /** Ctrl-Enter, and Shift-Enter. */
  onRun?(): void;
  /** Escape: the reader wants out. */
  onLeave?(): void;
  focus?: boolean;
  /** A line to point at, counted from 1. */
  markedLine?: number;
  /** Places that the compiler has something to say about. */
  remarks?: readonly Diagnostic[];
}

/** A code editor. Its 100 KB of script are fetched when the first one is shown; until then, a plain text field. */
export function Editor({
  value,
  onChange,
  label,
  onRun,
  onLeave,
  focus,
  markedLine,
  remarks,
}: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorHandle | null>(null);
  const [ready, setReady] = useState(false);
  // The editor outlives renders; it always calls the newest handlers.
  const latest = useRef({ value, onChange, onRun, onLeave });
  latest.current = { value, onChange, onRun, onLeave };

  useEffect(() => {
    let ended = false;
    import("./editor-view").then(({ createEditor }) => {
      if (ended || !place.current) return;
      view.current = createEditor(place.current, {
        value: latest.current.value,
        label,
        onChange: (text) => latest.current.onChange(text),
        onRun: () => latest.current.onRun?.(),
        onLeave: () => latest.current.onLeave?.(),
      });
      setReady(true);
      if (focus) view.current.focus();
    });
    return () => {
      ended = true;
      view.current?.destroy();
      view.current = null;
    };
  }, [label, focus]);

  useEffect(() => view.current?.setValue(value), [value]);
  useEffect(() => {
    if (ready) view.current?.markLine(markedLine);
  }, [markedLine, ready]);
  useEffect(() => {
    if (ready) view.current?.markRemarks(remarks ?? []);
  }, [remarks, ready]);

  return (
    <div className="editor">
      {!ready && (
        <textarea
          className="editor__plain"
          aria-label={label}
          value={value}
          rows={value.split("\n").length}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <div ref={place} />
    </div>
  );
}
