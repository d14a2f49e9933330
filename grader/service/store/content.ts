/**
 * Everything in a store, row by row as text, and back into an empty one: what backups and the move
 * to Postgres are made of. Text is the same on every Postgres, so two stores can be compared by it.
 */
import { createHash } from "node:crypto";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Database } from "./schema.ts";

type Db = Kysely<Database>;
type Row = readonly (string | null)[];

/** What a store's content is told as, in order. */
export type Piece =
  | { table: string; columns: readonly string[] }
  /** Rows of the table that was named last. */
  | { rows: readonly Row[] }
  /** The last number that a column of its own numbers gave out. */
  | { last: { table: string; column: string; value: string } };

/** Of every table: how many rows, and the sum of their SHA-256, which no order changes. */
export type Tally = Record<string, { rows: number; sum: string }>;

/** A store holds something else than what was to be put into it. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

const SCHEMAS = ["public", "pgboss"];
/** What is kept of pg-boss: the jobs and what they need. The rest is about its own upkeep. */
const QUEUE_TABLES = ["queue", "schedule", "subscription", "job", "job_dependency"];
/** How the tables came to be, how often who asks, and which processes are alive: not content. */
const NOT_CONTENT = ["kysely_migration", "kysely_migration_lock", "rate_limits", "workers"];
const BATCH = 200;

interface Table {
  /** Such as `public.user`. */
  name: string;
  columns: { name: string; type: string; numbered: boolean }[];
}

async function tablesOf(db: Db): Promise<Table[]> {
  const { rows } = await sql<{
    schema: string;
    table: string;
    column: string;
    type: string;
    numbered: boolean;
  }>`
    select n.nspname as schema, c.relname as table, a.attname as column,
      format_type(a.atttypid, a.atttypmod) as type, a.attidentity <> '' as numbered
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid
    where n.nspname in (${sql.join(SCHEMAS)}) and c.relkind in ('r', 'p') and not c.relispartition
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by n.nspname desc, c.relname, a.attnum`.execute(db);
  const tables = new Map<string, Table>();
  for (const { schema, table, column, type, numbered } of rows) {
    const wanted =
      schema === "pgboss" ? QUEUE_TABLES.includes(table) : !NOT_CONTENT.includes(table);
    if (!wanted) continue;
    const name = `${schema}.${table}`;
    const found = tables.get(name) ?? { name, columns: [] };
    tables.set(name, found);
    found.columns.push({ name: column, type, numbered });
  }
  return [...tables.values()];
}

/** One moment of the store: everything that `read` does sees that moment, whatever goes on meanwhile. */
export async function atOneMoment<T>(db: Db, read: (trx: Db) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      await sameText(trx);
      return read(trx);
    });
}

/** Times and numbers look the same on every server. */
async function sameText(trx: Db): Promise<void> {
  for (const [name, value] of [
    ["timezone", "UTC"],
    ["datestyle", "ISO, YMD"],
    ["intervalstyle", "iso_8601"],
    ["extra_float_digits", "1"],
    ["bytea_output", "hex"],
  ])
    await sql`select set_config(${name}, ${value}, true)`.execute(trx);
}

/** All of a store, within `atOneMoment`. @param only of tables that are named, these columns only */
export async function* readContent(
  trx: Db,
  only?: ReadonlyMap<string, readonly string[]>,
): AsyncGenerator<Piece> {
  const tables = (await tablesOf(trx)).map(({ name, columns }) => ({
    name,
    columns: columns.filter((column) => only?.get(name)?.includes(column.name) ?? true),
  }));
  for (const table of tables) {
    yield { table: table.name, columns: table.columns.map(({ name }) => name) };
    for await (const rows of readRows(trx, table)) yield { rows };
  }
  for (const { name, columns } of tables)
    for (const { name: column } of columns.filter(({ numbered }) => numbered)) {
      const value = await lastNumber(trx, name, column);
      if (value !== null) yield { last: { table: name, column, value } };
    }
}

