"use client";

import type { Outcome, Report } from "@gradus/grader/checks";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { HandIn } from "@/components/hand-in";
import type { ApiError } from "@/lib/api";
import { checkExercise, prefetchSuite, warmUp } from "@/lib/check-exercise";
import { getSolution } from "@/lib/grading";
import { isSolved, keepSolved } from "@/lib/progress";
import { store, stored } from "@/lib/storage";
import { Checks, inPoints } from "./account/report";
import { Editor } from "./editor";
import { ResetIcon, RunIcon } from "./icons";

interface ExerciseProps {
  name: string;
  number: string;
  title: string;
  points: number;
  /** Time and difficulty, in words. */
  facts: string;
  defines: string[];
  forbids: string[];
  starter: string;
  /** The starter, highlighted. */
  html: string;
  prompt: ReactNode;
  hints: ReactNode[];
}

type Stage =
  | { at: "idle" }
  | { at: "checking"; done: number }
  | { at: "checked"; report: Report; source: string }
  | { at: "broken"; message: string };

/** An exercise: read, write, check, take a hint, hand in. What is written is kept in this browser. */
export function ExerciseBox(exercise: ExerciseProps) {
  const { name, number, title, points, facts, starter, html, prompt, hints } = exercise;
  const [source, setSource] = useState(starter);
  const [near, setNear] = useState(false);
  const [stage, setStage] = useState<Stage>({ at: "idle" });
  const [shownHints, setShownHints] = useState(0);
  const [attempts, setAttempts] = useState(0);
  const [solved, setSolved] = useState(false);
  // What the compiler said of what was handed in; it holds as long as that stands in the editor.
  const [remarks, setRemarks] = useState<{ of: string; list: Report["diagnostics"] } | null>(null);
  const box = useRef<HTMLElement>(null);
  const checkButton = useRef<HTMLButtonElement>(null);
  const newest = useRef(source);
  newest.current = source;
  const keys = { draft: `gradus.draft.${name}`, attempts: `gradus.attempts.${name}` };

  // biome-ignore lint/correctness/useExhaustiveDependencies: read once; the keys follow from the name.
  useEffect(() => {
    setSource(stored(keys.draft) ?? starter);
    setAttempts(Number(stored(keys.attempts)) || 0);
    setSolved(isSolved(name));
  }, [name, starter]);

  // Editor, checks and their workers are made ready while the reader is still on the way here.
  useEffect(() => {
    if (!box.current) return;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        setNear(true);
        warmUp();
        prefetchSuite(name).catch(() => {
          // The press on Check tries again, and says so if it fails.
        });
      },
      { rootMargin: "300px" },
    );
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [name]);

  const write = (text: string): void => {
    setSource(text);
    store(keys.draft, text === starter ? null : text);
  };

  /** Checked here or graded there: either is a try, and either may solve it. */
  const judged = (outcome: Outcome | null): void => {
    if (outcome === "not attempted") return;
    const count = (Number(stored(keys.attempts)) || 0) + 1;
    setAttempts(count);
    store(keys.attempts, String(count));
    if (outcome !== "passed") return;
    keepSolved(name);
    setSolved(true);
  };

  const check = async (): Promise<void> => {
    if (stage.at === "checking") return;
    const tried = newest.current;
    setStage({ at: "checking", done: 0 });
    try {
      let done = 0;
      const report = await checkExercise({
        exercise: name,
        source: tried,
        starter,
        defines: exercise.defines,
        forbids: exercise.forbids,
        onResult: () => setStage({ at: "checking", done: ++done }),
      });
      setStage({ at: "checked", report, source: tried });
      judged(report.outcome);
    } catch (error) {
      setStage({ at: "broken", message: (error as Error).message });
    }
  };

  const stale = stage.at === "checked" && stage.source !== source;
  return (
    <section
      className="exercise"
      id={`exercise-${name}`}
      data-exercise={name}
      data-solved={solved || undefined}
      aria-labelledby={`exercise-${name}-title`}
      ref={box}
    >
      <header className="exercise__head">
        <p className="exercise__label">
          Exercise {number}
          {solved && <span className="outcome exercise__solved">Solved</span>}
        </p>
        <h3 id={`exercise-${name}-title`}>{title}</h3>
        <p className="exercise__facts">
          {points} {points === 1 ? "point" : "points"}, {facts}
        </p>
      </header>
      <div className="exercise__prompt">{prompt}</div>
      <div className="exercise__editor">
        {near ? (
          <Editor
            value={source}
            onChange={write}
            label={`Your code for exercise ${number}, ${title}. Control-Enter checks it, Escape leaves.`}
            onRun={check}
            remarks={remarks?.of === source ? remarks.list : undefined}
            onLeave={() => checkButton.current?.focus()}
          />
        ) : (
          <pre className="code" data-numbered="" data-scrolls="">
            {/* biome-ignore lint/security/noDangerouslySetInnerHtml: highlighted on the server from the exercise's own starter. */}
            <code dangerouslySetInnerHTML={{ __html: html }} />
          </pre>
        )}
      </div>
      <div className="exercise__bar">
        <button
          type="button"
          className="button button--primary"
          ref={checkButton}
          aria-disabled={stage.at === "checking"}
          onClick={check}
        >
          <RunIcon /> Check
        </button>
        {source !== starter && (
          <button type="button" className="button button--quiet" onClick={() => write(starter)}>
            <ResetIcon /> Start over
          </button>
        )}
      </div>
      <div className="exercise__result">
        <div role="status" aria-live="polite">
          {stage.at === "checking" && (
            <p className="note note--working">
              Checking …
              {stage.done > 0 && ` ${stage.done} ${stage.done === 1 ? "check" : "checks"} done`}
            </p>
          )}
          {stage.at === "checked" && <Summary report={stage.report} />}
          {stage.at === "broken" && (
            <p className="note note--failed">
              <strong>The checks could not run.</strong> {stage.message} Reload the page and try
              again; your code is kept.
            </p>
          )}
        </div>
        {stage.at === "checked" && (
          <div className="exercise__checks" data-stale={stale || undefined}>
            {stale && (
              <p className="muted">
                The code has changed since. Check again to see where it stands.
              </p>
            )}
            <Checks report={stage.report} heading="h4" />
          </div>
        )}
      </div>
      <Help
        name={name}
        hints={hints}
        shown={shownHints}
        onShow={() => setShownHints(shownHints + 1)}
        attempts={attempts}
      />
      <div className="exercise__hand-in">
        <HandIn
          exercise={name}
          source={() => newest.current}
          onVerdict={({ outcome, source, report }) => {
            setRemarks({ of: source, list: report?.diagnostics ?? [] });
            judged(outcome);
          }}
        />
      </div>
    </section>
  );
}

