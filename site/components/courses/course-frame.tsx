"use client";

import type { Role } from "@gradus/grader/service";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { createContext, type ReactNode, useContext } from "react";
import { type CourseHere, getCourse } from "@/lib/courses";
import account from "../account/account.module.css";
import { Loaded, useLoad } from "../account/load";
import styles from "./courses.module.css";

interface Here {
  course: CourseHere;
  /** Whether one may change things; assistants only look. */
  may: boolean;
  /** Puts the changed course in place of the one that was loaded. */
  set(change: Partial<CourseHere>): void;
}

const Context = createContext<Here | null>(null);

/** The course that this page is about. */
export function useCourse(): Here {
  const here = useContext(Context);
  if (!here) throw new Error("useCourse is for what stands in a CourseFrame");
  return here;
}

const RANK: Record<Role, number> = { learner: 0, assistant: 1, instructor: 2, administrator: 3 };
export const teaches = (role: Role) => RANK[role] >= RANK.assistant;
export const mayChange = (role: Role) => RANK[role] >= RANK.instructor;

/** A course's pages for those who teach: its name, the ways between its pages, and the page itself. */
export function CourseFrame({ id, children }: { id: string; children: ReactNode }) {
  const course = useLoad(id, (signal) => getCourse(id, signal));
  return (
    <Loaded of={course} what="this course">
      {(data) =>
        teaches(data.role) ? (
          <Context
            value={{
              course: data,
              may: mayChange(data.role),
              set: (change) => course.set((now) => ({ ...now, ...change })),
            }}
          >
            <header className={styles.head}>
              <h1>{data.name}</h1>
              <CourseTabs id={id} may={mayChange(data.role)} />
            </header>
            {children}
          </Context>
        ) : (
          <section className="panel">
            <h1 className={account.panelTitle}>{data.name}</h1>
            <p>You learn in this course, so its teaching pages are not for you.</p>
            <div className="buttons">
              <Link className="button" href={`/due/${id}`}>
                Your assignments
              </Link>
            </div>
          </section>
        )
      }
    </Loaded>
  );
}

function CourseTabs({ id, may }: { id: string; may: boolean }) {
  const path = usePathname();
  const home = `/instructor/courses/${id}`;
  const pages = [
    { href: home, name: "Gradebook" },
    { href: `${home}/assignments`, name: "Assignments" },
    { href: `${home}/grading`, name: "Grading" },
    { href: `${home}/statistics`, name: "Statistics" },
    { href: `${home}/similarity`, name: "Similar answers" },
    { href: `${home}/regrade`, name: "Regrade" },
    { href: `${home}/people`, name: "People" },
    { href: `${home}/groups`, name: "Groups" },
    { href: `${home}/settings`, name: "Settings" },
    ...(may ? [{ href: `${home}/changes`, name: "Changes" }] : []),
  ];
  return (
    <nav aria-label="This course" className={`${account.tabs} ${styles.tabs}`}>
      {pages.map(({ href, name }) => (
        <Link
          key={href}
          className={account.tab}
          href={href}
          prefetch={false}
          aria-current={path === href ? "page" : undefined}
          data-here={href !== home && path.startsWith(`${href}/`)}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
