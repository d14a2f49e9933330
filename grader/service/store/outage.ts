/** Whether an error means that the store is away or full: nobody's mistake, and worth another try. */

const CODES: Record<string, string> = {
  ECONNREFUSED: "away",
  ECONNRESET: "away",
  ENOENT: "away",
  ENOTFOUND: "away",
  EPIPE: "away",
  ETIMEDOUT: "away",
  ENOSPC: "full",
  EDQUOT: "full",
  // Postgres's own: the disk is full, too many connections, it is being stopped or is starting.
  "53100": "full",
  "53300": "away",
  "57P01": "away",
  "57P02": "away",
  "57P03": "away",
  "58030": "full",
};

/** @returns `full` (no room on its disk), `away` (it does not answer); undefined: something else */
export function outageOf(error: unknown): "away" | "full" | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message, cause } = error as NodeJS.ErrnoException;
  const known = CODES[String(code)] ?? (String(code).startsWith("08") ? "away" : undefined);
  if (known) return known as "away" | "full";
  if (/no space left on device|ENOSPC/i.test(message)) return "full";
  if (
    /connection terminated|terminating connection|timeout exceeded when trying to connect|PGlite is closed/i.test(
      message,
    )
  )
    return "away";
  return outageOf(cause);
}
