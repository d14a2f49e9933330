"use client";

import type { Section } from "@gradus/grader/service";
import { listSections } from "@/lib/courses";
import { useLoad } from "../account/load";
import styles from "./insight.module.css";

/** A choice of one of the course's sections, or all; nothing where there are none. */
export function PickSection({
  course,
  value,
  onPick,
}: {
  course: string;
  value: string;
  onPick: (id: string) => void;
}) {
  const sections = useLoad(`sections ${course}`, (signal) => listSections(course, signal));
  const all: Section[] = sections.state === "done" ? sections.data : [];
  if (all.length === 0) return null;
  return (
    <label className={styles.ui}>
      Section{" "}
      <select className="input" value={value} onChange={(event) => onPick(event.target.value)}>
        <option value="">all</option>
        {all.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
