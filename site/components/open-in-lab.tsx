"use client";

import { useId, useState } from "react";

/** Leads to the notebook in the learner's own JupyterLab, or says how to start it. */
export function OpenInLab({ name }: { name: string }) {
  const [help, setHelp] = useState(false);
  const id = useId();
  const file = `${name}.ipynb`;

  const open = async (): Promise<void> => {
    const lab = await findLab();
    if (lab) window.open(notebookAddress(lab, file), "_blank", "noopener");
    else setHelp(true);
  };
  return (
    <>
      <button
        type="button"
        className="button button--small"
        onClick={open}
        aria-expanded={help}
        aria-controls={id}
      >
        Open in JupyterLab
      </button>
      <div id={id} className="lab-help note" hidden={!help} role="status">
        <p>
          JupyterLab is not running beside this site. In the folder of Gradus,{" "}
          <code>npm run lab</code> starts it (Python 3.10 or newer is needed), and this chapter is{" "}
          <code>{file}</code> in its list of files.
        </p>
        <button type="button" className="button button--small" onClick={() => setHelp(false)}>
          Close
        </button>
      </div>
    </>
  );
}

/** From the lab's address (`…/lab`) to that of one notebook in it. */
function notebookAddress(lab: string, file: string): string {
  const address = new URL(lab);
  address.pathname = `${address.pathname.replace(/\/$/, "")}/tree/${encodeURIComponent(file)}`;
  return address.href;
}

/** Where the JupyterLab that was started with this site listens; null where there is none. */
async function findLab(): Promise<string | null> {
  try {
    const response = await fetch("/lab.json", { cache: "no-store" });
    if (!response.ok) return null;
    const { url } = (await response.json()) as { url?: unknown };
    return typeof url === "string" ? url : null;
  } catch {
    return null;
  }
}
