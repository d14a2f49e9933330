"use client";

import type { Assignment } from "@gradus/grader/service";
import Link from "next/link";
import { sayWhen } from "@/lib/course-time";
import { listAssignments } from "@/lib/courses";
import { Loaded, useLoad } from "../account/load";
import { short } from "../account/report";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { count } from "./form";

/** The assignments of a course in the order of their due dates. */
export function Assignments() {
  const { course, may } = useCourse();
  const list = useLoad(`assignments ${course.id}`, (signal) => listAssignments(course.id, signal));
  const home = `/instructor/courses/${course.id}/assignments`;
  return (
    <>
      <p className="ui">
        An assignment is a set of exercises with dates and rules. An exercise in none is free: no
        dates, no grade, as many attempts as one likes. Dates are those of {course.timeZone}.
      </p>
      {may && (
        <div className="buttons">
          <Link className="button button--primary" href={`${home}/new`} prefetch={false}>
            New assignment
          </Link>
        </div>
      )}
      <Loaded of={list} what="the assignments">
        {(all) =>
          all.length === 0 ? (
            <div className="empty">
              <p>
                No assignments yet.{" "}
                {may
                  ? "Make one: choose exercises, say when they are due."
                  : "An instructor makes them."}
              </p>
            </div>
          ) : (
            <section
              className="table-frame"
              aria-label="Assignments"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
              tabIndex={0}
            >
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Assignment</th>
                    <th scope="col">Opens</th>
                    <th scope="col">Due</th>
                    <th scope="col">Closes</th>
                    <th scope="col" className="number">
                      Points
                    </th>
                    <th scope="col">Rules</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((one) => (
                    <tr key={one.id}>
                      <th scope="row">
                        <Link href={`${home}/${one.id}`} prefetch={false}>
                          {one.name}
                        </Link>
                        <span className={styles.under}>
                          {count(one.exercises.length, "exercise")}
                        </span>
                      </th>
                      <DateCell at={one.unlockAt} zone={course.timeZone} none="at once" />
                      <DateCell at={one.dueAt} zone={course.timeZone} none="–" />
                      <DateCell at={one.lockAt} zone={course.timeZone} none="never" />
                      <td className="number">{short(one.maxScore)}</td>
                      <td>{rulesOf(one)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Loaded>
    </>
  );
}

function DateCell({ at, zone, none }: { at: string | null; zone: string; none: string }) {
  return (
    <td className={styles.date}>
      {at === null ? (
        <span className="muted">{none}</span>
      ) : (
        <time dateTime={at}>{sayWhen(at, zone)}</time>
      )}
    </td>
  );
}

/** What of the rules is not as it is without saying. */
function rulesOf(one: Assignment): string {
  const words = [
    one.lateSubmissionDeduction > 0 &&
      one.dueAt !== null &&
      `${one.lateSubmissionDeduction} % off a day`,
    one.allowedAttempts !== null && count(one.allowedAttempts, "attempt"),
    one.cooldownSeconds > 0 && "pause between attempts",
    one.scoringPolicy === "keep_latest" && "the last attempt counts",
    one.groupSet !== null && "in groups",
    one.hiddenUntilUnlocked && "hidden until it opens",
    !one.released && "grades not released",
  ].filter(Boolean);
  return words.join(", ") || "–";
}
