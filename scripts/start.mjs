// npm start: sets up what is missing, then serves the site with the grader and JupyterLab, until Ctrl-C.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import { parseArgs } from "node:util";
import { setup, tell } from "./setup.mjs";
import { bundledNode, root, SetupError } from "./steps.mjs";

const help = `Usage: npm start            the site with the grader, and JupyterLab
       npm run site         the site alone
       npm run lab          JupyterLab alone

Environment
  PORT, LAB_PORT    where the site and JupyterLab listen (3000 and 8888; the next free one when taken)
  HOST              the address the site listens on (127.0.0.1)
  DATABASE_URL      a Postgres for accounts and submissions (default: a database in .gradus)
  GRADUS_DATA       where that default database lies (.gradus)
  GRADUS_URL        the address learners use, when a proxy stands in front
`;

let options;
try {
  options = parseArgs({
    options: {
      site: { type: "boolean" },
      lab: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
} catch (error) {
  console.error(`${error.message}\n\n${help}`);
  process.exit(2);
}
if (options.help) {
  console.log(help);
  process.exit(0);
}
const both = !options.site && !options.lab;
const wanted = { site: both || options.site, lab: both || options.lab };

const windows = process.platform === "win32";
// Every process that this run starts inherits the mark, so that none can be left behind unseen.
const mark = `gradus-${randomBytes(8).toString("hex")}`;
process.env.GRADUS_RUN = mark;
const children = new Map();
let stopping = false;

function start(name, command, args, { env, stdio }) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio,
    detached: !windows, // Ctrl-C reaches this script alone; it then stops the others in order
  });
  children.set(name, child);
  child.on("error", (error) => console.error(`${name} did not start: ${error.message}`));
  child.on("close", (code, signal) => {
    children.delete(name);
    if (stopping) return;
    console.error(
      `\n${name} ended unexpectedly (${signal ?? `code ${code}`}).${code === 0 ? "" : " Its last lines above say why."}`,
    );
    if (children.size === 0) stop(1);
  });
  return child;
}

function signalGroup(child, signal) {
  try {
    if (windows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It ended in the meantime.
  }
}

/** Processes of this run that still live (Linux shows every process's environment to its owner). */
function leftovers() {
  if (process.platform !== "linux") return [];
  return fs.readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(`GRADUS_RUN=${mark}`);
    } catch {
      return false;
    }
  });
}

async function stop(code) {
  if (stopping) return;
  stopping = true;
  if (children.size > 0) console.log("\nStopping …");
  const ended = [...children.values()].map(
    (child) => new Promise((resolve) => child.once("close", resolve)),
  );
  for (const child of children.values()) signalGroup(child, "SIGTERM");
  const patience = new Promise((resolve) => setTimeout(resolve, 8000));
  await Promise.race([Promise.all(ended), patience]);
  for (const child of children.values()) signalGroup(child, "SIGKILL");
  for (const pid of leftovers()) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended in the meantime.
    }
  }
  process.exit(code);
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])
  process.on(signal, () => {
    if (!stopping) stop(code === 130 ? 0 : code);
    else for (const child of children.values()) signalGroup(child, "SIGKILL"); // a second Ctrl-C does not wait
  });

const free = (port, host) =>
  new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });

/** The port asked for; where none was asked for, the first free one from the usual upward. Null, and a line, where there is none. */
async function choosePort(what, variable, usual, host) {
  const asked = process.env[variable];
  if (asked !== undefined && !/^\d{1,5}$/.test(asked)) {
    console.error(`${variable}=${asked} is not a port: give a number from 1 to 65535.`);
    return null;
  }
  const first = Number(asked ?? usual);
  if (await free(first, host)) return first;
  if (asked) {
    console.error(
      `${what} was not started: port ${first} is in use.\n→ Choose another: ${variable}=${first + 1} npm start`,
    );
    return null;
  }
  for (let port = first + 1; port < first + 100; port++)
    if (await free(port, host)) {
      console.log(
        `Port ${first} is in use; ${what} takes ${port}. (Choose one with ${variable}=…)`,
      );
      return port;
    }
  console.error(
    `${what} was not started: no free port from ${first} to ${first + 99}.\n→ Choose one: ${variable}=… npm start`,
  );
  return null;
}

async function startSite() {
  const host = process.env.HOST ?? "127.0.0.1";
  const port = await choosePort("the site", "PORT", 3000, host);
  if (port === null) return null;
  const child = start("The site", bundledNode(), ["site/server.ts"], {
    env: {
      PORT: String(port),
      HOST: host,
      NODE_ENV: "production",
    },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return new Promise((resolve) => {
    child.on("message", (message) => message.ready && resolve({ ...message, child }));
    child.on("close", () => resolve(null));
  });
}

async function startLab() {
  const { labCommand } = await import("../jupyter/lab.mjs");
  const port = await choosePort("JupyterLab", "LAB_PORT", 8888, "127.0.0.1");
  if (port === null) return null;
  const token = randomBytes(24).toString("hex");
  const { command, args, env } = labCommand({ port, token });
  let output = "";
  const child = start("JupyterLab", command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output = (output + chunk).slice(-4000);
    });
  let ended = false;
  child.on("close", () => {
    ended = true;
    if (!stopping) console.error(output);
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600 && !ended && !stopping; tries++) {
    const answer = await fetch(`${url}/api/status?token=${token}`).catch(() => null);
    if (answer?.ok) return { url: `${url}/lab`, token };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (!ended && !stopping) console.error(`JupyterLab did not answer within a minute:\n${output}`);
  return null;
}

const began = performance.now();
try {
  await setup(["packages", "runtime", "library"]);
  let siteFails = false;
  if (wanted.site) siteFails = (await setup([], { optional: ["site"] })).size > 0;
  const site = wanted.site && !siteFails ? startSite() : null;
  // The site is up while JupyterLab, the longer set-up, still goes on.
  const first = await site;
  if (first)
    console.log(
      `\n  Site   ${first.url}   (after ${((performance.now() - began) / 1000).toFixed(1)} s)`,
    );
  if (first?.adminLink)
    console.log(
      `  Admin  ${first.adminLink}\n         (works once: whoever opens it becomes the administrator)`,
    );
  let lab = null;
  if (wanted.lab && !(await setup([], { optional: ["python"] })).has("python"))
    lab = await startLab();
  if (lab) {
    console.log(`  Lab    ${lab.url}?token=${lab.token}`);
    if (first?.child.connected) first.child.send({ labUrl: lab.url });
  }
  if (children.size === 0) process.exit(1);
  if (!stopping) console.log("\n  Ctrl-C stops everything.\n");
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  tell(error);
  await stop(1);
}
