"use client";

import type { CourseRole, Enrollment, Invitation } from "@gradus/grader/service";
import Link from "next/link";
import { type FormEvent, useDeferredValue, useId, useState } from "react";
import {
  changePlace,
  enroll,
  getPeople,
  type People as Lists,
  listSections,
  type PlaceChange,
  rosterFile,
  uninvite,
} from "@/lib/courses";
import { hasWords } from "@/lib/gradebook";
import account from "../account/account.module.css";
import { Field } from "../account/field";
import { Loaded, useLoad } from "../account/load";
import { When } from "../account/when";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { Ask, count, Labelled, Panel, Said, save, today, useDoing } from "./form";
import { RosterImport } from "./roster-import";

const ROLES: Record<CourseRole, string> = {
  learner: "Learner",
  assistant: "Assistant",
  instructor: "Instructor",
};
/** How many rows are drawn; the search finds the others. */
const DRAWN = 200;

/** Who is in the course: search, change, drop, bring back, import. */
export function People() {
  const { course, may } = useCourse();
  const people = useLoad(`people ${course.id}`, (signal) => getPeople(course.id, signal));
  const sections = useLoad(`sections ${course.id}`, (signal) => listSections(course.id, signal));
  const names = sections.state === "done" ? sections.data.map(({ name }) => name) : [];
  const [importing, setImporting] = useState(false);
  const reload = () => {
    people.reload();
    sections.reload();
  };
  return (
    <>
      {may && (
        <div className="buttons">
          <button
            type="button"
            className="button"
            aria-expanded={importing}
            onClick={() => setImporting(!importing)}
          >
            Import a roster
          </button>
          <ExportRoster />
        </div>
      )}
      {importing && <RosterImport onDone={reload} onClose={() => setImporting(false)} />}
      <Loaded of={people} what="the people">
        {(lists) => (
          <>
            {may && <AddPerson sections={names} onDone={reload} />}
            <Table
              lists={lists}
              sections={names}
              onChange={(change) => people.set(change)}
              onSections={sections.reload}
            />
          </>
        )}
      </Loaded>
    </>
  );
}

function ExportRoster() {
  const { course } = useCourse();
  const doing = useDoing();
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={doing.busy}
        onClick={() =>
          doing.run(async () => {
            save(await rosterFile(course.id), `${course.id}-roster-${today()}.csv`);
            return null;
          })
        }
      >
        Export the roster
      </button>
      {doing.error && <Said by={doing} />}
    </>
  );
}

