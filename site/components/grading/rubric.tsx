"use client";

import type { Criterion } from "@gradus/grader/service";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import type { ApiError } from "@/lib/api";
import { addCriterion, changeCriterion, deleteCriterion } from "@/lib/grading";
import { TroubleNote } from "../account/trouble";
import styles from "./grading.module.css";
import { readPoints, signed } from "./points";

/** The keys that give or take a criterion, in the rubric's order. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

const touched = (count: number) =>
  count === 1 ? "1 graded submission meets it" : `${count} graded submissions meet it`;

/**
 * An exercise's rubric: to be given to a submission, where there is one, and to be changed. A change holds
 * for every submission that meets the criterion, and says how many before it is made.
 */
export function Rubric({
  course,
  exercise,
  criteria,
  marks,
  onMark,
  onChange,
}: {
  course: string;
  exercise: string;
  criteria: Criterion[];
  /** What the submission on show meets. */
  marks?: ReadonlySet<string>;
  onMark?: (criterion: Criterion, meets: boolean) => void;
  onChange: () => void;
}) {
  const [editing, setEditing] = useState<string | null>(null);
  return (
    <div className={styles.rubric}>
      {criteria.length === 0 && (
        <p className="muted ui">
          No criteria yet. A criterion is something you look for in everybody’s work; give each the
          points it adds or takes.
        </p>
      )}
      <ul className={styles.criteria}>
        {criteria.map((criterion, index) =>
          editing === criterion.id ? (
            <li key={criterion.id}>
              <CriterionForm
                criterion={criterion}
                onSave={async (wanted) => {
                  await changeCriterion(course, exercise, criterion.id, wanted);
                  setEditing(null);
                  onChange();
                }}
                onDelete={async () => {
                  await deleteCriterion(course, exercise, criterion.id);
                  setEditing(null);
                  onChange();
                }}
                onCancel={() => setEditing(null)}
              />
            </li>
          ) : (
            <li key={criterion.id} className={styles.criterion}>
              {onMark ? (
                <label>
                  <input
                    type="checkbox"
                    checked={marks?.has(criterion.id) ?? false}
                    onChange={(event) => onMark(criterion, event.target.checked)}
                  />
                  <span className={styles.givenPoints}>{signed(criterion.points)}</span>
                  <span>{criterion.description}</span>
                </label>
              ) : (
                <span className={styles.criterionText}>
                  <span className={styles.givenPoints}>{signed(criterion.points)}</span>
                  <span>{criterion.description}</span>
                </span>
              )}
              {onMark && KEYS[index] && <kbd>{KEYS[index]}</kbd>}
              {!onMark && (
                <span className="muted">
                  {criterion.submissions === 1
                    ? "1 submission"
                    : `${criterion.submissions} submissions`}
                </span>
              )}
              <button
                type="button"
                className="button button--small button--quiet"
                aria-label={`Change “${criterion.description}”`}
                onClick={() => setEditing(criterion.id)}
              >
                <span aria-hidden="true">✎</span>
              </button>
            </li>
          ),
        )}
      </ul>
      {editing === "new" ? (
        <CriterionForm
          onSave={async (wanted) => {
            await addCriterion(course, exercise, wanted);
            setEditing(null);
            onChange();
          }}
          onCancel={() => setEditing(null)}
        />
      ) : (
        <button type="button" className="button button--small" onClick={() => setEditing("new")}>
          Add a criterion
        </button>
      )}
    </div>
  );
}

function CriterionForm({
  criterion,
  onSave,
  onDelete,
  onCancel,
}: {
  criterion?: Criterion;
  onSave: (wanted: { description: string; points: number }) => Promise<void>;
  onDelete?: () => Promise<void>;
  onCancel: () => void;
}) {
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [description, setDescription] = useState(criterion?.description ?? "");
  const [points, setPoints] = useState(criterion ? String(criterion.points) : "");
  const [wrong, setWrong] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ApiError | null>(null);
  useEffect(() => first.current?.focus(), []);
  const count = criterion?.submissions ?? 0;

  async function run(work: () => Promise<void>) {
    if (busy) return;
    setBusy(true);
    setFailed(null);
    try {
      await work();
    } catch (error) {
      setFailed(error as ApiError);
      setBusy(false);
    }
  }
  function save(event: FormEvent) {
    event.preventDefault();
    const read = readPoints(points);
    setWrong(read === undefined);
    if (read === undefined || description.trim() === "") return;
    void run(() => onSave({ description: description.trim(), points: read }));
  }
  return (
    <form
      className={styles.criterionForm}
      onSubmit={save}
      aria-label={criterion ? `Change “${criterion.description}”` : "A new criterion"}
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <div className="field">
        <label htmlFor={`${id}-what`}>What you look for</label>
        <input
          ref={first}
          id={`${id}-what`}
          maxLength={300}
          required
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-points`}>Points, with a minus to take some</label>
        <input
          id={`${id}-points`}
          inputMode="text"
          required
          aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          value={points}
          onChange={(event) => setPoints(event.target.value)}
        />
        {wrong && (
          <p className="field__error" id={`${id}-wrong`}>
            Write a number, such as 2, −1 or 0.5.
          </p>
        )}
      </div>
      {count > 0 && (
        <p className="note" role="status">
          {deleting
            ? `${touched(count)}: they lose it, and their scores change.`
            : `${touched(count)}: a change holds for ${count === 1 ? "it" : "all of them"}, at once.`}
        </p>
      )}
      {failed && <TroubleNote error={failed} />}
      <div className="buttons">
        {deleting && onDelete ? (
          <>
            <button
              type="button"
              className="button button--small button--alarm"
              aria-disabled={busy}
              onClick={() => run(onDelete)}
            >
              Delete it
            </button>
            <button
              type="button"
              className="button button--small"
              onClick={() => setDeleting(false)}
            >
              Keep it
            </button>
          </>
        ) : (
          <>
            <button
              type="submit"
              className="button button--small button--primary"
              aria-disabled={busy}
            >
              {criterion ? "Save" : "Add"}
            </button>
            <button type="button" className="button button--small" onClick={onCancel}>
              Cancel
            </button>
            {onDelete && (
              <button
                type="button"
                className="button button--small button--quiet"
                onClick={() => setDeleting(true)}
              >
                Delete …
              </button>
            )}
          </>
        )}
      </div>
    </form>
  );
}
