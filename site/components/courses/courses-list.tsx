"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { createCourse, listCourses } from "@/lib/courses";
import { refreshSession, useSession } from "@/lib/session";
import { ROLE_WORDS } from "../account/account";
import account from "../account/account.module.css";
import { Field } from "../account/field";
import { Loaded, useLoad } from "../account/load";
import { teaches } from "./course-frame";
import { Said, useDoing } from "./form";
import { ZoneField } from "./zone-field";

/** The courses that one teaches; administrators make new ones here. */
export function CoursesList() {
  const courses = useLoad("courses", listCourses);
  const session = useSession();
  const administrator = session.state === "in" && session.me.role === "administrator";
  return (
    <>
      <h1>Courses</h1>
      <Loaded of={courses} what="your courses">
        {(all) => {
          const list = all.filter(({ role }) => teaches(role));
          return list.length === 0 ? (
            <div className="empty">
              <p>You teach no course yet. An administrator makes courses and their instructors.</p>
              <p>
                <Link href="/due">Your own assignments</Link>
              </p>
            </div>
          ) : (
            <section
              className="table-frame"
              aria-label="Courses"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
              tabIndex={0}
            >
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Course</th>
                    <th scope="col">Your role</th>
                    <th scope="col">Short name</th>
                  </tr>
                </thead>
                <tbody>
                  {list.map(({ id, name, role }) => (
                    <tr key={id}>
                      <th scope="row">
                        <Link href={`/instructor/courses/${id}`}>{name}</Link>
                      </th>
                      <td>{ROLE_WORDS[role].name}</td>
                      <td>
                        <code>{id}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          );
        }}
      </Loaded>
      {administrator && <NewCourse />}
    </>
  );
}

function NewCourse() {
  const router = useRouter();
  const doing = useDoing();
  const [name, setName] = useState("");
  // The short name follows the name until somebody writes another.
  const [own, setOwn] = useState<string | null>(null);
  const [zone, setZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  const id = own ?? shortOf(name);

  function submit(event: FormEvent) {
    event.preventDefault();
    void doing.run(async () => {
      await createCourse({ id, name, timeZone: zone });
      await refreshSession();
      router.push(`/instructor/courses/${id}/people`);
      return `${name} is made.`;
    });
  }

  return (
    <details className={account.change}>
      <summary>Make a new course</summary>
      <form className="form" onSubmit={submit}>
        <Field
          label="Name"
          required
          maxLength={200}
          value={name}
          placeholder="Deep learning, spring 2027"
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label="Short name"
          hint="It stands in addresses and on the command line, and stays as it is: a–z, 0–9 and -."
          required
          pattern="[a-z0-9][a-z0-9\-]{0,63}"
          value={id}
          onChange={(event) => setOwn(event.target.value)}
        />
        <ZoneField value={zone} onChange={setZone} />
        <Said by={doing} />
        <div className="buttons">
          <button type="submit" className="button button--primary" disabled={doing.busy}>
            Make the course
          </button>
        </div>
      </form>
    </details>
  );
}

/** "Deep learning, spring 2027" → "deep-learning-spring-2027" */
export const shortOf = (name: string) =>
  name
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
