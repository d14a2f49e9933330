// node scripts/with-setup.mjs SCRIPT.ts [ARGS]: sets up what is missing, then runs the script on Node 24.
import { spawn } from "node:child_process";
import { setupOrExit } from "./setup.mjs";
import { bundledNode, root } from "./steps.mjs";

const [script, ...args] = process.argv.slice(2);
const needs = ["packages", "runtime", "library"];
if (script.startsWith("course/")) needs.push("python");
if (script === "tests/bench/index.ts") needs.push("site");
if (script.startsWith("tests/bench")) needs.push("system");
await setupOrExit(needs);
const child = spawn(bundledNode(), [script, ...args], { cwd: root, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
