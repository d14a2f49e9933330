"use client";

import type { Reading, ReadLearner } from "@gradus/grader/service";
import Link from "next/link";
import { type FormEvent, useId, useState } from "react";
import type { ApiError } from "@/lib/api";
import { type Choice, readingAt, setOverride, takeBackOverride } from "@/lib/grading";
import { short } from "../account/report";
import { TroubleNote } from "../account/trouble";
import { When } from "../account/when";
import { Composition } from "./feedback";
import styles from "./grading.module.css";
import { readPoints } from "./points";

/** What a learner has for the exercise, how that came about, and whether they see it. */
export function Score({
  reading,
  learner,
  choice,
  onChange,
}: {
  reading: Reading;
  learner: ReadLearner;
  choice: Choice;
  onChange: () => void;
}) {
  const { grade, override } = learner;
  const { assignment, submission, learners } = reading;
  if (!assignment)
    return (
      <p className="note">
        This exercise is in no assignment of {reading.course.name}, so it has no grade. What you say
        of it is seen at once.
      </p>
    );
  if (!grade)
    return (
      <p className="note">{learner.name} is not on the roster of this course: there is no grade.</p>
    );
  const other =
    !override && grade.submission !== null && grade.submission !== submission.id
      ? reading.attempts.find((attempt) => attempt.id === grade.submission)
      : undefined;
  return (
    <div className={styles.score}>
      {learners.length > 1 && <h3>{learner.name}</h3>}
      <p className={styles.total}>
        <strong>{grade.score === null ? "–" : short(grade.score)}</strong> of{" "}
        {short(grade.maxScore)} {grade.maxScore === 1 ? "point" : "points"}
      </p>
      <Composition grade={grade} />
      {other && (
        <p className="note">
          Not this attempt, but{" "}
          <Link href={readingAt(other.id, choice)}>attempt {other.attempt}</Link> counts. What you
          give here counts as soon as you give it: an attempt graded by hand goes before the others.
        </p>
      )}
      <p className="muted ui">
        {learner.released
          ? `${learner.name} sees this.`
          : `${learner.name} does not see this yet: it is not released.`}
      </p>
      <OverrideForm reading={reading} learner={learner} onChange={onChange} />
    </div>
  );
}

/** Sets a learner's score whatever else says otherwise, with the reason; or takes that back. */
function OverrideForm({
  reading,
  learner,
  onChange,
}: {
  reading: Reading;
  learner: ReadLearner;
  onChange: () => void;
}) {
  const id = useId();
  const { override } = learner;
  const [open, setOpen] = useState(false);
  const [score, setScore] = useState("");
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const place = [reading.course.id, reading.exercise.name, learner.id] as const;

  async function run(work: () => Promise<unknown>) {
    if (busy) return;
    setBusy(true);
    setFailed(null);
    try {
      await work();
      setOpen(false);
      onChange();
    } catch (error) {
      setFailed(error as ApiError);
    }
    setBusy(false);
  }
  function send(event: FormEvent) {
    event.preventDefault();
    const read = readPoints(score);
    const fits = read !== undefined && read >= 0;
    setWrong(!fits);
    if (fits && reason.trim() !== "")
      void run(() => setOverride(...place, { score: read, reason: reason.trim() }));
  }
  if (!open)
    return (
      <div className={styles.overridden}>
        {override && (
          <p className="ui">
            Set to <strong>{short(override.score)}</strong> by {override.by.name},{" "}
            <When at={override.at} />.
          </p>
        )}
        {failed && <TroubleNote error={failed} />}
        <div className="buttons">
          <button
            type="button"
            className="button button--small"
            onClick={() => {
              setScore(override ? String(override.score) : "");
              setReason(override?.reason ?? "");
              setOpen(true);
            }}
          >
            {override ? "Change the score set" : "Set another score"}
          </button>
          {override && (
            <button
              type="button"
              className="button button--small"
              aria-disabled={busy}
              onClick={() => run(() => takeBackOverride(...place))}
            >
              Take it back
            </button>
          )}
        </div>
      </div>
    );
  return (
    <form
      className={styles.criterionForm}
      aria-label={`Set another score for ${learner.name}`}
      onSubmit={send}
      onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
    >
      <div className="field">
        <label htmlFor={`${id}-score`}>Score, in place of all that is above</label>
        <input
          id={`${id}-score`}
          inputMode="decimal"
          required
          aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          value={score}
          onChange={(event) => setScore(event.target.value)}
        />
        {wrong && (
          <p className="field__error" id={`${id}-wrong`}>
            Write a number from 0, such as 7 or 7.5.
          </p>
        )}
      </div>
      <div className="field">
        <label htmlFor={`${id}-reason`}>Reason, which {learner.name} reads</label>
        <textarea
          id={`${id}-reason`}
          className="input"
          rows={2}
          maxLength={2000}
          required
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      {failed && <TroubleNote error={failed} />}
      <div className="buttons">
        <button type="submit" className="button button--small button--primary" aria-disabled={busy}>
          Set the score
        </button>
        <button type="button" className="button button--small" onClick={() => setOpen(false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
