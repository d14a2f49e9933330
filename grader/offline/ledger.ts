/** The verdicts of a run of offline grading, kept in a file a line each, as they come. */
import { createHmac, randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Report } from "../service/types.ts";

const FORMAT = 1;

export interface Ledger {
  get(key: string): Report | undefined;
  /** Written to the file before this returns. */
  keep(key: string, report: Report): void;
  /** From which the hidden checks of an answer draw their inputs: the same each time, and nobody's to guess. */
  seed(key: string): string;
}

/** Opens a ledger, or makes one. @param again forgets the verdicts that it holds */
export function openLedger(file: string, again = false): Ledger {
  const reports = new Map<string, Report>();
  let secret: string | undefined;
  let text = "";
  try {
    text = again ? "" : readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  // The last line may have been cut off in mid-write: it is written anew.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  for (const line of whole.split("\n")) {
    const { format, secret: found, key, report } = parse(line);
    if (format === FORMAT && typeof found === "string") secret = found;
    else if (secret && typeof key === "string" && report) reports.set(key, report as Report);
  }
  if (!secret) {
    secret = randomBytes(32).toString("hex");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ format: FORMAT, secret })}\n`, { mode: 0o600 });
  } else if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  const key = secret;
  return {
    get: (asked) => reports.get(asked),
    keep(asked, report) {
      appendFileSync(file, `${JSON.stringify({ key: asked, report })}\n`);
      reports.set(asked, report);
    },
    seed: (asked) => createHmac("sha256", key).update(asked).digest("hex"),
  };
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
