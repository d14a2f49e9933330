"use client";

import type { Assignment, GroupSet } from "@gradus/grader/service";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { sayWhen, wallOf } from "@/lib/course-time";
import {
  type AssignmentWanted,
  changeAssignment,
  createAssignment,
  deleteAssignment,
  listAssignments,
  listGroupSets,
} from "@/lib/courses";
import { type ExerciseEntry, titleOf } from "@/lib/exercise-entry";
import account from "../account/account.module.css";
import { Field } from "../account/field";
import { Loaded, useLoad } from "../account/load";
import { short } from "../account/report";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { Extensions } from "./extensions";
import { Ask, count, Labelled, Said, Tick, useDoing } from "./form";
import { PenaltyPicture } from "./penalty-picture";

/** One assignment with its rules; `id` is `new` for one that is being made. */
export function AssignmentPage({ id, exercises }: { id: string; exercises: ExerciseEntry[] }) {
  const { course, may } = useCourse();
  // All of them: an exercise belongs to one assignment, so what the others have is not to be had.
  const all = useLoad(`assignment ${id}`, async (signal) => ({
    assignments: await listAssignments(course.id, signal),
    groupSets: await listGroupSets(course.id, signal),
  }));
  return (
    <Loaded of={all} what="this assignment">
      {({ assignments, groupSets }) => {
        const assignment = assignments.find((one) => one.id === id) ?? null;
        if (!assignment && id !== "new")
          return (
            <section className="panel">
              <h2 className={account.panelTitle}>There is no such assignment</h2>
              <p>Somebody may have deleted it.</p>
              <Link className="button" href={`/instructor/courses/${course.id}/assignments`}>
                All assignments
              </Link>
            </section>
          );
        const others = assignments.filter((one) => one.id !== id);
        return (
          <>
            <h2>{assignment?.name ?? "New assignment"}</h2>
            {!may && <p className="note">You see the rules; an instructor changes them.</p>}
            <Form
              key={assignment?.id ?? "new"}
              assignment={assignment}
              others={others}
              groupSets={groupSets}
              exercises={exercises}
              onSaved={(saved) =>
                all.set((now) => ({
                  ...now,
                  assignments: now.assignments.map((one) => (one.id === saved.id ? saved : one)),
                }))
              }
            />
            {assignment && <Extensions assignment={assignment} />}
          </>
        );
      }}
    </Loaded>
  );
}

interface Draft {
  name: string;
  unlockAt: string;
  dueAt: string;
  lockAt: string;
  hiddenUntilUnlocked: boolean;
  allowedAttempts: string;
  cooldownMinutes: string;
  scoringPolicy: Assignment["scoringPolicy"];
  lateSubmissionDeduction: string;
  lateSubmissionMaximumDeduction: string;
  maximumLateDays: string;
  groupSet: string;
  /** Of a new one; later it is released, or hidden, among what is graded. */
  released: boolean;
  exercises: { exercise: string; points: string; handPoints: string }[];
}

const fresh: Draft = {
  name: "",
  unlockAt: "",
  dueAt: "",
  lockAt: "",
  hiddenUntilUnlocked: false,
  allowedAttempts: "",
  cooldownMinutes: "0",
  scoringPolicy: "keep_highest",
  lateSubmissionDeduction: "0",
  lateSubmissionMaximumDeduction: "100",
  maximumLateDays: "",
  groupSet: "",
  released: true,
  exercises: [],
};

const text = (number: number | null) => (number === null ? "" : String(number));
const orNull = (words: string) => (words.trim() === "" ? null : Number(words));

function draftOf(one: Assignment, zone: string): Draft {
  return {
    name: one.name,
    unlockAt: wallOf(one.unlockAt, zone),
    dueAt: wallOf(one.dueAt, zone),
    lockAt: wallOf(one.lockAt, zone),
    hiddenUntilUnlocked: one.hiddenUntilUnlocked,
    allowedAttempts: text(one.allowedAttempts),
    cooldownMinutes: text(one.cooldownSeconds / 60),
    scoringPolicy: one.scoringPolicy,
    lateSubmissionDeduction: text(one.lateSubmissionDeduction),
    lateSubmissionMaximumDeduction: text(one.lateSubmissionMaximumDeduction),
    maximumLateDays: text(one.maximumLateDays),
    groupSet: one.groupSet ?? "",
    released: one.released,
    exercises: one.exercises.map(({ exercise, points, handPoints }) => ({
      exercise,
      points: text(points),
      handPoints: text(handPoints),
    })),
  };
}

