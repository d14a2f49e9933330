"use client";

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { ApiError } from "@/lib/api";
import account from "../account/account.module.css";
import { Confirm } from "../account/confirm";
import { TroubleNote } from "../account/trouble";
import styles from "./courses.module.css";

/** What is being done, what came of it, and what went wrong: one at a time. */
export function useDoing() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [said, setSaid] = useState<ReactNode>(null);
  return {
    busy,
    error,
    said,
    /** Says something, or nothing any more. */
    say(words: ReactNode) {
      setError(null);
      setSaid(words);
    },
    /** Does it, then says it; true when it was done. */
    async run(work: () => Promise<ReactNode>): Promise<boolean> {
      if (busy) return false;
      setBusy(true);
      setError(null);
      setSaid(null);
      try {
        setSaid(await work());
        return true;
      } catch (error) {
        setError(error as ApiError);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** Where {@link useDoing} speaks. */
export function Said({ by }: { by: ReturnType<typeof useDoing> }) {
  return (
    <>
      {by.error && (
        <TroubleNote error={by.error}>
          {by.error.lines && (
            <ul className={styles.lines}>
              {by.error.lines.map(({ line, message }) => (
                <li key={`${line} ${message}`}>
                  <strong>line {line}</strong>: {message}
                </li>
              ))}
            </ul>
          )}
        </TroubleNote>
      )}
      <div role="status" className={by.said ? "note note--done" : "visually-hidden"}>
        {by.said}
      </div>
    </>
  );
}

/** A label above its control, with a hint below; `children` get the ids that tie them together. */
export function Labelled({
  label,
  hint,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  children: (ids: { id: string; "aria-describedby": string | undefined }) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": hint ? `${id}-hint` : undefined })}
      {hint && (
        <p className="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A box to tick, its words behind it. */
export function Tick({
  label,
  hint,
  checked,
  disabled,
  onChange,
}: {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className={styles.tick}>
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p className="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A button that asks first: for what is lost by pressing it. */
export function Ask({
  label,
  title,
  action,
  busy,
  onConfirm,
  children,
}: {
  label: ReactNode;
  title: string;
  action: string;
  busy: boolean;
  onConfirm: () => Promise<unknown>;
  children: ReactNode;
}) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button button--small button--alarm"
        onClick={() => setAsked(true)}
      >
        {label}
      </button>
      {asked && (
        <Confirm
          title={title}
          action={action}
          alarm
          busy={busy}
          onConfirm={() => onConfirm().finally(() => setAsked(false))}
          onCancel={() => setAsked(false)}
        >
          {children}
        </Confirm>
      )}
    </>
  );
}

/** A form in a dialog, shown as long as it is mounted. */
export function Panel({
  title,
  children,
  onClose,
}: {
  title: string;
  children: ReactNode;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={account.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id} className={account.panelTitle}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}

/** Lets the browser keep `file` under a name. */
export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export const count = (number: number, one: string, many = `${one}s`) =>
  `${number} ${number === 1 ? one : many}`;

/** The day, for names of files: 2026-11-22. */
export const today = () => new Date().toISOString().slice(0, 10);
