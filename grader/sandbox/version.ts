import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = (place: string): string => fileURLToPath(new URL(place, import.meta.url));

/**
 * A hash over what forms a verdict besides an exercise's own files: the checks' machinery, the sandbox,
 * the library that learners' code has, and Node. It changes with a comment, too: grading once more than
 * needed is better than keeping a verdict that would be another today.
 */
export function graderVersion(): string {
  const library = fileURLToPath(new URL(".", import.meta.resolve("gradus")));
  return versionOf([here("../checks"), here("."), library], process.version);
}

/** A hash over the programs in some folders. */
export function versionOf(folders: readonly string[], more = ""): string {
  const hash = createHash("sha256").update(more);
  for (const folder of folders)
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort())
      if (/(?<!\.test|\.d)\.(ts|js|mjs)$/.test(file))
        hash
          .update(`\0${relative(folder, join(folder, file))}\0`)
          .update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}
