"use client";

import type { ReadingEntry } from "@gradus/grader/service";
import Link from "next/link";
import { useId, useState } from "react";
import { call } from "@/lib/api";
import { type Choice, getReadingList, listCriteria, readingAt } from "@/lib/grading";
import { Loaded, useLoad } from "../account/load";
import { short } from "../account/report";
import styles from "./grading.module.css";
import { Rubric } from "./rubric";

/** Everybody's work at an exercise: who is to be read, and the rubric they are read by. */
export function ExerciseList({ course, exercise }: { course: string; exercise: string }) {
  const [choice, setChoice] = useState<Choice>({});
  const list = useLoad(`list ${course} ${exercise} ${choice.section}`, (signal) =>
    getReadingList(course, exercise, choice.section, signal),
  );
  const sections = useLoad(`sections ${course}`, async (signal) => {
    const path = `/api/v1/courses/${encodeURIComponent(course)}/sections`;
    return (await call<{ sections: { id: string; name: string }[] }>("GET", path, { signal }))
      .sections;
  });
  const criteria = useLoad(`criteria ${course} ${exercise}`, (signal) =>
    listCriteria(course, exercise, signal),
  );
  const id = useId();
  return (
    <>
      <p className="ui">
        <Link href={`/instructor/courses/${encodeURIComponent(course)}/grading`}>
          All that is graded here
        </Link>
      </p>
      <div className={styles.tools}>
        {sections.state === "done" && sections.data.length > 0 && (
          <div>
            <label htmlFor={id}>Section</label>
            <select
              id={id}
              className="input"
              value={choice.section ?? ""}
              onChange={(event) =>
                setChoice(({ section: _, ...rest }) =>
                  event.target.value ? { ...rest, section: event.target.value } : rest,
                )
              }
            >
              <option value="">All</option>
              {sections.data.map((section) => (
                <option key={section.id} value={section.id}>
                  {section.name}
                </option>
              ))}
            </select>
          </div>
        )}
        <label>
          <input
            type="checkbox"
            checked={choice.unread ?? false}
            onChange={(event) =>
              setChoice(({ unread: _, ...rest }) =>
                event.target.checked ? { ...rest, unread: true } : rest,
              )
            }
          />{" "}
          Only what nobody has read
        </label>
      </div>
      <Loaded of={list} what="everybody’s work">
        {({ entries, assignment }) => (
          <>
            {!assignment && (
              <p className="note">
                This exercise is in no assignment of the course: there are comments, but no grades.
              </p>
            )}
            <Entries
              entries={entries.filter(
                (entry) => !choice.unread || (entry.submission && !entry.read),
              )}
              choice={choice}
              unread={choice.unread ?? false}
            />
          </>
        )}
      </Loaded>
      <section className={styles.assignment}>
        <h2>Rubric</h2>
        <Loaded of={criteria} what="the rubric">
          {(all) => (
            <Rubric
              course={course}
              exercise={exercise}
              criteria={all}
              onChange={() => {
                criteria.reload();
                list.reload();
              }}
            />
          )}
        </Loaded>
      </section>
    </>
  );
}

function Entries({
  entries,
  choice,
  unread,
}: {
  entries: ReadingEntry[];
  choice: Choice;
  unread: boolean;
}) {
  const first = entries.find((entry) => entry.submission && !entry.read);
  if (entries.length === 0)
    return (
      <div className="empty">
        <p>{unread ? "Everything that was handed in is read." : "No learners here yet."}</p>
      </div>
    );
  return (
    <>
      {first?.submission && (
        <p>
          <Link className="button button--primary" href={readingAt(first.submission, choice)}>
            Read the next: {first.learners.map(({ name }) => name).join(", ")}
          </Link>
        </p>
      )}
      <section
        className="table-frame"
        aria-label="Everybody’s work"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
        tabIndex={0}
      >
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Learner</th>
              <th scope="col">Section</th>
              <th scope="col" className="number">
                Attempts
              </th>
              <th scope="col" className="number">
                Score
              </th>
              <th scope="col" className="number">
                Comments
              </th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => {
              const names = entry.learners.map(({ name }) => name).join(", ");
              const sections = [...new Set(entry.learners.flatMap(({ section }) => section ?? []))];
              return (
                <tr key={entry.learners[0].id}>
                  <th scope="row">
                    {entry.submission ? (
                      <Link href={readingAt(entry.submission, choice)} prefetch={false}>
                        {names}
                      </Link>
                    ) : (
                      names
                    )}
                  </th>
                  <td>{sections.join(", ")}</td>
                  <td className="number">{entry.attempts}</td>
                  <td className="number">
                    {entry.score === null
                      ? "–"
                      : `${short(entry.score)} of ${short(entry.maxScore ?? 0)}`}
                  </td>
                  <td className="number">{entry.comments || ""}</td>
                  <td>
                    {entry.submission === null
                      ? "nothing handed in"
                      : entry.state !== "done"
                        ? "waiting for the checks"
                        : entry.read
                          ? "read"
                          : "not read"}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </>
  );
}
