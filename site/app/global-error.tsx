"use client";

/** The last resort: the layout itself threw, so nothing of it can be used here. */
export default function GlobalError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body
        style={{
          font: "1.1rem/1.5 Georgia, serif",
          maxWidth: "36rem",
          margin: "4rem auto",
          padding: "0 1rem",
        }}
      >
        <h1>Gradus broke</h1>
        <p>{error.message || "No message came with the error."}</p>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </body>
    </html>
  );
}
