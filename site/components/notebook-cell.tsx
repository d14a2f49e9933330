import type { CellOutput } from "@/cells/protocol";
import { Outputs } from "./outputs";

/**
 * A cell that only the notebook runs, because it needs a library that the page does not have: its code, highlighted,
 * and what it showed there.
 */
export function NotebookCell({
  id,
  html,
  outputs,
}: {
  id: string;
  html: string;
  outputs: CellOutput[];
}) {
  return (
    <section
      className="cell"
      data-cell={id}
      data-runs="notebook"
      aria-label={`Cell of the notebook: ${id.replaceAll("-", " ")}`}
      id={`cell-${id}`}
    >
      <div className="cell__bar">
        <span className="cell__status">
          Runs in the notebook: it uses a library that this page does not have.
        </span>
      </div>
      <pre className="code" data-scrolls="">
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: highlighted on the server from the chapter's own code. */}
        <code dangerouslySetInnerHTML={{ __html: html }} />
      </pre>
      <div className="cell__outputs">
        <div className="cell__shown">
          <Outputs outputs={outputs} trusted />
        </div>
      </div>
    </section>
  );
}