function Summary({ report }: { report: Report }) {
  const passed = report.checks.filter(({ outcome }) => outcome === "passed").length;
  const all = report.checks.length;
  if (report.outcome === "not attempted")
    return (
      <p className="note">
        This is still the code that the exercise begins with. Change it, then check.
      </p>
    );
  if (report.outcome === "passed")
    return (
      <p className="note note--done">
        <strong>All {all} checks passed.</strong> {inPoints(report.points, report.max)} here; hidden
        checks run when you hand in.
      </p>
    );
  return (
    <p className="note note--failed">
      <strong>
        {passed} of {all} checks passed.
      </strong>{" "}
      {inPoints(report.points, report.max)} so far. The first one that did not pass says what to
      look at.
    </p>
  );
}

interface HelpProps {
  name: string;
  hints: ReactNode[];
  shown: number;
  onShow(): void;
  attempts: number;
}

/** Hints one by one, from the gentlest on; the solution after at least one try of one's own. */
function Help({ name, hints, shown, onShow, attempts }: HelpProps) {
  const [solution, setSolution] = useState<
    { source: string; Code: typeof import("./account/code").Code } | { failed: ApiError } | null
  >(null);
  const newest = useRef<HTMLLIElement>(null);
  // The reader asked for it: that is where they want to be.
  useEffect(() => {
    if (shown > 0) newest.current?.focus();
  }, [shown]);

  const showSolution = async (): Promise<void> => {
    try {
      const [{ Code }, source] = await Promise.all([import("./account/code"), getSolution(name)]);
      setSolution({ source, Code });
    } catch (error) {
      setSolution({ failed: error as ApiError });
    }
  };
  return (
    <div className="exercise__help">
      {shown > 0 && (
        <ol className="exercise__hints">
          {hints.slice(0, shown).map((hint, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: hints have no other name than their place.
            <li key={index} tabIndex={-1} ref={index === shown - 1 ? newest : undefined}>
              {hint}
            </li>
          ))}
        </ol>
      )}
      <div className="buttons">
        {shown < hints.length && (
          <button type="button" className="button button--small" onClick={onShow}>
            {shown === 0 ? "Show a hint" : "Show the next hint"} ({shown + 1} of {hints.length})
          </button>
        )}
        {attempts > 0 && !solution && (
          <button type="button" className="button button--small" onClick={showSolution}>
            Show the solution
          </button>
        )}
        {attempts === 0 && (
          <span className="muted ui exercise__later">The solution opens after your first try.</span>
        )}
      </div>
      {solution && "source" in solution && (
        <figure className="exercise__solution">
          <figcaption>One solution. Yours may look different and be as good.</figcaption>
          <solution.Code source={solution.source} label="The solution" />
        </figure>
      )}
      {solution && "failed" in solution && (
        <p className={`note ${solution.failed.code === "solution_locked" ? "" : "note--failed"}`}>
          {solution.failed.message} {solution.failed.hint}
        </p>
      )}
    </div>
  );
}
