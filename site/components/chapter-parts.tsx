import type { ComponentProps, ReactNode } from "react";
import { highlight } from "@/lib/highlight";

/** Code that is only shown. */
export async function CodeBlock({ lang, code }: { lang: string; code: string }) {
  return (
    <pre className="code code--still" data-scrolls="">
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: highlighted here from the chapter's own code. */}
      <code dangerouslySetInnerHTML={{ __html: await highlight(code, lang) }} />
    </pre>
  );
}

/** A margin note: beside the text where there is room, within it where there is not. */
export function Aside({ children }: { children: ReactNode }) {
  return (
    <div className="aside" role="note">
      {children}
    </div>
  );
}

/** A question to answer before reading on; the answer waits behind a press. */
export function Predict({ question, children }: { question: string; children: ReactNode }) {
  return (
    <div className="predict">
      <p className="predict__label">Predict first</p>
      <p className="predict__question">{question}</p>
      <details>
        <summary>Show the answer</summary>
        <div className="predict__answer">{children}</div>
      </details>
    </div>
  );
}

/** A markdown table, in a frame that scrolls where the page is too narrow for it. */
export function ProseTable(props: ComponentProps<"table">) {
  return (
    <div className="table-frame prose__table" data-scrolls="">
      <table className="table" {...props} />
    </div>
  );
}

/** "(Rosenblatt, 1958)", which leads to the list of references. */
export function Cite({
  reference,
  words,
  full,
}: {
  reference: string;
  words: string;
  full: string;
}) {
  return (
    <a className="cite" href={`#ref-${reference}`} title={full}>
      {words}
    </a>
  );
}
