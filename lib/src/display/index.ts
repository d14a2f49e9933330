/** What is shown beside the code; charts are in chart/. */
export type { Displayable, MimeBundle } from "./bundle.ts";
export { type DisplayHandle, display } from "./display.ts";
export { html, Markup, markdown, svg, text } from "./markup.ts";
export { type ProgressOptions, progress } from "./progress.ts";
export { Table, type TableData, type TableOptions, table } from "./table.ts";
