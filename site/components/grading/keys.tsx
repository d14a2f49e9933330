"use client";

import { useEffect, useRef, useState } from "react";
import { store, stored } from "@/lib/storage";
import styles from "./grading.module.css";

const KEY = "gradus.grading.keys";

/** Single keys of the reading page, and whether they are listened to: some need them for other things. */
export function useKeys(actions: Record<string, (() => void) | undefined>) {
  const [on, setOn] = useState(true);
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => setOn(stored(KEY) !== "off"), []);
  useEffect(() => {
    if (!on) return;
    function press(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (
        target.closest(
          "input:not([type=checkbox]), textarea, select, [contenteditable=true], dialog",
        )
      )
        return;
      const action = latest.current[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    }
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [on]);
  return {
    on,
    set(next: boolean) {
      setOn(next);
      store(KEY, next ? "on" : "off");
    },
  };
}

/** What the keys do, and the switch for them. */
export function KeysHelp({ keys }: { keys: ReturnType<typeof useKeys> }) {
  return (
    <details className={styles.keys}>
      <summary>Keys</summary>
      <label>
        <input
          type="checkbox"
          checked={keys.on}
          onChange={(event) => keys.set(event.target.checked)}
        />{" "}
        Listen to single keys
      </label>
      <dl>
        <div>
          <dt>
            <kbd>j</kbd> <kbd>k</kbd>
          </dt>
          <dd>the next learner, the one before</dd>
        </div>
        <div>
          <dt>
            <kbd>1</kbd> … <kbd>0</kbd>
          </dt>
          <dd>give or take a criterion of the rubric</dd>
        </div>
        <div>
          <dt>
            <kbd>c</kbd>
          </dt>
          <dd>comment on the whole</dd>
        </div>
        <div>
          <dt>
            <kbd>r</kbd>
          </dt>
          <dd>read, or not read</dd>
        </div>
        <div>
          <dt>
            <kbd>d</kbd>
          </dt>
          <dd>compare, or side by side</dd>
        </div>
      </dl>
      <p className="muted">
        At a line’s number, the arrow keys go from line to line and Enter comments on one.
      </p>
    </details>
  );
}
