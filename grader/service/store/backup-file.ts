/**
 * The file of a backup: gzip of lines of JSON. First what wrote it, then the content, then what it
 * must add up to; a file without its last line is half a file.
 */
import { once } from "node:events";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { z } from "zod";
import { Counter, differences, type Piece, type Tally } from "./content.ts";
import { migrationNames } from "./migrations.ts";
import { checkNotNewer } from "./version.ts";

/** The file cannot be restored; the message says why. */
export class BadBackup extends Error {
  override readonly name = "BadBackup";
}

const FORMAT = 1;

const headerShape = z.object({
  gradus: z.literal("backup"),
  format: z.number().int().positive(),
  made: z.string(),
  /** What made the tables, in order. */
  migrations: z.array(z.string()).min(1),
  /** The version of pg-boss's tables. */
  queue: z.number().int(),
});
export type Header = z.infer<typeof headerShape>;

const lineShape = z.union([
  z.array(z.union([z.string(), z.null()])),
  z.strictObject({ table: z.string(), columns: z.array(z.string()) }),
  z.strictObject({
    last: z.strictObject({
      table: z.string(),
      column: z.string(),
      value: z.string().regex(/^\d+$/),
    }),
  }),
  z.strictObject({
    complete: z.record(z.string(), z.strictObject({ rows: z.number(), sum: z.string() })),
  }),
]);

export interface BackupInfo {
  made: string;
  migrations: readonly string[];
  queue: number;
  tally: Tally;
}

/** Content as the bytes of a backup. */
export function writeBackup(
  header: Omit<Header, "gradus" | "format">,
  pieces: AsyncIterable<Piece>,
): Readable {
  const gzip = createGzip();
  const write = async () => {
    const counter = new Counter();
    const put = async (value: unknown) => {
      if (!gzip.write(`${JSON.stringify(value)}\n`)) await once(gzip, "drain");
    };
    await put({ gradus: "backup", format: FORMAT, ...header } satisfies Header);
    for await (const piece of pieces) {
      counter.add(piece);
      if ("rows" in piece) for (const row of piece.rows) await put(row);
      else await put(piece);
    }
    await put({ complete: counter.tally() });
    gzip.end();
  };
  write().catch((error: Error) => gzip.destroy(error));
  return gzip;
}

/**
 * Reads a whole backup and changes nothing: what it says it holds is there, to the last row.
 * @throws BadBackup when it is none, half of one, damaged, or of a newer Gradus
 */
export async function checkBackup(file: string): Promise<BackupInfo> {
  const { header, pieces, tally } = await openBackup(file);
  const counter = new Counter();
  for await (const piece of pieces) counter.add(piece);
  const wrong = differences(tally(), counter.tally());
  if (wrong.length > 0) throw new BadBackup(`${file} is damaged: ${wrong.join("; ")}`);
  return { ...header, tally: tally() };
}

/**
 * @returns the content of a backup piece by piece; `tally` is what it must add up to, known once all
 * pieces were taken
 * @throws BadBackup, also while pieces are taken
 */
export async function openBackup(
  file: string,
): Promise<{ header: Header; pieces: AsyncIterable<Piece>; tally: () => Tally }> {
  if (!startsAsGzip(file)) throw new BadBackup(`${file} is not a backup of Gradus`);
  const lines = linesOf(file);
  const first = await lines.next();
  const header = first.done ? undefined : readHeader(file, first.value);
  if (!header) throw new BadBackup(`${file} is not a backup of Gradus`);
  let complete: Tally | undefined;
  const pieces = async function* (): AsyncGenerator<Piece> {
    let columns = -1;
    let rows: (string | null)[][] = [];
    for await (const line of lines) {
      if (complete) throw new BadBackup(`${file} is damaged: it goes on after its end`);
      const value = readLine(file, line);
      if (Array.isArray(value)) {
        if (value.length !== columns)
          throw new BadBackup(`${file} is damaged: a row does not fit its table`);
        rows.push(value);
        if (rows.length < 200) continue;
      }
      if (rows.length > 0) yield { rows };
      rows = [];
      if (Array.isArray(value)) continue;
      if ("complete" in value) complete = value.complete;
      else {
        if ("table" in value) columns = value.columns.length;
        yield value;
      }
    }
    if (!complete) throw half(file);
  };
  return {
    header,
    pieces: pieces(),
    tally() {
      if (!complete) throw half(file);
      return complete;
    },
  };
}

/** The last line may be missing where the compressed file ends as it should. */
const half = (file: string): BadBackup =>
  new BadBackup(`${file} breaks off: only a part of the backup was written. Take an earlier one`);

function startsAsGzip(file: string): boolean {
  const start = Buffer.alloc(2);
  const opened = openSync(file, "r");
  try {
    return readSync(opened, start) === 2 && start[0] === 0x1f && start[1] === 0x8b;
  } finally {
    closeSync(opened);
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const gunzip = createGunzip();
  const input = createReadStream(file).on("error", (error) => gunzip.destroy(error));
  let failed: NodeJS.ErrnoException | undefined;
  gunzip.on("error", (error) => {
    failed = error;
  });
  try {
    yield* createInterface({ input: input.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY });
    // readline ends quietly where its input fails.
    if (failed) throw failed;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR") throw half(file);
    if (code?.startsWith("Z_")) throw new BadBackup(`${file} is damaged: ${message}`);
    throw error;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

function readHeader(file: string, line: string): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { success, data: header } = headerShape.safeParse(value);
  if (!success) return undefined;
  if (header.format > FORMAT)
    throw new BadBackup(
      `${file} was written by a newer Gradus (format ${header.format}, this one reads ${FORMAT}): update this copy first`,
    );
  try {
    checkNotNewer(header.migrations, migrationNames);
  } catch {
    throw new BadBackup(
      `${file} was written by a newer Gradus (its tables: ${header.migrations.at(-1)}; this one knows them up to ${migrationNames.at(-1)}): update this copy first`,
    );
  }
  return header;
}

function readLine(file: string, line: string): z.infer<typeof lineShape> {
  try {
    return lineShape.parse(JSON.parse(line));
  } catch {
    throw new BadBackup(`${file} is damaged: it holds a line that no backup has`);
  }
}
