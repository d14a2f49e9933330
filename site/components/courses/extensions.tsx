"use client";

import type { Assignment, LearnerExtension } from "@gradus/grader/service";
import { type FormEvent, useId, useState } from "react";
import { sayWhen, wallOf } from "@/lib/course-time";
import {
  deleteExtension,
  type ExtensionWanted,
  getPeople,
  listExtensions,
  setExtension,
} from "@/lib/courses";
import account from "../account/account.module.css";
import { Field } from "../account/field";
import { Loaded, useLoad } from "../account/load";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { count, Panel, Said, useDoing } from "./form";

/** Other dates or more attempts for one learner. */
export function Extensions({ assignment }: { assignment: Assignment }) {
  const { course, may } = useCourse();
  const list = useLoad(`extensions ${assignment.id}`, (signal) =>
    listExtensions(course.id, assignment.id, signal),
  );
  const doing = useDoing();
  const [edited, setEdited] = useState<LearnerExtension | "new" | null>(null);
  // What was just taken away, to be given back.
  const [gone, setGone] = useState<LearnerExtension | null>(null);
  const byName = (a: LearnerExtension, b: LearnerExtension) =>
    a.user.name.localeCompare(b.user.name);

  const give = (user: string, wanted: ExtensionWanted) =>
    doing.run(async () => {
      const saved = await setExtension(course.id, assignment.id, user, wanted);
      list.set((all) => [...all.filter((one) => one.user.id !== user), saved].sort(byName));
      setEdited(null);
      setGone(null);
      return `${saved.user.name} has an extension.`;
    });
  const take = (one: LearnerExtension) =>
    doing.run(async () => {
      await deleteExtension(course.id, assignment.id, one.user.id);
      list.set((all) => all.filter(({ user }) => user.id !== one.user.id));
      setGone(one);
      return null;
    });

  return (
    <section className={styles.apart}>
      <h2>Extensions</h2>
      <p className="ui">
        Other dates or more attempts for one learner. With a later due date alone, the assignment
        stays open for them at least so long.
      </p>
      <Said by={doing} />
      {gone && (
        <div className="note note--done" role="status">
          The extension of {gone.user.name} is gone.{" "}
          <button
            type="button"
            className="button button--small"
            disabled={doing.busy}
            onClick={() => {
              const { user, ...rest } = gone;
              void give(user.id, rest);
            }}
          >
            Give it back
          </button>
        </div>
      )}
      <Loaded of={list} what="the extensions">
        {(all) =>
          all.length === 0 ? (
            <div className="empty">
              <p>Nobody has one.</p>
            </div>
          ) : (
            <section
              className="table-frame"
              aria-label="Extensions"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
              tabIndex={0}
            >
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Learner</th>
                    <th scope="col">What is different</th>
                    <th scope="col">Why</th>
                    {may && (
                      <th scope="col">
                        <span className="visually-hidden">Change</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {all.map((one) => (
                    <tr key={one.user.id}>
                      <th scope="row">
                        <span className={account.who}>{one.user.name}</span>
                        <span className={styles.under}>{one.user.email}</span>
                      </th>
                      <td>{sayExtension(one, course.timeZone)}</td>
                      <td>{one.reason ?? "–"}</td>
                      {may && (
                        <td>
                          <div className="buttons">
                            <button
                              type="button"
                              className="button button--small"
                              onClick={() => setEdited(one)}
                            >
                              Change<span className="visually-hidden"> {one.user.name}’s</span>
                            </button>
                            <button
                              type="button"
                              className="button button--small button--alarm"
                              disabled={doing.busy}
                              onClick={() => take(one)}
                            >
                              Take away<span className="visually-hidden"> {one.user.name}’s</span>
                            </button>
                          </div>
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Loaded>
      {may && (
        <div className="buttons">
          <button type="button" className="button" onClick={() => setEdited("new")}>
            Give an extension
          </button>
        </div>
      )}
      {edited && (
        <Panel
          title={edited === "new" ? "Give an extension" : `The extension of ${edited.user.name}`}
          onClose={() => setEdited(null)}
        >
          <ExtensionForm
            extension={edited === "new" ? null : edited}
            assignment={assignment}
            busy={doing.busy}
            onSave={give}
            onClose={() => setEdited(null)}
          />
          {doing.error && <Said by={doing} />}
        </Panel>
      )}
    </section>
  );
}

function sayExtension(one: LearnerExtension, zone: string): string {
  const words = [
    one.unlockAt && `opens ${sayWhen(one.unlockAt, zone)}`,
    one.dueAt && `due ${sayWhen(one.dueAt, zone)}`,
    one.lockAt && `closes ${sayWhen(one.lockAt, zone)}`,
    one.extraAttempts > 0 && `${count(one.extraAttempts, "more attempt")}`,
  ].filter(Boolean);
  return words.join(", ") || "nothing";
}

function ExtensionForm({
  extension,
  assignment,
  busy,
  onSave,
  onClose,
}: {
  extension: LearnerExtension | null;
  assignment: Assignment;
  busy: boolean;
  onSave: (user: string, wanted: ExtensionWanted) => void;
  onClose: () => void;
}) {
  const { course } = useCourse();
  const people = useLoad(`people ${course.id}`, (signal) => getPeople(course.id, signal));
  const list = useId();
  const zone = course.timeZone;
  const [email, setEmail] = useState(extension?.user.email ?? "");
  const [dates, setDates] = useState({
    unlockAt: wallOf(extension?.unlockAt ?? null, zone),
    dueAt: wallOf(extension?.dueAt ?? null, zone),
    lockAt: wallOf(extension?.lockAt ?? null, zone),
  });
  const [extra, setExtra] = useState(String(extension?.extraAttempts ?? 0));
  const [reason, setReason] = useState(extension?.reason ?? "");
  const [unknown, setUnknown] = useState(false);
  const learners =
    people.state === "done" ? people.data.enrollments.filter(({ active }) => active) : [];
  const put = (field: keyof typeof dates) => (event: { target: { value: string } }) =>
    setDates({ ...dates, [field]: event.target.value });

  function submit(event: FormEvent) {
    event.preventDefault();
    const found =
      extension?.user ??
      learners.find(({ user }) => user.email.toLowerCase() === email.trim().toLowerCase())?.user;
    setUnknown(!found);
    if (!found) return;
    onSave(found.id, {
      unlockAt: dates.unlockAt || null,
      dueAt: dates.dueAt || null,
      lockAt: dates.lockAt || null,
      extraAttempts: Number(extra),
      reason: reason.trim() || null,
    });
  }

  return (
    <form className="form" onSubmit={submit}>
      {!extension && (
        <>
          <Field
            label="Learner"
            required
            list={list}
            placeholder="lin@example.org"
            hint="Their e-mail address; begin to type a name or an address."
            error={unknown ? "Nobody in this course has this address." : undefined}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <datalist id={list}>
            {learners.map(({ user, rosterName }) => (
              <option key={user.id} value={user.email}>
                {rosterName ?? user.name}
              </option>
            ))}
          </datalist>
        </>
      )}
      <p className="field__hint">
        By the clocks of {zone}. Empty: as for all
        {assignment.dueAt && `, so due ${sayWhen(assignment.dueAt, zone)}`}.
      </p>
      <Field label="Due" type="datetime-local" value={dates.dueAt} onChange={put("dueAt")} />
      <Field label="Closes" type="datetime-local" value={dates.lockAt} onChange={put("lockAt")} />
      <Field
        label="Opens"
        type="datetime-local"
        value={dates.unlockAt}
        onChange={put("unlockAt")}
      />
      <Field
        label="More attempts"
        type="number"
        min={0}
        max={10000}
        required
        value={extra}
        onChange={(event) => setExtra(event.target.value)}
      />
      <Field
        label="Why"
        hint="For those who teach; learners do not see it."
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <div className="buttons">
        <button type="submit" className="button button--primary" disabled={busy}>
          Save
        </button>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
