"use client";

import { useEffect, useRef, useState } from "react";
import type { CellFailure } from "@/cells/protocol";
import type { CellState } from "@/cells/session";
import { useCell, useCells } from "./cells";
import { Editor } from "./editor";
import { EditIcon, ResetIcon, RunAboveIcon, RunIcon, StopIcon } from "./icons";
import { Outputs } from "./outputs";

/** A live cell: code to read, to run and to change, and below it what it shows. `html`: the code, highlighted. */
export function CellView({ id, html }: { id: string; html: string }) {
  const session = useCells();
  const first = session.isFirst(id);
  const cell = useCell(id);
  const [editing, setEditing] = useState(false);
  const [wantsFocus, setWantsFocus] = useState(false);
  const editButton = useRef<HTMLButtonElement>(null);
  const changed = cell.source !== cell.original;
  const active = cell.status === "running" || cell.status === "waiting";

  // An edit kept from an earlier visit is shown in the editor: the static code is the chapter's.
  useEffect(() => {
    if (changed) setEditing(true);
  }, [changed]);

  const edit = (): void => {
    setWantsFocus(true);
    setEditing(true);
  };
  const lines = cell.source.split("\n").length;

  return (
    <section
      className="cell"
      data-cell={id}
      data-status={cell.status}
      data-stale={isStale(cell) || undefined}
      aria-label={`Cell: ${id.replaceAll("-", " ")}`}
      id={`cell-${id}`}
    >
      <div className="cell__bar">
        {active ? (
          <button type="button" className="button button--small" onClick={() => session.stop()}>
            <StopIcon /> Stop
          </button>
        ) : (
          <button type="button" className="button button--small" onClick={() => session.run(id)}>
            <RunIcon /> Run
          </button>
        )}
        {!first && (
          <button
            type="button"
            className="button button--quiet button--small"
            aria-disabled={active}
            onClick={() => !active && session.runThrough(id)}
          >
            <RunAboveIcon /> <span>Run from the top</span>
          </button>
        )}
        <span className="cell__status" role="status">
          {statusText(cell)}
        </span>
        {changed && (
          <button
            type="button"
            className="button button--quiet button--small"
            onClick={() => {
              session.reset(id);
              setEditing(false);
              editButton.current?.focus();
            }}
          >
            <ResetIcon /> Reset
          </button>
        )}
        <button
          type="button"
          className="button button--quiet button--small"
          ref={editButton}
          aria-pressed={editing}
          onClick={() => (editing && !changed ? setEditing(false) : edit())}
        >
          <EditIcon /> Edit
        </button>
      </div>

      {editing ? (
        <Editor
          value={cell.source}
          onChange={(source) => session.edit(id, source)}
          label={`Code of the cell ${id.replaceAll("-", " ")}. Control-Enter runs it, Escape leaves.`}
          onRun={() => session.run(id)}
          onLeave={() => editButton.current?.focus()}
          focus={wantsFocus}
          markedLine={cell.failure && !cell.failure.cell ? cell.failure.line : undefined}
        />
      ) : (
        <pre className="code" data-numbered={lines > 3 || undefined} data-scrolls="">
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: highlighted on the server from the chapter's own code. */}
          <code dangerouslySetInnerHTML={{ __html: html }} />
        </pre>
      )}

      <div className="cell__outputs">
        {isStale(cell) && (
          <p className="cell__stale">
            The code has changed since this was shown. Run it to see what it does now.
          </p>
        )}
        <div className="cell__shown">
          <Outputs outputs={cell.outputs} trusted={cell.fromNotebook} />
        </div>
        {cell.failure && (
          <Failure
            failure={cell.failure}
            source={cell.ranSource}
            onRunAll={first ? undefined : () => session.runThrough(id)}
          />
        )}
        {cell.note && (
          <p className={cell.status === "failed" ? "note note--failed" : "note"}>{cell.note}</p>
        )}
      </div>
    </section>
  );
}

const isStale = (cell: CellState): boolean =>
  cell.source !== cell.ranSource && (cell.outputs.length > 0 || cell.failure !== undefined);

function statusText(cell: CellState): string {
  switch (cell.status) {
    case "waiting":
      return "waiting";
    case "running":
      return "running …";
    case "done":
      return `ran in ${duration(cell.milliseconds ?? 0)}`;
    case "failed":
      return "failed";
    case "stopped":
      return "stopped";
    default:
      return "";
  }
}

const duration = (ms: number): string =>
  ms < 10
    ? `${ms.toFixed(1)} ms`
    : ms < 1000
      ? `${Math.round(ms)} ms`
      : `${(ms / 1000).toFixed(1)} s`;

/** What went wrong, where, and what to do. */
function Failure({
  failure,
  source,
  onRunAll,
}: {
  failure: CellFailure;
  source: string;
  onRunAll?: () => void;
}) {
  const { name, message, line, cell, hint } = failure;
  const code = line && !cell ? source.split("\n")[line - 1] : undefined;
  return (
    <div className="cell__failure" role="alert">
      <p>
        <strong>{name}</strong>
        {line ? ` on line ${line}` : ""}
        {cell ? ` of the cell “${cell.replaceAll("-", " ")}”` : ""}
      </p>
      <pre className="cell__message">{message}</pre>
      {code?.trim() && (
        <pre className="cell__line">
          <span className="muted">{line} </span>
          {code.trim()}
        </pre>
      )}
      {hint && <p>{hint}</p>}
      {name === "ReferenceError" && onRunAll && (
        <button type="button" className="button button--small" onClick={onRunAll}>
          <RunAboveIcon /> Run from the top to here
        </button>
      )}
    </div>
  );
}
