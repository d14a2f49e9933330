/** What the machine must have so that a program can be sealed off, and the command that does it. */
import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, copyFileSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Architecture } from "./seccomp.ts";

/** The programs and files that the layers are made of. */
export interface Layers {
  prlimit: string;
  bwrap: string;
  node: string;
  /** Shared libraries of Node, by the paths under which it looks for them. */
  libraries: string[];
  architecture: Architecture;
  /** True when this process may give each sandbox a user id of its own. */
  root: boolean;
}

/** How much one sandboxed program may use. */
export interface Limits {
  /** Memory beyond what an idle Node needs, in MiB. */
  memoryMb: number;
  /** Processor time, in seconds. */
  cpuSeconds: number;
}

// Above the ids that distributions give to people and services, within what a container maps.
const FIRST_UID = 64_100;
/** How many sandboxes there may be at once. */
export const MOST_SLOTS = 200;

/** Looks for the layers; `missing` says in words what is not there and what to do. */
export function findLayers(): { layers?: Layers; missing: string[] } {
  const missing: string[] = [];
  if (process.platform !== "linux")
    return {
      missing: [
        `the sandbox needs Linux, and this is ${process.platform}: run the grader on a Linux machine, or in a Linux container`,
      ],
    };
  const { arch } = process;
  if (arch !== "x64" && arch !== "arm64")
    return { missing: [`there is no system call filter for ${arch} processors: use x64 or arm64`] };
  const bwrap = findProgram("bwrap");
  if (!bwrap)
    missing.push("bubblewrap is not installed: apt install bubblewrap, or dnf install bubblewrap");
  const prlimit = findProgram("prlimit");
  if (!prlimit) missing.push("prlimit is not installed: apt install util-linux");
  const node = realpathSync(process.execPath);
  const libraries = librariesOf(node);
  if (!libraries) missing.push("ldd cannot say which libraries Node needs: apt install libc-bin");
  if (!bwrap || !prlimit || !libraries) return { missing };
  const root = process.getuid?.() === 0;
  return { layers: { bwrap, prlimit, node, libraries, architecture: arch, root }, missing };
}

function findProgram(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    "/usr/bin",
    "/bin",
    "/usr/local/bin",
  ];
  return folders
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

function librariesOf(program: string): string[] | undefined {
  const { status, stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
  // A static program has none.
  if (status !== 0)
    return /not a dynamic executable|statically linked/.test(stdout) ? [] : undefined;
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file]) => file);
}

/** Whether a user without rights can reach a file, going by the modes of its folders. */
export function isOpenToAll(file: string): boolean {
  if ((statSync(file).mode & 0o004) === 0) return false;
  for (let dir = dirname(file); ; dir = dirname(dir)) {
    if ((statSync(dir).mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}

/** Where the sandbox's own user could not reach Node, a copy that it can. */
export function reachableNode(layers: Layers, dir: string): Layers {
  if (!layers.root || isOpenToAll(layers.node)) return layers;
  const node = join(dir, "node");
  copyFileSync(layers.node, node, constants.COPYFILE_FICLONE);
  chmodSync(node, 0o755);
  return { ...layers, node };
}

const NODE_FLAGS = ["--disable-sigusr1", "--no-deprecation", "--v8-pool-size=1"];

// Node's own locks. The walls hold without them, but they spare the neighbors: with worker threads,
// one submission would take every core from the others.
const NODE_LOCKS = ["--permission", "--allow-fs-read=/app"];

// Node's threads and bubblewrap's two processes are about ten. Other graders on this machine may
// happen to use the same user.
const MOST_THREADS = 64;

// Threads that Node starts would each get a heap of 64 MiB reserved.
const ENVIRONMENT = { MALLOC_ARENA_MAX: "2", UV_THREADPOOL_SIZE: "1" };

const heapFlag = (limits: Limits): string => `--max-old-space-size=${limits.memoryMb}`;

/**
 * What the kernel counts as data for an idle Node, in bytes: some 550 MiB, nearly all of it address
 * space that V8 sets aside for machine code. The cap is set on top of it.
 */
export function idleData(layers: Layers, limits: Limits): number {
  const script =
    "process.stdout.write(require('node:fs').readFileSync('/proc/self/status', 'utf8'))";
  const { stdout } = spawnSync(layers.node, [...NODE_FLAGS, heapFlag(limits), "-e", script], {
    encoding: "utf8",
    env: ENVIRONMENT as NodeJS.Dict<string> as NodeJS.ProcessEnv,
  });
  const kib = /^VmData:\s+(\d+) kB$/m.exec(stdout)?.[1];
  if (!kib) throw new Error("Node does not say how much memory it uses when idle");
  return Number(kib) * 1024;
}

/** One sandbox to start. */
export interface Launch {
  layers: Layers;
  limits: Limits;
  /** From {@link idleData}. */
  idle: number;
  /** The folder that the program sees as /app. */
  app: string;
  /** The file in it to run. */
  entry: string;
  /** Which of the user ids it gets, from 0. */
  slot: number;
  /** Whether to leave out Node's own locks, so that it is the kernel that refuses. */
  unlocked?: boolean;
}

/** The command line of a sandbox: limits around namespaces around a filter around Node. */
export function sandboxCommand(launch: Launch): {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
} {
  const { layers, limits, idle, app, entry, slot, unlocked } = launch;
  // Graders beside this one begin elsewhere: a user's threads are counted together.
  const uid = FIRST_UID + ((process.pid * 31 + slot) % MOST_SLOTS);
  const binds = [layers.node, ...layers.libraries].flatMap((file, i) => [
    "--ro-bind",
    file,
    i === 0 ? "/node" : file,
  ]);
  const environment = Object.entries(ENVIRONMENT).flatMap(([name, value]) => [
    "--setenv",
    name,
    value,
  ]);
  return {
    command: layers.prlimit,
    args: [
      `--data=${idle + limits.memoryMb * 2 ** 20}`,
      // The first limit can be told from other ends: it sends SIGXCPU, the second SIGKILL.
      `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
      "--fsize=0",
      "--nofile=64",
      "--core=0",
      "--memlock=0",
      "--msgqueue=0",
      // Counted by user: only where the sandbox has a user of its own.
      ...(layers.root ? [`--nproc=${MOST_THREADS}`] : []),
      layers.bwrap,
      "--unshare-all",
      "--unshare-user",
      "--disable-userns",
      "--die-with-parent",
      "--new-session",
      "--cap-drop",
      "ALL",
      "--hostname",
      "gradus",
      "--clearenv",
      ...environment,
      ...binds,
      "--ro-bind",
      app,
      "/app",
      "--chdir",
      "/",
      "--remount-ro",
      "/",
      "--seccomp",
      "3",
      "--info-fd",
      "4",
      "/node",
      ...NODE_FLAGS,
      ...(unlocked ? [] : NODE_LOCKS),
      heapFlag(limits),
      `/app/${entry}`,
    ],
    ...(layers.root ? { uid, gid: uid } : {}),
  };
}
