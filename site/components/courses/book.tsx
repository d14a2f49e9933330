"use client";

import type { BookCell, BookColumn, BookPage } from "@gradus/grader/service";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { sayWhen } from "@/lib/course-time";
import { asked, type BookAsked, getBook, gradesFile, pointsFile } from "@/lib/courses";
import account from "../account/account.module.css";
import { Loaded, useLoad } from "../account/load";
import { short } from "../account/report";
import { useCourse } from "./course-frame";
import styles from "./courses.module.css";
import { count, Labelled, Said, save, today, useDoing } from "./form";

const SHOWS = {
  all: "Everybody",
  missing: "Something missing",
  late: "Something late",
  grading: "Something to grade",
  dropped: "Who was dropped",
};

/** The gradebook of a course: what is shown stands in the address, so it can be sent to a colleague. */
export function Book() {
  const { course } = useCourse();
  const router = useRouter();
  const params = useSearchParams();
  const wanted: BookAsked = {
    view: params.get("view") ?? undefined,
    search: params.get("search") ?? undefined,
    section: params.get("section") ?? undefined,
    show: params.get("show") ?? undefined,
    sort: params.get("sort") ?? undefined,
    order: params.get("order") ?? undefined,
    page: Number(params.get("page")) || undefined,
  };
  const book = useLoad(`${course.id} ${params}`, (signal) => getBook(course.id, wanted, signal));
  // What came last stays on show, dimmed, until the next page is here.
  const [last, setLast] = useState<BookPage | null>(null);
  useEffect(() => {
    if (book.state === "done") setLast(book.data);
  }, [book]);
  const shown = book.state === "done" ? book.data : book.state === "loading" ? last : null;
  const go = (change: BookAsked) => {
    const next = { ...wanted, page: undefined, ...change };
    router.replace(`/instructor/courses/${course.id}${asked({ ...next })}`, { scroll: false });
  };
  if (!shown)
    return (
      <Loaded of={book} what="the gradebook">
        {() => null}
      </Loaded>
    );
  return (
    <View
      book={shown}
      wanted={wanted}
      busy={book.state === "loading"}
      onGo={go}
      onReload={book.reload}
    />
  );
}

function View({
  book,
  wanted,
  busy,
  onGo,
  onReload,
}: {
  book: BookPage;
  wanted: BookAsked;
  busy: boolean;
  onGo: (change: BookAsked) => void;
  onReload: () => void;
}) {
  const { course } = useCourse();
  const home = `/instructor/courses/${course.id}`;
  if (book.learners === 0 && wanted.show !== "dropped")
    return (
      <div className="empty">
        <p>
          {course.selfEnrollment
            ? "No learners yet. Give them the address of this Gradus: whoever makes an account is in this course."
            : "No learners yet."}
        </p>
        <p>
          <Link href={`${home}/people`}>Import a roster or add people</Link>
        </p>
      </div>
    );
  return (
    <>
      {book.assignments.length === 0 && (
        <p className="note">
          There are no assignments, so there are no grades: these are the best points at every
          exercise. <Link href={`${home}/assignments/new`}>Make an assignment</Link> to have dates,
          late days and grades.
        </p>
      )}
      <Tools book={book} wanted={wanted} onGo={onGo} onReload={onReload} />
      {book.rows.length === 0 ? (
        <div className="empty">
          <p>{wanted.show === "dropped" ? "Nobody was dropped." : "Nobody fits."}</p>
          <button
            type="button"
            className="button"
            onClick={() => onGo({ search: undefined, section: undefined, show: undefined })}
          >
            Show everybody
          </button>
        </div>
      ) : (
        <>
          <Grid book={book} wanted={wanted} busy={busy} onGo={onGo} />
          <Pages book={book} onGo={onGo} />
          <p className="ui muted">
            Below a score: days late, attempts at all exercises together, and what is still to be
            graded. It leads to the submission that counts.
          </p>
        </>
      )}
    </>
  );
}

