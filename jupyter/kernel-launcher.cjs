// Starts tslab's stock kernel, adjusted from outside to what a Gradus notebook needs:
// strict TypeScript with today's module resolution, `gradus` importable wherever the notebook lies,
// errors that point at the line of the cell as it was written, display() with full mime bundles,
// kinds beside the names that Tab offers, and an end that leaves no process behind.
"use strict";

const Module = require("node:module");
const path = require("node:path");
const util = require("node:util");
const vm = require("node:vm");
const { Worker } = require("node:worker_threads");

const root = path.resolve(__dirname, "..");
const fromRoot = Module.createRequire(path.join(root, "package.json"));
const tslabDir = path.dirname(fromRoot.resolve("tslab/package.json"));
const fromTslab = Module.createRequire(path.join(tslabDir, "dist", "main.js"));
const inside = (folder, file) => !path.relative(folder, file).startsWith("..");

// ---------------------------------------------------------------- the compiler

const tsPath = fromTslab.resolve("@tslab/typescript-for-tslab");
const ts = fromTslab(tsPath);

/**
 * tslab finds a variable of an earlier cell wherever it is named, but not in the shorthand `{ name }`: here that is
 * written out.
 */
const expandShorthand = (checker) => (context) => (file) => {
  const { factory } = context;
  const visit = (node) => {
    const visited = ts.visitEachChild(node, visit, context);
    if (!ts.isShorthandPropertyAssignment(node)) return visited;
    const declared = checker.getShorthandAssignmentValueSymbol(node)?.declarations ?? [];
    if (!declared.some((one) => path.basename(one.getSourceFile().fileName) === "__prev__.d.ts"))
      return visited;
    const variable = factory.createPropertyAccessExpression(
      factory.createIdentifier("exports"),
      node.name.text,
    );
    const fallback = visited.objectAssignmentInitializer;
    const value = fallback ? factory.createAssignment(variable, fallback) : variable;
    const written = factory.createPropertyAssignment(node.name.text, ts.setTextRange(value, node));
    return ts.setTextRange(written, node);
  };
  return ts.visitNode(file, visit);
};

/** The source maps of the last cell compiled: cell → ES module → the script that runs. */
let lastCompiled = null;

const overrides = {
  createWatchCompilerHost(files, options, system, ...rest) {
    Object.assign(options, {
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      strict: true,
      lib: ["lib.es2023.d.ts"],
      // tslab brings the Node types that its compiler can read; newer ones are written for newer compilers.
      typeRoots: [
        path.join(tslabDir, "node_modules", "@types"),
        path.join(root, "node_modules", "@types"),
        path.join(__dirname, "types"),
      ],
      types: ["node", "libraries"],
      inlineSourceMap: true,
    });
    const host = ts.createWatchCompilerHost(files, options, system, ...rest);
    let created;
    Object.defineProperty(host, "afterProgramCreate", {
      set: (callback) => (created = callback),
      get: () => (builder) => {
        const { emit } = builder;
        builder.emit = (file, write, token, onlyTypes, transformers) => {
          const before = [expandShorthand(builder.getProgram().getTypeChecker())];
          return emit(file, write, token, onlyTypes, { ...transformers, before });
        };
        created(builder);
      },
    });
    // A notebook outside the repository finds the packages of Gradus all the same.
    if (!inside(root, process.cwd())) {
      const home = path.join(root, "notebooks", "cell.ts");
      host.resolveModuleNameLiterals = (literals, from, redirect, settings) =>
        literals.map(({ text }) => {
          const here = ts.resolveModuleName(text, from, settings, system, undefined, redirect);
          if (here.resolvedModule || text.startsWith(".")) return here;
          return ts.resolveModuleName(text, home, settings, system, undefined, redirect);
        });
    }
    return host;
  },

  /** tslab's last step, from ES modules to CommonJS; the source maps of both steps are kept for error messages. */
  transpileModule(source, settings) {
    const mark = "\n//# sourceMappingURL=data:application/json;base64,";
    const at = source.lastIndexOf(mark);
    if (at < 0) return ts.transpileModule(source, settings);
    const first = JSON.parse(
      Buffer.from(source.slice(at + mark.length), "base64").toString("utf8"),
    );
    const result = ts.transpileModule(source.slice(0, at), {
      ...settings,
      compilerOptions: { ...settings.compilerOptions, sourceMap: true },
    });
    const output = result.outputText.replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, "\n");
    lastCompiled = {
      output,
      lines: output.split("\n").length,
      toCell: new Module.SourceMap(first),
      toModule: new Module.SourceMap(JSON.parse(result.sourceMapText)),
    };
    return { ...result, outputText: output };
  },
};