async function* readRows(trx: Db, { name, columns }: Table): AsyncGenerator<Row[]> {
  const list = columns.map(
    (column, i) => sql`${sql.ref(column.name)}::text as ${sql.ref(`c${i}`)}`,
  );
  await sql`declare gradus_rows no scroll cursor for select ${sql.join(list)} from ${sql.table(name)}`.execute(
    trx,
  );
  for (;;) {
    const { rows } = await sql<
      Record<string, string | null>
    >`fetch ${sql.lit(BATCH)} from gradus_rows`.execute(trx);
    if (rows.length === 0) break;
    yield rows.map((row) => columns.map((_, i) => row[`c${i}`]));
  }
  await sql`close gradus_rows`.execute(trx);
}

async function lastNumber(trx: Db, table: string, column: string): Promise<string | null> {
  const { rows } = await sql<{ value: string | null }>`
    select pg_sequence_last_value(pg_get_serial_sequence(${quoted(table)}, ${column}))::text as value`.execute(
    trx,
  );
  return rows[0].value;
}

/** What is in a store, counted and summed, within `atOneMoment` or `loadContent`. */
export async function tallyOf(
  trx: Db,
  only?: ReadonlyMap<string, readonly string[]>,
): Promise<Tally> {
  const counter = new Counter();
  for await (const piece of readContent(trx, only)) counter.add(piece);
  return counter.tally();
}

/** Counts and sums what passes by. */
export class Counter {
  readonly #tables = new Map<string, { rows: number; sum: bigint }>();
  #now = { rows: 0, sum: 0n };
  #name = "";
  #columns: readonly string[] = [];

  add(piece: Piece): void {
    if ("table" in piece) {
      this.#name = piece.table;
      this.#now = { rows: 0, sum: 0n };
      this.#tables.set(piece.table, this.#now);
      this.#columns = piece.columns;
    } else if ("rows" in piece) {
      for (const row of piece.rows) {
        // With the columns' names, since their order may differ from store to store.
        const text = JSON.stringify(
          Object.fromEntries(
            this.#columns.map((column, i) => [column, row[i]] as const).sort(byName),
          ),
        );
        const hash = createHash("sha256").update(`${this.#name} ${text}`).digest("hex");
        this.#now.rows += 1;
        this.#now.sum = (this.#now.sum + BigInt(`0x${hash}`)) % 2n ** 256n;
      }
    }
  }

  tally(): Tally {
    return Object.fromEntries(
      [...this.#tables].map(([name, { rows, sum }]) => [
        name,
        { rows, sum: sum.toString(16).padStart(64, "0") },
      ]),
    );
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** The tables in which two stores differ, each with what is there, as words. */
export function differences(wanted: Tally, found: Tally): string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].flatMap((name) => {
    const [a, b] = [wanted[name] ?? { rows: 0 }, found[name] ?? { rows: 0 }];
    if (a.rows !== b.rows) return [`${name}: ${a.rows} rows there, ${b.rows} here`];
    if (a.rows > 0 && "sum" in a && "sum" in b && a.sum !== b.sum)
      return [`${name}: ${a.rows} rows in both, but not the same`];
    return [];
  });
}

/** Whether nobody has used a store yet; its tables may be there already. */
export async function isEmpty(db: Db): Promise<boolean> {
  for (const table of ["user", "submissions", "audit_log"]) {
    const { rows: there } = await sql`select 1 from pg_class
      where relname = ${table} and relnamespace = 'public'::regnamespace`.execute(db);
    if (there.length === 0) continue;
    const { rows } = await sql`select 1 from ${sql.table(`public.${table}`)} limit 1`.execute(db);
    if (rows.length > 0) return false;
  }
  return true;
}

/**
 * Puts content into a store whose tables are made and which is empty: in one transaction, and read
 * back before it ends, so that it is all there and right or not there at all.
 * @param wanted what it must be in the end; asked for when all pieces were taken
 * @throws Mismatch when it is not, or the tables are others
 */
