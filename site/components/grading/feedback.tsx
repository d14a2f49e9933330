"use client";

import type { ExerciseGrade, Feedback } from "@gradus/grader/service";
import type { ReactNode } from "react";
import { getFeedback } from "@/lib/grading";
import styles from "../account/account.module.css";
import { useLoad } from "../account/load";
import { short } from "../account/report";
import { TroubleNote } from "../account/trouble";
import { CommentCard, UnderLine } from "./comments";
import own from "./grading.module.css";
import { inPointsSigned, partsOf, signed } from "./points";

/**
 * What was said of a learner's submission: the grade and how it came about, and the comments; those on a
 * line come out through `children`, to stand beside it.
 */
export function WithFeedback({
  id,
  children,
}: {
  id: string;
  children: (under: ((line: number) => ReactNode) | undefined) => ReactNode;
}) {
  const feedback = useLoad(`feedback ${id}`, (signal) => getFeedback(id, signal));
  const said = feedback.state === "done" ? feedback.data : undefined;
  const onLine = said?.comments.filter(({ line }) => line !== null) ?? [];
  return (
    <>
      {feedback.state === "failed" && (
        <TroubleNote error={feedback.error}>
          <button type="button" className="button button--small" onClick={feedback.reload}>
            Load the comments again
          </button>
        </TroubleNote>
      )}
      {said && <Said of={said} />}
      {children(
        onLine.length === 0
          ? undefined
          : (line) => {
              const here = onLine.filter((comment) => comment.line === line);
              return (
                here.length > 0 && (
                  <UnderLine>
                    {here.map((comment) => (
                      <CommentCard key={comment.id} comment={comment} />
                    ))}
                  </UnderLine>
                )
              );
            },
      )}
    </>
  );
}

function Said({ of }: { of: Feedback }) {
  const whole = of.comments.filter(({ line }) => line === null);
  const lines = new Set(of.comments.flatMap(({ line }) => line ?? []));
  if (!of.released)
    return (
      <p className="note">
        Your grade is not released yet. The checks below are what the grader found by itself.
      </p>
    );
  const { grade } = of;
  const something = of.comments.length > 0 || of.marks.length > 0 || of.note || of.points !== null;
  if (!something && !grade?.override && !(grade && of.counts && grade.deducted > 0)) return null;
  return (
    <section className="panel" aria-label="What was said of your work">
      {grade && (
        <>
          <h2 className={styles.panelTitle}>
            {grade.score === null
              ? "Not graded yet"
              : `${short(grade.score)} of ${short(grade.maxScore)} points`}
          </h2>
          {of.counts || grade.override ? (
            <Composition grade={grade} />
          ) : (
            grade.attempt !== null && (
              <p className="ui">
                Another attempt counts for your grade: attempt {grade.attempt} of {grade.attempts}.
              </p>
            )
          )}
        </>
      )}
      {of.marks.length > 0 && (
        <ul className={own.given}>
          {of.marks.map(({ description, points }) => (
            <li key={description}>
              <span className={own.givenPoints}>{signed(points)}</span> {description}
            </li>
          ))}
        </ul>
      )}
      {(of.note || of.points !== null) && (
        <p className="ui">
          {of.points !== null && <strong>{inPointsSigned(of.points)} besides. </strong>}
          <span className={own.text}>{of.note}</span>
        </p>
      )}
      {whole.map((comment) => (
        <CommentCard key={comment.id} comment={comment} />
      ))}
      {lines.size > 0 && (
        <p className="ui muted">
          {lines.size === 1 ? "A line" : `${lines.size} lines`} of your code below{" "}
          {lines.size === 1 ? "has a comment" : "have comments"}.
        </p>
      )}
    </section>
  );
}

/** How a score came about: what it is the sum of, and the words for it. */
export function Composition({ grade }: { grade: ExerciseGrade }) {
  const parts = partsOf(grade);
  return (
    <div className={own.composition}>
      {parts.length > 1 && (
        <dl>
          {parts.map(({ name, points }, index) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{index === 0 ? short(points) : signed(points)}</dd>
            </div>
          ))}
          <div>
            <dt>{grade.override ? "That would be" : "Together"}</dt>
            <dd>
              {short((grade.override ? grade.override.instead : grade.score) ?? 0)} of{" "}
              {short(grade.maxScore)}
            </dd>
          </div>
        </dl>
      )}
      <p className={own.why}>{sentence(grade.explanation)}</p>
    </div>
  );
}

const sentence = (text: string) =>
  text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
