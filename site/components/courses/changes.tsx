"use client";

import type { AuditEntry } from "@gradus/grader/service";
import { useState } from "react";
import { sayWhen } from "@/lib/course-time";
import {
  type AuditPart,
  getAudit,
  getPeople,
  listAssignments,
  listGroupSets,
  listSections,
} from "@/lib/courses";
import { Loaded, useLoad } from "../account/load";
import { When } from "../account/when";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { Said, useDoing } from "./form";

/** Who changed what, from the newest on. */
export function Changes() {
  const { course } = useCourse();
  const page = useLoad(`audit ${course.id}`, async (signal) => ({
    ...(await getAudit(course.id, { limit: 50 }, signal)),
    names: await namesIn(course.id, signal),
  }));
  const doing = useDoing();
  const [who, setWho] = useState("");
  const older = (now: AuditPart) =>
    doing.run(async () => {
      const next = await getAudit(course.id, { limit: 50, cursor: now.next ?? undefined });
      page.set((all) => ({ ...all, ...next, entries: [...all.entries, ...next.entries] }));
      return null;
    });
  return (
    <Loaded of={page} what="the changes">
      {(now) => {
        const actors = [...new Set(now.entries.map(actorOf))].sort();
        const shown = now.entries.filter((one) => who === "" || actorOf(one) === who);
        return now.entries.length === 0 ? (
          <div className="empty">
            <p>Nothing was changed yet. Every change of people and rules will stand here.</p>
          </div>
        ) : (
          <>
            <p className="ui">
              Every change of people, rules and grades, with who made it. Nobody can change or
              delete what stands here.
            </p>
            {actors.length > 1 && (
              <label className={styles.pick}>
                <span>By</span>
                <select
                  className="input"
                  value={who}
                  onChange={(event) => setWho(event.target.value)}
                >
                  <option value="">everybody</option>
                  {actors.map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              </label>
            )}
            <section
              className="table-frame"
              aria-label="Changes"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
              tabIndex={0}
            >
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Who</th>
                    <th scope="col">What</th>
                    <th scope="col">From, to</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((one) => (
                    <tr key={one.id}>
                      <td className={styles.date}>
                        <When at={one.at} />
                      </td>
                      <td>{actorOf(one)}</td>
                      <th scope="row">{sayAction(one, now.names)}</th>
                      <td>
                        <Fields entry={one} names={now.names} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
            <Said by={doing} />
            {now.next !== null && (
              <div className="buttons">
                <button
                  type="button"
                  className="button"
                  disabled={doing.busy}
                  onClick={() => older(now)}
                >
                  {doing.busy ? "Loading …" : "Show older changes"}
                </button>
              </div>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

/** What the ids in the log stand for, as far as it is still there. */
async function namesIn(course: string, signal: AbortSignal): Promise<Names> {
  const [people, assignments, sections, sets] = await Promise.all([
    getPeople(course, signal),
    listAssignments(course, signal),
    listSections(course, signal),
    listGroupSets(course, signal),
  ]);
  return new Map([
    ...people.enrollments.map(({ user }): [string, string] => [user.id, user.name]),
    ...[...assignments, ...sections, ...sets].map(({ id, name }): [string, string] => [id, name]),
  ]);
}

const actorOf = ({ actor }: AuditEntry) => (actor === null ? "Gradus itself" : actor.name);

/** What was done to a thing, by the action's name; `…` is where the thing's own name stands. */
const WORDS: Record<string, string> = {
  "course.create": "made the course",
  "course.update": "changed the course’s rules",
  "section.create": "made the section …",
  "section.update": "renamed the section …",
  "section.delete": "deleted the section …",
  "enrollment.create": "enrolled …",
  "enrollment.update": "changed the place of …",
  "invitation.create": "invited …",
  "invitation.update": "changed the invitation of …",
  "invitation.delete": "took back the invitation of …",
  "group_set.create": "made the groups …",
  "group_set.update": "changed the groups …",
  "group_set.delete": "deleted the groups …",
  "assignment.create": "made the assignment …",
  "assignment.update": "changed the assignment …",
  "assignment.delete": "deleted the assignment …",
  "extension.create": "gave an extension in …",
  "extension.update": "changed an extension in …",
  "extension.delete": "took away an extension in …",
};

function sayAction({ action, subject, before, after }: AuditEntry, names: Names): string {
  const name = (after ?? before)?.name;
  const named = names.get(subject) ?? (typeof name === "string" ? name : subject);
  const words = WORDS[action] ?? `${action.replace(/[._]/g, " ")} …`;
  return words.replace("…", named);
}

type Names = ReadonlyMap<string, string>;

/** What stands in an entry only for programs. */
const HIDDEN = new Set(["id", "maxScore"]);

function Fields({ entry: { before, after }, names }: { entry: AuditEntry; names: Names }) {
  const { course } = useCourse();
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const words = (value: unknown) => say(value, names, course.timeZone);
  const shown = fields
    .map((field) => ({ field, from: before?.[field] ?? null, to: after?.[field] ?? null }))
    .filter(({ field, from, to }) => !HIDDEN.has(field) && (from !== null || to !== null));
  return shown.map(({ field, from, to }) => (
    <span key={field} className={styles.change}>
      {inWords(field)}: {from !== null && <del>{words(from)}</del>}{" "}
      {to !== null ? <ins>{words(to)}</ins> : "none"}
    </span>
  ));
}

/** "lateSubmissionDeduction" → "late submission deduction" */
const inWords = (field: string) =>
  field.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`).replace(/ at$/, "");

/** A value as people read it; long ones end in an ellipsis. */
function say(value: unknown, names: Names, zone: string): string {
  const text = words(value, names, zone);
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}

function words(value: unknown, names: Names, zone: string): string {
  const each = (one: unknown) => words(one, names, zone);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string")
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
      ? sayWhen(value, zone)
      : (names.get(value) ?? value.replaceAll("_", " "));
  if (Array.isArray(value)) return value.map(each).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  // A person, an exercise and the like are known by their name.
  const { name, title, points, ...rest } = value as Record<string, unknown>;
  if (typeof name === "string") return name;
  if (typeof title === "string") return `${title} (${points} points)`;
  return Object.entries({ ...rest, ...(points === undefined ? {} : { points }) })
    .filter(([field, part]) => part !== null && !HIDDEN.has(field))
    .map(([field, part]) => `${names.get(field) ?? inWords(field)}: ${each(part)}`)
    .join("; ");
}
