"use client";

import type { RosterImport as Result, RosterChange } from "@gradus/grader/service";
import { type ChangeEvent, useId, useState } from "react";
import { importRoster } from "@/lib/courses";
import account from "../account/account.module.css";
import { Confirm } from "../account/confirm";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { count, Labelled, Said, Tick, useDoing } from "./form";

const ACTIONS: Record<RosterChange["action"], string> = {
  enroll: "Enroll",
  invite: "Invite",
  update: "Change",
  restore: "Bring back",
  drop: "Drop",
  uninvite: "Take back",
};
/** How many changes are drawn of each kind. */
const DRAWN = 100;

/** Reads a roster: first it shows what would change, then it does it. */
export function RosterImport({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { course } = useCourse();
  const doing = useDoing();
  const [text, setText] = useState("");
  const [from, setFrom] = useState<string | null>(null);
  const [dropMissing, setDropMissing] = useState(false);
  const [plan, setPlan] = useState<Result | null>(null);
  const [asking, setAsking] = useState(false);
  const file = useId();

  async function read(event: ChangeEvent<HTMLInputElement>) {
    const [chosen] = event.target.files ?? [];
    // The same file can be chosen again after it was mended.
    event.target.value = "";
    if (!chosen) return;
    const content = await chosen.text();
    setText(content);
    setFrom(chosen.name);
    await preview(content, dropMissing);
  }
  const preview = (csv: string, drop: boolean) => {
    setPlan(null);
    return doing.run(async () => {
      setPlan(await importRoster(course.id, csv, { dryRun: true, dropMissing: drop }));
      return null;
    });
  };
  const carryOut = () =>
    doing.run(async () => {
      const done = await importRoster(course.id, text, { dryRun: false, dropMissing });
      setPlan(null);
      setAsking(false);
      setText("");
      setFrom(null);
      onDone();
      return `Done: ${sum(done) || "nothing had to change"}.`;
    });
  const losing = plan?.changes.filter(({ action }) => action === "drop" || action === "uninvite");

  return (
    <section className="panel" aria-label="Import a roster">
      <h2 className={account.panelTitle}>Import a roster</h2>
      <p className="ui">
        A CSV file with a head line. Only <code>email</code> must be there; <code>name</code>,{" "}
        <code>section</code>, <code>student_id</code> and <code>role</code> are understood, and so
        are the files of nbgrader, Canvas and Moodle. Nothing changes before you have seen what
        would.
      </p>
      <div className="buttons">
        <label className="button" htmlFor={file}>
          Choose a file
        </label>
        <input
          id={file}
          className="visually-hidden"
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={read}
        />
        {from && <span className="ui muted">{from}</span>}
      </div>
      <Labelled label="Or paste it here">
        {(ids) => (
          <textarea
            {...ids}
            rows={5}
            spellCheck={false}
            className={styles.csv}
            placeholder={"email,name,section\nlin@example.org,Lin Wu,Tuesday"}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setFrom(null);
              setPlan(null);
            }}
          />
        )}
      </Labelled>
      <Tick
        label="Drop learners who are not in the file"
        hint="What they handed in stays, and they can be brought back."
        checked={dropMissing}
        onChange={(drop) => {
          setDropMissing(drop);
          if (plan) void preview(text, drop);
        }}
      />
      <Said by={doing} />
      {plan && <Plan plan={plan} />}
      <div className="buttons">
        {plan && plan.changes.length > 0 ? (
          <button
            type="button"
            className="button button--primary"
            disabled={doing.busy}
            onClick={() => (losing?.length ? setAsking(true) : carryOut())}
          >
            Carry out {count(plan.changes.length, "change")}
          </button>
        ) : (
          <button
            type="button"
            className="button button--primary"
            disabled={doing.busy || text.trim() === ""}
            onClick={() => preview(text, dropMissing)}
          >
            {doing.busy ? "Reading …" : "Show what would change"}
          </button>
        )}
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
      {asking && losing && (
        <Confirm
          title={`Drop ${count(losing.length, "person", "people")}?`}
          action="Carry it out"
          alarm
          busy={doing.busy}
          onConfirm={carryOut}
          onCancel={() => setAsking(false)}
        >
          <p>
            They are not in the file:{" "}
            {losing
              .slice(0, 8)
              .map(({ email }) => email)
              .join(", ")}
            {losing.length > 8 && ` and ${losing.length - 8} more`}. Their work and grades stay.
          </p>
        </Confirm>
      )}
    </section>
  );
}

/** "2 to enroll, 1 to drop" */
function sum({ changes }: Result): string {
  return (Object.keys(ACTIONS) as RosterChange["action"][])
    .map((action) => ({ action, many: changes.filter((one) => one.action === action).length }))
    .filter(({ many }) => many > 0)
    .map(({ action, many }) => `${ACTIONS[action].toLowerCase()} ${many}`)
    .join(", ");
}

function Plan({ plan }: { plan: Result }) {
  const { changes, unchanged, missing, sectionsCreated, ignoredColumns } = plan;
  return (
    <div className={styles.plan}>
      <p role="status">
        <strong>
          {changes.length === 0 ? "Nothing would change" : `This would ${sum(plan)}`}.
        </strong>{" "}
        {unchanged > 0 &&
          `${count(unchanged, "line")} ${unchanged === 1 ? "is" : "are"} so already. `}
        {sectionsCreated.length > 0 && `New sections: ${sectionsCreated.join(", ")}. `}
        {ignoredColumns.length > 0 &&
          `Not understood and left alone: ${ignoredColumns.join(", ")}. `}
        {missing.length > 0 &&
          !changes.some(({ action }) => action === "drop" || action === "uninvite") &&
          `${count(missing.length, "learner")} of the course ${missing.length === 1 ? "is" : "are"} not in the file and ${missing.length === 1 ? "stays" : "stay"}.`}
      </p>
      {changes.length > 0 && (
        <section
          className={`table-frame ${styles.planTable}`}
          aria-label="What would change"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls.
          tabIndex={0}
        >
          <table className="table">
            <thead>
              <tr>
                <th scope="col" className="number">
                  Line
                </th>
                <th scope="col">What</th>
                <th scope="col">Who</th>
                <th scope="col">Details</th>
              </tr>
            </thead>
            <tbody>
              {changes.slice(0, DRAWN).map(({ line, email, name, action, changes }) => (
                <tr key={email} data-action={action}>
                  <td className="number">{line ?? "–"}</td>
                  <td>{ACTIONS[action]}</td>
                  <th scope="row">
                    {email}
                    {name && <span className={styles.under}>{name}</span>}
                  </th>
                  <td>
                    {Object.entries(changes).map(([field, { from, to }]) => (
                      <span key={field} className={styles.change}>
                        {FIELDS[field] ?? field}: {from !== null && <del>{from}</del>}{" "}
                        {to === null ? "none" : <ins>{to}</ins>}
                      </span>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {changes.length > DRAWN && (
        <p className="ui muted">
          The first {DRAWN} of {changes.length} changes are shown.
        </p>
      )}
    </div>
  );
}

const FIELDS: Record<string, string> = {
  role: "role",
  name: "name",
  section: "section",
  studentId: "number",
};
