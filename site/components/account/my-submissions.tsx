"use client";

import type { Submission, SubmissionSummary } from "@gradus/grader/service";
import Link from "next/link";
import { listSubmissions } from "@/lib/api";
import { type ExerciseEntry, titleOf } from "@/lib/exercise-entry";
import { Loaded, useLoad } from "./load";
import { Verdict } from "./report";
import { useFollow } from "./submission";
import { When } from "./when";

/** How many waiting submissions are followed at once: each holds one of the browser's connections. */
const FOLLOWED = 3;

/** Everything the signed-in person handed in, newest first; verdicts appear as they fall. */
export function MySubmissions({ exercises }: { exercises: ExerciseEntry[] }) {
  const submissions = useLoad("submissions", listSubmissions);
  const replace = (seen: Submission) =>
    submissions.set((list) => list.map((one) => (one.id === seen.id ? { ...one, ...seen } : one)));
  // The oldest are graded first; when one is done, the next takes its place.
  const waiting =
    submissions.state === "done" ? submissions.data.filter((one) => one.state !== "done") : [];
  const followed = new Set(waiting.slice(-FOLLOWED).map((one) => one.id));
  return (
    <Loaded of={submissions} what="your submissions">
      {(list) =>
        list.length === 0 ? (
          <div className="empty">
            <p>
              Nothing handed in yet. Every exercise has a button for it;{" "}
              <Link href="/course">the course</Link> is where they are.
            </p>
          </div>
        ) : (
          <section
            className="table-frame"
            aria-label="Your submissions"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens.
            tabIndex={0}
          >
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Exercise</th>
                  <th scope="col">Verdict</th>
                  <th scope="col">Handed in</th>
                  <th scope="col" className="number">
                    Attempt
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((one) => (
                  <Row
                    key={one.id}
                    of={one}
                    title={titleOf(exercises, one.exercise)}
                    follow={followed.has(one.id)}
                    onChange={replace}
                  />
                ))}
              </tbody>
            </table>
          </section>
        )
      }
    </Loaded>
  );
}

function Row({
  of,
  title,
  follow,
  onChange,
}: {
  of: SubmissionSummary;
  title: string;
  follow: boolean;
  onChange: (submission: Submission) => void;
}) {
  useFollow(follow ? of : null, onChange);
  return (
    <tr>
      <th scope="row">
        <Link href={`/submissions/${of.id}`}>{title}</Link>
      </th>
      <td>
        <Verdict of={of} />
      </td>
      <td>
        <When at={of.receivedAt} />
      </td>
      <td className="number">{of.attempt}</td>
    </tr>
  );
}
