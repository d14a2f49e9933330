"use client";

import type { Gradebook, GradebookCell } from "@gradus/grader/service";
import Link from "next/link";
import { useId, useState } from "react";
import { type ApiError, exportGradebook, getGradebook } from "@/lib/api";
import { type ExerciseEntry, inCourseOrder } from "@/lib/exercise-entry";
import { type Column, matching, sorted } from "@/lib/gradebook";
import styles from "./account.module.css";
import { Loaded, useLoad } from "./load";
import { short } from "./report";
import { TroubleNote } from "./trouble";
import { When } from "./when";

export function GradebookPage({ exercises }: { exercises: ExerciseEntry[] }) {
  const book = useLoad("gradebook", getGradebook);
  return (
    <Loaded of={book} what="the gradebook">
      {(data) =>
        data.rows.length === 0 ? (
          <div className="empty">
            <p>
              No learners yet. Give them the address of this Gradus: everyone who creates an account
              is listed here.
            </p>
          </div>
        ) : (
          <Book
            book={{ ...data, exercises: inCourseOrder(data.exercises, exercises) }}
            onReload={book.reload}
          />
        )
      }
    </Loaded>
  );
}

function Book({ book, onReload }: { book: Gradebook; onReload: () => void }) {
  const [filter, setFilter] = useState("");
  const [column, setColumn] = useState<Column>({ by: "name", down: false });
  const search = useId();
  const rows = sorted(matching(book.rows, filter), column);

  return (
    <>
      <div className={styles.tools}>
        <div className={styles.filter}>
          <label htmlFor={search}>Find a learner</label>
          <input
            id={search}
            className="input"
            type="search"
            value={filter}
            placeholder="name or e-mail"
            onChange={(event) => setFilter(event.target.value)}
          />
        </div>
        <p className={styles.count} role="status">
          {filter ? `${rows.length} of ${people(book.rows.length)}` : people(book.rows.length)}
        </p>
        <div className="buttons">
          <button type="button" className="button" onClick={onReload}>
            Refresh
          </button>
          <Export />
        </div>
      </div>
      {rows.length === 0 ? (
        <div className={`empty ${styles.section}`}>
          <p>No name or e-mail has “{filter}” in it.</p>
          <button type="button" className="button" onClick={() => setFilter("")}>
            Show everyone
          </button>
        </div>
      ) : (
        <section
          className={`table-frame ${styles.book}`}
          aria-label="Gradebook: learners by exercises"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
          tabIndex={0}
        >
          <table className="table">
            <thead>
              <tr>
                <Head by="name" label="Learner" sort={column} onSort={setColumn} />
                <Head by="points" label="Total" max={book.max} sort={column} onSort={setColumn} />
                {book.exercises.map(({ name, title, points }) => (
                  <Head
                    key={name}
                    by={name}
                    label={title}
                    max={points}
                    sort={column}
                    onSort={setColumn}
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <span className={styles.who}>{row.name}</span>
                    <span className={styles.mail}>{row.email}</span>
                  </th>
                  <td className={styles.numeric}>
                    <strong>{short(row.points)}</strong>
                  </td>
                  {book.exercises.map((exercise) => (
                    <Cell
                      key={exercise.name}
                      cell={row.cells[exercise.name]}
                      max={exercise.points}
                      href={`/instructor/${encodeURIComponent(row.id)}/${encodeURIComponent(exercise.name)}`}
                      label={`${row.name}, ${exercise.title}`}
                    />
                  ))}
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">Full points</th>
                <td className={styles.numeric}>
                  {full(rows.map((row) => [row.points, book.max]))}
                </td>
                {book.exercises.map(({ name, points }) => (
                  <td key={name} className={styles.numeric}>
                    {full(rows.map((row) => [row.cells[name]?.points ?? null, points]))}
                  </td>
                ))}
              </tr>
            </tfoot>
          </table>
        </section>
      )}
    </>
  );
}

const people = (count: number) => (count === 1 ? "1 learner" : `${count} learners`);

/** A column's head: pressing it sorts by the column, pressing it again turns the order round. */
function Head({
  by,
  label,
  max,
  sort,
  onSort,
}: {
  by: string;
  label: string;
  max?: number;
  sort: Column;
  onSort: (column: Column) => void;
}) {
  const here = sort.by === by;
  return (
    <th
      scope="col"
      aria-sort={here ? (sort.down ? "descending" : "ascending") : undefined}
      className={by === "name" ? undefined : styles.numeric}
    >
      <button
        type="button"
        className={styles.sort}
        // Names start at A, points at the most.
        onClick={() => onSort({ by, down: here ? !sort.down : by !== "name" })}
      >
        {label}
        {max !== undefined && <span className={styles.headNote}>of {short(max)}</span>}
      </button>
    </th>
  );
}

function Cell({
  cell,
  max,
  href,
  label,
}: {
  cell: GradebookCell | undefined;
  max: number;
  href: string;
  label: string;
}) {
  if (!cell)
    return (
      <td className={styles.numeric}>
        <span className="muted">
          <span aria-hidden="true">–</span>
          <span className="visually-hidden">not handed in</span>
        </span>
      </td>
    );
  const level =
    cell.points === null
      ? "waiting"
      : cell.points >= max
        ? "full"
        : cell.points > 0
          ? "part"
          : "none";
  return (
    <td className={styles.numeric}>
      <Link href={href} className={styles.cell} data-level={level} prefetch={false}>
        <span className="visually-hidden">{label}: </span>
        <span className={styles.cellPoints}>
          {cell.points === null ? "…" : short(cell.points)}
          <span className="visually-hidden">
            {cell.points === null ? "not graded yet" : ` of ${short(max)} points`}
          </span>
          {level === "full" && <span aria-hidden="true"> ✓</span>}
        </span>
        <span className={styles.cellNote}>
          {cell.attempts === 1 ? "1 try" : `${cell.attempts} tries`} · <When at={cell.receivedAt} />
          {cell.waiting > 0 && ` · ${cell.waiting} waiting`}
        </span>
      </Link>
    </td>
  );
}

function Export() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  async function save() {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const file = await exportGradebook();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = `gradebook-${new Date().toISOString().slice(0, 10)}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      setError(error as ApiError);
    }
    setBusy(false);
  }

  return (
    <>
      <button type="button" className="button" aria-disabled={busy} onClick={save}>
        {busy ? "Exporting …" : "Export CSV"}
      </button>
      {error && <TroubleNote error={error} />}
    </>
  );
}

const full = (pairs: [number | null, number][]) =>
  `${pairs.filter(([points, max]) => points !== null && points >= max).length} of ${pairs.length}`;
