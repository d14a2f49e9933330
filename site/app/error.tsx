"use client";

/** Shown in place of a page whose code threw. What the reader wrote stays in this browser's storage. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <div className="page">
      <h1>This page broke</h1>
      <p className="lead">
        The mistake is ours, not yours. What you have written in cells and exercises is kept in this
        browser.
      </p>
      <p className="note note--failed">{error.message || "No message came with the error."}</p>
      <div className="buttons">
        <button type="button" className="button button--primary" onClick={reset}>
          Try again
        </button>
        <a className="button" href="/course">
          Course map
        </a>
      </div>
    </div>
  );
}