function Tools({
  book,
  wanted,
  onGo,
  onReload,
}: {
  book: BookPage;
  wanted: BookAsked;
  onGo: (change: BookAsked) => void;
  onReload: () => void;
}) {
  const [text, setText] = useState(wanted.search ?? "");
  // The server looks, so not after every letter.
  useEffect(() => {
    if (text === (wanted.search ?? "")) return;
    const timer = setTimeout(() => onGo({ search: text || undefined }), 300);
    return () => clearTimeout(timer);
  });
  return (
    <div className={account.tools}>
      {book.assignments.length > 0 && (
        <Labelled label="View">
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={book.view}
              onChange={(event) =>
                onGo({
                  view: event.target.value === "all" ? undefined : event.target.value,
                  sort: undefined,
                  order: undefined,
                })
              }
            >
              <option value="all">All assignments</option>
              {book.assignments.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
              {book.free > 0 && <option value="free">Exercises in no assignment</option>}
            </select>
          )}
        </Labelled>
      )}
      <div className={account.filter}>
        <Labelled label="Find a learner">
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
      {book.sections.length > 0 && (
        <Labelled label="Section">
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={wanted.section ?? ""}
              onChange={(event) => onGo({ section: event.target.value || undefined })}
            >
              <option value="">All</option>
              {book.sections.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      )}
      <Labelled label="Show">
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={wanted.show ?? "all"}
            onChange={(event) =>
              onGo({ show: event.target.value === "all" ? undefined : event.target.value })
            }
          >
            {Object.entries(SHOWS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <p className={account.count} role="status">
        {book.matching === book.learners
          ? count(book.learners, "learner")
          : `${book.matching} of ${count(book.learners, "learner")}`}
      </p>
      <div className="buttons">
        <button type="button" className="button" onClick={onReload}>
          Refresh
        </button>
        <Export book={book} />
      </div>
    </div>
  );
}

function Export({ book }: { book: BookPage }) {
  const doing = useDoing();
  const one = book.assignments.find(({ id }) => id === book.view);
  const keep = (file: () => Promise<Blob>, what: string) =>
    doing.run(async () => {
      save(await file(), `${book.course}-${what}-${today()}.csv`);
      return null;
    });
  if (book.view === "free")
    return (
      <>
        <button
          type="button"
          className="button"
          disabled={doing.busy}
          onClick={() => keep(() => pointsFile(book.course), "points")}
        >
          Export CSV
        </button>
        {doing.error && <Said by={doing} />}
      </>
    );
  return (
    <>
      <select
        className={`input ${styles.export}`}
        aria-label="Export the grades"
        value=""
        disabled={doing.busy}
        onChange={({ target: { value } }) =>
          value && keep(() => gradesFile(book.course, value, one?.id), `grades-${value}`)
        }
      >
        <option value="">{doing.busy ? "Exporting …" : "Export …"}</option>
        <option value="csv">CSV for a spreadsheet</option>
        <option value="canvas">CSV for Canvas</option>
        <option value="moodle">CSV for Moodle</option>
      </select>
      {doing.error && <Said by={doing} />}
    </>
  );
}

function Grid({
  book,
  wanted,
  busy,
  onGo,
}: {
  book: BookPage;
  wanted: BookAsked;
  busy: boolean;
  onGo: (change: BookAsked) => void;
}) {
  const sort = { by: wanted.sort ?? "name", down: wanted.order === "desc" };
  const head = (by: string, label: string, column?: Pick<BookColumn, "maxScore" | "dueAt">) => {
    const here = sort.by === by;
    return (
      <th
        key={by}
        scope="col"
        aria-sort={here ? (sort.down ? "descending" : "ascending") : undefined}
        className={by === "name" ? undefined : account.numeric}
      >
        <button
          type="button"
          className={account.sort}
          // Names start at A, points at the most.
          onClick={() =>
            onGo({
              sort: by === "name" ? undefined : by,
              order: (here ? !sort.down : by !== "name") ? "desc" : undefined,
            })
          }
        >
          {label}
          {column && <span className={account.headNote}>of {short(column.maxScore)}</span>}
          {column?.dueAt && (
            <span className={account.headNote}>due {sayWhen(column.dueAt, book.timeZone)}</span>
          )}
        </button>
      </th>
    );
  };
  return (
    <section
      className={`table-frame ${account.book} ${styles.book}`}
      aria-label="Gradebook"
      aria-busy={busy}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
      tabIndex={0}
    >
      <table className="table">
        <thead>
          <tr>
            {head("name", "Learner")}
            {head("score", "Total", { maxScore: book.maxScore, dueAt: null })}
            {book.columns.map((column) => head(column.id, column.name, column))}
          </tr>
        </thead>
        <tbody>
          {book.rows.map((row) => (
            <tr key={row.user.id}>
              <th scope="row">
                <span className={account.who}>
                  {row.rosterName ?? row.user.name}
                  {!row.active && <span className="muted"> (dropped)</span>}
                </span>
                <span className={account.mail}>
                  {row.user.email}
                  {row.section && ` · ${row.section}`}
                </span>
              </th>
              <td className={account.numeric}>
                <strong>{row.score === null ? "–" : short(row.score)}</strong>
                {row.lateDaysUsed > 0 && (
                  <span className={account.cellNote}>
                    {" "}
                    {count(row.lateDaysUsed, "late day")} used
                  </span>
                )}
              </td>
              {row.cells.map((cell, index) => (
                <Cell
                  key={book.columns[index].id}
                  cell={cell}
                  column={book.columns[index]}
                  who={row.rosterName ?? row.user.name}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ cell, column, who }: { cell: BookCell; column: BookColumn; who: string }) {
  const notes = [
    cell.missing > 0 && (cell.attempts === 0 ? "missing" : `${cell.missing} missing`),
    cell.daysLate > 0 && `${cell.daysLate} d late`,
    cell.deducted > 0 && `−${short(cell.deducted)}`,
    cell.attempts > 0 && (cell.attempts === 1 ? "1 try" : `${cell.attempts} tries`),
    cell.waiting > 0 && `${cell.waiting} waiting`,
    cell.unread > 0 && `${cell.unread} to read`,
    cell.overridden && "set by hand",
    cell.extended && "extension",
    cell.group,
  ].filter(Boolean);
  const level =
    cell.score === null
      ? cell.missing > 0 && cell.attempts === 0
        ? "missing"
        : "waiting"
      : cell.score >= column.maxScore
        ? "full"
        : cell.score > 0
          ? "part"
          : "none";
  const inside = (
    <>
      <span className={account.cellPoints}>
        {cell.score === null ? (
          cell.attempts > 0 ? (
            <>
              …<span className="visually-hidden">not graded yet</span>
            </>
          ) : (
            <>
              <span aria-hidden="true">–</span>
              <span className="visually-hidden">not handed in</span>
            </>
          )
        ) : (
          <>
            {short(cell.score)}
            <span className="visually-hidden"> of {short(column.maxScore)} points</span>
            {level === "full" && <span aria-hidden="true"> ✓</span>}
          </>
        )}
      </span>
      {notes.length > 0 && (
        <span className={`${account.cellNote} ${styles.note}`} data-level={level}>
          {notes.join(" · ")}
        </span>
      )}
    </>
  );
  return (
    <td className={account.numeric}>
      {cell.submission === null ? (
        <span className={`${account.cell} ${styles.still}`} data-level={level}>
          {inside}
        </span>
      ) : (
        <Link
          href={`/instructor/submissions/${cell.submission}`}
          className={account.cell}
          data-level={level}
          prefetch={false}
        >
          <span className="visually-hidden">
            {who}, {column.name}:{" "}
          </span>
          {inside}
        </Link>
      )}
    </td>
  );
}

function Pages({ book, onGo }: { book: BookPage; onGo: (change: BookAsked) => void }) {
  if (book.pages <= 1) return null;
  const to = (page: number, words: string) => (
    <button
      type="button"
      className="button"
      disabled={page < 1 || page > book.pages}
      onClick={() => onGo({ page: page === 1 ? undefined : page })}
    >
      {words}
    </button>
  );
  return (
    <nav className="buttons" aria-label="Pages">
      {to(book.page - 1, "← Previous")}
      <span className="ui">
        Page {book.page} of {book.pages}
      </span>
      {to(book.page + 1, "Next →")}
    </nav>
  );
}