// tslab copies the compiler's exports when it loads, so the changed ones must stand there before.
const compiler = {};
for (const name of Object.getOwnPropertyNames(ts))
  Object.defineProperty(compiler, name, {
    enumerable: true,
    configurable: true,
    ...(name in overrides
      ? { value: overrides[name] }
      : { get: () => ts[name], set: (value) => (ts[name] = value) }),
  });
require.cache[tsPath].exports = compiler;

// ---------------------------------------------------------------- running a cell

const scripts = new Map(); // script name → { maps, shift, code, cell }
let running = { cell: 0, code: "" };

// Each cell gets a name of its own, so that a stack tells in which cell a function was written.
const runInThisContext = vm.runInThisContext;
vm.runInThisContext = (code, options) => {
  const maps = lastCompiled;
  const shift = maps && typeof options === "object" ? code.indexOf(maps.output) : -1;
  if (shift < 0 || !code.startsWith("(")) return runInThisContext.call(vm, code, options);
  lastCompiled = null;
  const name = `gradus-cell-${scripts.size + 1}`;
  scripts.set(name, { maps, shift, ...running });
  return runInThisContext.call(vm, code, { ...options, filename: name });
};

/** A place in a running script → the place in its cell as it was written, or null. */
function place(name, line, column) {
  const script = scripts.get(name);
  // Below the cell's lines stands tslab's own call of it.
  if (!script || line > script.maps.lines) return null;
  const inModule = script.maps.toModule.findEntry(
    line - 1,
    column - 1 - (line === 1 ? script.shift : 0),
  );
  if (inModule.originalLine === undefined) return null;
  const inCell = script.maps.toCell.findEntry(inModule.originalLine, inModule.originalColumn);
  // tslab writes one line above every cell.
  if (inCell.originalLine === undefined || inCell.originalLine < 1) return null;
  return {
    cell: script.cell,
    code: script.code,
    line: inCell.originalLine,
    column: inCell.originalColumn + 1,
  };
}

const stackLine = /^\s*at (?:async )?(?:(.*?) \()?(gradus-cell-\d+):(\d+):(\d+)\)?$/;

/** The frames of an error that lie in cells, innermost first. */
function frames(error) {
  const found = [];
  for (const text of String(error.stack ?? "").split("\n")) {
    const match = stackLine.exec(text);
    const where = match && place(match[2], Number(match[3]), Number(match[4]));
    if (where)
      found.push({ ...where, name: match[1]?.replace(/^(Object|exports|Module|Proxy)\./, "") });
  }
  return found;
}

const paint = (code) => (text) => `\x1b[${code}m${text}\x1b[0m`;
const [red, dim, bold] = [paint("31"), paint("2"), paint("1")];

/** The line of the cell that is meant, with a caret under the column. */
function excerpt({ code, line, column }) {
  const text = code.split("\n")[line - 1];
  if (text === undefined) return [];
  const number = String(line).padStart(4);
  return [`${dim(`${number} │`)} ${text}`, `${dim("     │")} ${" ".repeat(column - 1)}${red("^")}`];
}

