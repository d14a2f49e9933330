"use client";

import type { Section } from "@gradus/grader/service";
import { type FormEvent, useState } from "react";
import {
  changeCourse,
  createSection,
  deleteSection,
  listSections,
  renameSection,
} from "@/lib/courses";
import account from "../account/account.module.css";
import { Field } from "../account/field";
import { Loaded, useLoad } from "../account/load";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { Ask, count, Said, Tick, useDoing } from "./form";
import { ZoneField } from "./zone-field";

/** A course's own rules, and its sections. */
export function Settings() {
  const { course, may } = useCourse();
  const sections = useLoad(`sections ${course.id}`, (signal) => listSections(course.id, signal));
  return (
    <div className={styles.stack}>
      <Rules />
      <section className={account.section}>
        <h2>Sections</h2>
        <p className="ui">
          Parts of a class, such as the group on Tuesday. A roster names them, and makes those it
          names. They filter the gradebook and can see grades at different times.
        </p>
        <Loaded of={sections} what="the sections">
          {(list) => (
            <Sections
              list={list}
              may={may}
              onChange={(change) => sections.set(change)}
              course={course.id}
            />
          )}
        </Loaded>
      </section>
    </div>
  );
}

function Rules() {
  const { course, may, set } = useCourse();
  const doing = useDoing();
  const [name, setName] = useState(course.name);
  const [zone, setZone] = useState(course.timeZone);
  const [lateDays, setLateDays] = useState(String(course.lateDays));
  const [open, setOpen] = useState(course.selfEnrollment);

  function submit(event: FormEvent) {
    event.preventDefault();
    void doing.run(async () => {
      set(
        await changeCourse(course.id, {
          name,
          timeZone: zone,
          lateDays: Number(lateDays),
          selfEnrollment: open,
        }),
      );
      return "Saved. Every grade is worked out by these rules from now on.";
    });
  }

  return (
    <section className={account.section}>
      <h2>Rules</h2>
      {!may && <p className="note">You see the rules; an instructor changes them.</p>}
      <form className="form" onSubmit={submit}>
        <Field
          label="Name"
          required
          maxLength={200}
          disabled={!may}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <ZoneField value={zone} disabled={!may} onChange={setZone} />
        <Field
          label="Late days"
          hint="How many each learner may use up over the whole course before lateness costs points. They are used by themselves, where they save the most."
          type="number"
          required
          min={0}
          max={1000}
          disabled={!may}
          value={lateDays}
          onChange={(event) => setLateDays(event.target.value)}
        />
        <Tick
          label="Open to all"
          hint="Everybody with an account is in the course. Otherwise only those on its roster."
          checked={open}
          disabled={!may}
          onChange={setOpen}
        />
        <Said by={doing} />
        {may && (
          <div className="buttons">
            <button type="submit" className="button button--primary" disabled={doing.busy}>
              Save the rules
            </button>
          </div>
        )}
      </form>
    </section>
  );
}

function Sections({
  list,
  may,
  course,
  onChange,
}: {
  list: Section[];
  may: boolean;
  course: string;
  onChange: (change: (list: Section[]) => Section[]) => void;
}) {
  const doing = useDoing();
  const [name, setName] = useState("");
  const [renamed, setRenamed] = useState<{ id: string; name: string } | null>(null);

  function add(event: FormEvent) {
    event.preventDefault();
    void doing.run(async () => {
      const made = await createSection(course, name);
      onChange((all) => [...all, made].sort((a, b) => a.name.localeCompare(b.name)));
      setName("");
      return `${made.name} is made. People are put into it under People.`;
    });
  }
  function rename(event: FormEvent) {
    event.preventDefault();
    if (!renamed) return;
    void doing.run(async () => {
      const saved = await renameSection(course, renamed.id, renamed.name);
      onChange((all) => all.map((one) => (one.id === saved.id ? saved : one)));
      setRenamed(null);
      return `Renamed to ${saved.name}.`;
    });
  }
  const end = (section: Section) =>
    doing.run(async () => {
      await deleteSection(course, section.id);
      onChange((all) => all.filter(({ id }) => id !== section.id));
      return `${section.name} is gone; its people are still in the course.`;
    });

  return (
    <>
      <Said by={doing} />
      {list.length === 0 ? (
        <div className="empty">
          <p>No sections. Small classes need none.</p>
        </div>
      ) : (
        <ul className={styles.rows}>
          {list.map((section) => (
            <li key={section.id} className={styles.row}>
              {renamed?.id === section.id ? (
                <form className={styles.inline} onSubmit={rename}>
                  <input
                    className="input"
                    aria-label={`New name of ${section.name}`}
                    required
                    maxLength={100}
                    // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed.
                    autoFocus
                    value={renamed.name}
                    onChange={(event) => setRenamed({ ...renamed, name: event.target.value })}
                  />
                  <button type="submit" className="button button--small" disabled={doing.busy}>
                    Rename
                  </button>
                  <button
                    type="button"
                    className="button button--small button--quiet"
                    onClick={() => setRenamed(null)}
                  >
                    Cancel
                  </button>
                </form>
              ) : (
                <>
                  <span className={styles.grow}>
                    <strong>{section.name}</strong>{" "}
                    <span className="muted">{count(section.learners, "learner")}</span>
                  </span>
                  {may && (
                    <>
                      <button
                        type="button"
                        className="button button--small"
                        onClick={() => setRenamed(section)}
                      >
                        Rename
                        <span className="visually-hidden"> {section.name}</span>
                      </button>
                      <Ask
                        label={
                          <>
                            Delete<span className="visually-hidden"> {section.name}</span>
                          </>
                        }
                        title={`Delete the section ${section.name}?`}
                        action="Delete it"
                        busy={doing.busy}
                        onConfirm={() => end(section)}
                      >
                        <p>
                          {section.learners === 0
                            ? "Nobody is in it."
                            : `Its ${count(section.learners, "learner")} stay in the course, in no section.`}
                        </p>
                      </Ask>
                    </>
                  )}
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {may && (
        <form className={styles.inline} onSubmit={add}>
          <input
            className="input"
            aria-label="Name of a new section"
            placeholder="Tuesday"
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button" disabled={doing.busy}>
            Add a section
          </button>
        </form>
      )}
    </>
  );
}
