#!/usr/bin/env node
// The `gradus` command. Runs on any Node from 20: on one older than 24, it runs itself again with
// the Node 24 that was installed with Gradus.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= 24) {
  await import(new URL("../cli/main.ts", import.meta.url).href);
} else {
  const node = newerNode();
  if (!node) {
    console.error(
      `gradus: this is Node ${process.versions.node}, and Gradus needs 24, which comes with it. Run \`npm install\` in its folder first.`,
    );
    process.exit(2);
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`gradus: ${node} could not be started: ${error.message}`);
    process.exit(2);
  });
  child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

/** The Node 24 in the nearest node_modules above this file. */
function newerNode() {
  const places =
    process.platform === "win32"
      ? [`node-win-${process.arch}/bin/node.exe`]
      : [`node-${process.platform}-${process.arch}/bin/node`, "node/bin/node"];
  for (let dir = dirname(main); dir !== dirname(dir); dir = dirname(dir))
    for (const place of places) {
      const file = join(dir, "node_modules", place);
      if (existsSync(file)) return file;
    }
  return undefined;
}
