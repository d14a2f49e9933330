"use client";

import type { Submission } from "@gradus/grader/service";
import { type ReactNode, useEffect, useState } from "react";
import { type ApiError, followSubmission } from "@/lib/api";
import styles from "./account.module.css";
import { Code } from "./code";
import { Checks, Verdict } from "./report";
import { TroubleNote } from "./trouble";

/**
 * Follows a submission until it is graded, and hands each newer state to `onChange`. Returns what
 * holds it up at the moment: null when nothing does.
 */
export function useFollow(
  submission: { id: string; state: string } | null,
  onChange: (submission: Submission) => void,
): ApiError | null {
  const [trouble, setTrouble] = useState<ApiError | null>(null);
  const id = submission && submission.state !== "done" ? submission.id : null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: one run per submission; the newest onChange is not needed.
  useEffect(() => {
    if (!id) return;
    const controller = new AbortController();
    (async () => {
      for await (const seen of followSubmission(id, controller.signal, setTrouble)) {
        setTrouble(null);
        onChange(seen);
      }
    })().catch((error: ApiError) => controller.signal.aborted || setTrouble(error));
    return () => controller.abort();
  }, [id]);

  return trouble;
}

/** One submission with all there is to see: verdict, every check, the code, what it printed. */
export function SubmissionView({
  submission,
  onChange,
  under,
}: {
  submission: Submission;
  onChange: (submission: Submission) => void;
  /** What was said of a line, to stand under it. */
  under?: (line: number) => ReactNode;
}) {
  const trouble = useFollow(submission, onChange);
  const { report } = submission;
  return (
    <div className={styles.submission}>
      <div className={styles.verdictPanel} role="status">
        {submission.state === "done" ? (
          <Verdict of={submission} />
        ) : (
          <p className="note note--working">
            {submission.state === "queued" ? "Waiting to be graded" : "Being graded"} …{" "}
            {submission.reason ?? "This page shows the verdict as soon as it is there."}
          </p>
        )}
        {report?.practice && (
          <p className="note">
            Graded for practice: this server cannot seal off learners’ code, so these points do not
            count.
          </p>
        )}
      </div>
      {trouble && submission.state !== "done" && <TroubleNote error={trouble} />}
      {report && report.checks.length > 0 && (
        <Checks report={report} teaches={Boolean(submission.learner)} />
      )}
      <section>
        <h2 className={styles.checksTitle}>
          The code{" "}
          {report && report.diagnostics.length > 0 && (
            <span className="muted">
              {report.diagnostics.length === 1
                ? "1 remark of the compiler"
                : `${report.diagnostics.length} remarks of the compiler`}
              , shown but not graded
            </span>
          )}
        </h2>
        {report?.typesUnchecked && <p className="muted">{report.typesUnchecked}</p>}
        <Code
          source={submission.source}
          label="The code as handed in"
          diagnostics={report?.diagnostics}
          under={under}
        />
      </section>
    </div>
  );
}