/** What is sent. A date that was not touched is not sent: it may be finer than an input shows. */
function wantedOf(draft: Draft, before: Draft | null): Partial<AssignmentWanted> {
  const date = (field: "unlockAt" | "dueAt" | "lockAt") =>
    before && before[field] === draft[field] ? {} : { [field]: draft[field] || null };
  return {
    name: draft.name,
    ...date("unlockAt"),
    ...date("dueAt"),
    ...date("lockAt"),
    hiddenUntilUnlocked: draft.hiddenUntilUnlocked,
    allowedAttempts: orNull(draft.allowedAttempts),
    cooldownSeconds: Math.round(Number(draft.cooldownMinutes) * 60),
    scoringPolicy: draft.scoringPolicy,
    lateSubmissionDeduction: Number(draft.lateSubmissionDeduction),
    lateSubmissionMaximumDeduction: Number(draft.lateSubmissionMaximumDeduction),
    maximumLateDays: orNull(draft.maximumLateDays),
    groupSet: draft.groupSet || null,
    ...(before ? {} : { released: draft.released }),
    exercises: draft.exercises.map(({ exercise, points, handPoints }) => ({
      exercise,
      points: Number(points),
      handPoints: Number(handPoints || 0),
    })),
  };
}

function Form({
  assignment,
  others,
  groupSets,
  exercises,
  onSaved,
}: {
  assignment: Assignment | null;
  others: Assignment[];
  groupSets: GroupSet[];
  exercises: ExerciseEntry[];
  onSaved: (saved: Assignment) => void;
}) {
  const { course, may } = useCourse();
  const router = useRouter();
  const doing = useDoing();
  const before = assignment ? draftOf(assignment, course.timeZone) : null;
  const [draft, setDraft] = useState<Draft>(before ?? fresh);
  const put = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const field = (name: keyof Draft) => ({
    value: draft[name] as string,
    disabled: !may,
    onChange: (event: { target: { value: string } }) => put({ [name]: event.target.value }),
  });
  const home = `/instructor/courses/${course.id}/assignments`;
  const total = draft.exercises.reduce((sum, { points }) => sum + Number(points || 0), 0);
  const free = Math.min(course.lateDays, orNull(draft.maximumLateDays) ?? course.lateDays);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (draft.exercises.length === 0) {
      doing.say("An assignment needs an exercise: choose one below.");
      return;
    }
    void doing.run(async () => {
      const wanted = wantedOf(draft, before);
      if (!assignment) {
        const made = await createAssignment(course.id, wanted);
        router.push(`${home}/${made.id}`);
        return `${made.name} is made.`;
      }
      const saved = await changeAssignment(course.id, assignment.id, wanted);
      setDraft(draftOf(saved, course.timeZone));
      onSaved(saved);
      return "Saved. Every grade is worked out by these rules from now on.";
    });
  }
  const end = () =>
    doing.run(async () => {
      if (assignment) await deleteAssignment(course.id, assignment.id);
      router.push(home);
      return null;
    });

  return (
    <form className={styles.assignment} onSubmit={submit}>
      <div className="form">
        <Field label="Name" required maxLength={200} placeholder="Homework 1" {...field("name")} />
      </div>
      <Exercises
        chosen={draft.exercises}
        others={others}
        exercises={exercises}
        may={may}
        onChange={(chosen) => put({ exercises: chosen })}
      />
      <p className="ui muted">
        {count(draft.exercises.length, "exercise")}, {short(total)}{" "}
        {total === 1 ? "point" : "points"}
      </p>
      <fieldset className={styles.group}>
        <legend>Dates</legend>
        <p className="field__hint">By the clocks of {course.timeZone}. Empty: none.</p>
        <div className={styles.columns}>
          <Field label="Opens" type="datetime-local" step={60} {...field("unlockAt")} />
          <Field
            label="Due"
            type="datetime-local"
            hint="What comes later is late."
            {...field("dueAt")}
          />
          <Field
            label="Closes"
            type="datetime-local"
            hint="Nothing is taken after it."
            {...field("lockAt")}
          />
        </div>
        <Tick
          label="Hidden until it opens"
          hint="Learners do not know of it before."
          checked={draft.hiddenUntilUnlocked}
          disabled={!may}
          onChange={(hiddenUntilUnlocked) => put({ hiddenUntilUnlocked })}
        />
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Lateness</legend>
        <div className={styles.sideBySide}>
          <div className={styles.stackSmall}>
            <Field
              label="Taken off each day, in percent"
              type="number"
              min={0}
              max={100}
              step="any"
              required
              {...field("lateSubmissionDeduction")}
            />
            <Field
              label="Taken off at most, in percent"
              type="number"
              min={0}
              max={100}
              step="any"
              required
              {...field("lateSubmissionMaximumDeduction")}
            />
            <Field
              label="Late days to be used here, at most"
              hint={`Of the ${course.lateDays} that each learner has in this course. Empty: all that are left.`}
              type="number"
              min={0}
              max={1000}
              {...field("maximumLateDays")}
            />
          </div>
          {draft.dueAt === "" ? (
            <p className="field__hint">Without a due date nothing is late.</p>
          ) : (
            <PenaltyPicture
              perDay={Number(draft.lateSubmissionDeduction) || 0}
              most={Number(draft.lateSubmissionMaximumDeduction) || 0}
              free={free}
              lastDay={draft.lockAt === "" ? null : daysBetween(draft.dueAt, draft.lockAt)}
            />
          )}
        </div>
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Attempts</legend>
        <div className={styles.columns}>
          <Field
            label="Allowed at each exercise"
            hint="Empty: as many as one likes."
            type="number"
            min={1}
            max={10000}
            {...field("allowedAttempts")}
          />
          <Field
            label="Pause between two, in minutes"
            type="number"
            min={0}
            max={43200}
            step="any"
            required
            {...field("cooldownMinutes")}
          />
          <Labelled label="Which one counts">
            {(ids) => (
              <select
                {...ids}
                value={draft.scoringPolicy}
                disabled={!may}
                onChange={(event) =>
                  put({ scoringPolicy: event.target.value as Draft["scoringPolicy"] })
                }
              >
                <option value="keep_highest">The best</option>
                <option value="keep_latest">The last</option>
              </select>
            )}
          </Labelled>
        </div>
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Grades</legend>
        {assignment ? (
          <p className="field__hint">
            {assignment.released ? "Learners see theirs." : "They are not released yet."}{" "}
            <Link href={`/instructor/courses/${course.id}/grading`}>Grading</Link> is where they are
            given, released and hidden.
          </p>
        ) : (
          <Tick
            label="Seen at once"
            hint="Otherwise learners see no score, comment or mark until you release them, under Grading."
            checked={draft.released}
            disabled={!may}
            onChange={(released) => put({ released })}
          />
        )}
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Groups</legend>
        <Labelled
          label="Handed in by"
          hint={
            groupSets.length === 0
              ? "Make groups first, to have them hand in together."
              : "In a group, one hands in, and all who are in it have the grade."
          }
        >
          {(ids) => (
            <select
              {...ids}
              value={draft.groupSet}
              disabled={!may}
              onChange={(event) => put({ groupSet: event.target.value })}
            >
              <option value="">Everybody alone</option>
              {groupSets.map(({ id, name, groups }) => (
                <option key={id} value={id}>
                  {name} ({count(groups.length, "group")})
                </option>
              ))}
            </select>
          )}
        </Labelled>
      </fieldset>
      <Said by={doing} />
      {may && (
        <div className="buttons">
          <button type="submit" className="button button--primary" disabled={doing.busy}>
            {assignment ? "Save" : "Make the assignment"}
          </button>
          <Link className="button" href={home}>
            {assignment ? "All assignments" : "Cancel"}
          </Link>
          {assignment && (
            <Ask
              label="Delete"
              title={`Delete ${assignment.name}?`}
              action="Delete it"
              busy={doing.busy}
              onConfirm={end}
            >
              <p>
                Its dates, rules and extensions are lost, and with them its grades. What was handed
                in stays: its exercises are free again.
                {assignment.dueAt && ` It is due ${sayWhen(assignment.dueAt, course.timeZone)}.`}
              </p>
            </Ask>
          )}
        </div>
      )}
    </form>
  );
}

