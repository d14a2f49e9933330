"use client";

import type {
  Comment,
  Criterion,
  GradingChange,
  Reading,
  ReadingEntry,
} from "@gradus/grader/service";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { type ReactNode, useRef, useState } from "react";
import { type ApiError, getSubmission } from "@/lib/api";
import {
  type Choice,
  changeComment,
  changeGrading,
  choiceOf,
  deleteComment,
  getReading,
  listAt,
  listToReadThrough,
  neighbors,
  readingAt,
  restoreComment,
  writeComment,
} from "@/lib/grading";
import { useSession } from "@/lib/session";
import account from "../account/account.module.css";
import { Code } from "../account/code";
import { Loaded, useLoad } from "../account/load";
import { Checks, Verdict } from "../account/report";
import { useFollow } from "../account/submission";
import { TroubleNote } from "../account/trouble";
import { When } from "../account/when";
import { type CommentActions, CommentCard, CommentForm, UnderLine } from "./comments";
import { Diff } from "./diff";
import styles from "./grading.module.css";
import { KeysHelp, useKeys } from "./keys";
import { PointsBesides } from "./points-besides";
import { KEYS, Rubric } from "./rubric";
import { Score } from "./score";

/** A submission as those who teach read and grade it. */
export function ReadingPage({ id }: { id: string }) {
  const reading = useLoad(id, (signal) => getReading(id, signal));
  const choice = choiceOf(useSearchParams());
  return (
    <div className={styles.reading}>
      {reading.state !== "done" && <h1>A submission</h1>}
      <Loaded of={reading} what="this submission">
        {(data) => (
          // What was begun for one learner must not be sent for the next.
          <Desk
            key={data.submission.id}
            reading={data}
            choice={choice}
            reload={reading.reload}
            set={reading.set}
          />
        )}
      </Loaded>
    </div>
  );
}

type View = "both" | "reference" | "before";