export async function loadContent(
  db: Db,
  pieces: AsyncIterable<Piece>,
  wanted: () => Tally,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sameText(trx);
    const tables = new Map((await tablesOf(trx)).map((table) => [table.name, table]));
    // Between tables nothing is checked until all is there, and what must never change may come in.
    const references = await dropReferences(trx);
    for (const name of tables.keys()) {
      await sql`alter table ${sql.table(name)} disable trigger user`.execute(trx);
    }
    if (!(await isEmpty(trx)))
      throw new Mismatch("the database is in use: something was written to it just now");
    for (const name of tables.keys()) await sql`delete from ${sql.table(name)}`.execute(trx);

    let insert: ((rows: readonly Row[]) => Promise<void>) | undefined;
    // What comes from an earlier pg-boss has no values for columns that are new in this one.
    const filled = new Map<string, readonly string[]>();
    for await (const piece of pieces) {
      if ("table" in piece) {
        insert = inserter(trx, tables, piece);
        filled.set(piece.table, piece.columns);
      } else if ("rows" in piece) await insert?.(piece.rows);
      else await setLastNumber(trx, tables, piece.last);
    }
    for (const name of tables.keys())
      await sql`alter table ${sql.table(name)} enable trigger user`.execute(trx);
    for (const add of references) await add.execute(trx);

    const different = differences(wanted(), await tallyOf(trx, filled));
    if (different.length > 0)
      throw new Mismatch(`what was written is not what was read: ${different.join("; ")}`);
  });
}

/** Takes away every reference between tables. @returns what puts them back, and so checks them */
async function dropReferences(trx: Db): Promise<RawBuilder<unknown>[]> {
  const { rows } = await sql<{ schema: string; table: string; name: string; definition: string }>`
    select n.nspname as schema, c.relname as table, k.conname as name,
      pg_get_constraintdef(k.oid) as definition
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and k.conparentid = 0 and n.nspname in (${sql.join(SCHEMAS)})`.execute(
    trx,
  );
  const back: RawBuilder<unknown>[] = [];
  for (const { schema, table, name, definition } of rows) {
    const place = sql.table(`${schema}.${table}`);
    await sql`alter table ${place} drop constraint ${sql.ref(name)}`.execute(trx);
    back.push(sql`alter table ${place} add constraint ${sql.ref(name)} ${sql.raw(definition)}`);
  }
  return back;
}

function inserter(
  trx: Db,
  tables: ReadonlyMap<string, Table>,
  { table: name, columns: names }: { table: string; columns: readonly string[] },
): (rows: readonly Row[]) => Promise<void> {
  const table = tables.get(name);
  if (!table) throw new Mismatch(`there is no table ${JSON.stringify(name)} in Gradus's database`);
  const columns = names.map((column) => {
    const found = table.columns.find((one) => one.name === column);
    if (!found)
      throw new Mismatch(`there is no column ${JSON.stringify(column)} in the table ${name}`);
    return found;
  });
  const into = sql.join(columns.map((column) => sql.ref(column.name)));
  const values = sql.join(
    // The type is the database's own word for it.
    columns.map(({ type }, i) => sql`${sql.ref(`c${i}`)}::${sql.raw(type)}`),
  );
  const aliases = sql.join(columns.map((_, i) => sql.ref(`c${i}`)));
  return async (rows) => {
    const arrays = sql.join(columns.map((_, i) => sql`${rows.map((row) => row[i])}::text[]`));
    await sql`insert into ${sql.table(name)} (${into}) overriding system value
      select ${values} from unnest(${arrays}) as given(${aliases})`.execute(trx);
  };
}

async function setLastNumber(
  trx: Db,
  tables: ReadonlyMap<string, Table>,
  { table, column, value }: { table: string; column: string; value: string },
): Promise<void> {
  if (!tables.get(table)?.columns.some((one) => one.name === column && one.numbered))
    throw new Mismatch(`${table} has no column ${JSON.stringify(column)} of numbers of its own`);
  await sql`select setval(pg_get_serial_sequence(${quoted(table)}, ${column})::regclass, ${value}::text::bigint, true)`.execute(
    trx,
  );
}

/** `public.user` as SQL would write it. */
function quoted(table: string): string {
  return table
    .split(".")
    .map((part) => `"${part}"`)
    .join(".");
}
