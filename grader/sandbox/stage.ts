/** The folder that sandboxes see as /app: programs bundled once when the grader starts. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { buildSync } from "esbuild";
import { isOpenToAll, type Layers, reachableNode } from "./layers.ts";
import type { Lent } from "./realm-main.ts";
import { seccompFilter } from "./seccomp.ts";

/** What is ready on disk. */
export interface Stage {
  layers: Layers;
  /** Bound into sandboxes as /app. */
  app: string;
  /** The system call filter. */
  filter: string;
  remove(): void;
}

const here = dirname(fileURLToPath(import.meta.url));
const PREFIX = "gradus-sandbox-";

/** Bundles and writes everything that sandboxes need. */
export function prepareStage(layers: Layers): Stage {
  const dir = makeFolder(layers.root);
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  try {
    const app = join(dir, "app");
    mkdirSync(app);
    const realm = bundleRealm();
    writeFileSync(join(app, "realm.js"), realm);
    writeFileSync(join(app, "realm.cache"), warmCache(realm));
    for (const entry of ["program", "types-program", "probe-program"])
      writeFileSync(join(app, `${entry}.cjs`), bundleProgram(entry));
    const require = createRequire(import.meta.url);
    const typescript = require.resolve("typescript-api");
    copyFileSync(typescript, join(app, "typescript.js"));
    writeFileSync(join(app, "types.json"), JSON.stringify(declarations(dirname(typescript))));
    const filter = join(dir, "filter.bpf");
    writeFileSync(filter, seccompFilter(layers.architecture));
    for (const folder of [dir, app]) chmodSync(folder, 0o755);
    for (const file of readdirSync(app)) chmodSync(join(app, file), 0o644);
    return { layers: reachableNode(layers, dir), app, filter, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A folder that says whose it is, so that one left behind by a killed grader can be told. */
function makeFolder(root: boolean): string {
  const parents = [tmpdir(), "/var/tmp", "/tmp"].filter((dir) => {
    try {
      return !root || (isOpenToAll(dir) && (statSync(dir).mode & 0o001) !== 0);
    } catch {
      return false;
    }
  });
  if (parents.length === 0)
    throw new Error("no folder for temporary files that every user may read: set TMPDIR");
  for (const name of readdirSync(parents[0])) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (
      pid &&
      !isRunning(Number(pid)) &&
      statSync(join(parents[0], name)).uid === process.getuid?.()
    )
      rmSync(join(parents[0], name), { recursive: true, force: true });
  }
  return mkdtempSync(join(parents[0], `${PREFIX}${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function bundleRealm(): string {
  const code = bundle("realm-main", {
    format: "iife",
    globalName: "realm",
    platform: "neutral",
  });
  // Inside a function, so that the realm's globals hold nothing of ours.
  return `(() => { ${code}\nreturn realm; })()`;
}

const bundleProgram = (entry: string): string => bundle(entry, { format: "cjs", platform: "node" });

function bundle(
  entry: string,
  options: { format: "iife" | "cjs"; globalName?: string; platform: "neutral" | "node" },
): string {
  const { outputFiles } = buildSync({
    ...options,
    entryPoints: [join(here, `${entry}.ts`)],
    bundle: true,
    write: false,
    target: "node24",
    mainFields: ["module", "main"],
    conditions: ["import", "default"],
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

/** What V8 compiled while the script ran once, so that no sandbox has to. */
function warmCache(code: string): Buffer {
  const script = new vm.Script(code, { filename: "realm.js" });
  const { start } = script.runInContext(vm.createContext(vm.constants.DONT_CONTEXTIFY)) as {
    start: (lent: Lent) => void;
  };
  start({ post: () => {}, setTimer: () => 0, clearTimer: () => {}, now: () => 0 });
  return script.createCachedData();
}

/** The declarations that learners' code is checked against, by path in the checker's own tree. */
function declarations(typescriptLib: string): Record<string, string> {
  const files: Record<string, string> = {
    "/host.d.ts": readFileSync(join(here, "host.d.ts"), "utf8"),
  };
  // The language up to ES2023, without any browser's or Node's globals.
  for (const name of readdirSync(typescriptLib))
    if (/^lib\.(es5|es20(1\d|2[0-3])(\.\w+)*|decorators(\.legacy)?)\.d\.ts$/.test(name))
      files[`/lib/${name}`] = readFileSync(join(typescriptLib, name), "utf8");
  const library = dirname(dirname(fileURLToPath(import.meta.resolve("gradus"))));
  files["/node_modules/gradus/package.json"] = readFileSync(join(library, "package.json"), "utf8");
  const dist = join(library, "dist");
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" }))
    if (name.endsWith(".d.ts"))
      files[`/node_modules/gradus/${relative(library, join(dist, name))}`] = readFileSync(
        join(dist, name),
        "utf8",
      );
  return files;
}
