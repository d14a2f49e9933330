/**
 * The program that runs inside the sandbox, one per submission: keeps a fresh realm for the check at
 * hand and carries frames between it and the pipe. It is not trusted: code in a realm may get out
 * into it. Bundled into one CommonJS file beside `realm.js`.
 */
import { access, readFileSync, writeSync } from "node:fs";
import vm from "node:vm";
import { PacketReader, packHead } from "./pipe.ts";
import type { Lent } from "./realm-main.ts";

const { stdin } = process;
const now = performance.now.bind(performance);
const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;
const read = (file: string): Buffer | undefined => {
  try {
    return readFileSync(`${__dirname}/${file}`);
  } catch {
    return undefined;
  }
};

const script = new vm.Script(read("realm.js")!.toString("utf8"), {
  filename: "realm.js",
  cachedData: read("realm.cache"),
});

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

function send(realm: number, frame: Uint8Array): void {
  write(packHead(realm, frame.length));
  write(frame);
}

interface OpenRealm {
  receive: (frame: ArrayBuffer) => void;
  close: () => void;
}

function openRealm(number: () => number): OpenRealm {
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
  const timers = new Map<number, NodeJS.Timeout>();
  let nextTimer = 1;
  let open = true;
  const lent: Lent = {
    post: (frame) => {
      if (open) send(number(), frame);
    },
    setTimer: (run, ms) => {
      const id = nextTimer++;
      const fire = (): void => {
        timers.delete(id);
        run();
      };
      timers.set(id, setTimer(fire, ms));
      return id;
    },
    clearTimer: (id) => {
      clearTimer(timers.get(id));
      timers.delete(id);
    },
    now,
  };
  const start = (script.runInContext(context) as { start: (lent: Lent) => OpenRealm["receive"] })
    .start;
  return {
    receive: start(lent),
    close: () => {
      open = false;
      for (const timer of timers.values()) clearTimer(timer);
    },
  };
}

let current = 0;
let realm = openRealm(() => current);
let used = false;

const reader = new PacketReader();
stdin.on("data", (piece: Buffer) => {
  for (const { realm: number, bytes } of reader.push(piece)) {
    if (number !== current) {
      // The realm made beforehand serves the first check.
      if (used) {
        realm.close();
        realm = openRealm(() => current);
      }
      used = true;
      current = number;
    }
    // An empty packet opens a realm, and is answered by one.
    if (bytes.length === 0) send(current, bytes);
    else realm.receive(new Uint8Array(bytes).buffer);
  }
});

// The learner's code may throw where nobody waits for it, or leave a rejected promise behind.
process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});

// The first that asks for Node's pool of threads settles how many there are: the one of the environment.
access(__filename, () => {});

// Code that gets out of its realm finds less here.
for (const name of [
  "process",
  "fetch",
  "WebSocket",
  "EventSource",
  "Worker",
  "navigator",
  "Buffer",
])
  Reflect.deleteProperty(globalThis, name);

send(0, new Uint8Array(0));
