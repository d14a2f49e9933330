"use client";

import type { CheckStatistics, ExerciseStatistics, WrongOutcome } from "@gradus/grader/service";
import Link from "next/link";
import { useState } from "react";
import { checksFile, getExerciseStatistics } from "@/lib/insight";
import { Loaded, useLoad } from "../account/load";
import { useCourse } from "../courses/course-frame";
import { count, Said, save, today, useDoing } from "../courses/form";
import { Bars, Part } from "./bars";
import styles from "./insight.module.css";
import { PickSection } from "./pick";
import { attempts, duration, percent, sayAttempts, spread } from "./words";

/** How one exercise goes, check by check. */
export function ExerciseStatisticsPage({ exercise, title }: { exercise: string; title: string }) {
  const { course } = useCourse();
  const [section, setSection] = useState("");
  const found = useLoad(`statistics ${course.id} ${exercise} ${section}`, (signal) =>
    getExerciseStatistics(course.id, exercise, section || undefined, signal),
  );
  const doing = useDoing();
  return (
    <div className={styles.stack}>
      <p className={styles.ui}>
        <Link href={`/instructor/courses/${course.id}/statistics`}>All exercises</Link>
      </p>
      <h2>{title}</h2>
      <div className={styles.tools}>
        <PickSection course={course.id} value={section} onPick={setSection} />
        <button
          type="button"
          className="button"
          aria-disabled={doing.busy}
          onClick={() =>
            doing.run(async () => {
              const file = await checksFile(course.id, exercise, section || undefined);
              save(file, `${course.id}-${exercise}-${today()}.csv`);
              return null;
            })
          }
        >
          Export CSV
        </button>
      </div>
      <Said by={doing} />
      <Loaded of={found} what="the statistics">
        {(data) =>
          data.tried === 0 ? (
            <div className="empty">
              <p>
                {data.section
                  ? `Nobody in ${data.section.name} has handed this exercise in yet.`
                  : "Nobody has handed this exercise in yet."}
              </p>
            </div>
          ) : (
            <One data={data} />
          )
        }
      </Loaded>
    </div>
  );
}

const SCORES = [...Array.from({ length: 10 }, (_, index) => `${index * 10}`), "full"];

/** The start of each span of times, short enough to stand under its bar. */
function sayTime(upTo: number | null): string {
  if (upTo === null) return "more";
  return `<${duration(upTo).replace(" min", "m").replace(" h", "h").replace("60 s", "1m").replace(" days", "d")}`;
}

function One({ data }: { data: ExerciseStatistics }) {
  return (
    <>
      <dl className={styles.counts}>
        <Count name="tried it" value={`${data.tried} of ${data.learners}`} />
        <Count name="passed it" value={`${data.passed} of ${data.tried}`} />
        <Count name="attempts" value={String(data.attempts)} />
        <Count name="average score" value={data.mean === null ? "–" : percent(data.mean)} />
      </dl>
      <p className={styles.ui}>
        {data.passed === 0
          ? "Nobody has passed it yet."
          : `Those who passed needed ${spread(data.attemptsToPass, sayAttempts)}, and from the first to the one that passed ${spread(data.secondsToPass, duration)}.`}
        {data.erred > 0 &&
          ` In ${count(data.erred, "attempt")} every check ended in an error: the code did not run.`}
        {data.untouched > 0 && ` ${count(data.untouched, "attempt")} still had the starter.`}
        {data.waiting > 0 && ` ${count(data.waiting, "attempt")} are not graded yet.`}
      </p>
      <div className={styles.pictures}>
        <Bars
          title="The best score of each"
          axis="percent of the points, from"
          bars={data.scores.map((value, index) => ({ label: SCORES[index], value }))}
        />
        {data.passed > 0 && (
          <Bars
            title="Which attempt was the first with full points"
            axis="attempt"
            bars={data.attemptCounts.map((value, index) => ({
              label: index < 10 ? String(index + 1) : "more",
              value,
            }))}
          />
        )}
        {data.times.some(({ learners }) => learners > 0) && (
          <Bars
            title="How long it took those who needed several attempts"
            axis="time from the first attempt"
            bars={data.times.map(({ upTo, learners }) => ({
              label: sayTime(upTo),
              value: learners,
            }))}
          />
        )}
      </div>
      <h3>Checks</h3>
      <p className={styles.hint}>
        In the order in which they run. A learner stops at a check when it is the first that their
        newest attempt does not pass.
      </p>
      <div>
        {data.checks.map((check) => (
          <Check key={check.check} check={check} attempts={data.attempts - data.waiting} />
        ))}
      </div>
      {data.sections.some(({ section }) => section !== null) && <Sections data={data} />}
    </>
  );
}

function Count({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Check({ check, attempts }: { check: CheckStatistics; attempts: number }) {
  return (
    <section className={styles.check} aria-label={check.check}>
      <h3>
        {check.check}{" "}
        {check.visibility === "hidden" && <span className={styles.badge}>hidden</span>}{" "}
        {!check.present && <span className={styles.badge}>of an earlier version</span>}
      </h3>
      <p>
        <Part value={check.failures} of={attempts}>
          {`${check.failures} of ${attempts}`}
        </Part>{" "}
        attempts did not pass it, of {count(check.learners, "learner")}; it was the first one not
        passed in {check.first}.{" "}
        {check.stuck > 0 && <strong>{count(check.stuck, "learner")} stop here.</strong>}
      </p>
      {check.wrong.length > 0 && (
        <details>
          <summary>What came out wrong</summary>
          <ul className={styles.wrong}>
            {check.wrong.map((one) => (
              <li key={JSON.stringify(one)}>
                <Wrong one={one} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Wrong({ one }: { one: WrongOutcome }) {
  return (
    <>
      <strong>{count(one.attempts, "attempt")}</strong>, {count(one.learners, "learner")}:{" "}
      {one.got !== null ? (
        <>
          <code>{one.input ?? "it"}</code> gave <code>{one.got}</code>
          {one.expected !== null && (
            <>
              , not <code>{one.expected}</code>
            </>
          )}
          . {one.message?.includes(one.got) ? null : one.message}
        </>
      ) : (
        (one.message ?? one.outcome)
      )}
    </>
  );
}

function Sections({ data }: { data: ExerciseStatistics }) {
  return (
    <>
      <h3>Sections</h3>
      <section
        className="table-frame"
        aria-label="Sections"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
        tabIndex={0}
      >
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Section</th>
              <th scope="col">Tried</th>
              <th scope="col">Passed</th>
              <th scope="col">Attempts to pass</th>
              <th scope="col">Average</th>
            </tr>
          </thead>
          <tbody>
            {data.sections.map((one) => (
              <tr key={one.section?.id ?? "none"}>
                <th scope="row">{one.section?.name ?? "in none"}</th>
                <td className={styles.number}>{one.tried}</td>
                <td className={styles.number}>
                  <Part value={one.passed} of={one.tried} />
                </td>
                <td className={styles.number}>{attempts(one.attemptsToPass)}</td>
                <td className={styles.number}>{one.mean === null ? "–" : percent(one.mean)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
