"use client";

import type { Regrade, RegradeDirection, RegradeItem, RegradePolicy } from "@gradus/grader/service";
import Link from "next/link";
import { useEffect, useState } from "react";
import type { ExerciseEntry } from "@/lib/exercise-entry";
import {
  applyRegrade,
  changeRegrade,
  type ItemsPage,
  listRegrades,
  regradeFile,
  regradeItems,
  startRegrade,
} from "@/lib/insight";
import { Confirm } from "../account/confirm";
import { Loaded, useLoad } from "../account/load";
import { When } from "../account/when";
import { useCourse } from "../courses/course-frame";
import { count, Said, save, today, useDoing } from "../courses/form";
import styles from "./insight.module.css";
import { PickSection } from "./pick";

/** How often one looks how far a regrade is, in milliseconds. */
const LOOK_EVERY = 1500;

/** When a check was wrong: try the present ones, look, and apply or discard. */
export function RegradePage({ exercises }: { exercises: ExerciseEntry[] }) {
  const { course, may } = useCourse();
  const all = useLoad(`regrades ${course.id}`, (signal) => listRegrades(course.id, signal));
  const [shown, setShown] = useState<string | null>(null);
  const running = all.state === "done" && all.data.some(({ state }) => state === "running");
  const { reload } = all;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(reload, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [running, reload]);
  const put = (changed: Regrade) => {
    all.set((now) => [changed, ...now.filter(({ id }) => id !== changed.id)].sort(newestFirst));
    // What was just applied or taken back stays on show.
    setShown(changed.id);
  };
  return (
    <div className={styles.stack}>
      <h2>Regrade</h2>
      <p className={styles.ui}>
        When a check or an exercise was wrong: mend it, restart the site and its workers, and try
        the new checks on what was handed in. Learners’ submissions come first meanwhile. Nothing
        changes until you apply it, and then it can be undone.
      </p>
      <Loaded of={all} what="the regrades">
        {(regrades) => {
          const open = regrades.find(isOpen);
          const chosen = regrades.find(({ id }) => id === shown);
          const one = chosen ?? open;
          return (
            <>
              {!open && may && <Start exercises={exercises} onStarted={put} />}
              {!open && !may && <p className="note">Instructors start regrades; you can look.</p>}
              {one && <One key={one.id} regrade={one} onChanged={put} />}
              {regrades.length > 0 && (
                <Earlier regrades={regrades} shown={one?.id} onShow={setShown} />
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

const isOpen = ({ state }: Regrade) => ["running", "ready", "stopped"].includes(state);
const newestFirst = (a: Regrade, b: Regrade) => (a.startedAt < b.startedAt ? 1 : -1);

const STATES: Record<Regrade["state"], string> = {
  running: "running",
  ready: "ready, nothing changed yet",
  stopped: "stopped",
  applied: "in effect",
  discarded: "discarded",
  undone: "taken back",
};

function Start({
  exercises,
  onStarted,
}: {
  exercises: ExerciseEntry[];
  onStarted: (made: Regrade) => void;
}) {
  const { course } = useCourse();
  const [exercise, setExercise] = useState("");
  const [section, setSection] = useState("");
  const doing = useDoing();
  return (
    <form
      className={styles.stack}
      onSubmit={(event) => {
        event.preventDefault();
        doing.run(async () => {
          onStarted(
            await startRegrade(course.id, {
              ...(exercise && { exercise }),
              ...(section && { section }),
            }),
          );
          return null;
        });
      }}
    >
      <div className={styles.tools}>
        <label className={styles.ui}>
          Exercise{" "}
          <select
            className="input"
            value={exercise}
            onChange={(event) => setExercise(event.target.value)}
          >
            <option value="">all</option>
            {exercises.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <PickSection course={course.id} value={section} onPick={setSection} />
        <button type="submit" className="button button--primary" aria-disabled={doing.busy}>
          {doing.busy ? "Starting …" : "Start a dry run"}
        </button>
      </div>
      <Said by={doing} />
    </form>
  );
}

/** A regrade: how far it is, what it would change, and what can be done with it. */
function One({ regrade, onChanged }: { regrade: Regrade; onChanged: (changed: Regrade) => void }) {
  const { course, may } = useCourse();
  const doing = useDoing();
  const [asked, setAsked] = useState<"apply" | "discard" | "undo" | null>(null);
  const [policy, setPolicy] = useState<RegradePolicy>("gains");
  const { state, counts, total, graded } = regrade;
  const act = (what: "stop" | "resume" | "discard" | "undo") =>
    doing.run(async () => {
      onChanged(await changeRegrade(course.id, regrade.id, what));
      setAsked(null);
      return {
        stop: "Stopped.",
        resume: "It goes on.",
        discard: "Discarded.",
        undo: "Taken back.",
      }[what];
    });
  const apply = () =>
    doing.run(async () => {
      onChanged(await applyRegrade(course.id, regrade.id, policy));
      setAsked(null);
      return "Applied. Learners see the new verdicts.";
    });
  const changed = counts.up + counts.down + counts.other;
  return (
    <section className="panel" aria-label="Regrade">
      <h3>
        {regrade.exercises.length === 1
          ? regrade.exercises[0].title
          : `${regrade.exercises.length} exercises`}
        {regrade.section && `, ${regrade.section.name}`}: {STATES[state]}
      </h3>
      <p className={styles.ui}>
        Started <When at={regrade.startedAt} /> by {regrade.startedBy.name}.
        {regrade.changedAt && regrade.changedBy && state !== "running" && (
          <>
            {" "}
            {state === "applied" &&
              (regrade.policy === "gains" ? "Those that gain were applied " : "All were applied ")}
            {state === "undone" && "Taken back "}
            {state === "discarded" && "Discarded "}
            {(state === "stopped" || state === "ready") && "Last changed "}
            <When at={regrade.changedAt} /> by {regrade.changedBy.name}.
          </>
        )}
      </p>
      {regrade.reason && <p className="note note--failed">{sentence(regrade.reason)}</p>}
      <div role="status" className={styles.ui}>
        {graded} of {count(total, "submission")} tried
        {state === "ready" && changed === 0 && counts.broken === 0 && ": every one ends as before"}.
      </div>
      {(state === "running" || state === "stopped") && (
        <progress
          className={styles.progress}
          value={graded}
          max={total}
          aria-label="Tried so far"
        />
      )}
      <dl className={styles.counts}>
        {DIRECTIONS.map(({ direction, name }) => (
          <div key={direction}>
            <dt>{name}</dt>
            <dd
              className={styles.direction}
              data-direction={counts[direction] ? direction : undefined}
            >
              {counts[direction]}
            </dd>
          </div>
        ))}
        <div>
          <dt>learners whose points change</dt>
          <dd>{regrade.learners}</dd>
        </div>
      </dl>
      {regrade.changes.length > 0 && <Changes regrade={regrade} />}
      <Said by={doing} />
      {may && (
        <div className="buttons">
          {state === "running" && (
            <button
              type="button"
              className="button"
              disabled={doing.busy}
              onClick={() => act("stop")}
            >
              Stop
            </button>
          )}
          {state === "stopped" && regrade.exercises.every(({ present }) => present) && (
            <button
              type="button"
              className="button"
              disabled={doing.busy}
              onClick={() => act("resume")}
            >
              Go on
            </button>
          )}
          {state === "ready" && (
            <button
              type="button"
              className="button button--primary"
              onClick={() => setAsked("apply")}
            >
              Apply …
            </button>
          )}
          {isOpen(regrade) && (
            <button type="button" className="button" onClick={() => setAsked("discard")}>
              Discard …
            </button>
          )}
          {state === "applied" && (
            <button type="button" className="button" onClick={() => setAsked("undo")}>
              Undo …
            </button>
          )}
        </div>
      )}
      {graded > 0 && <Items regrade={regrade} />}
      {asked === "apply" && (
        <Confirm
          title="Apply this regrade?"
          action={policy === "gains" ? `Apply ${count(counts.up, "gain")}` : "Apply all"}
          busy={doing.busy}
          onConfirm={apply}
          onCancel={() => setAsked(null)}
        >
          <fieldset className={styles.plain} style={{ border: 0 }}>
            <legend className="visually-hidden">Which verdicts take effect</legend>
            <Choice value="gains" now={policy} onPick={setPolicy}>
              Only those that gain: {counts.up} go up, nobody loses points
            </Choice>
            <Choice value="all" now={policy} onPick={setPolicy}>
              All: {counts.up} go up, {counts.down} go down
            </Choice>
          </fieldset>
          <p>The old verdicts are kept, and it can be undone.</p>
        </Confirm>
      )}
      {asked === "discard" && (
        <Confirm
          title="Discard this regrade?"
          action="Discard"
          alarm
          busy={doing.busy}
          onConfirm={() => act("discard")}
          onCancel={() => setAsked(null)}
        >
          <p>What it found stays to be read, but can no longer be applied. No verdict changes.</p>
        </Confirm>
      )}
      {asked === "undo" && (
        <Confirm
          title="Take this regrade back?"
          action="Undo"
          alarm
          busy={doing.busy}
          onConfirm={() => act("undo")}
          onCancel={() => setAsked(null)}
        >
          <p>The verdicts of before stand again. Those of the regrade are kept in the history.</p>
        </Confirm>
      )}
    </section>
  );
}

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

function Choice({
  value,
  now,
  onPick,
  children,
}: {
  value: RegradePolicy;
  now: RegradePolicy;
  onPick: (policy: RegradePolicy) => void;
  children: React.ReactNode;
}) {
  return (
    <label style={{ display: "block" }}>
      <input
        type="radio"
        name="policy"
        value={value}
        checked={now === value}
        onChange={() => onPick(value)}
      />{" "}
      {children}
    </label>
  );
}

const DIRECTIONS: { direction: RegradeDirection; name: string; mark: string }[] = [
  { direction: "up", name: "up", mark: "▲ up" },
  { direction: "down", name: "down", mark: "▼ down" },
  { direction: "other", name: "same points, other checks", mark: "◆ other checks" },
  { direction: "same", name: "as before", mark: "= as before" },
  { direction: "broken", name: "could not be graded", mark: "! not graded" },
];

function Changes({ regrade }: { regrade: Regrade }) {
  return (
    <section
      className="table-frame"
      aria-label="Checks that end differently"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
      tabIndex={0}
    >
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Submissions</th>
          </tr>
        </thead>
        <tbody>
          {regrade.changes.map((one) => (
            <tr key={`${one.exercise} ${one.check} ${one.from} ${one.to}`}>
              <th scope="row">
                {one.check}
                {regrade.exercises.length > 1 && (
                  <span className={styles.under}>{one.exercise}</span>
                )}
              </th>
              <td>{one.from ?? "not there"}</td>
              <td>{one.to ?? "not there"}</td>
              <td className={styles.number}>{one.count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Items({ regrade }: { regrade: Regrade }) {
  const { course } = useCourse();
  const [direction, setDirection] = useState("up,down,other,broken");
  const doing = useDoing();
  const page = useLoad<ItemsPage>(`items ${regrade.id} ${direction} ${regrade.graded}`, (signal) =>
    regradeItems(course.id, regrade.id, { direction, limit: 50 }, signal),
  );
  return (
    <div className={styles.stack}>
      <div className={styles.tools}>
        <label className={styles.ui}>
          Show{" "}
          <select
            className="input"
            value={direction}
            onChange={(event) => setDirection(event.target.value)}
          >
            <option value="up,down,other,broken">what changes</option>
            {DIRECTIONS.map(({ direction, name }) => (
              <option key={direction} value={direction}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="button"
          aria-disabled={doing.busy}
          onClick={() =>
            doing.run(async () => {
              const file = await regradeFile(course.id, regrade.id);
              save(file, `${course.id}-regrade-${today()}.csv`);
              return null;
            })
          }
        >
          Export CSV
        </button>
      </div>
      <Said by={doing} />
      <Loaded of={page} what="the changes">
        {({ items, next }) =>
          items.length === 0 ? (
            <p className="muted">None.</p>
          ) : (
            <>
              <section
                className="table-frame"
                aria-label="Submissions"
                // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
                tabIndex={0}
              >
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">Learner</th>
                      <th scope="col">Exercise</th>
                      <th scope="col">Points</th>
                      <th scope="col">Checks that end differently</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((item) => (
                      <Item key={item.submission} item={item} />
                    ))}
                  </tbody>
                </table>
              </section>
              {next !== null && (
                <div className="buttons">
                  <button
                    type="button"
                    className="button"
                    disabled={doing.busy}
                    onClick={() =>
                      doing.run(async () => {
                        const more = await regradeItems(course.id, regrade.id, {
                          direction,
                          cursor: next,
                          limit: 200,
                        });
                        page.set((now) => ({
                          items: [...now.items, ...more.items],
                          next: more.next,
                        }));
                        return null;
                      })
                    }
                  >
                    Show more
                  </button>
                </div>
              )}
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function Item({ item }: { item: RegradeItem }) {
  const { mark } =
    DIRECTIONS.find(({ direction }) => direction === item.direction) ?? DIRECTIONS[3];
  return (
    <tr>
      <th scope="row">
        <Link href={`/instructor/submissions/${item.submission}`} prefetch={false}>
          {item.learner.name}
        </Link>
        <span className={styles.under}>{item.learner.email}</span>
      </th>
      <td>
        {item.exercise}
        <span className={styles.under}>attempt {item.attempt}</span>
      </td>
      <td className={styles.number}>
        {item.from.points} → {item.to.points} of {item.to.max}
        <span className={styles.under}>
          <span className={styles.direction} data-direction={item.direction}>
            {mark}
          </span>
        </span>
      </td>
      <td className={styles.checks}>
        <ChangedChecks changes={item.changes.slice(0, SHOWN)} />
        {item.changes.length > SHOWN && (
          <details>
            <summary>{item.changes.length - SHOWN} more</summary>
            <ChangedChecks changes={item.changes.slice(SHOWN)} />
          </details>
        )}
      </td>
    </tr>
  );
}

/** So many checks of a submission are shown at once. */
const SHOWN = 4;

function ChangedChecks({ changes }: { changes: RegradeItem["changes"] }) {
  return (
    <ul className={styles.plain}>
      {changes.map(({ check, from, to }) => (
        <li key={check}>
          {check}: {from ?? "not there"} → {to ?? "not there"}
        </li>
      ))}
    </ul>
  );
}

function Earlier({
  regrades,
  shown,
  onShow,
}: {
  regrades: Regrade[];
  shown: string | undefined;
  onShow: (id: string) => void;
}) {
  return (
    <>
      <h3>All regrades</h3>
      <section
        className="table-frame"
        aria-label="All regrades"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
        tabIndex={0}
      >
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">What</th>
              <th scope="col">Up, down</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {regrades.map((one) => (
              <tr key={one.id}>
                <td>
                  <When at={one.startedAt} />
                  <span className={styles.under}>{one.startedBy.name}</span>
                </td>
                <th scope="row">
                  <button
                    type="button"
                    className="button button--quiet"
                    aria-pressed={one.id === shown}
                    onClick={() => onShow(one.id)}
                  >
                    {one.exercises.length === 1
                      ? one.exercises[0].title
                      : `${one.exercises.length} exercises`}
                    {one.section && `, ${one.section.name}`}
                  </button>
                </th>
                <td className={styles.number}>
                  ▲ {one.counts.up}, ▼ {one.counts.down}
                </td>
                <td>{STATES[one.state]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
