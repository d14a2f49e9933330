"use client";

import Link from "next/link";
import { getSubmission } from "@/lib/api";
import { type ExerciseEntry, titleOf } from "@/lib/exercise-entry";
import { readingAt } from "@/lib/grading";
import { WithFeedback } from "../grading/feedback";
import styles from "./account.module.css";
import { Loaded, useLoad } from "./load";
import { SubmissionView } from "./submission";
import { When } from "./when";

/** The page of one submission, for its learner and for instructors. */
export function OneSubmission({ id, exercises }: { id: string; exercises: ExerciseEntry[] }) {
  const submission = useLoad(id, (signal) => getSubmission(id, signal));
  return (
    <>
      <h1>
        {submission.state === "done"
          ? titleOf(exercises, submission.data.exercise)
          : "A submission"}
      </h1>
      <Loaded of={submission} what="this submission">
        {(one) => (
          <>
            <p className={styles.meta}>
              {one.learner && <span>{one.learner.name}</span>}
              <span>Attempt {one.attempt}</span>
              <span>
                handed in <When at={one.receivedAt} exact />
              </span>
              <span>
                fingerprint <code title={one.sha256}>{one.sha256.slice(0, 8)}</code>
              </span>
            </p>
            {one.learner ? (
              <SubmissionView submission={one} onChange={(seen) => submission.set(() => seen)} />
            ) : (
              <WithFeedback id={one.id}>
                {(under) => (
                  <SubmissionView
                    submission={one}
                    onChange={(seen) => submission.set(() => seen)}
                    under={under}
                  />
                )}
              </WithFeedback>
            )}
            <p className={styles.meta}>
              <BackToExercise entry={exercises.find(({ name }) => name === one.exercise)} />
              {one.learner ? (
                <Link href={readingAt(one.id)}>Read and grade it</Link>
              ) : (
                <Link href="/submissions">All your submissions</Link>
              )}
            </p>
          </>
        )}
      </Loaded>
    </>
  );
}

const BackToExercise = ({ entry }: { entry: ExerciseEntry | undefined }) =>
  entry?.href && <Link href={entry.href}>Back to the exercise</Link>;
