// npm run bench [-- --json]: everything that we measure, one after the other: first the library beside
// its peers, then the waits of page and grader, then the grader under load and kills. With --json a
// document each. Other options belong to one of them: npm run bench:lib, bench:site, bench:grader.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { root } from "./steps.mjs";

const args = process.argv.slice(2);
if (args.some((one) => one !== "--json")) {
  console.error("npm run bench takes --json only\n→ npm run bench:lib -- --help");
  process.exit(2);
}
const setup = path.join(root, "scripts/with-setup.mjs");
const codes = ["lib/bench/index.ts", "tests/bench/index.ts", "tests/bench/grader.ts"].map(
  (script) => spawnSync(process.execPath, [setup, script, ...args], { stdio: "inherit" }).status,
);
process.exit(codes.every((code) => code === 0) ? 0 : 1);
