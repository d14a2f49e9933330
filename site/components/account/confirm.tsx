"use client";

import { type ReactNode, useEffect, useId, useRef } from "react";
import styles from "./account.module.css";

/** Asks before something that is hard to take back. Shown as long as it is mounted. */
export function Confirm({
  title,
  children,
  action,
  alarm = false,
  busy = false,
  onConfirm,
  onCancel,
}: {
  title: string;
  children: ReactNode;
  /** What the button that does it says: a verb. */
  action: string;
  /** Whether it takes something away. */
  alarm?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
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
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <h2 id={id} className={styles.panelTitle}>
        {title}
      </h2>
      {children}
      <div className="buttons">
        <button
          type="button"
          className={`button ${alarm ? "button--alarm" : "button--primary"}`}
          disabled={busy}
          onClick={onConfirm}
        >
          {action}
        </button>
        {/* What takes something away is not one Enter away. */}
        {/* biome-ignore lint/a11y/noAutofocus: a dialog must place the focus. */}
        <button type="button" className="button" autoFocus={alarm} onClick={onCancel}>
          Cancel
        </button>
      </div>
    </dialog>
  );
}
