"use client";

import type { SimilarityReport } from "@gradus/grader/service";
import Link from "next/link";
import { useEffect, useState } from "react";
import { listAssignments } from "@/lib/courses";
import type { ExerciseEntry } from "@/lib/exercise-entry";
import { listSimilarity, startSimilarity } from "@/lib/insight";
import { Loaded, useLoad } from "../account/load";
import { When } from "../account/when";
import { useCourse } from "../courses/course-frame";
import { Said, useDoing } from "../courses/form";
import styles from "./insight.module.css";
import { PickSection } from "./pick";

/** How often one looks how far a comparison is, in milliseconds. */
export const LOOK_EVERY = 2000;
export const isUnderWay = ({ state }: SimilarityReport) =>
  state === "queued" || state === "running";

export const STATES: Record<SimilarityReport["state"], string> = {
  queued: "waits for a worker",
  running: "running",
  done: "done",
  failed: "failed",
  canceled: "stopped",
};

/** Comparisons of answers: what there is, and asking for one. */
export function SimilarityPage({ exercises }: { exercises: ExerciseEntry[] }) {
  const { course, may } = useCourse();
  const all = useLoad(`similarity ${course.id}`, (signal) => listSimilarity(course.id, signal));
  const underWay = all.state === "done" && all.data.some(isUnderWay);
  const { reload } = all;
  useEffect(() => {
    if (!underWay) return;
    const timer = setInterval(reload, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [underWay, reload]);
  return (
    <div className={styles.stack}>
      <h2>Similar answers</h2>
      <p className={styles.ui}>
        Compares everybody’s best answer with everybody else’s. Other names, comments and layout
        hide nothing; what the starter gives and what most write as the reference does is not
        counted. A high number is a reason to read and to ask, not a proof, and no grade follows
        from it.
      </p>
      {may && (
        <Start exercises={exercises} onStarted={(made) => all.set((now) => [made, ...now])} />
      )}
      <Loaded of={all} what="the comparisons">
        {(reports) =>
          reports.length === 0 ? (
            <div className="empty">
              <p>Nothing was compared in this course yet.</p>
            </div>
          ) : (
            <section
              className="table-frame"
              aria-label="Comparisons"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
              tabIndex={0}
            >
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">What</th>
                    <th scope="col">Started</th>
                    <th scope="col">State</th>
                    <th scope="col">Similar pairs</th>
                  </tr>
                </thead>
                <tbody>
                  {reports.map((one) => (
                    <tr key={one.id}>
                      <th scope="row">
                        <Link
                          href={`/instructor/courses/${course.id}/similarity/${one.id}`}
                          prefetch={false}
                        >
                          {one.name}
                        </Link>
                        {one.section && <span className={styles.under}>{one.section.name}</span>}
                      </th>
                      <td>
                        <When at={one.startedAt} />
                        <span className={styles.under}>{one.startedBy.name}</span>
                      </td>
                      <td>{STATES[one.state]}</td>
                      <td className={styles.number}>
                        {one.done.length === 0
                          ? "–"
                          : one.done.reduce((sum, { pairs }) => sum + pairs, 0)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Loaded>
    </div>
  );
}

function Start({
  exercises,
  onStarted,
}: {
  exercises: ExerciseEntry[];
  onStarted: (made: SimilarityReport) => void;
}) {
  const { course } = useCourse();
  const assignments = useLoad(`assignments ${course.id}`, (signal) =>
    listAssignments(course.id, signal),
  );
  const [what, setWhat] = useState("");
  const [section, setSection] = useState("");
  const doing = useDoing();
  const sets = assignments.state === "done" ? assignments.data : [];
  const chosen = what || (sets[0] ? `assignment ${sets[0].id}` : `exercise ${exercises[0]?.name}`);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const [kind, id] = chosen.split(" ");
        doing.run(async () => {
          onStarted(await startSimilarity(course.id, { [kind]: id, ...(section && { section }) }));
          return "Started. It runs on its own; you may leave this page.";
        });
      }}
    >
      <div className={styles.tools}>
        <label className={styles.ui}>
          Answers to{" "}
          <select
            className="input"
            value={chosen}
            onChange={(event) => setWhat(event.target.value)}
          >
            {sets.length > 0 && (
              <optgroup label="Assignments">
                {sets.map(({ id, name }) => (
                  <option key={id} value={`assignment ${id}`}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )}
            <optgroup label="Exercises">
              {exercises.map(({ name, title }) => (
                <option key={name} value={`exercise ${name}`}>
                  {title}
                </option>
              ))}
            </optgroup>
          </select>
        </label>
        <PickSection course={course.id} value={section} onPick={setSection} />
        <button type="submit" className="button button--primary" aria-disabled={doing.busy}>
          {doing.busy ? "Starting …" : "Compare"}
        </button>
      </div>
      <Said by={doing} />
    </form>
  );
}
