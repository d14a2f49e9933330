"use client";

import type { GroupSet } from "@gradus/grader/service";
import { type FormEvent, useState } from "react";
import { deleteGroupSet, getPeople, listGroupSets, saveGroupSet } from "@/lib/courses";
import { type GroupLines, readGroups, writeGroups } from "@/lib/groups";
import account from "../account/account.module.css";
import { Field } from "../account/field";
import { Loaded, useLoad } from "../account/load";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { Ask, count, Labelled, Said, useDoing } from "./form";

/** Sets of groups that hand in together. */
export function Groups() {
  const { course, may } = useCourse();
  const sets = useLoad(`groups ${course.id}`, (signal) => listGroupSets(course.id, signal));
  const doing = useDoing();
  const [edited, setEdited] = useState<string | null>(null);
  const put = (saved: GroupSet) => {
    sets.set((all) =>
      [...all.filter(({ id }) => id !== saved.id), saved].sort((a, b) =>
        a.name.localeCompare(b.name),
      ),
    );
    setEdited(null);
    doing.say(`${saved.name} is saved: ${count(saved.groups.length, "group")}.`);
  };
  const end = (set: GroupSet) =>
    doing.run(async () => {
      await deleteGroupSet(course.id, set.id);
      sets.set((all) => all.filter(({ id }) => id !== set.id));
      return `${set.name} is gone.`;
    });

  return (
    <>
      <p className="ui">
        In an assignment that is done in groups, one hands in and all who are in the group have the
        submission, the attempt and the grade. A course can have several sets of groups: pairs for
        homework, teams for the project. When groups change, what was handed in stays with those who
        were in them.
      </p>
      <Said by={doing} />
      <Loaded of={sets} what="the groups">
        {(all) => (
          <>
            {all.length === 0 && (
              <div className="empty">
                <p>
                  No groups: everybody hands in alone.
                  {may && " Make a set of groups, then choose it in an assignment."}
                </p>
              </div>
            )}
            {all.map((set) =>
              edited === set.id ? (
                <GroupForm key={set.id} set={set} onSaved={put} onClose={() => setEdited(null)} />
              ) : (
                <section key={set.id} className="panel" aria-label={set.name}>
                  <h2 className={account.panelTitle}>{set.name}</h2>
                  {set.groups.length === 0 ? (
                    <p className="muted">There is no group in it.</p>
                  ) : (
                    <ul className={styles.groups}>
                      {set.groups.map((group) => (
                        <li key={group.id}>
                          <strong>{group.name}</strong>{" "}
                          {group.members.length === 0 ? (
                            <span className="muted">nobody</span>
                          ) : (
                            group.members.map(({ name }) => name).join(", ")
                          )}
                        </li>
                      ))}
                    </ul>
                  )}
                  {may && (
                    <div className="buttons">
                      <button
                        type="button"
                        className="button button--small"
                        onClick={() => setEdited(set.id)}
                      >
                        Change<span className="visually-hidden"> {set.name}</span>
                      </button>
                      <Ask
                        label={
                          <>
                            Delete<span className="visually-hidden"> {set.name}</span>
                          </>
                        }
                        title={`Delete ${set.name}?`}
                        action="Delete it"
                        busy={doing.busy}
                        onConfirm={() => end(set)}
                      >
                        <p>
                          {count(set.groups.length, "group")} with{" "}
                          {count(
                            set.groups.reduce((sum, { members }) => sum + members.length, 0),
                            "member",
                          )}{" "}
                          are lost. What was handed in stays with those who were in them.
                        </p>
                      </Ask>
                    </div>
                  )}
                </section>
              ),
            )}
            {may &&
              (edited === "new" ? (
                <GroupForm set={null} onSaved={put} onClose={() => setEdited(null)} />
              ) : (
                <div className="buttons">
                  <button type="button" className="button" onClick={() => setEdited("new")}>
                    New set of groups
                  </button>
                </div>
              ))}
          </>
        )}
      </Loaded>
    </>
  );
}

function GroupForm({
  set,
  onSaved,
  onClose,
}: {
  set: GroupSet | null;
  onSaved: (saved: GroupSet) => void;
  onClose: () => void;
}) {
  const { course } = useCourse();
  const people = useLoad(`people ${course.id}`, (signal) => getPeople(course.id, signal));
  const doing = useDoing();
  const [name, setName] = useState(set?.name ?? "");
  const [text, setText] = useState(() => (set ? writeGroups(set) : ""));
  const learners =
    people.state === "done"
      ? people.data.enrollments
          .filter(({ active, role }) => active && role === "learner")
          .map(({ user, rosterName }) => ({ ...user, rosterName }))
      : [];
  const read: GroupLines = readGroups(text, learners);

  function submit(event: FormEvent) {
    event.preventDefault();
    void doing.run(async () => {
      onSaved(await saveGroupSet(course.id, { name, groups: read.groups }, set?.id));
      return null;
    });
  }

  return (
    <form className={`panel ${styles.groupForm}`} onSubmit={submit}>
      <Field
        label="Name of the set"
        required
        maxLength={100}
        placeholder="Pairs"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Labelled
        label="Groups"
        hint="A line each: its name, a colon, then its members with commas between them, by name or e-mail."
      >
        {(ids) => (
          <textarea
            {...ids}
            rows={8}
            spellCheck={false}
            placeholder={"Red: lin@example.org, Mo Sy\nBlue: Eve, kim@example.org"}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Labelled>
      {people.state === "done" && text.trim() !== "" && (
        <div className="ui" role="status">
          {read.problems.length > 0 ? (
            <ul className={styles.lines}>
              {read.problems.slice(0, 10).map(({ line, message }) => (
                <li key={`${line} ${message}`} className="field__error">
                  line {line}: {message}
                </li>
              ))}
            </ul>
          ) : (
            <p>
              {count(read.groups.length, "group")}, {count(read.placed, "learner")} placed
              {read.alone.length > 0 &&
                `, ${read.alone.length} in none (they hand in alone): ${read.alone
                  .slice(0, 6)
                  .map(({ name }) => name)
                  .join(", ")}${read.alone.length > 6 ? " …" : ""}`}
              .
            </p>
          )}
        </div>
      )}
      <Said by={doing} />
      <div className="buttons">
        <button
          type="submit"
          className="button button--primary"
          disabled={doing.busy || people.state !== "done" || read.problems.length > 0}
        >
          Save the groups
        </button>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