/** The failure of the cell that runs, in the words of Jupyter's protocol; null while all is well. */
let failure = null;

function fail(ename, evalue, traceback, where) {
  failure = { ename, evalue, traceback, where };
}

const interrupts = new Set(["ERR_SCRIPT_EXECUTION_INTERRUPTED"]);

/** tslab hands over every problem of a cell here: a thrown value, or a format and its parts for a compiler message. */
function report(first, ...rest) {
  if (first === "%s%d:%d - %s") {
    const [file, line, column, message] = rest;
    const where = { cell: running.cell, code: running.code, line, column };
    const headline = `${red(bold("TypeScript"))}: ${file}${message} ${dim(`(line ${line}, column ${column})`)}`;
    const lines = [headline, ...(file ? [] : excerpt(where))];
    if (failure?.ename === "TypeScript") failure.traceback.push("", ...lines);
    else fail("TypeScript", `${file}${message}`, lines, where);
    return;
  }
  if (interrupts.has(first?.code) || first?.message === "Interrupted asynchronously") {
    fail("Interrupted", "the cell was stopped", [
      `${red(bold("Interrupted"))}: the cell was stopped. What it did before stays.`,
    ]);
    return;
  }
  if (!util.types.isNativeError(first) && !(first instanceof Error)) {
    const shown = util.inspect(first);
    fail("Thrown", shown, [`${red(bold("Thrown"))}: ${shown} ${dim("(not an Error)")}`]);
    return;
  }
  const lines = [`${red(bold(first.name))}: ${first.message}`];
  for (
    let cause = first.cause, depth = 0;
    cause !== undefined && depth < 5;
    cause = cause?.cause, depth++
  )
    lines.push(
      `${dim("because of")} ${cause instanceof Error ? `${cause.name}: ${cause.message}` : util.inspect(cause)}`,
    );
  if (first instanceof AggregateError)
    for (const one of first.errors)
      lines.push(`  ${dim("·")} ${one?.name ?? ""}: ${one?.message ?? util.inspect(one)}`);
  const stack = frames(first);
  for (const [index, frame] of stack.slice(0, 12).entries()) {
    const cell = frame.cell === running.cell ? "" : ` of cell [${frame.cell}]`;
    lines.push(dim(`at ${frame.name ? `${frame.name}, ` : ""}line ${frame.line}${cell}`));
    if (index === 0 || frame.cell === running.cell) lines.push(...excerpt(frame));
  }
  if (stack.length > 12) lines.push(dim(`… and ${stack.length - 12} more calls`));
  fail(
    first.name,
    first.message,
    lines,
    stack.find((frame) => frame.cell === running.cell),
  );
}

/** The value of a cell's last line, as tslab hands it over. What gradus can show is shown; a handle of display() is not. */
const showLast = (print) => (value) => {
  if (typeof value?.update === "function" && typeof value.finish === "function") return;
  if (typeof value?.toMimeBundle === "function") display({ data: value.toMimeBundle() });
  else print(value);
};

const executor = fromTslab("./executor");
const createExecutor = executor.createExecutor;
executor.createExecutor = (folder, converters, output) =>
  createExecutor(folder, converters, { log: showLast(output.log), error: report });

// ---------------------------------------------------------------- the protocol

const jupyter = fromTslab("./jupyter");
const handler = jupyter.JupyterHandlerImpl.prototype;
const server = jupyter.ZmqServer.prototype;

const DELIMITER = Buffer.from("<IDS|MSG>");
/** What tslab understands. */
const known = new Set(
  ["kernel_info", "execute", "is_complete", "inspect", "complete", "comm_info", "shutdown"].map(
    (one) => `${one}_request`,
  ),
);

const handleKernel = handler.handleKernel;
handler.handleKernel = function () {
  const info = handleKernel.call(this);
  info.language_info.version = ts.version;
  info.banner = `TypeScript ${ts.version}, on Node ${process.versions.node}`;
  return info;
};

