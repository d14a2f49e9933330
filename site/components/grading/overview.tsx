"use client";

import type { AssignmentRelease, GradingProgress, Role } from "@gradus/grader/service";
import Link from "next/link";
import { useState } from "react";
import { type ApiError, call } from "@/lib/api";
import { getProgress, listAt, setRelease } from "@/lib/grading";
import { Confirm } from "../account/confirm";
import { Loaded, useLoad } from "../account/load";
import { short } from "../account/report";
import { TroubleNote } from "../account/trouble";
import { exactly } from "../account/when";
import styles from "./grading.module.css";

/** How far reading has come in a course, and what learners see of it. */
export function GradingOverview({ course }: { course: string }) {
  const all = useLoad(`grading ${course}`, async (signal) => {
    const { role } = await call<{ role: Role }>(
      "GET",
      `/api/v1/courses/${encodeURIComponent(course)}`,
      { signal },
    );
    return { role, assignments: await getProgress(course, signal) };
  });
  return (
    <Loaded of={all} what="what is to be graded">
      {({ role, assignments }) =>
        assignments.length === 0 ? (
          <div className="empty">
            <p>
              No assignments yet. Work is graded by hand exercise by exercise, once it is in an
              assignment.
            </p>
          </div>
        ) : (
          <div className={styles.assignments}>
            {assignments.map((assignment) => (
              <Assignment
                key={assignment.id}
                course={course}
                assignment={assignment}
                may={role === "instructor" || role === "administrator"}
                onRelease={(release) =>
                  all.set((now) => ({
                    ...now,
                    assignments: now.assignments.map((one) =>
                      one.id === assignment.id ? { ...one, release } : one,
                    ),
                  }))
                }
              />
            ))}
          </div>
        )
      }
    </Loaded>
  );
}

function Assignment({
  course,
  assignment,
  may,
  onRelease,
}: {
  course: string;
  assignment: GradingProgress;
  may: boolean;
  onRelease: (release: AssignmentRelease) => void;
}) {
  const { name, dueAt, exercises, release } = assignment;
  return (
    <section className={styles.assignment} aria-label={name}>
      <h2>{name}</h2>
      {dueAt && <p className="muted ui">due {exactly(dueAt)}</p>}
      <div className="table-frame">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Exercise</th>
              <th scope="col" className="number">
                Points
              </th>
              <th scope="col" className="number">
                By hand
              </th>
              <th scope="col">Rubric</th>
              <th scope="col">Read</th>
            </tr>
          </thead>
          <tbody>
            {exercises.map((one) => (
              <tr key={one.exercise}>
                <th scope="row">
                  <Link href={listAt(course, one.exercise)}>{one.title}</Link>
                </th>
                <td className="number">{short(one.points)}</td>
                <td className="number">{short(one.handPoints)}</td>
                <td>
                  {one.criteria === 0
                    ? "none"
                    : one.criteria === 1
                      ? "1 criterion"
                      : `${one.criteria} criteria`}
                </td>
                <td>
                  {one.submitted === 0 ? (
                    <span className="muted">nothing handed in</span>
                  ) : (
                    <span className={styles.progress}>
                      <progress
                        max={one.submitted}
                        value={one.read}
                        aria-label={`Read of ${one.title}`}
                      />
                      {one.read} of {one.submitted}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Release
        course={course}
        assignment={assignment.id}
        name={name}
        release={release}
        may={may}
        onRelease={onRelease}
      />
    </section>
  );
}

/** To whom grades, comments and marks are shown, and the buttons that show or hide them. */
function Release({
  course,
  assignment,
  name,
  release,
  may,
  onRelease,
}: {
  course: string;
  assignment: string;
  name: string;
  release: AssignmentRelease;
  may: boolean;
  onRelease: (release: AssignmentRelease) => void;
}) {
  /** What is asked about: a section's id, or "all". */
  const [asking, setAsking] = useState<{ section?: string; who: string; released: boolean } | null>(
    null,
  );
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const differ = release.sections.filter((one) => one.released !== release.released);
  const others = differ.map((one) => one.name).join(", ");

  async function send() {
    if (busy || !asking) return;
    setBusy(true);
    setFailed(null);
    try {
      onRelease(await setRelease(course, assignment, asking.released, asking.section));
      setAsking(null);
    } catch (error) {
      setFailed(error as ApiError);
      setAsking(null);
    }
    setBusy(false);
  }
  return (
    <div className={styles.release}>
      <p role="status">
        <strong>{release.released ? "Released" : "Not released"}</strong>
        {differ.length > 0 &&
          (release.released ? `, except to ${others}` : `, but released to ${others}`)}
        {". "}
        <span className="muted">
          {release.released
            ? "Learners see their grades, comments and marks, also those to come."
            : "Learners see what the checks found, but no grades, comments and marks."}
        </span>
      </p>
      {failed && <TroubleNote error={failed} />}
      {may && (
        <div className="buttons">
          {(!release.released || differ.length > 0) && (
            <button
              type="button"
              className="button"
              onClick={() => setAsking({ who: "all", released: true })}
            >
              Release to all
            </button>
          )}
          {(release.released || differ.length > 0) && (
            <button
              type="button"
              className="button"
              onClick={() => setAsking({ who: "all", released: false })}
            >
              Hide from all
            </button>
          )}
          {release.sections.length > 0 && (
            <details className={styles.sections}>
              <summary>By section</summary>
              <ul>
                {release.sections.map((section) => (
                  <li key={section.id}>
                    <span>
                      {section.name}{" "}
                      <span className="muted">{section.released ? "released" : "hidden"}</span>
                    </span>
                    <button
                      type="button"
                      className="button button--small"
                      onClick={() =>
                        setAsking({
                          section: section.id,
                          who: section.name,
                          released: !section.released,
                        })
                      }
                    >
                      {section.released ? "Hide" : "Release"}
                      <span className="visually-hidden"> to {section.name}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </div>
      )}
      {asking && (
        <Confirm
          title={asking.released ? `Release ${name}?` : `Hide ${name} again?`}
          action={asking.released ? "Release" : "Hide"}
          busy={busy}
          onConfirm={send}
          onCancel={() => setAsking(null)}
        >
          <p>
            {asking.released
              ? `${asking.section ? `Those in ${asking.who}` : "All learners"} see their grades, comments and marks at once. What they have read cannot be unread.`
              : `${asking.section ? `Those in ${asking.who}` : "All learners"} no longer see their grades, comments and marks.`}
          </p>
        </Confirm>
      )}
    </div>
  );
}
