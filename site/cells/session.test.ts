import { afterEach, describe, expect, test } from "vitest";
import { Outbox } from "./outbox.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { createRuntime } from "./runtime.ts";
import { type CellWorker, Session } from "./session.ts";

/** The worker's own parts, in this thread: what it says arrives a turn later, as from a worker. */
class InThread implements CellWorker {
  onmessage: CellWorker["onmessage"] = null;
  onerror: CellWorker["onerror"] = null;
  ended = false;
  private run = 0;
  private arrived: (message: ToWorker) => void = () => {};
  private readonly outbox = new Outbox((outputs) =>
    this.say({ type: "output", run: this.run, outputs }),
  );
  private readonly runtime = createRuntime({
    modules: {},
    show: (value) => this.outbox.text("stdout", `${value}\n`),
  });

  async postMessage(message: ToWorker): Promise<void> {
    const scope = globalThis as Record<string, unknown>;
    if (message.type !== "run") {
      this.arrived(message);
      return;
    }
    const { run, id, source } = message;
    // As a real worker asks, for the library and for its files.
    const asking = (type: "pack" | "code") => (name: string) =>
      new Promise((settle) => {
        this.arrived = settle;
        this.say({ type, name });
      });
    scope.pack = asking("pack");
    scope.code = asking("code");
    scope.print = (text: string) => this.outbox.text("stdout", text);
    scope.show = (value: string, displayId: string, update = false) =>
      this.outbox.display({ kind: "display", data: { "text/plain": value }, displayId, update });
    this.outbox.start();
    this.run = run;
    const failure = await this.runtime.run(id, source);
    this.outbox.flush();
    this.say({ type: "done", run, milliseconds: 1, failure });
  }

  terminate(): void {
    this.ended = true;
  }

  private say(data: FromWorker): void {
    setTimeout(() => this.ended || this.onmessage?.({ data }));
  }
}

const workers: InThread[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.terminate();
});

const noPack = async (name: string): Promise<Uint8Array> => {
  throw new Error(`no pack ${name} here`);
};

function page(cells: Record<string, string>, fetchPack = noPack): Session {
  const createWorker = () => {
    workers.push(new InThread());
    return workers.at(-1) as InThread;
  };
  const code = async (name: string) => `the text of ${name}`;
  const session = new Session("test", createWorker, { pack: fetchPack, code });
  for (const [id, source] of Object.entries(cells)) session.register(id, source, []);
  return session;
}

const settled = async (session: Session): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  while (session.busy) await new Promise((resolve) => setTimeout(resolve, 5));
};

const textOf = (session: Session, id: string): string =>
  session
    .state(id)
    .outputs.map((output) => (output.kind === "stream" ? output.text : output.data["text/plain"]))
    .join("|");

describe("a page's cells", () => {
  test("run from the top in order, and share what they declare", async () => {
    const session = page({ a: "const x = 2;", b: "const y = x + 1;", c: "print(String(x * y));" });
    session.runThrough("c");
    await settled(session);
    expect(textOf(session, "c")).toBe("6");
    expect(workers).toHaveLength(1);
  });

  test("stop where one fails; what waits behind it says so and did not run", async () => {
    const session = page({ a: "throw new Error('no');", b: "print('ran');" });
    session.runThrough("b");
    await settled(session);
    expect(session.state("a")).toMatchObject({
      status: "failed",
      failure: { message: "no", line: 1 },
    });
    expect(session.state("b")).toMatchObject({
      status: "idle",
      note: expect.stringContaining("a cell above failed"),
    });
    expect(textOf(session, "b")).toBe("");
  });

  test("stopping ends the worker, says what is lost, and the next run has a fresh one", async () => {
    const session = page({ a: "await new Promise(() => {});", b: "print('fresh');" });
    session.run("a");
    session.run("b");
    await new Promise((resolve) => setTimeout(resolve, 20));
    session.stop();
    expect(workers[0].ended).toBe(true);
    expect(session.state("a")).toMatchObject({
      status: "stopped",
      note: expect.stringContaining("Stopped"),
    });
    expect(session.state("b").status).toBe("idle");
    session.run("b");
    await settled(session);
    expect(textOf(session, "b")).toBe("fresh");
    expect(workers).toHaveLength(2);
  });

  test("a worker that is lost fails the cell that ran, in words", async () => {
    const session = page({ a: "await new Promise(() => {});" });
    session.run("a");
    await new Promise((resolve) => setTimeout(resolve, 20));
    workers[0].onerror?.({ message: "out of memory" });
    expect(session.state("a")).toMatchObject({
      status: "failed",
      note: expect.stringContaining("memory"),
    });
  });

  test("a cell gets the data it asks for, or learns why there is none", async () => {
    const asked: string[] = [];
    const fetchPack = async (name: string) => {
      asked.push(name);
      return name === "mnist" ? Uint8Array.of(1, 2, 3) : noPack(name);
    };
    const cells = {
      a: "print(String((await pack('mnist')).answer));",
      b: "print((await pack('mnits')).error);",
    };
    const session = page(cells, fetchPack);
    session.runThrough("b");
    await settled(session);
    expect(textOf(session, "a")).toBe("1,2,3");
    expect(textOf(session, "b")).toBe("no pack mnits here");
    expect(asked).toEqual(["mnist", "mnits"]);
  });

  test("a file of the library comes as text", async () => {
    const session = page({ a: "print((await code('io.js')).answer);" });
    session.run("a");
    await settled(session);
    expect(textOf(session, "a")).toBe("the text of io.js");
  });

  test("asked for often, data is fetched once at a time; what comes after a stop is not handed on", async () => {
    const fetches: ((bytes: Uint8Array) => void)[] = [];
    const fetchPack = () => new Promise<Uint8Array>((resolve) => fetches.push(resolve));
    const session = page(
      { a: "for (let i = 0; i < 9; i++) pack('mnist'); await pack('mnist');", b: "print('b');" },
      fetchPack,
    );
    session.run("a");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fetches).toHaveLength(1);
    session.stop();
    session.run("b");
    const posted: ToWorker[] = [];
    workers[0].postMessage = async (message) => void posted.push(message);
    workers[1].postMessage = async (message) => void posted.push(message);
    fetches[0](Uint8Array.of(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(posted).toEqual([]);
  });

  test("a display is replaced where it stands, also from a cell below", async () => {
    const session = page({ a: "show('one', 'd'); print('after');", b: "show('two', 'd', true);" });
    session.runThrough("b");
    await settled(session);
    expect(textOf(session, "a")).toBe("two|after");
    expect(textOf(session, "b")).toBe("");
  });

  test("an edit makes outputs stale by its source; a reset brings the chapter's code back", () => {
    const session = page({ a: "1" });
    session.edit("a", "2");
    expect(session.state("a")).toMatchObject({ source: "2", ranSource: "1" });
    session.reset("a");
    expect(session.state("a")).toMatchObject({ source: "1", ranSource: "1" });
  });

  test("a press while the cell runs does not run it twice", async () => {
    const session = page({ a: "print('x');" });
    session.run("a");
    session.run("a");
    await settled(session);
    expect(textOf(session, "a")).toBe("x");
  });
});