const handleExecuteImpl = handler.handleExecuteImpl;
handler.handleExecuteImpl = function (request, ...writers) {
  failure = null;
  running = { cell: this.execCount + 1, code: request.code };
  // A new one for each cell: by it gradus knows that what was interrupted is over.
  globalThis[Symbol.for("gradus.display")] = (message) => display(message);
  return handleExecuteImpl.call(this, request, ...writers);
};

/**
 * The cells that ran, oldest first, for whoever hands one in: what was run counts, not what was typed since. Each
 * cell once, with the code of its last run; a client that names no cells gives an entry for each run.
 */
const ran = [];
globalThis[Symbol.for("gradus.cells")] = ran;
const RAN_MOST = 1000;

/** Writes a run down; returns what tells how it ended. */
function noteRun(id, code) {
  const before = id === null ? -1 : ran.findIndex((one) => one.id === id);
  if (before >= 0) ran.splice(before, 1);
  if (ran.length >= RAN_MOST) ran.shift();
  const run = { id, code, state: "running" };
  ran.push(run);
  return (ok) => {
    run.state = ok ? "done" : "failed";
  };
}

const OUTPUT_LIMIT = 1 << 20; // characters a cell may print; what an endless loop prints beyond helps nobody
const FLUSH_EVERY = 50; // milliseconds

/** What a cell prints, gathered into few messages: one for each line would drown the connection. */
function printer(send) {
  let name = "";
  let waiting = "";
  let printed = 0;
  let flushed = 0;
  let timer = null;
  const flush = () => {
    clearTimeout(timer);
    timer = null;
    flushed = performance.now();
    if (waiting) send({ name, text: waiting });
    waiting = "";
  };
  const write = (to, text) => {
    if (printed > OUTPUT_LIMIT) return;
    printed += text.length;
    if (to !== name) flush();
    name = to;
    waiting += text;
    if (printed > OUTPUT_LIMIT) {
      flush();
      send({
        name: "stderr",
        text: "\nThe cell printed more than 1,000,000 characters; the rest is left out.\n",
      });
    } else if (performance.now() - flushed > FLUSH_EVERY) flush();
    else timer ??= setTimeout(flush, FLUSH_EVERY);
  };
  return { write, flush };
}

// Jupyter picks free ports a second before the kernel binds them; another program may be faster. tslab would then stay
// and hear nothing: ended, it is started again by Jupyter, with other ports.
const bindSocket = server.bindSocket;
server.bindSocket = async function (socket, port) {
  try {
    await bindSocket.call(this, socket, port);
  } catch (error) {
    console.error(`The kernel cannot listen on port ${port}: ${error.message}`);
    process.exit(1);
  }
};

// A full queue must not swallow messages: without the one that says "idle", a cell would seem to run forever.
const sockets = new WeakMap();
Object.defineProperty(server, "iopub", {
  get() {
    return sockets.get(this);
  },
  set(socket) {
    socket.sendHighWaterMark = 0;
    sockets.set(this, socket);
  },
});

// After a failed cell, cells that were sent along with it (Run All) must not run, but one that is sent because of it
// must. tslab turns away everything for 200 ms; here only what was on its way already.
fromTslab("./util").TaskQueue.prototype.reset = function () {
  this.prev = Promise.resolve();
};
let failed = { at: Number.NEGATIVE_INFINITY, date: 0 };
function sentBeforeFailure({ header }) {
  // Should a browser's clock be behind, it is believed for no more than a moment.
  return performance.now() - failed.at < 1000 && Date.parse(header.date) < failed.date;
}