function Desk({
  reading,
  choice,
  reload,
  set,
}: {
  reading: Reading;
  choice: Choice;
  reload: () => void;
  set: (change: (reading: Reading) => Reading) => void;
}) {
  const { submission, exercise, course, learners, attempts, criteria, grading, comments } = reading;
  const router = useRouter();
  const session = useSession();
  const [view, setView] = useState<View>("both");
  const [pane, setPane] = useState<"code" | "reference">("code");
  const [writing, setWriting] = useState<number | "whole" | null>(null);
  const [deleted, setDeleted] = useState<Comment | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const names = learners.map(({ name }) => name).join(", ");
  const place = attempts.findIndex(({ id }) => id === submission.id);
  const before = attempts[place - 1];
  const me = session.state === "in" ? session.me : undefined;
  const role = me?.courses.find(({ id }) => id === course.id)?.role ?? me?.role;
  const leads = role === "instructor" || role === "administrator";
  const waits = useFollow(submission, (seen) => {
    if (seen.state === "done") reload();
  });

  // ---------- Deciding ----------

  // An answer that comes while the next change is on its way would show the state before it.
  const pending = useRef(0);
  async function change(wanted: GradingChange): Promise<boolean> {
    setFailed(null);
    pending.current++;
    let done = true;
    try {
      const now = await changeGrading(submission.id, wanted);
      if (pending.current === 1) set((reading) => ({ ...reading, grading: now }));
    } catch (error) {
      setFailed(error as ApiError);
      done = false;
    }
    pending.current--;
    // Scores depend on more than this submission: the server works them out.
    if (pending.current === 0) reload();
    return done;
  }
  function mark(criterion: Criterion, meets: boolean) {
    set((reading) => ({
      ...reading,
      grading: {
        ...reading.grading,
        marks: [
          ...reading.grading.marks.filter((id) => id !== criterion.id),
          ...(meets ? [criterion.id] : []),
        ],
      },
    }));
    void change({ marks: { [criterion.id]: meets } });
  }
  const marks = new Set(grading.marks);

  // ---------- Comments ----------

  const put = (comments: (now: Comment[]) => Comment[]) =>
    set((reading) => ({ ...reading, comments: comments(reading.comments) }));
  const actions: CommentActions = {
    async write(line, body) {
      const made = await writeComment(submission.id, line, body);
      put((now) => [...now, made]);
      // One may have begun another meanwhile.
      setWriting((now) => (now === (line ?? "whole") ? null : now));
    },
    async change(comment, body) {
      const changed = await changeComment(submission.id, comment.id, body);
      put((now) => now.map((one) => (one.id === changed.id ? changed : one)));
    },
    async remove(comment) {
      await deleteComment(submission.id, comment.id);
      put((now) => now.filter((one) => one.id !== comment.id));
      setDeleted(comment);
    },
    mayChange: (comment) => comment.author.id === me?.user.id,
    mayDelete: (comment) => comment.author.id === me?.user.id || leads,
  };
  async function undo(comment: Comment) {
    try {
      const back = await restoreComment(submission.id, comment.id);
      put((now) => [...now, back]);
      setDeleted(null);
    } catch (error) {
      setFailed(error as ApiError);
    }
  }
  const deletedNote = deleted && (
    <span className={styles.card} role="status">
      Deleted.{" "}
      <button type="button" className="button button--small" onClick={() => undo(deleted)}>
        Undo
      </button>
    </span>
  );
  function under(line: number): ReactNode {
    const here = comments.filter((comment) => comment.line === line);
    const gone = deleted?.line === line;
    if (here.length === 0 && writing !== line && !gone) return null;
    return (
      <UnderLine>
        {here.map((comment) => (
          <CommentCard key={comment.id} comment={comment} actions={actions} />
        ))}
        {gone && deletedNote}
        {writing === line && (
          <CommentForm
            label={`On line ${line}`}
            onSend={(body) => actions.write(line, body)}
            onCancel={() => setWriting(null)}
          />
        )}
      </UnderLine>
    );
  }
  const whole = comments.filter(({ line }) => line === null);

  // ---------- The way on ----------

  const list = useLoad(`list ${course.id} ${exercise.name} ${choice.section}`, () =>
    listToReadThrough(course.id, exercise.name, choice.section),
  );
  const ids = learners.map(({ id }) => id);
  const way = list.state === "done" ? neighbors(list.data.entries, ids, choice.unread) : undefined;
  const go = (submission: string | null | undefined) =>
    submission ? () => router.push(readingAt(submission, choice)) : undefined;
  const keys = useKeys({
    j: go(way?.after?.submission),
    k: go(way?.before?.submission),
    c: () => setWriting("whole"),
    r: () => void change({ read: grading.read === null }),
    d: () => setView((now) => (now === "both" ? (before ? "before" : "reference") : "both")),
    ...Object.fromEntries(
      reading.assignment
        ? criteria
            .slice(0, KEYS.length)
            .map((criterion, index) => [
              KEYS[index],
              () => mark(criterion, !marks.has(criterion.id)),
            ])
        : [],
    ),
  });

  return (
    <>
      <header className={styles.head}>
        <div>
          <h1>{exercise.title}</h1>
          <p className={account.meta}>
            <span>
              <strong>{names}</strong>
            </span>
            {learners[0]?.section && <span>{learners[0].section}</span>}
            <span>
              Attempt {submission.attempt}, handed in <When at={submission.receivedAt} exact />
            </span>
            <Link href={listAt(course.id, exercise.name)}>Everybody’s work</Link>
          </p>
        </div>
        <nav aria-label="Learners" className={styles.way}>
          <Way entry={way?.before} choice={choice} name="Previous" sign="k" />
          <span role="status" className="muted">
            {way && (way.place > 0 ? `${way.place} of ${way.count}` : `${way.count} in this list`)}
          </span>
          <Way entry={way?.after} choice={choice} name="Next" sign="j" />
        </nav>
      </header>

      {attempts.length > 1 && (
        <nav aria-label="Attempts" className={styles.attempts}>
          {attempts.map((attempt) => (
            <Link
              key={attempt.id}
              href={readingAt(attempt.id, choice)}
              aria-current={attempt.id === submission.id ? "page" : undefined}
              prefetch={false}
            >
              <span>
                Attempt {attempt.attempt}
                {attempt.read && <span className="muted"> · read</span>}
                {attempt.comments > 0 && (
                  <span className="muted">
                    {" "}
                    · {attempt.comments} {attempt.comments === 1 ? "comment" : "comments"}
                  </span>
                )}
              </span>
              <Verdict of={attempt} />
            </Link>
          ))}
        </nav>
      )}

      <div className={styles.desk}>
        <div className={styles.work}>
          <section aria-label="Code">
            <div className={styles.views}>
              <fieldset className={styles.choice}>
                <legend className="visually-hidden">How the code is shown</legend>
                <Pick now={view} value="both" set={setView}>
                  Side by side
                </Pick>
                {reading.reference !== null && (
                  <Pick now={view} value="reference" set={setView}>
                    Compare with the reference
                  </Pick>
                )}
                {before && (
                  <Pick now={view} value="before" set={setView}>
                    Compare with attempt {before.attempt}
                  </Pick>
                )}
              </fieldset>
              {view === "both" && reading.reference !== null && (
                <fieldset className={`${styles.choice} ${styles.onPhone}`}>
                  <legend className="visually-hidden">What is shown</legend>
                  <Pick now={pane} value="code" set={setPane}>
                    The submission
                  </Pick>
                  <Pick now={pane} value="reference" set={setPane}>
                    The reference
                  </Pick>
                </fieldset>
              )}
            </div>
            {view === "both" && (
              <div className={styles.columns} data-pane={pane}>
                <div data-of="code">
                  <h2 className={styles.columnTitle}>The submission</h2>
                  <Code
                    source={submission.source}
                    label="The submission"
                    diagnostics={submission.report?.diagnostics}
                    under={under}
                    onLine={setWriting}
                  />
                </div>
                <div data-of="reference">
                  <h2 className={styles.columnTitle}>
                    The reference <span className="muted">not shown to learners from here</span>
                  </h2>
                  {reading.reference === null ? (
                    <p className="empty">This exercise has no reference solution (any more).</p>
                  ) : (
                    <Code source={reading.reference} label="The reference" />
                  )}
                </div>
              </div>
            )}
            {view === "reference" && reading.reference !== null && (
              <Diff before={reading.reference} after={submission.source} labels={REFERENCE} />
            )}
            {view === "before" && before && (
              <Earlier id={before.id} attempt={before.attempt} now={reading} />
            )}
          </section>

          <section aria-label="Checks" className={styles.checks}>
            {submission.state === "done" ? (
              <p className={styles.verdict}>
                <Verdict of={submission} />
              </p>
            ) : (
              <p className="note note--working" role="status">
                {submission.state === "queued" ? "Waiting to be graded" : "Being graded"} …{" "}
                {submission.reason}
              </p>
            )}
            {waits && submission.state !== "done" && <TroubleNote error={waits} />}
            {submission.report && submission.report.checks.length > 0 && (
              <Checks report={submission.report} teaches />
            )}
          </section>
        </div>

        <aside aria-label="Grading" className={styles.panel}>
          {failed && <TroubleNote error={failed} />}
          <section>
            <h2>Score</h2>
            {learners.map((learner) => (
              <Score
                key={learner.id}
                reading={reading}
                learner={learner}
                choice={choice}
                onChange={reload}
              />
            ))}
          </section>
          {reading.assignment && (
            <>
              <section>
                <h2>Rubric</h2>
                <Rubric
                  course={course.id}
                  exercise={exercise.name}
                  criteria={criteria}
                  marks={marks}
                  onMark={mark}
                  onChange={reload}
                />
              </section>
              <PointsBesides grading={grading} onChange={change} />
            </>
          )}
          <section>
            <h2>On the whole</h2>
            {whole.map((comment) => (
              <CommentCard key={comment.id} comment={comment} actions={actions} />
            ))}
            {deleted?.line === null && deletedNote}
            {writing === "whole" ? (
              <CommentForm
                label="On the whole"
                onSend={(body) => actions.write(null, body)}
                onCancel={() => setWriting(null)}
              />
            ) : (
              <button
                type="button"
                className="button button--small"
                onClick={() => setWriting("whole")}
              >
                Comment on the whole
              </button>
            )}
          </section>
          <section>
            <label className={styles.read}>
              <input
                type="checkbox"
                checked={grading.read !== null}
                onChange={(event) => void change({ read: event.target.checked })}
              />{" "}
              Read
              {grading.read && (
                <span className="muted">
                  {" "}
                  by {grading.read.by.name}, <When at={grading.read.at} />
                </span>
              )}
            </label>
          </section>
          <KeysHelp keys={keys} />
        </aside>
      </div>
    </>
  );
}

