"use client";

import type { Statistics } from "@gradus/grader/service";
import Link from "next/link";
import { useState } from "react";
import { type ExerciseEntry, inCourseOrder } from "@/lib/exercise-entry";
import { getStatistics, statisticsFile } from "@/lib/insight";
import { Loaded, useLoad } from "../account/load";
import { useCourse } from "../courses/course-frame";
import { Said, save, today, useDoing } from "../courses/form";
import { Part } from "./bars";
import styles from "./insight.module.css";
import { PickSection } from "./pick";
import { attempts, duration, percent } from "./words";

/** How every exercise goes. */
export function StatisticsPage({ exercises }: { exercises: ExerciseEntry[] }) {
  const { course } = useCourse();
  const [section, setSection] = useState("");
  const found = useLoad(`statistics ${course.id} ${section}`, (signal) =>
    getStatistics(course.id, section || undefined, signal),
  );
  const doing = useDoing();
  return (
    <div className={styles.stack}>
      <h2>Statistics</h2>
      <div className={styles.tools}>
        <PickSection course={course.id} value={section} onPick={setSection} />
        <button
          type="button"
          className="button"
          aria-disabled={doing.busy}
          onClick={() =>
            doing.run(async () => {
              const file = await statisticsFile(course.id, section || undefined);
              save(file, `${course.id}-statistics-${today()}.csv`);
              return null;
            })
          }
        >
          Export CSV
        </button>
      </div>
      <Said by={doing} />
      <Loaded of={found} what="the statistics">
        {(data) => <Overview data={data} exercises={exercises} />}
      </Loaded>
    </div>
  );
}

function Overview({ data, exercises }: { data: Statistics; exercises: ExerciseEntry[] }) {
  const all = inCourseOrder(
    data.exercises.map((one) => ({ ...one, name: one.exercise })),
    exercises,
  );
  const tried = all.filter((one) => one.tried > 0);
  const untried = all.length - tried.length;
  if (tried.length === 0)
    return (
      <div className="empty">
        <p>
          {data.learners === 0
            ? "There are no learners here yet."
            : "Nobody has handed anything in yet."}{" "}
          What they try, what they pass and where they stop will stand here.
        </p>
      </div>
    );
  return (
    <>
      <p className={styles.ui}>
        Of {data.learners === 1 ? "one learner" : `${data.learners} learners`}
        {data.section ? ` in ${data.section.name}` : " who are in the course now"}. A group’s
        attempt counts for each of its members.
      </p>
      <section
        className="table-frame"
        aria-label="How the exercises go"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
        tabIndex={0}
      >
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Exercise</th>
              <th scope="col">Tried</th>
              <th scope="col">Passed</th>
              <th scope="col">Attempts to pass</th>
              <th scope="col">Time to pass</th>
              <th scope="col">Average</th>
              <th scope="col">Where they stop</th>
            </tr>
          </thead>
          <tbody>
            {tried.map((one) => (
              <tr key={one.exercise}>
                <th scope="row">
                  <Link
                    prefetch={false}
                    href={`/instructor/courses/${data.course}/statistics/${encodeURIComponent(one.exercise)}`}
                  >
                    {one.title}
                  </Link>
                  {one.waiting > 0 && (
                    <span className={styles.under}>{one.waiting} not graded yet</span>
                  )}
                </th>
                <td className={styles.number}>
                  <Part value={one.tried} of={data.learners} />
                </td>
                <td className={styles.number}>
                  <Part value={one.passed} of={one.tried} />
                </td>
                <td className={styles.number}>{attempts(one.attemptsToPass)}</td>
                <td className={styles.number}>
                  {one.secondsToPass ? duration(one.secondsToPass.median) : "–"}
                </td>
                <td className={styles.number}>{one.mean === null ? "–" : percent(one.mean)}</td>
                <td>
                  {one.stuck[0] ? (
                    <>
                      {one.stuck[0].check}
                      <span className={styles.under}>
                        {one.stuck[0].learners === 1
                          ? "one learner"
                          : `${one.stuck[0].learners} learners`}
                      </span>
                    </>
                  ) : (
                    "–"
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className={styles.hint}>
        Attempts and times are the middle of those who passed, from the first attempt to the first
        with full points. Where they stop: the check that those who have not passed did not get past
        in their newest attempt.
        {untried > 0 &&
          ` ${untried === 1 ? "One exercise was" : `${untried} exercises were`} not tried by anybody.`}
      </p>
    </>
  );
}
