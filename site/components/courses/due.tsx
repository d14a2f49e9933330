"use client";

import type { CourseSummary, LearnerAssignment, LearnerGrades } from "@gradus/grader/service";
import Link from "next/link";
import { ownZone, sayWhen } from "@/lib/course-time";
import { listCourses, myGrades } from "@/lib/courses";
import { type DueState, handedIn, inOrder, stateOf } from "@/lib/due";
import account from "../account/account.module.css";
import { Loaded, useLoad } from "../account/load";
import { short } from "../account/report";
import { When } from "../account/when";
import styles from "./courses.module.css";
import { count } from "./form";

/** Everything that is due in the courses one learns in; `only` for one course. */
export function Due({ only }: { only?: string }) {
  const all = useLoad(`due ${only ?? ""}`, async (signal) => {
    const courses = (await listCourses(signal)).filter(({ id, role }) =>
      only === undefined ? role === "learner" : id === only,
    );
    return Promise.all(
      courses.map(async (course) => ({ course, grades: await myGrades(course.id, signal) })),
    );
  });
  return (
    <Loaded of={all} what="your assignments">
      {(courses) => {
        const busy = courses.filter(({ grades }) => grades.assignments.length > 0);
        return busy.length === 0 ? (
          <div className="empty">
            <p>
              Nothing is due.{" "}
              {courses.length > 0 &&
                "Your instructors have set no assignment that you can see yet. "}
              Every exercise of <Link href="/course">the course</Link> can be done, and handed in,
              at any time.
            </p>
          </div>
        ) : (
          <>
            <p className="ui muted">Times are those of your own clock ({ownZone()}).</p>
            {busy.map(({ course, grades }) => (
              <OfCourse
                key={course.id}
                course={course}
                grades={grades}
                named={busy.length > 1 || only !== undefined}
              />
            ))}
          </>
        );
      }}
    </Loaded>
  );
}

function OfCourse({
  course,
  grades,
  named,
}: {
  course: CourseSummary;
  grades: LearnerGrades;
  named: boolean;
}) {
  const now = Date.now();
  const left = grades.lateDays - grades.lateDaysUsed;
  return (
    <section className={account.section} aria-label={course.name}>
      {named && <h2>{course.name}</h2>}
      {grades.lateDays > 0 && (
        <p className={styles.budget}>
          <strong>{count(left, "late day")} left</strong> of {grades.lateDays}. They are used by
          themselves, where they save the most.
        </p>
      )}
      <ul className={styles.dues}>
        {inOrder(grades.assignments, now).map((one) => (
          <One key={one.id} of={one} course={course.id} now={now} />
        ))}
      </ul>
      <p className={styles.budget}>
        Together {short(grades.score)} of {short(grades.maxScore)} points so far.
      </p>
    </section>
  );
}

const WORDS: Record<DueState, string> = {
  later: "Not open yet",
  open: "Open",
  soon: "Due soon",
  late: "Overdue",
  done: "Handed in",
  closed: "Closed",
};

function One({ of, course, now }: { of: LearnerAssignment; course: string; now: number }) {
  const state = stateOf(of, now);
  const { grade } = of;
  const done = handedIn(of);
  return (
    <li className={styles.due} data-state={state}>
      <h3>
        <Link href={`/due/${course}/${of.id}`} prefetch={false}>
          {of.name}
        </Link>
      </h3>
      <p className={styles.dueScore}>
        {grade.score !== null && (
          <>
            <strong>{short(grade.score)}</strong> of{" "}
          </>
        )}
        {short(of.maxScore)} points
      </p>
      <p className={styles.dueWhen}>
        <DueWhen of={of} state={state} />
      </p>
      <ul className={styles.marks}>
        <li>
          {done} of {count(of.exercises.length, "exercise")} handed in
        </li>
        {grade.waiting > 0 && <li>{grade.waiting} not graded yet</li>}
        {of.extended && <li>you have an extension</li>}
        {of.group && <li>with {of.group.members.join(", ")}</li>}
        {grade.lateDaysUsed > 0 && <li>{count(grade.lateDaysUsed, "late day")} used</li>}
        {!of.released && done > 0 && <li>grades are not released yet</li>}
      </ul>
    </li>
  );
}

/** When it is due, in words and by the reader's clock. */
export function DueWhen({ of, state }: { of: LearnerAssignment; state: DueState }) {
  const own = ownZone();
  const time = (iso: string) => <time dateTime={iso}>{sayWhen(iso, own)}</time>;
  if (state === "later" && of.unlockAt)
    return (
      <>
        {WORDS.later}: it opens {time(of.unlockAt)}
        {of.dueAt && <>, and is due {time(of.dueAt)}</>}.
      </>
    );
  return (
    <>
      <span className={state === "late" ? styles.late : undefined}>{WORDS[state]}</span>
      {of.dueAt ? (
        <>
          : {state === "done" || state === "closed" ? "it was due" : "due"} {time(of.dueAt)},{" "}
          <When at={of.dueAt} />
        </>
      ) : (
        ", no due date"
      )}
      {of.lockAt && (
        <>
          {state === "closed" ? ", closed " : ", closes "}
          {time(of.lockAt)}
        </>
      )}
      .
    </>
  );
}