/** Whole days from one time on the wall to another, begun ones counted. */
function daysBetween(from: string, to: string): number {
  return Math.max(0, Math.ceil((Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 86_400_000));
}

function Exercises({
  chosen,
  others,
  exercises,
  may,
  onChange,
}: {
  chosen: Draft["exercises"];
  others: Assignment[];
  exercises: ExerciseEntry[];
  may: boolean;
  onChange: (chosen: Draft["exercises"]) => void;
}) {
  const taken = new Map(
    others.flatMap(({ name, exercises }) =>
      exercises.map(({ exercise }): [string, string] => [exercise, name]),
    ),
  );
  const here = new Set(chosen.map(({ exercise }) => exercise));
  const free = exercises.filter(({ name }) => !here.has(name) && !taken.has(name));
  const [said, setSaid] = useState("");
  const move = (from: number, to: number) => {
    const next = [...chosen];
    const [one] = next.splice(from, 1);
    next.splice(to, 0, one);
    onChange(next);
    setSaid(`${titleOf(exercises, one.exercise)} is number ${to + 1} now.`);
  };
  const change = (index: number, part: Partial<Draft["exercises"][number]>) =>
    onChange(chosen.map((one, place) => (place === index ? { ...one, ...part } : one)));
  return (
    <fieldset className={styles.group}>
      <legend>Exercises</legend>
      <p className="visually-hidden" role="status">
        {said}
      </p>
      {chosen.length === 0 && (
        <div className="empty">
          <p>No exercise yet. Choose the first one below.</p>
        </div>
      )}
      <ol className={styles.exercises}>
        {chosen.map(({ exercise, points, handPoints }, index) => {
          const title = titleOf(exercises, exercise);
          return (
            <li key={exercise} className={styles.exercise}>
              <span className={styles.grow}>
                {title} <code className="muted">{exercise}</code>
              </span>
              <label className={styles.pointsField}>
                <span>Points</span>
                <input
                  className="input"
                  type="number"
                  min={0}
                  max={1000000}
                  step="any"
                  required
                  disabled={!may}
                  aria-label={`Points for ${title}`}
                  value={points}
                  onChange={(event) => change(index, { points: event.target.value })}
                />
              </label>
              <label className={styles.pointsField}>
                <span>of these by hand</span>
                <input
                  className="input"
                  type="number"
                  min={0}
                  max={Number(points) || 0}
                  step="any"
                  disabled={!may}
                  aria-label={`Points that a person gives for ${title}`}
                  value={handPoints}
                  onChange={(event) => change(index, { handPoints: event.target.value })}
                />
              </label>
              {may && (
                <span className={styles.moves}>
                  <button
                    type="button"
                    className="button button--small"
                    disabled={index === 0}
                    aria-label={`${title}: up`}
                    onClick={() => move(index, index - 1)}
                  >
                    ↑
                  </button>
                  <button
                    type="button"
                    className="button button--small"
                    disabled={index === chosen.length - 1}
                    aria-label={`${title}: down`}
                    onClick={() => move(index, index + 1)}
                  >
                    ↓
                  </button>
                  <button
                    type="button"
                    className="button button--small"
                    aria-label={`${title}: take out`}
                    onClick={() => onChange(chosen.filter((_, place) => place !== index))}
                  >
                    ✕
                  </button>
                </span>
              )}
            </li>
          );
        })}
      </ol>
      {may &&
        (free.length > 0 ? (
          <Labelled
            label="Add an exercise"
            hint={
              taken.size > 0
                ? `${count(taken.size, "exercise")} ${taken.size === 1 ? "belongs" : "belong"} to other assignments: each belongs to one at most.`
                : undefined
            }
          >
            {(ids) => (
              <select
                {...ids}
                value=""
                onChange={(event) => {
                  const one = exercises.find(({ name }) => name === event.target.value);
                  if (!one) return;
                  onChange([
                    ...chosen,
                    { exercise: one.name, points: String(one.points ?? 1), handPoints: "0" },
                  ]);
                  setSaid(`${one.title} is in.`);
                }}
              >
                <option value="">Choose …</option>
                {free.map(({ name, title }) => (
                  <option key={name} value={name}>
                    {title} ({name})
                  </option>
                ))}
              </select>
            )}
          </Labelled>
        ) : (
          <p className="field__hint">
            Every exercise is in an assignment. Take one out there to have it here.
          </p>
        ))}
    </fieldset>
  );
}
