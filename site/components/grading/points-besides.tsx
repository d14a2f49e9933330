"use client";

import type { Grading, GradingChange } from "@gradus/grader/service";
import { type FormEvent, useId, useState } from "react";
import styles from "./grading.module.css";
import { readPoints } from "./points";

/** Points given or taken besides the rubric, and why. Mount it anew for another submission. */
export function PointsBesides({
  grading,
  onChange,
}: {
  grading: Grading;
  onChange: (change: GradingChange) => Promise<boolean>;
}) {
  const id = useId();
  const [points, setPoints] = useState(grading.points === null ? "" : String(grading.points));
  const [note, setNote] = useState(grading.note ?? "");
  const [wrong, setWrong] = useState(false);
  const [said, setSaid] = useState("");
  const read = points.trim() === "" ? null : readPoints(points);
  const text = note.trim() === "" ? null : note.trim();
  const changed = read !== grading.points || text !== grading.note;

  async function save(event: FormEvent) {
    event.preventDefault();
    setWrong(read === undefined);
    setSaid("");
    if (read === undefined || !changed) return;
    if (await onChange({ points: read, note: text })) setSaid("Saved.");
  }
  return (
    <form className={styles.besides} onSubmit={save} aria-label="Points besides">
      <div className="field">
        <label htmlFor={`${id}-points`}>Points besides</label>
        <input
          id={`${id}-points`}
          inputMode="text"
          placeholder="none"
          aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          value={points}
          onChange={(event) => setPoints(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-note`}>What for</label>
        <input
          id={`${id}-note`}
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      <button
        type="submit"
        className="button button--small"
        aria-disabled={!changed}
        aria-label="Save the points"
      >
        Save
      </button>
      {wrong && (
        <p className="field__error" id={`${id}-wrong`}>
          Write a number, such as 2, −1 or 0.5, or nothing.
        </p>
      )}
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </form>
  );
}
