// npm test [-- FILE …]: sets up what is missing, then every test. Ends with one line: N passed, N failed.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setup, tell } from "./setup.mjs";
import { bundledNode, root } from "./steps.mjs";

const counts = { passed: 0, failed: 0 };
const close = () => {
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
};

const run = (name, args) =>
  new Promise((resolve) => {
    console.log(`\n── ${name}`);
    const child = spawn(bundledNode(), args, { cwd: root, stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
    child.on("close", resolve);
  });

/** One command that counts as one test. */
async function one(name, ...args) {
  const code = await run(name, args);
  counts[code === 0 ? "passed" : "failed"]++;
}

try {
  await setup(["packages", "runtime", "system", "library", "python", "site"]);
} catch (error) {
  tell(error);
  counts.failed++;
  close();
}

const files = process.argv.slice(2);
if (files.length === 0) {
  await one("lint", "node_modules/@biomejs/biome/bin/biome", "check", ".");
  await one("types", "node_modules/typescript/bin/tsc", "-p", "tsconfig.json");
}
const report = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "gradus-test-")), "report.json");
const code = await run("tests", [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...files,
]);
try {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(
    fs.readFileSync(report, "utf8"),
  );
  // A file that fails before its first test is a failure too.
  const broken = testResults.filter(
    (file) =>
      file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  counts.passed += numPassedTests;
  counts.failed += numFailedTests + broken.length;
} catch {
  console.error("vitest wrote no report.");
}
if (code !== 0 && counts.failed === 0) counts.failed++;
close();
