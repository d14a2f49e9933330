"use client";

import type { Comment } from "@gradus/grader/service";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { ApiError } from "@/lib/api";
import { When } from "../account/when";
import styles from "./grading.module.css";

/** What one may do with comments; without it they are only read. */
export interface CommentActions {
  write(line: number | null, body: string): Promise<void>;
  change(comment: Comment, body: string): Promise<void>;
  remove(comment: Comment): Promise<void>;
  /** Who may change a text, and who may delete it. */
  mayChange(comment: Comment): boolean;
  mayDelete(comment: Comment): boolean;
}

/**
 * One comment: who said what, and when. All spans, for it may stand in a line of code.
 */
export function CommentCard({ comment, actions }: { comment: Comment; actions?: CommentActions }) {
  const [editing, setEditing] = useState(false);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  if (editing && actions)
    return (
      <CommentForm
        label={where(comment.line)}
        text={comment.body}
        action="Save"
        onSend={async (body) => {
          await actions.change(comment, body);
          setEditing(false);
        }}
        onCancel={() => setEditing(false)}
      />
    );
  return (
    <span className={styles.card} role="note">
      <span className={styles.cardHead}>
        <strong>{comment.author.name}</strong>{" "}
        <span className="muted">
          <When at={comment.createdAt} />
          {comment.editedAt && ", edited"}
        </span>
      </span>
      <span className={styles.cardBody}>{comment.body}</span>
      {failed && <Failed error={failed} />}
      {actions && (actions.mayChange(comment) || actions.mayDelete(comment)) && (
        <span className="buttons">
          {actions.mayChange(comment) && (
            <button type="button" className="button button--small" onClick={() => setEditing(true)}>
              Edit
            </button>
          )}
          {actions.mayDelete(comment) && (
            <button
              type="button"
              className="button button--small"
              aria-disabled={busy}
              onClick={async () => {
                if (busy) return;
                setBusy(true);
                try {
                  await actions.remove(comment);
                } catch (error) {
                  setFailed(error as ApiError);
                  setBusy(false);
                }
              }}
            >
              Delete
            </button>
          )}
        </span>
      )}
    </span>
  );
}

const where = (line: number | null) => (line === null ? "On the whole" : `On line ${line}`);

function Failed({ error }: { error: ApiError }) {
  return (
    <span className={styles.failed} role="alert">
      {error.message} {error.hint}
    </span>
  );
}

/** Where a comment is written. Ctrl-Enter sends it, Escape gives it up. */
export function CommentForm({
  label,
  text = "",
  action = "Comment",
  onSend,
  onCancel,
}: {
  label: string;
  text?: string;
  action?: string;
  onSend: (body: string) => Promise<void>;
  onCancel: () => void;
}) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [body, setBody] = useState(text);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ApiError | null>(null);
  // One asked for it: that is where one wants to write.
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(text.length, text.length);
  }, [text.length]);
  async function send() {
    if (busy || body.trim() === "") return;
    setBusy(true);
    setFailed(null);
    try {
      await onSend(body.trim());
    } catch (error) {
      setFailed(error as ApiError);
    }
    setBusy(false);
  }
  return (
    <span className={styles.card}>
      <label htmlFor={id}>{label}</label>
      <textarea
        ref={field}
        id={id}
        rows={3}
        maxLength={10_000}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void send();
          }
          if (event.key === "Escape") {
            event.stopPropagation();
            onCancel();
          }
        }}
      />
      {failed && <Failed error={failed} />}
      <span className="buttons">
        <button
          type="button"
          className="button button--small button--primary"
          aria-disabled={busy || body.trim() === ""}
          onClick={send}
        >
          {action}
        </button>
        <button type="button" className="button button--small" onClick={onCancel}>
          Cancel
        </button>
      </span>
    </span>
  );
}

/** A group of cards under a line of code; as wide as one sees of it. */
export const UnderLine = ({ children }: { children: ReactNode }) => (
  <span className={styles.underLine}>{children}</span>
);
