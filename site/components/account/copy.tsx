"use client";

import { useEffect, useRef, useState } from "react";
import styles from "./account.module.css";

/** A line of text to be copied, with its button. Where the clipboard is closed, it selects the text. */
export function CopyLine({ label, text }: { label: string; text: string }) {
  const [said, setSaid] = useState("");
  const line = useRef<HTMLElement>(null);

  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), 4000);
    return () => clearTimeout(timer);
  }, [said]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      if (line.current) window.getSelection()?.selectAllChildren(line.current);
      setSaid("Selected: copy it with Ctrl C or ⌘ C");
    }
  }

  return (
    <div className={styles.copy}>
      <span className={styles.copyLabel}>{label}</span>
      <div className={styles.copyRow}>
        <code ref={line}>{text}</code>
        <button type="button" className="button button--small" onClick={copy}>
          Copy<span className="visually-hidden"> {label}</span>
        </button>
      </div>
      <span className={styles.copySaid} role="status">
        {said}
      </span>
    </div>
  );
}
