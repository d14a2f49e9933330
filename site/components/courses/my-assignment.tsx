"use client";

import type {
  ExerciseGrade,
  LearnerAssignment,
  LearnerNext,
  SubmissionSummary,
} from "@gradus/grader/service";
import Link from "next/link";
import { useState } from "react";
import { getSubmission } from "@/lib/api";
import { ownZone, sayWhen } from "@/lib/course-time";
import { myAssignment, mySubmissions } from "@/lib/courses";
import { stateOf, stepsOf } from "@/lib/due";
import type { ExerciseEntry } from "@/lib/exercise-entry";
import account from "../account/account.module.css";
import { Loaded, useLoad } from "../account/load";
import { Checks, short, Verdict } from "../account/report";
import { When } from "../account/when";
import styles from "./courses.module.css";
import { DueWhen } from "./due";
import { count } from "./form";

/** One of a learner's assignments: when, how often, what came of it and why. */
export function MyAssignment({
  course,
  id,
  exercises,
}: {
  course: string;
  id: string;
  exercises: ExerciseEntry[];
}) {
  const assignment = useLoad(`${course} ${id}`, (signal) => myAssignment(course, id, signal));
  return (
    <>
      <p className="ui">
        <Link href="/due">All that is due</Link>
      </p>
      <Loaded of={assignment} what="this assignment">
        {(one) =>
          // Who teaches gets the rules alone, without a grade of their own.
          one.grade ? (
            <View of={one} course={course} exercises={exercises} />
          ) : (
            <section className="panel">
              <h1 className={account.panelTitle}>{one.name}</h1>
              <p>You teach in this course.</p>
              <Link className="button" href={`/instructor/courses/${course}/assignments/${id}`}>
                Its rules
              </Link>
            </section>
          )
        }
      </Loaded>
    </>
  );
}

function View({
  of,
  course,
  exercises,
}: {
  of: LearnerAssignment;
  course: string;
  exercises: ExerciseEntry[];
}) {
  const state = stateOf(of, Date.now());
  const { grade } = of;
  return (
    <>
      <h1>{of.name}</h1>
      <p className="ui">
        <DueWhen of={of} state={state} />{" "}
        {of.extended && "This is your own date: you have an extension."}
      </p>
      <section className="panel" aria-label="Your grade">
        <p className={styles.partHead}>
          <strong>
            {grade.score === null
              ? "No grade yet"
              : `${short(grade.score)} of ${short(grade.maxScore)} points`}
          </strong>
          <span className="ui muted">{besides(grade)}</span>
        </p>
        <ul className={styles.marks}>
          <li>
            {of.lateSubmissionDeduction === 0 || of.dueAt === null
              ? "Lateness costs nothing"
              : `Each day late costs ${short(of.lateSubmissionDeduction)} % of the points${of.lateSubmissionMaximumDeduction < 100 ? `, at most ${short(of.lateSubmissionMaximumDeduction)} %` : ""}`}
          </li>
          <li>
            {of.allowedAttempts === null
              ? "as many attempts as you like"
              : `${count(of.allowedAttempts, "attempt")} at each exercise`}
          </li>
          <li>the {of.scoringPolicy === "keep_latest" ? "last" : "best"} one counts</li>
          {of.group && <li>you hand in together: {of.group.members.join(", ")}</li>}
        </ul>
      </section>
      {of.exercises.map(({ exercise, title }) => {
        const part = grade.exercises.find((one) => one.exercise === exercise);
        const next = of.next.find((one) => one.exercise === exercise);
        return (
          part && (
            <Part
              key={exercise}
              of={of}
              title={title}
              part={part}
              next={next}
              course={course}
              entry={exercises.find(({ name }) => name === exercise)}
            />
          )
        );
      })}
    </>
  );
}

function Part({
  of,
  title,
  part,
  next,
  course,
  entry,
}: {
  of: LearnerAssignment;
  title: string;
  part: ExerciseGrade;
  next: LearnerNext | undefined;
  course: string;
  entry: ExerciseEntry | undefined;
}) {
  const steps = stepsOf(part, of, of.grade.lateDaysUsed);
  return (
    <section className={styles.part} aria-label={title}>
      <div className={styles.partHead}>
        <h2 className={account.panelTitle}>
          {entry?.href ? <Link href={entry.href}>{title}</Link> : title}
        </h2>
        <span className={account.points}>
          {part.score === null ? "–" : short(part.score)} of {short(part.maxScore)}
        </span>
      </div>
      {steps.length > 0 ? (
        <ol className={styles.steps} aria-label="How the score came about">
          {steps.map(({ words, points, kind }) => (
            <li key={words} className={styles.step} data-kind={kind}>
              <span>{words}</span>
              <span>{points}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="ui">{sentence(part.explanation)}</p>
      )}
      {next && <Next of={next} />}
      {part.attempts > 0 && <History course={course} part={part} />}
    </section>
  );
}

/** Whether one can hand in now, and how often still. */
function Next({ of }: { of: LearnerNext }) {
  const { attemptsLeft, hindrance } = of;
  if (hindrance)
    return (
      <p className="note">
        {hindrance.code === "cooling_down" && hindrance.at
          ? `The next attempt can be made from ${sayWhen(hindrance.at, ownZone())} on. Until then, check as often as you like.`
          : sentence(hindrance.message)}
      </p>
    );
  return attemptsLeft === null ? null : (
    <p className="ui">
      <strong>{count(attemptsLeft, "attempt")} left.</strong>
    </p>
  );
}

function History({ course, part }: { course: string; part: ExerciseGrade }) {
  const list = useLoad(`${course} ${part.exercise}`, (signal) =>
    mySubmissions(course, part.exercise, signal),
  );
  return (
    <div>
      <h3 className={account.checksTitle}>Your attempts</h3>
      <Loaded of={list} what="your attempts">
        {(all) => (
          <ol className={styles.attempts}>
            {all.map((one) => (
              <li key={one.id}>
                <Attempt one={one} counts={one.id === part.submission} />
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </div>
  );
}

function Attempt({ one, counts }: { one: SubmissionSummary; counts: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={styles.attemptLine}>
          <span>Attempt {one.attempt}</span>
          <Verdict of={one} />
          <span className="muted">
            <When at={one.receivedAt} />
          </span>
          {counts && <strong>counts</strong>}
        </span>
      </summary>
      {open && <Feedback id={one.id} />}
    </details>
  );
}

function Feedback({ id }: { id: string }) {
  const submission = useLoad(id, (signal) => getSubmission(id, signal));
  return (
    <div className={styles.attemptBody}>
      <Loaded of={submission} what="this attempt">
        {({ report, state, reason }) => (
          <>
            {report ? (
              <Checks report={report} heading="h4" />
            ) : (
              <p className="note note--working">
                {state === "running" ? "Being graded …" : "Waiting to be graded …"} {reason}
              </p>
            )}
            <p className="ui">
              <Link href={`/submissions/${id}`}>The code as you handed it in</Link>
            </p>
          </>
        )}
      </Loaded>
    </div>
  );
}

/** What there is to say of a grade besides its number. */
function besides({ score, explanation }: LearnerAssignment["grade"]): string {
  const parts = score === null ? [explanation] : explanation.split("; ").slice(1);
  return parts.length === 0 ? "" : sentence(parts.join("; "));
}

/** The service speaks in clauses; a page wants sentences. */
function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…:]$/.test(capital) ? capital : `${capital}.`;
}
