/** The key that signs sessions: from the environment, or made once and kept in the data folder. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @returns `given`, or the secret in `dataDir/secret` (readable by its owner only), made if missing
 * @throws when neither is there, or when the secret is too short to be safe
 */
export function sessionSecret(given: string | undefined, dataDir: string | undefined): string {
  const secret = given || (dataDir && kept(dataDir));
  if (!secret) {
    throw new Error(
      "no session secret: set GRADUS_SECRET to a long random text, the same for every process on this database, or set GRADUS_DATA to a folder where one can be kept",
    );
  }
  if (secret.length < 32) {
    throw new Error(
      `the session secret has ${secret.length} characters; it needs at least 32. One way to make one: openssl rand -base64 48`,
    );
  }
  return secret;
}

function kept(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, "secret");
  try {
    // `wx` makes it only if it is not there, so of two starts at once one wins and both read it.
    writeFileSync(file, randomBytes(48).toString("base64url"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8").trim();
}
