"use client";

import type {
  SimilarityAnswer,
  SimilarityPairDetail,
  SimilarityReview,
} from "@gradus/grader/service";
import Link from "next/link";
import { useState } from "react";
import { reviewPair, similarPair, unreviewPair } from "@/lib/insight";
import { Loaded, useLoad } from "../account/load";
import { When } from "../account/when";
import { useCourse } from "../courses/course-frame";
import { Labelled, Said, useDoing } from "../courses/form";
import styles from "./insight.module.css";
import { Marked } from "./marked";
import { percent } from "./words";

/** Two answers side by side, what they share marked, and what one thinks of it. */
export function SimilarityPairPage({ report, id }: { report: string; id: string }) {
  const { course } = useCourse();
  const pair = useLoad(`pair ${id}`, (signal) => similarPair(course.id, report, id, signal));
  return (
    <div className={styles.stack}>
      <p className={styles.ui}>
        <Link href={`/instructor/courses/${course.id}/similarity/${report}`}>All pairs</Link>
      </p>
      <Loaded of={pair} what="this pair">
        {(data) => <Pair data={data} report={report} onChanged={(next) => pair.set(() => next)} />}
      </Loaded>
    </div>
  );
}

function Pair({
  data,
  report,
  onChanged,
}: {
  data: SimilarityPairDetail;
  report: string;
  onChanged: (next: SimilarityPairDetail) => void;
}) {
  const marks = (side: "left" | "right") =>
    data.passages.map((passage, index) => ({ ...passage[side], number: index + 1 }));
  return (
    <>
      <h2>
        {data.left.learner.name} and {data.right.learner.name}: {percent(data.similarity)} shared
      </h2>
      <p className={styles.ui}>
        Of what both wrote beyond what the exercise gives. Passages with the same number are the
        same but for names, comments and layout; a number leads to the other side.
      </p>
      <Review data={data} report={report} onChanged={onChanged} />
      <div className={styles.pair}>
        {(["left", "right"] as const).map((side) => (
          <figure key={side} className={styles.side}>
            <Caption answer={data[side]} />
            <Marked
              source={data.sources[side]}
              marks={marks(side)}
              side={side}
              label={`The answer of ${data[side].learner.name}`}
            />
          </figure>
        ))}
      </div>
    </>
  );
}

function Caption({ answer }: { answer: SimilarityAnswer }) {
  return (
    <figcaption>
      <Link href={`/instructor/submissions/${answer.submission}`} prefetch={false}>
        {answer.learner.name}
      </Link>{" "}
      {answer.section && `(${answer.section}) `}
      <span className={styles.under}>
        {answer.learner.email}, handed in <When at={answer.receivedAt} exact />
      </span>
    </figcaption>
  );
}

function Review({
  data,
  report,
  onChanged,
}: {
  data: SimilarityPairDetail;
  report: string;
  onChanged: (next: SimilarityPairDetail) => void;
}) {
  const { course } = useCourse();
  const [note, setNote] = useState(data.review?.note ?? "");
  const doing = useDoing();
  const say = (state: SimilarityReview["state"]) =>
    doing.run(async () => {
      onChanged(await reviewPair(course.id, report, data.id, { state, note }));
      return state === "dismissed" ? "Dismissed." : "Kept as looked at.";
    });
  const back = () =>
    doing.run(async () => {
      await unreviewPair(course.id, report, data.id);
      onChanged({ ...data, review: null });
      setNote("");
      return "Taken back.";
    });
  return (
    <section className="panel" aria-label="What you think of it">
      {data.review && (
        <p className={styles.ui}>
          {data.review.state === "dismissed" ? "Dismissed" : "Looked at"} by {data.review.by.name},{" "}
          <When at={data.review.at} />.
        </p>
      )}
      <Labelled label="Note" hint="Only those who teach see it. It is in the list of changes.">
        {(ids) => (
          <textarea
            {...ids}
            rows={2}
            maxLength={2000}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        )}
      </Labelled>
      <div className="buttons">
        <button
          type="button"
          className="button"
          disabled={doing.busy}
          onClick={() => say("looked_at")}
        >
          Looked at
        </button>
        <button
          type="button"
          className="button"
          disabled={doing.busy}
          onClick={() => say("dismissed")}
        >
          Dismiss
        </button>
        {data.review && (
          <button
            type="button"
            className="button button--quiet"
            disabled={doing.busy}
            onClick={back}
          >
            Take back
          </button>
        )}
      </div>
      <Said by={doing} />
    </section>
  );
}
