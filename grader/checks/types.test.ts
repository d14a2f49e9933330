// tslab compiles notebooks with TypeScript 5.0: our declarations must mean there what they mean here.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const grader = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("@tslab/typescript-for-tslab/bin/tsc");

test("the packages' types hold under TypeScript 5.0, without a browser's types", async () => {
  // Inside the package, so that its name is found.
  const dir = mkdtempSync(join(grader, ".types-"));
  try {
    writeFileSync(
      join(dir, "use.ts"),
      `import { check, checks, connectInProcess, runChecks, type Report } from "@gradus/grader/checks";
       import { createHost, serveWorker } from "@gradus/grader/checks/host";
       import { check as show } from "@gradus/grader/notebook";
       const suite = checks(check("a", { points: 1 }, async ({ learner, expect, rng }) => {
         const got: unknown = await learner.call("f", rng.uniform([2]));
         expect(got).toBeClose([1]);
       }));
       export const report: Promise<Report> = runChecks(suite, connectInProcess({}), { exercise: "a" });
       export const shown: Promise<void> = show("a", {});
       export { createHost, serveWorker };
       // What is any would pass here.
       // @ts-expect-error a suite is no number
       export const number: number = suite;
       // @ts-expect-error a report's points are no text
       export const text: Promise<string> = report.then(({ points }) => points);`,
    );
    const flags =
      "--noEmit --strict --skipLibCheck false --module esnext --moduleResolution bundler --target es2022 --lib es2023 --typeRoots";
    const run = promisify(execFile)(process.execPath, [
      tsc,
      ...flags.split(" "),
      `${dirname(dir)}/none`,
      join(dir, "use.ts"),
    ]);
    const complaints = await run.then(
      ({ stdout }) => stdout,
      (error: Error & { stdout: string }) => `${error.stdout}\n${error.message}`,
    );
    expect(complaints).toBe("");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
