"use client";

import type { Submission, SubmissionSummary } from "@gradus/grader/service";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { ApiError, handIn, MAX_SOURCE } from "@/lib/api";
import { best } from "@/lib/gradebook";
import { ownSubmissions } from "@/lib/own-submissions";
import { leadBack, sessionEnded, useSession } from "@/lib/session";
import styles from "./account/account.module.css";
import { OutcomeMark, Remarks, Verdict } from "./account/report";
import { useFollow } from "./account/submission";

type Stage =
  | { at: "idle"; best?: SubmissionSummary }
  | { at: "sending" }
  | { at: "waiting"; id: string; running: boolean; reason?: string; before: boolean }
  | { at: "done"; submission: Submission; before: boolean }
  | { at: "refused"; error: ApiError };

const IDLE: Stage = { at: "idle" };

/** Two presses closer than this are one double click, in milliseconds. */
const ONE_PRESS = 1000;

/**
 * The button that hands an exercise in, and what becomes of it: sent, waiting, graded. `source` is
 * asked at the press, so what is sent is what stands in the editor then. A refusal loses nothing.
 */
export function HandIn({
  exercise,
  source,
  onVerdict,
}: {
  exercise: string;
  source: () => string;
  onVerdict: (submission: Submission) => void;
}) {
  const session = useSession();
  const path = usePathname();
  const place = useRef<HTMLDivElement>(null);
  const [here, setHere] = useState(path);
  const user = session.state === "in" ? session.me.user.id : null;
  // A stage belongs to whoever was signed in: with somebody else, it begins anew.
  const [held, setHeld] = useState<{ user: string | null; stage: Stage }>({ user, stage: IDLE });
  const stage = held.user === user ? held.stage : IDLE;
  const setStage = (change: (now: Stage) => Stage) =>
    setHeld((now) => ({ user, stage: change(now.user === user ? now.stage : IDLE) }));
  const [ended, setEnded] = useState(false);
  const [seconds, setSeconds] = useState(0);
  // State is seen a render later; these stop the second half of a double click at once.
  const sending = useRef(false);
  const pressed = useRef(Number.NEGATIVE_INFINITY);

  // Signing in leads back to this very exercise: to the nearest thing around it with an id.
  useEffect(() => {
    const anchor = place.current?.closest("[id]:not(main)")?.id;
    setHere(anchor ? `${path}#${anchor}` : path);
  }, [path]);

  // What was handed in before shows, and what is still waiting is followed, also after a reload.
  // biome-ignore lint/correctness/useExhaustiveDependencies: setStage changes with `user` alone.
  useEffect(() => {
    if (!user) return;
    let gone = false;
    ownSubmissions(user, exercise).then(
      (list) => {
        if (gone || list.length === 0) return;
        const [{ id, state }] = list;
        const open: Stage = { at: "waiting", id, running: state === "running", before: false };
        const idle: Stage = { at: "idle", best: best(list) };
        setStage((now) => (now.at === "idle" ? (state === "done" ? idle : open) : now));
      },
      // It is only a reminder; handing in says by itself what is wrong.
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [user, exercise]);

  useEffect(() => {
    if (seconds <= 0) return;
    const timer = setTimeout(() => setSeconds(seconds - 1), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);

  const waiting = stage.at === "waiting" ? stage : null;
  const trouble = useFollow(waiting && { id: waiting.id, state: "queued" }, (submission) => {
    setStage((now) => {
      if (now.at !== "waiting" || now.id !== submission.id) return now;
      if (submission.state === "done") return { at: "done", submission, before: now.before };
      return { ...now, running: submission.state === "running", reason: submission.reason };
    });
    if (submission.state === "done") onVerdict(submission);
  });

  async function press() {
    const soon = performance.now() - pressed.current < ONE_PRESS;
    if (session.state === "loading" || sending.current || soon || seconds > 0) return;
    sending.current = true;
    pressed.current = performance.now();
    setEnded(false);
    setStage(() => ({ at: "sending" }));
    try {
      const code = source();
      const bytes = new TextEncoder().encode(code).length;
      if (bytes > MAX_SOURCE)
        throw new ApiError(
          `This code is ${(bytes / MAX_SOURCE).toFixed(1)} MiB long; at most 1 MiB is taken.`,
          { trouble: "invalid", status: 413, code: "body_too_large", hint: "Shorten it first." },
        );
      const [receipt] = (await handIn(exercise, code)).submissions;
      const { id, duplicate: before } = receipt;
      setStage(() => ({ at: "waiting", id, running: false, before }));
    } catch (error) {
      const refusal = error as ApiError;
      if (refusal.trouble === "signed-out") {
        setEnded(true);
        sessionEnded();
      }
      if (refusal.retryAfter) setSeconds(Math.ceil(refusal.retryAfter));
      setStage(() => ({ at: "refused", error: refusal }));
    }
    sending.current = false;
  }

  // While one waits, the next may be handed in: grading can take its time.
  const closed = session.state === "loading" || stage.at === "sending" || seconds > 0;
  return (
    <div className={styles.handIn} ref={place}>
      {session.state === "out" ? (
        <p className={styles.handInLine}>
          {ended && <strong>Your session has ended. </strong>}
          <Link href={leadBack("/sign-in", here)}>Sign in to hand in</Link>
          <span className="muted"> Your code stays as it is.</span>
        </p>
      ) : (
        <div className={styles.handInLine}>
          <button type="button" className="button" aria-disabled={closed} onClick={press}>
            {seconds > 0
              ? `Hand in (in ${seconds} s)`
              : stage.at === "refused"
                ? "Try again"
                : stage.at === "done" || stage.at === "waiting"
                  ? "Hand in again"
                  : "Hand in"}
          </button>
          {stage.at === "idle" &&
            (stage.best ? (
              <span className={styles.handInBest}>
                So far: <Verdict of={stage.best} />
                <Link href={`/submissions/${stage.best.id}`}>
                  Every check<span className="visually-hidden"> of your best submission</span>
                </Link>
              </span>
            ) : (
              <span className="muted">Sends your code to be graded, hidden checks and all.</span>
            ))}
        </div>
      )}
      <div role="status" className={styles.handInState}>
        {stage.at === "sending" && <p className="note note--working">Sending …</p>}
        {waiting && (
          <div className="note note--working">
            {waiting.running ? "Being graded …" : "Handed in. Waiting to be graded …"}{" "}
            {trouble
              ? `${trouble.message} It is safe on the server; the verdict will be here.`
              : waiting.reason}
          </div>
        )}
        {stage.at === "refused" && (
          <div className="note note--failed">
            <strong>Not handed in.</strong> {stage.error.message} {stage.error.hint}
          </div>
        )}
        {stage.at === "done" && <Done submission={stage.submission} before={stage.before} />}
      </div>
    </div>
  );
}

function Done({ submission, before }: { submission: Submission; before: boolean }) {
  const { report } = submission;
  const failing = report?.checks.filter((check) => check.outcome !== "passed") ?? [];
  const open = failing.filter((check) => check.visibility === "public");
  const hidden = failing.length - open.length;
  return (
    <div className={styles.handInDone}>
      <p className={styles.handInVerdict}>
        <Verdict of={submission} />
        <Link href={`/submissions/${submission.id}`}>
          Every check<span className="visually-hidden"> of this submission</span>
        </Link>
      </p>
      {before && (
        <p className="muted">You have handed in this very code before; this is its verdict.</p>
      )}
      {report?.practice && (
        <p className="muted">For practice only: this server cannot seal off learners’ code.</p>
      )}
      {failing.length > 0 && (
        <ul className={styles.handInChecks}>
          {open.map((check) => (
            <li key={check.name}>
              <OutcomeMark outcome={check.outcome} /> {check.name}
            </li>
          ))}
          {hidden > 0 && (
            <li className="muted">
              {hidden === 1 ? "One hidden check does" : `${hidden} hidden checks do`} not pass yet.
            </li>
          )}
        </ul>
      )}
      {report && <Remarks report={report} />}
    </div>
  );
}
