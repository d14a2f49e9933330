/**
 * What a program that has all of Node tries with it. Each runs as the body of an async function, with
 * `node(name)` for Node's modules and `host` for its process; what it returns or throws is what it got.
 */
export interface Try {
  name: string;
  code: string;
  /** What it must get. */
  gets: RegExp;
}

const no =
  /refused: (EPERM|EACCES|EROFS|ENOENT|ESRCH|ENOSYS|ERR_ACCESS_DENIED|ERR_DLOPEN_DISABLED|ERR_SYSTEM_ERROR|EAI_AGAIN|ECANCELLED|ENOTFOUND)/;

const tries = (list: readonly (readonly [name: string, code: string, gets?: RegExp])[]): Try[] =>
  list.map(([name, code, gets = no]) => ({ name, code, gets }));

/** @param repository the course's own folder, which only a hole could show */
export const reads = (repository: string, canaries: readonly string[]): Try[] =>
  tries([
    ["lists the root folder", `return node("fs").readdirSync("/");`],
    ["lists the home folder", `return node("fs").readdirSync("/root");`],
    ["reads accounts", `return node("fs").readFileSync("/etc/passwd", "utf8");`],
    [
      "reads the hidden checks where they lie",
      `return node("fs").readFileSync(${JSON.stringify(`${repository}/tests/sandbox/fixtures/exercises/average/hidden.ts`)}, "utf8");`,
    ],
    [
      "climbs out of its folder",
      `return node("fs").readdirSync("/app/../../../..${repository}/exercises");`,
    ],
    [
      "reads its own environment as a file",
      `return node("fs").readFileSync("/proc/self/environ");`,
    ],
    [
      "reads its parent's environment",
      `return node("fs").readFileSync("/proc/" + host.ppid + "/environ");`,
    ],
    ["reads its parent's memory map", `return node("fs").readFileSync("/proc/1/maps");`],
    [
      "opens its parent's memory",
      `return node("fs").openSync("/proc/" + host.ppid + "/mem", "r+");`,
    ],
    ["opens its parent's files", `return node("fs").readdirSync("/proc/1/fd");`],
    ["lists other processes", `return node("fs").readdirSync("/proc");`],
    [
      "finds other processes by signals",
      `const found = []; for (let pid = 1; pid < 300; pid++) try { host.kill(pid, 0); found.push(pid); } catch {} return "found " + found.length;`,
      /^found 0$/,
    ],
    ["looks for memory that others share", `return node("fs").readdirSync("/dev/shm");`],
    ["looks for files that others left", `return node("fs").readdirSync("/tmp");`],
    [
      "reads the environment",
      `return Object.keys(host.env).filter((key) => !/^(MALLOC_ARENA_MAX|UV_THREADPOOL_SIZE|PWD)$/.test(key)).join() || "nothing";`,
      /^nothing$/,
    ],
    ["reads its command line", `return host.argv.join(" ");`, /^\/node \/app\/program\.cjs$/],
    ["asks for the machine's name", `return node("os").hostname();`, /^gradus$/],
    ["asks who runs it", `return node("os").userInfo().username;`],
    [
      "asks for the network's addresses",
      `return JSON.stringify(node("os").networkInterfaces());`,
      /refused|^\{\}$/,
    ],
    [
      "looks through its open files",
      `const fs = node("fs"); const found = []; for (let fd = 0; fd < 64; fd++) try { const s = fs.fstatSync(fd); const ownRoot = s.isDirectory() && s.ino === 2 && s.uid === host.getuid(); if (s.isFile() || (s.isDirectory() && !ownRoot) || (fd > 2 && s.isSocket())) found.push(fd); } catch {} return "found " + found.join();`,
      /^found $/,
    ],
    [
      "lists what it was given",
      `return node("fs").readdirSync("/app").sort().join(" ");`,
      /^probe-program\.cjs program\.cjs realm\.cache realm\.js types-program\.cjs types\.json typescript\.js$/,
    ],
    [
      "searches it for hidden checks and solutions",
      `const fs = node("fs"); return "searched " + fs.readdirSync("/app").filter((name) => ${JSON.stringify(canaries)}.some((text) => fs.readFileSync("/app/" + name, "utf8").includes(text))).join();`,
      /^searched $/,
    ],
    [
      "has Node write a report on itself",
      `const { environmentVariables = {}, header } = host.report.getReport(); return Object.keys(environmentVariables).filter((key) => !/^(MALLOC_ARENA_MAX|UV_THREADPOOL_SIZE|PWD)$/.test(key)).join() + header.host + JSON.stringify(header.networkInterfaces ?? []);`,
      /^gradus\[\]$|refused/,
    ],
  ]);

