"use client";

import type { GradebookSubmission } from "@gradus/grader/service";
import Link from "next/link";
import { useEffect, useState } from "react";
import { getSubmission, listAttempts } from "@/lib/api";
import { best } from "@/lib/gradebook";
import styles from "./account.module.css";
import { Loaded, useLoad } from "./load";
import { Verdict } from "./report";
import { SubmissionView } from "./submission";
import { When } from "./when";

/** All that one learner handed in for one exercise, for the instructor: pick an attempt, read it. */
export function Attempts({
  user,
  exercise,
  title,
}: {
  user: string;
  exercise: string;
  title: string;
}) {
  const attempts = useLoad(`${user} ${exercise}`, (signal) => listAttempts(user, exercise, signal));
  return (
    <>
      <h1>{title}</h1>
      <Loaded of={attempts} what="this learner’s work">
        {(list) =>
          list.length === 0 ? (
            <p className="empty">Nothing handed in here yet.</p>
          ) : (
            <Chosen
              list={list}
              onChange={(seen) =>
                attempts.set((all) =>
                  all.map((one) => (one.id === seen.id ? { ...one, ...seen } : one)),
                )
              }
            />
          )
        }
      </Loaded>
      <p className="ui">
        <Link href="/instructor">Back to the gradebook</Link>
      </p>
    </>
  );
}

function Chosen({
  list,
  onChange,
}: {
  list: GradebookSubmission[];
  onChange: (seen: Partial<GradebookSubmission> & { id: string }) => void;
}) {
  const [chosen, setChosen] = useState(() => best(list).id);
  const submission = useLoad(chosen, (signal) => getSubmission(chosen, signal));
  const { learner } = list[0];

  // The choice is part of the address, so that it can be sent to a colleague.
  useEffect(() => {
    const asked = new URLSearchParams(window.location.search).get("attempt");
    const one = list.find(({ attempt }) => String(attempt) === asked);
    if (one) setChosen(one.id);
  }, [list]);
  function choose(one: GradebookSubmission) {
    setChosen(one.id);
    window.history.replaceState(window.history.state, "", `?attempt=${one.attempt}`);
  }

  return (
    <>
      <p className={styles.meta}>
        <span>{learner.name}</span>
        <span>{learner.email}</span>
      </p>
      <div className={styles.attempts}>
        <section aria-label="Attempts">
          <ul className={styles.attemptList}>
            {list.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  className={styles.attempt}
                  aria-pressed={one.id === chosen}
                  onClick={() => choose(one)}
                >
                  <span className={styles.attemptName}>
                    Attempt {one.attempt}
                    <span className="muted">
                      <When at={one.receivedAt} />
                    </span>
                  </span>
                  <Verdict of={one} />
                </button>
              </li>
            ))}
          </ul>
        </section>
        <div className={styles.attemptView}>
          <Loaded of={submission} what="this attempt">
            {(one) => (
              <SubmissionView
                submission={one}
                onChange={(seen) => {
                  submission.set(() => seen);
                  const { source: _, report: __, learner: ___, ...summary } = seen;
                  onChange(summary);
                }}
              />
            )}
          </Loaded>
        </div>
      </div>
    </>
  );
}