function AddPerson({ sections, onDone }: { sections: string[]; onDone: () => void }) {
  const { course } = useCourse();
  const doing = useDoing();
  const list = useId();
  const [wanted, setWanted] = useState({ email: "", name: "", section: "", studentId: "" });
  const put = (field: keyof typeof wanted) => (event: { target: { value: string } }) =>
    setWanted({ ...wanted, [field]: event.target.value });

  function submit(event: FormEvent) {
    event.preventDefault();
    void doing.run(async () => {
      const { email, ...rest } = wanted;
      const given = Object.entries(rest).filter(([, value]) => value.trim() !== "");
      const [change] = await enroll(course.id, { email, ...Object.fromEntries(given) });
      setWanted({ email: "", name: "", section: "", studentId: "" });
      onDone();
      if (!change) return `${email} is in the course already, just so.`;
      return change.action === "invite"
        ? `${email} has no account yet. Whoever signs up with this address is in the course.`
        : `${email} is in the course.`;
    });
  }

  return (
    <details className={account.change}>
      <summary>Add one person</summary>
      <form className="form" onSubmit={submit}>
        <Field
          label="E-mail"
          type="email"
          required
          maxLength={254}
          value={wanted.email}
          onChange={put("email")}
        />
        <Field label="Name" maxLength={200} value={wanted.name} onChange={put("name")} />
        <Field
          label="Section"
          hint="One that is not there yet is made."
          list={list}
          maxLength={100}
          value={wanted.section}
          onChange={put("section")}
        />
        <datalist id={list}>
          {sections.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Field
          label="Student number"
          maxLength={100}
          value={wanted.studentId}
          onChange={put("studentId")}
        />
        <Said by={doing} />
        <div className="buttons">
          <button type="submit" className="button button--primary" disabled={doing.busy}>
            Add
          </button>
        </div>
      </form>
    </details>
  );
}

function Table({
  lists,
  sections,
  onChange,
  onSections,
}: {
  lists: Lists;
  sections: string[];
  onChange: (change: (lists: Lists) => Lists) => void;
  onSections: () => void;
}) {
  const { course, may } = useCourse();
  const doing = useDoing();
  const [text, setText] = useState("");
  const [section, setSection] = useState("");
  const [dropped, setDropped] = useState(false);
  const [edited, setEdited] = useState<Enrollment | null>(null);
  const search = useDeferredValue(text);
  const fits = (words: string, own: string | null) =>
    hasWords(words, search) && (section === "" || own === section);
  const shown = lists.enrollments
    .toSorted(byName)
    .filter(
      (one) =>
        one.active !== dropped &&
        fits(
          `${one.user.name} ${one.rosterName ?? ""} ${one.user.email} ${one.studentId ?? ""}`,
          one.section,
        ),
    );
  const invited = dropped
    ? []
    : lists.invitations.filter((one) =>
        fits(`${one.name ?? ""} ${one.email} ${one.studentId ?? ""}`, one.section),
      );
  const gone = lists.enrollments.filter(({ active }) => !active).length;

  const change = (one: Enrollment, wanted: PlaceChange, words: string) =>
    doing.run(async () => {
      const saved = await changePlace(course.id, one.user.id, wanted);
      onChange((now) => ({
        ...now,
        enrollments: now.enrollments.map((old) => (old.user.id === saved.user.id ? saved : old)),
      }));
      if (saved.section && !sections.includes(saved.section)) onSections();
      setEdited(null);
      return words;
    });
  const takeBack = (one: Invitation) =>
    doing.run(async () => {
      await uninvite(course.id, one.email);
      onChange((now) => ({
        ...now,
        invitations: now.invitations.filter(({ email }) => email !== one.email),
      }));
      return `${one.email} is no longer invited.`;
    });

  if (lists.enrollments.length + lists.invitations.length === 0)
    return (
      <div className="empty">
        <p>
          Nobody is in this course yet. Import a roster, add people one by one, or open the course
          to all under <Link href={`/instructor/courses/${course.id}/settings`}>Settings</Link>.
        </p>
      </div>
    );
  return (
    <>
      <div className={account.tools}>
        <div className={account.filter}>
          <Labelled label="Find a person">
            {(ids) => (
              <input
                {...ids}
                className="input"
                type="search"
                placeholder="name, e-mail or number"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Labelled>
        </div>
        {sections.length > 0 && (
          <Labelled label="Section">
            {(ids) => (
              <select
                {...ids}
                className="input"
                value={section}
                onChange={(event) => setSection(event.target.value)}
              >
                <option value="">All</option>
                {sections.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Labelled>
        )}
        {gone > 0 && (
          <Labelled label="Show">
            {(ids) => (
              <select
                {...ids}
                className="input"
                value={dropped ? "dropped" : "active"}
                onChange={(event) => setDropped(event.target.value === "dropped")}
              >
                <option value="active">Who is in the course</option>
                <option value="dropped">Who was dropped ({gone})</option>
              </select>
            )}
          </Labelled>
        )}
        <p className={account.count} role="status">
          {count(shown.length, "person", "people")}
          {invited.length > 0 && `, ${invited.length} invited`}
        </p>
      </div>
      <Said by={doing} />
      {shown.length + invited.length === 0 ? (
        <div className="empty">
          <p>Nobody fits.</p>
          <button
            type="button"
            className="button"
            onClick={() => {
              setText("");
              setSection("");
            }}
          >
            Show everyone
          </button>
        </div>
      ) : (
        <section
          className="table-frame"
          aria-label="People"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
          tabIndex={0}
        >
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">Section</th>
                <th scope="col">Number</th>
                <th scope="col">Since</th>
                {may && (
                  <th scope="col">
                    <span className="visually-hidden">Change</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, DRAWN).map((one) => (
                <tr key={one.user.id}>
                  <th scope="row">
                    <span className={account.who}>{nameOf(one)}</span>
                    <span className={styles.under}>{one.user.email}</span>
                  </th>
                  <td>{ROLES[one.role]}</td>
                  <td>{one.section ?? "–"}</td>
                  <td>{one.studentId ?? "–"}</td>
                  <td>
                    <When at={one.joinedAt} />
                  </td>
                  {may && (
                    <td>
                      <div className="buttons">
                        {one.active ? (
                          <button
                            type="button"
                            className="button button--small"
                            onClick={() => setEdited(one)}
                          >
                            Change<span className="visually-hidden"> {one.user.name}</span>
                          </button>
                        ) : (
                          <button
                            type="button"
                            className="button button--small"
                            disabled={doing.busy}
                            onClick={() =>
                              change(
                                one,
                                { active: true },
                                `${one.user.name} is back in the course.`,
                              )
                            }
                          >
                            Bring back<span className="visually-hidden"> {one.user.name}</span>
                          </button>
                        )}
                      </div>
                    </td>
                  )}
                </tr>
              ))}
              {invited.slice(0, DRAWN).map((one) => (
                <tr key={one.email}>
                  <th scope="row">
                    <span className={account.who}>{one.name ?? one.email}</span>
                    {one.name && <span className={styles.under}>{one.email}</span>}
                  </th>
                  <td>
                    <span className="muted">invited, no account yet</span>
                  </td>
                  <td>{one.section ?? "–"}</td>
                  <td>{one.studentId ?? "–"}</td>
                  <td>
                    <When at={one.invitedAt} />
                  </td>
                  {may && (
                    <td>
                      <Ask
                        label={
                          <>
                            Take back<span className="visually-hidden"> {one.email}</span>
                          </>
                        }
                        title={`Take the invitation of ${one.email} back?`}
                        action="Take it back"
                        busy={doing.busy}
                        onConfirm={() => takeBack(one)}
                      >
                        <p>Who signs up with this address will not be in the course.</p>
                      </Ask>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {(shown.length > DRAWN || invited.length > DRAWN) && (
        <p className="ui muted">The first {DRAWN} are shown. The search finds the others.</p>
      )}
      {edited && (
        <EditPerson
          one={edited}
          sections={sections}
          busy={doing.busy}
          onSave={(wanted) => change(edited, wanted, `${edited.user.name} is changed.`)}
          onDrop={() =>
            change(
              edited,
              { active: false },
              `${edited.user.name} is dropped. What they handed in stays; “Who was dropped” brings them back.`,
            )
          }
          onClose={() => setEdited(null)}
        />
      )}
    </>
  );
}

const names = new Intl.Collator("en", { sensitivity: "base", numeric: true });
const nameOf = (one: Enrollment) => one.rosterName ?? one.user.name;
const byName = (a: Enrollment, b: Enrollment) => names.compare(nameOf(a), nameOf(b));

function EditPerson({
  one,
  sections,
  busy,
  onSave,
  onDrop,
  onClose,
}: {
  one: Enrollment;
  sections: string[];
  busy: boolean;
  onSave: (wanted: PlaceChange) => void;
  onDrop: () => void;
  onClose: () => void;
}) {
  const { course } = useCourse();
  const list = useId();
  const [name, setName] = useState(one.rosterName ?? "");
  const [section, setSection] = useState(one.section ?? "");
  const [studentId, setStudentId] = useState(one.studentId ?? "");
  const [role, setRole] = useState(one.role);
  const boss = course.role === "administrator";
  // Only administrators make instructors, or take them out.
  const fixed = one.role === "instructor" && !boss;
  const orNull = (text: string) => text.trim() || null;

  return (
    <Panel title={one.user.name} onClose={onClose}>
      <p className="muted">{one.user.email}</p>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onSave({
            name: orNull(name),
            section: orNull(section),
            studentId: orNull(studentId),
            ...(role === one.role ? {} : { role }),
          });
        }}
      >
        <Field
          label="Name on the roster"
          hint="Empty: the name of their account."
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label="Section"
          list={list}
          maxLength={100}
          value={section}
          onChange={(event) => setSection(event.target.value)}
        />
        <datalist id={list}>
          {sections.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Field
          label="Student number"
          maxLength={100}
          value={studentId}
          onChange={(event) => setStudentId(event.target.value)}
        />
        <Labelled
          label="Role"
          hint={
            fixed
              ? "Only an administrator changes an instructor."
              : "Assistants see and grade everything; instructors change rules and people too."
          }
        >
          {(ids) => (
            <select
              {...ids}
              value={role}
              disabled={fixed}
              onChange={(event) => setRole(event.target.value as CourseRole)}
            >
              {(Object.keys(ROLES) as CourseRole[])
                .filter((name) => boss || name !== "instructor" || one.role === "instructor")
                .map((name) => (
                  <option key={name} value={name}>
                    {ROLES[name]}
                  </option>
                ))}
            </select>
          )}
        </Labelled>
        <div className="buttons">
          <button type="submit" className="button button--primary" disabled={busy}>
            Save
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          {!fixed && (
            <button type="button" className="button button--alarm" disabled={busy} onClick={onDrop}>
              Drop from the course
            </button>
          )}
        </div>
      </form>
    </Panel>
  );
}