const connects = (code: string): string =>
  `return await new Promise((resolve, reject) => { ${code}.on("error", reject); setTimeout(() => resolve("silence"), 300); });`;

export const acts: Try[] = tries([
  ["starts a program", `return String(node("child_process").spawnSync("/node", ["-v"]).stdout);`],
  ["starts a shell", `return node("child_process").execSync("id");`],
  [
    "forks itself",
    connects(
      `node("child_process").fork("/app/program.cjs").on("spawn", () => resolve("spawned"))`,
    ),
  ],
  ["forks as a cluster", connects(`node("cluster").fork().on("online", () => resolve("online"))`)],
  [
    "starts a thread",
    `new (node("worker_threads").Worker)("for (;;);", { eval: true }); return "started";`,
  ],
  ["loads a native addon", `host.dlopen({ exports: {} }, "/node"); return "loaded";`],
  ["reaches for Node's bindings", `return Object.keys(host.binding("spawn_sync"));`],
  [
    "opens the debugger",
    `node("inspector").open(0, "0.0.0.0"); return node("inspector").url();`,
    /refused|undefined/,
  ],
  [
    "starts a WASI program on the root folder",
    `return new (node("wasi").WASI)({ version: "preview1", preopens: { "/": "/" } }) && "made";`,
  ],
  [
    "opens a database file",
    `new (node("sqlite").DatabaseSync)("/tmp/x.db"); return "opened";`,
    /refused/,
  ],
  [
    "writes into its program",
    `node("fs").writeFileSync("/app/program.cjs", "x"); return "written";`,
  ],
  ["writes a temporary file", `node("fs").writeFileSync("/tmp/x", "x"); return "written";`],
  ["writes a file of memory", `return node("v8").writeHeapSnapshot("/app/x.heapsnapshot");`],
  ["makes a folder", `return node("fs").mkdirSync("/app/x");`],
  ["links to the root", `node("fs").symlinkSync("/", "/app/x"); return "linked";`],
  [
    "links its pipe elsewhere",
    `node("fs").linkSync("/app/program.cjs", "/app/x"); return "linked";`,
  ],
  ["renames its program", `node("fs").renameSync("/app/program.cjs", "/app/x"); return "renamed";`],
  ["makes its program empty", `node("fs").truncateSync("/app/realm.js", 0); return "emptied";`],
  ["changes who may write", `node("fs").chmodSync("/app", 0o777); return "changed";`],
  [
    "connects to the machine",
    connects(`node("net").connect(80, "127.0.0.1").on("connect", () => resolve("connected"))`),
  ],
  [
    "connects to the database",
    connects(`node("net").connect(5432, "127.0.0.1").on("connect", () => resolve("connected"))`),
  ],
  [
    "connects to a socket by name",
    connects(`node("net").connect("\\0x").on("connect", () => resolve("connected"))`),
  ],
  ["listens", connects(`node("net").createServer().listen(0, () => resolve("listening"))`)],
  [
    "sends a datagram",
    connects(`node("dgram").createSocket("udp4").on("listening", () => resolve("bound")).bind(0)`),
  ],
  ["asks for a name", `return await node("dns").promises.resolve4("example.org");`, /refused/],
  ["gets a page", connects(`node("http").get("http://1.1.1.1/", () => resolve("got"))`)],
  ["kills the sandbox's first process", `return host.kill(1, "SIGKILL");`],
  ["kills its parent", `return host.kill(host.ppid, "SIGKILL");`],
  ["kills everybody", `return host.kill(-1, "SIGKILL");`],
  ["becomes root", `host.setuid(0); return "root";`],
  ["leaves its group", `host.setgroups([0]); return "left";`],
  ["goes before others", `node("os").setPriority(0, -20); return "before";`],
  [
    "asks another process for a debugger",
    `host._debugProcess(1); return "asked";`,
    /refused|asked/,
  ],
  [
    "takes more threads for Node's pool",
    `host.env.UV_THREADPOOL_SIZE = "64"; const began = performance.now(); const before = host.cpuUsage(); await Promise.all(Array.from({ length: 8 }, () => new Promise((resolve) => node("crypto").pbkdf2("a", "b", 60000, 64, "sha512", resolve)))); const { user, system } = host.cpuUsage(before); return "cores " + Math.ceil((user + system) / 1000 / (performance.now() - began) - 0.3);`,
    /^cores [01]$/,
  ],
]);