const REFERENCE = { before: "The reference", after: "The submission" };

function Way({
  entry,
  choice,
  name,
  sign,
}: {
  entry: ReadingEntry | undefined;
  choice: Choice;
  name: string;
  sign: string;
}) {
  if (!entry?.submission)
    return (
      <span className="button button--small" aria-disabled="true">
        {name}
      </span>
    );
  return (
    <Link
      className="button button--small"
      href={readingAt(entry.submission, choice)}
      prefetch={false}
      title={entry.learners.map((one) => one.name).join(", ")}
    >
      {name} <kbd>{sign}</kbd>
    </Link>
  );
}

function Pick<T extends string>({
  now,
  value,
  set,
  children,
}: {
  now: T;
  value: T;
  set: (value: T) => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      className="button button--small"
      aria-pressed={now === value}
      onClick={() => set(value)}
    >
      {children}
    </button>
  );
}

/** What differs from the attempt before. */
function Earlier({ id, attempt, now }: { id: string; attempt: number; now: Reading }) {
  const earlier = useLoad(id, (signal) => getSubmission(id, signal));
  return (
    <Loaded of={earlier} what={`attempt ${attempt}`}>
      {({ source }) => (
        <Diff
          before={source}
          after={now.submission.source}
          labels={{ before: `Attempt ${attempt}`, after: `Attempt ${now.submission.attempt}` }}
        />
      )}
    </Loaded>
  );
}
