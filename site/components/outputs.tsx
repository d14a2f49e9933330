"use client";

import { plainText } from "@/cells/nbformat";
import type { CellOutput, MimeBundle } from "@/cells/protocol";
import { Chart } from "./chart";
import { Markup } from "./markup";

/** What a cell put out, in order. `trusted`: it comes with the chapter, not from code in this page. */
export function Outputs({ outputs, trusted }: { outputs: CellOutput[]; trusted: boolean }) {
  return outputs.map((output, index) =>
    output.kind === "stream" ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: outputs only grow, and are replaced in place.
      <pre key={index} className="output output--text" data-stream={output.name}>
        {plainText(output.text)}
      </pre>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      <Bundle key={index} data={output.data} trusted={trusted} />
    ),
  );
}

/** The richest form of a value that this page can show. */
function Bundle({ data, trusted }: { data: MimeBundle; trusted: boolean }) {
  const text = (type: string): string | undefined =>
    typeof data[type] === "string" ? (data[type] as string) : undefined;
  const plotly = data["application/vnd.plotly.v1+json"];
  const plain = text("text/plain");
  const svg = text("image/svg+xml");
  if (plotly && typeof plotly === "object")
    return <Chart figure={plotly as Record<string, unknown>} still={svg} trusted={trusted} />;
  const html = text("text/html");
  if (html !== undefined)
    return <Markup source={html} trusted={trusted} className="output output--html" />;
  if (svg !== undefined)
    return <Markup source={svg} trusted={trusted} className="output output--svg" />;
  const png = text("image/png");
  if (png !== undefined)
    return (
      // biome-ignore lint/performance/noImgElement: a picture a cell made, already in memory.
      <img
        className="output output--image"
        src={`data:image/png;base64,${png}`}
        alt={plain ?? "picture made by this cell"}
      />
    );
  const markdown = text("text/markdown");
  return (
    <pre className="output output--text">{markdown ?? plain ?? JSON.stringify(data, null, 2)}</pre>
  );
}
