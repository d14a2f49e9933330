"use client";

import type { SimilarityPair, SimilarityReport } from "@gradus/grader/service";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useId, useState } from "react";
import { clusters, endSimilarity, getSimilarity, similarPairs } from "@/lib/insight";
import { Confirm } from "../account/confirm";
import { Loaded, useLoad } from "../account/load";
import { When } from "../account/when";
import { useCourse } from "../courses/course-frame";
import { count, Said, useDoing } from "../courses/form";
import styles from "./insight.module.css";
import { isUnderWay, LOOK_EVERY, STATES } from "./similarity";
import { percent } from "./words";

/** One comparison: its pairs, and who is linked by them. */
export function SimilarityReportPage({ id }: { id: string }) {
  const { course } = useCourse();
  const report = useLoad(`similarity ${id}`, (signal) => getSimilarity(course.id, id, signal));
  const underWay = report.state === "done" && isUnderWay(report.data);
  const { reload } = report;
  useEffect(() => {
    if (!underWay) return;
    const timer = setInterval(reload, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [underWay, reload]);
  return (
    <div className={styles.stack}>
      <p className={styles.ui}>
        <Link href={`/instructor/courses/${course.id}/similarity`}>All comparisons</Link>
      </p>
      <Loaded of={report} what="the comparison">
        {(data) => <Report report={data} onChanged={reload} />}
      </Loaded>
    </div>
  );
}

function Report({ report, onChanged }: { report: SimilarityReport; onChanged: () => void }) {
  const { course, may } = useCourse();
  const router = useRouter();
  const doing = useDoing();
  const [asked, setAsked] = useState(false);
  const pairs = useLoad(`pairs ${report.id} ${report.done.length} ${report.state}`, (signal) =>
    similarPairs(course.id, report.id, signal),
  );
  const underWay = isUnderWay(report);
  const end = () =>
    doing.run(async () => {
      await endSimilarity(course.id, report.id);
      if (underWay) onChanged();
      else router.push(`/instructor/courses/${course.id}/similarity`);
      setAsked(false);
      return null;
    });
  return (
    <>
      <h2>
        {report.name}
        {report.section && `, ${report.section.name}`}: similar answers
      </h2>
      <p className={styles.ui} role="status">
        {STATES[report.state].charAt(0).toUpperCase() + STATES[report.state].slice(1)}. Started{" "}
        <When at={report.startedAt} /> by {report.startedBy.name}.{" "}
        {underWay &&
          `${report.done.length} of ${count(report.exercises.length, "exercise")} through.`}
      </p>
      {report.reason && <p className="note note--failed">{report.reason}</p>}
      {underWay && (
        <progress
          className={styles.progress}
          value={report.done.length}
          max={report.exercises.length}
          aria-label="Exercises through"
        />
      )}
      {report.done.length > 0 && (
        <ul className={`${styles.plain} ${styles.ui}`}>
          {report.done.map((one) => (
            <li key={one.exercise}>
              <strong>{titleIn(report, one.exercise)}</strong>: {count(one.compared, "answer")}{" "}
              compared; in the middle of all pairs, {percent(one.median)} is shared.
              {one.tooShort.length > 0 && ` ${one.tooShort.length} too short to be compared.`}
            </li>
          ))}
        </ul>
      )}
      <Said by={doing} />
      {may && (
        <div className="buttons">
          <button
            type="button"
            className="button"
            disabled={doing.busy}
            onClick={() => (underWay ? end() : setAsked(true))}
          >
            {underWay ? "Stop" : "Remove …"}
          </button>
        </div>
      )}
      {asked && (
        <Confirm
          title="Remove this comparison?"
          action="Remove"
          alarm
          busy={doing.busy}
          onConfirm={end}
          onCancel={() => setAsked(false)}
        >
          <p>What was said of pairs stays, and is there again in the next comparison.</p>
        </Confirm>
      )}
      {report.done.length > 0 && (
        <Loaded of={pairs} what="the pairs">
          {(all) => <Pairs all={all} report={report} />}
        </Loaded>
      )}
    </>
  );
}

const titleIn = (report: SimilarityReport, name: string) =>
  report.exercises.find((one) => one.name === name)?.title ?? name;

function Pairs({ all, report }: { all: SimilarityPair[]; report: SimilarityReport }) {
  const { course } = useCourse();
  const [least, setLeast] = useState(60);
  const [dismissed, setDismissed] = useState(false);
  const slider = useId();
  if (all.length === 0)
    return (
      <div className="empty">
        <p>No two answers share more than is usual.</p>
      </div>
    );
  const above = all.filter(({ similarity }) => similarity * 100 >= least);
  const shown = above.filter((pair) => dismissed || pair.review?.state !== "dismissed");
  const hidden = above.length - shown.length;
  const groups = clusters(shown, least / 100).filter((group) => group.length > 1);
  return (
    <>
      <div className={styles.tools}>
        <div className={styles.ui}>
          <label htmlFor={slider}>Pairs that share {least} % or more</label>
          <br />
          <input
            id={slider}
            className={styles.slider}
            type="range"
            min={30}
            max={100}
            step={5}
            value={least}
            onChange={(event) => setLeast(Number(event.target.value))}
          />
        </div>
        <p className={styles.ui} role="status">
          {count(shown.length, "pair")}
        </p>
        {(hidden > 0 || dismissed) && (
          <button
            type="button"
            className="button"
            aria-pressed={dismissed}
            onClick={() => setDismissed(!dismissed)}
          >
            {dismissed ? "Hide dismissed ones" : `Show ${count(hidden, "dismissed one")}`}
          </button>
        )}
      </div>
      {groups.length > 0 && (
        <>
          <h3>Groups</h3>
          <p className={styles.hint}>Linked by such pairs, directly or by others.</p>
          <ul className={`${styles.plain} ${styles.ui}`}>
            {groups.map((group) => (
              <li key={group[0].id}>
                {titleIn(report, group[0].exercise)}: {namesIn(group).join(", ")} (
                {count(group.length, "pair")})
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Pairs</h3>
      {shown.length === 0 ? (
        <p className="muted">None shares so much.</p>
      ) : (
        <section
          className="table-frame"
          aria-label="Pairs"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
          tabIndex={0}
        >
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Shared</th>
                <th scope="col">Who</th>
                <th scope="col">Exercise</th>
                <th scope="col">Longest passage</th>
                <th scope="col">Looked at</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((pair) => (
                <tr key={pair.id}>
                  <td className={styles.number}>
                    <strong>{percent(pair.similarity)}</strong>
                  </td>
                  <th scope="row">
                    <Link
                      href={`/instructor/courses/${course.id}/similarity/${report.id}/${pair.id}`}
                      prefetch={false}
                    >
                      {pair.left.learner.name} and {pair.right.learner.name}
                    </Link>
                    {(pair.left.section || pair.right.section) && (
                      <span className={styles.under}>
                        {pair.left.section ?? "no section"}, {pair.right.section ?? "no section"}
                      </span>
                    )}
                  </th>
                  <td>{titleIn(report, pair.exercise)}</td>
                  <td className={styles.number}>{pair.longest} tokens</td>
                  <td>
                    {pair.review ? (
                      <>
                        {pair.review.state === "dismissed" ? "dismissed" : "looked at"}
                        <span className={styles.under}>{pair.review.note}</span>
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
      )}
    </>
  );
}

const namesIn = (group: SimilarityPair[]) => [
  ...new Set(group.flatMap(({ left, right }) => [left.learner.name, right.learner.name])),
];