// tslab answers a failed cell with a bare "error"; Jupyter wants to know which, and shows it in its own way.
server.handleExecute = async function (socket, message) {
  const send = (to, type, content) => {
    const reply = message.createReply();
    reply.header.msg_type = type;
    reply.content = content;
    reply.signAndSend(this.connInfo.key, to);
  };
  if (sentBeforeFailure(message)) return send(socket, "execute_reply", { status: "aborted" });
  const { write, flush } = printer((text) => send(this.iopub, "stream", text));
  const cellId = message.metadata?.cellId;
  const ended = noteRun(typeof cellId === "string" ? cellId : null, String(message.content.code));
  const content = await this.handler.handleExecute(message.content, write, (data, update) => {
    flush();
    send(this.iopub, update ? "update_display_data" : "display_data", data);
  });
  flush();
  ended(content.status === "ok");
  if (content.status === "abort") content.status = "aborted";
  if (content.status === "error" && message.content.stop_on_error !== false)
    failed = { at: performance.now(), date: Date.now() };
  if (content.status === "error" && failure) {
    const { ename, evalue, traceback, where } = failure;
    send(this.iopub, "error", { ename, evalue, traceback });
    Object.assign(content, { ename, evalue, traceback });
    if (where) content.place = { line: where.line, column: where.column };
  }
  send(socket, "execute_reply", content);
};

// The class of tslab's messages is not exported; every client's first message brings one along.
let Message = null;
const handleKernelInfo = server.handleKernelInfo;
server.handleKernelInfo = function (socket, message) {
  Message = message.constructor;
  handleKernelInfo.call(this, socket, message);
};

// What tslab does not understand it complains about, in the output of the cell that ran last. JupyterLab asks for the
// history of earlier sessions, which is not kept: an empty one is the answer. Anything else is passed over.
const handleShellMessage = server.handleShellMessage;
server.handleShellMessage = function (socket, ...parts) {
  const at = parts.findIndex((part) => part.equals(DELIMITER));
  const type = JSON.parse(parts[at + 2].toString()).msg_type;
  if (known.has(type) || !Message) return handleShellMessage.call(this, socket, ...parts);
  const message = Message.fromRaw(this.connInfo.key, parts);
  this.publishStatus("busy", message);
  if (type === "history_request") {
    const reply = message.createReply();
    reply.header.msg_type = "history_reply";
    reply.content = { status: "ok", history: [] };
    reply.signAndSend(this.connInfo.key, socket);
  }
  this.publishStatus("idle", message);
  return Promise.resolve();
};

// tslab gives this answer the wrong name.
server.handleCommInfoRequest = function (socket, message) {
  const reply = message.createReply();
  reply.header.msg_type = "comm_info_reply";
  reply.content = { status: "ok", comms: {} };
  reply.signAndSend(this.connInfo.key, socket);
};

handler.handleComplete = function (request) {
  const { start, end, candidates, original } = this.executor.complete(
    request.code,
    request.cursor_pos,
  );
  const kinds = new Map((original?.entries ?? []).map((entry) => [entry.name, entry.kind]));
  return {
    status: "ok",
    cursor_start: start,
    cursor_end: end,
    matches: candidates,
    metadata: {
      _jupyter_types_experimental: candidates.map((text) => ({
        text,
        type: kinds.get(text) ?? "",
        start,
        end,
      })),
    },
  };
};

// A timer that a cell left running must not keep a closed kernel alive.
const close = server.close;
server.close = function () {
  close.call(this);
  setTimeout(() => process.exit(0), 300).unref();
};

/** gradus's display() finds its way out here. */
function display({ data, metadata = {}, displayId, update = false }) {
  const transient = displayId === undefined ? {} : { display_id: displayId };
  jupyter.lastWriteDisplayData?.({ data, metadata, transient }, update);
}

// Should Jupyter die without a word, the kernel follows, even out of an endless loop.
const watch = `
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 1000);
`;
new Worker(watch, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();

process.env.NODE_PATH = [process.env.NODE_PATH, path.join(root, "node_modules")]
  .filter(Boolean)
  .join(path.delimiter);
Module._initPaths();

fromTslab("./main").startKernel({ configPath: process.argv[2], enableFindLocal: false });
