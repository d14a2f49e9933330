import { Tensor } from "../tensor.ts";
import type { Displayable, MimeBundle } from "./bundle.ts";
import { escapeHtml } from "./escape.ts";
import { inspect } from "./inspect.ts";

/** Options of {@link table}. */
export interface TableOptions {
  /** What the table shows. */
  title?: string;
  /** The headings, where the rows are plain arrays; of objects, which fields to show. */
  columns?: readonly string[];
  /** How many rows are shown; by default 10. */
  limit?: number;
}

/** Rows as objects, as arrays or as a matrix; or columns by name. */
export type TableData =
  | Tensor
  | Iterable<object>
  | { readonly [column: string]: Tensor | ArrayLike<unknown> };

/** A table to show. Made by {@link table}. */
export class Table implements Displayable {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly title: string | undefined;
  readonly limit: number;

  constructor(
    headings: readonly string[],
    rows: readonly (readonly unknown[])[],
    options: { title?: string; limit?: number } = {},
  ) {
    this.headings = headings;
    this.rows = rows;
    this.title = options.title;
    this.limit = options.limit ?? 10;
    if (!(this.limit >= 0))
      throw new RangeError(`table: the limit is 0 or more, got ${this.limit}`);
  }

  toString(): string {
    return this.title === undefined ? showTable(this) : `${this.title}\n${showTable(this)}`;
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  toMimeBundle(): MimeBundle {
    return { "text/html": tableHtml(this), "text/plain": this.toString() };
  }
}

/**
 * Rows or columns as a table: `table(penguins())`, `table([{ a: 1 }])`,
 * `table({ epoch: [1, 2], loss: [0.7, 0.4] })`, `table(x, { columns: ["a", "b"] })`.
 */
export function table(data: TableData, options: TableOptions = {}): Table {
  const { columns } = options;
  if (data instanceof Tensor) {
    const rows = data.rank === 2 ? [...data] : [data.flatten()];
    const width = rows[0]?.size ?? data.shape[1];
    const headings = columns ?? Array.from({ length: width }, (_, i) => String(i));
    return fromArrays(
      headings,
      rows.map((row) => Array.from(row.data)),
      options,
    );
  }
  if (isIterable(data)) {
    const rows = [...data];
    if (rows.every((row) => Array.isArray(row))) {
      const longest = Math.max(0, ...rows.map((row) => row.length));
      const headings = columns ?? Array.from({ length: longest }, (_, i) => String(i));
      return fromArrays(headings, rows as unknown[][], options);
    }
    rows.forEach((row, i) => {
      if (typeof row !== "object" || row === null || Array.isArray(row))
        throw new TypeError(
          `table: row ${i} is ${inspect(row)}; all rows must be objects, or all arrays`,
        );
    });
    const fields = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cells = rows.map((row) =>
      fields.map((field) => row[field as keyof typeof row] as unknown),
    );
    return fromArrays(fields, cells, options);
  }
  if (typeof data !== "object" || data === null)
    throw new TypeError(`table: expected rows or columns, got ${inspect(data)}`);
  const names = columns ?? Object.keys(data);
  const lists = names.map((name) => {
    const column = data[name];
    if (column === undefined)
      throw new TypeError(
        `table: there is no column "${name}"; there are ${Object.keys(data).join(", ")}`,
      );
    return Array.from<unknown>(column instanceof Tensor ? column.data : column);
  });
  const height = Math.max(0, ...lists.map((list) => list.length));
  lists.forEach((list, i) => {
    if (list.length !== height)
      throw new TypeError(
        `table: column "${names[i]}" has ${list.length} values, another has ${height}`,
      );
  });
  const rows = Array.from({ length: height }, (_, i) => lists.map((list) => list[i]));
  return fromArrays(names, rows, options);
}

function fromArrays(headings: readonly string[], rows: unknown[][], options: TableOptions): Table {
  rows.forEach((row, i) => {
    if (row.length !== headings.length)
      throw new TypeError(
        `table: row ${i} has ${row.length} values for ${headings.length} headings: ${headings.join(", ")}`,
      );
  });
  return new Table(headings, rows, options);
}

function isIterable(data: TableData): data is Iterable<object> {
  return typeof (data as Iterable<object> | null)?.[Symbol.iterator] === "function";
}

/** The cells as text, and which columns are numbers, to be lined up on the right. */
function layOut({ headings, rows, limit }: Table) {
  const shown = rows.slice(0, limit);
  const columns = headings.map((_, j) => {
    const values = shown.map((row) => row[j]);
    const numbers = values.filter((value): value is number => typeof value === "number");
    const numeric = numbers.length > 0 && values.every((v) => typeof v === "number" || v == null);
    const write = numberWriter(numbers);
    return {
      numeric,
      cells: values.map((value) => (typeof value === "number" ? write(value) : cell(value))),
    };
  });
  const more = rows.length - shown.length;
  const note = more > 0 ? `… ${more} more ${more === 1 ? "row" : "rows"}` : undefined;
  return { columns, height: shown.length, note };
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : inspect(value);
}

/** As many decimals for all as the most detailed needs, four at most. */
function numberWriter(values: readonly number[]): (value: number) => string {
  const decimals = Math.max(
    0,
    ...values.map((value) => (value.toFixed(4).replace(/0+$/, "").split(".")[1] ?? "").length),
  );
  return (value) => {
    const size = Math.abs(value);
    if (!Number.isFinite(value)) return String(value);
    return size >= 1e9 || (size > 0 && size < 5e-5)
      ? value.toExponential(2)
      : value.toFixed(decimals);
  };
}

/** The table as aligned text. */
export function showTable(table: Table): string {
  const { columns, height, note } = layOut(table);
  const oneLine = (text: string) => text.replace(/\s*[\r\n]+\s*/g, " ");
  const widths = columns.map(({ cells }, j) =>
    Math.max(...[table.headings[j], ...cells].map((text) => [...oneLine(text)].length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((text, j) => {
        const gap = " ".repeat(widths[j] - [...oneLine(text)].length);
        return columns[j].numeric ? gap + oneLine(text) : oneLine(text) + gap;
      })
      .join("  ")
      .trimEnd();
  const lines = [line(table.headings), widths.map((width) => "─".repeat(width)).join("  ")];
  for (let i = 0; i < height; i++) lines.push(line(columns.map(({ cells }) => cells[i])));
  if (note) lines.push(note);
  return lines.join("\n");
}

function tableHtml(table: Table): string {
  const { columns, height, note } = layOut(table);
  const shown = note && `the first ${height} shown`;
  const align = (j: number) => ` style="text-align:${columns[j].numeric ? "right" : "left"}"`;
  const caption = [table.title, shown].filter((part) => part !== undefined).map(escapeHtml);
  const head = table.headings.map(
    (text, j) => `<th scope="col"${align(j)}>${escapeHtml(text)}</th>`,
  );
  const body = Array.from({ length: height }, (_, i) => {
    const cells = columns.map(({ cells }, j) => `<td${align(j)}>${escapeHtml(cells[i])}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  return [
    '<table class="gradus-table">',
    ...(caption.length > 0 ? [`<caption>${caption.join(" · ")}</caption>`] : []),
    `<thead><tr>${head.join("")}</tr></thead>`,
    `<tbody>`,
    ...body,
    "</tbody>",
    "</table>",
  ].join("\n");
}
