/** The trusted side's view of the learner's code: questions go out, data comes back. */
import {
  decodeFrame,
  encodeFrame,
  FrameError,
  type Incoming,
  isCount,
  type Json,
  Reference,
} from "./codec.ts";
import { LearnerError, type LearnerErrorKind, LearnerGone, learnerErrorKinds } from "./errors.ts";
import type { Connection, Ending } from "./types.ts";

/**
 * The learner's code. What crosses is data: numbers, texts, lists, plain objects, Maps, Sets, typed
 * arrays, tensors. Anything else comes back as an `Opaque`, which no assertion accepts.
 */
export interface Learner {
  /** Calls the function of that name and awaits what it returns. */
  call(name: string, ...args: unknown[]): Promise<unknown>;
  /** Makes an object: `new Perceptron(2)`. It stays with the learner; this is a handle to it. */
  create(className: string, ...args: unknown[]): Promise<LearnerObject>;
  /** The value of a constant or variable at the top level. */
  get(name: string): Promise<unknown>;
  /**
   * Runs a small function inside the learner's realm, for what must happen there, as a training
   * loop: `run((scope, gradus, x) => scope.fit(x), x)`. It is sent as text, so it may use nothing
   * but its arguments: the learner's definitions by name, the library, and data.
   */
  run(driver: string | Driver, ...args: unknown[]): Promise<unknown>;
}

/** A function that runs on the learner's side; nothing there has a type that one could rely on. */
// biome-ignore lint/suspicious/noExplicitAny: the learner's definitions may be anything
export type Driver = (scope: any, gradus: any, ...args: any[]) => unknown;

/** An object on the learner's side. It may be passed back as an argument. */
export interface LearnerObject {
  call(method: string, ...args: unknown[]): Promise<unknown>;
  get(field: string): Promise<unknown>;
  set(field: string, value: unknown): Promise<void>;
}

/** What the learner's side needs in order to be ready. */
export interface Program {
  /** TypeScript source; null where the learner's side has its definitions already. */
  source: string | null;
  /** The names that the code should define. */
  defines: readonly string[];
  /** Names of the library that it may not use. */
  forbids: readonly string[];
}

/** How much printed text is kept. */
export const OUTPUT_KEPT = 64 * 1024;
// An honest host sends far less than this, even where each character takes six bytes; see realm.ts.
const OUTPUT_FRAMES = 4096;
const OUTPUT_BYTES = 1024 * 1024;
const REPLY_FIELDS = ["id", "value", "error"];

interface Pending {
  resolve: (reply: Incoming) => void;
  reject: (error: Error) => void;
}

/** One conversation with one fresh learner's side. */
export class Session {
  private readonly connection: Connection;
  private readonly pending = new Map<number, Pending>();
  private readonly handles = new WeakMap<object, Reference>();
  private nextId = 1;
  private outputFrames = 0;
  private outputBytes = 0;
  private outputChars = 0;
  private unseen = 0;
  private printed: string[] = [];
  private gone: LearnerGone | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.listen(
      (frame) => this.receive(frame),
      (ending) => this.end(ending),
    );
  }

  /** How many questions are not answered yet. */
  get open(): number {
    return this.pending.size;
  }

  /** The last value that the learner's code gave back. */
  last: { value: unknown } | undefined;

  /** What the learner's code printed so far. */
  get output(): string {
    const text = this.printed.join("");
    return this.unseen > 0 ? `${text}\n… and ${this.unseen} more characters\n` : text;
  }

  /** Evaluates the learner's code; throws {@link LearnerError} where it cannot be. */
  async load({ source, defines, forbids }: Program): Promise<void> {
    await this.ask({ do: "load", source, defines: [...defines], forbids: [...forbids] });
  }

  /** The learner as checks see it. */
  readonly learner: Learner = {
    call: (name, ...args) => noted(this.askValue({ do: "call", name }, { args })),
    get: (name) => noted(this.askValue({ do: "get", name })),
    run: (driver, ...args) => noted(this.askValue({ do: "run", driver: String(driver) }, { args })),
    create: (className, ...args) => noted(this.create(className, args)),
  };

  private async create(className: string, args: unknown[]): Promise<LearnerObject> {
    const id = this.nextId;
    await this.ask({ do: "create", name: className }, { args });
    const object: LearnerObject = {
      call: (name, ...rest) => noted(this.askValue({ do: "invoke", on: id, name }, { args: rest })),
      get: (name) => noted(this.askValue({ do: "read", on: id, name })),
      set: (name, value) =>
        noted(this.ask({ do: "write", on: id, name }, { value }).then(() => undefined)),
    };
    this.handles.set(object, new Reference(id, className));
    return object;
  }

  /** Ends the conversation: every open and later question is answered by this. */
  end(ending: Ending): void {
    if (this.gone) return;
    this.gone = new LearnerGone(ending);
    for (const { reject } of this.pending.values()) reject(this.gone);
    this.pending.clear();
  }

  private async askValue(
    message: Record<string, Json>,
    values?: Record<string, unknown>,
  ): Promise<unknown> {
    const reply = await this.ask(message, values);
    try {
      this.last = { value: reply.value("value") };
      return this.last.value;
    } catch (error) {
      throw this.breach(error);
    }
  }

  private ask(message: Record<string, Json>, values?: Record<string, unknown>): Promise<Incoming> {
    if (this.gone) return Promise.reject(this.gone);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const frame = encodeFrame({ message: { id, ...message }, values }, (value) =>
        this.handles.get(value),
      );
      this.pending.set(id, { resolve, reject });
      this.connection.send(frame);
    });
  }

  private receive(frame: Uint8Array): void {
    if (this.gone) return;
    try {
      // Reading a frame takes time of ours: nobody may send large ones that answer no question.
      if (this.pending.size === 0) this.countOutput(frame);
      const incoming = decodeFrame(frame, { bare: true });
      const { message } = incoming;
      if (typeof message.output === "string") {
        if (this.pending.size > 0) this.countOutput(frame);
        this.print(message.output, message.unseen);
      } else this.settle(incoming, message);
    } catch (error) {
      this.breach(error);
    }
  }

  private countOutput(frame: Uint8Array): void {
    this.outputBytes += frame.byteLength;
    this.outputFrames += 1;
    if (this.outputBytes > OUTPUT_BYTES || this.outputFrames > OUTPUT_FRAMES)
      throw new FrameError("a flood of output");
  }

  private settle(incoming: Incoming, message: Incoming["message"]): void {
    if (!Object.keys(message).every((field) => REPLY_FIELDS.includes(field)))
      throw new FrameError("an answer with more to it");
    const { id, error } = message;
    const pending = isCount(id) ? this.pending.get(id) : undefined;
    if (!pending) throw new FrameError("an answer that nobody asked for");
    const problem = error === undefined ? undefined : readError(error);
    this.pending.delete(id as number);
    if (problem) pending.reject(problem);
    else pending.resolve(incoming);
  }

  private print(text: string, unseen: Json | undefined): void {
    if (isCount(unseen)) this.unseen = unseen;
    const room = OUTPUT_KEPT - this.outputChars;
    const kept = text.slice(0, Math.max(0, room));
    this.outputChars += kept.length;
    this.unseen += text.length - kept.length;
    if (kept) this.printed.push(kept);
  }

  /** What arrived is nothing that a host would send: the conversation is over. */
  private breach(error: unknown): LearnerGone {
    if (!(error instanceof FrameError)) throw error;
    this.end({ kind: "protocol", message: `the program broke the protocol: ${error.message}` });
    void this.connection.close();
    return this.gone!;
  }
}

/**
 * An answer that a check may not wait for: it asked for two at once, and the first has already
 * failed. Node ends a process in which nobody hears of a failure.
 */
function noted<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {});
  return answer;
}

function readError(error: Json): LearnerError {
  if (typeof error !== "object" || error === null || Array.isArray(error))
    throw new FrameError("a malformed error");
  const { kind, thrown, message, line, column } = error;
  if (!learnerErrorKinds.includes(kind as LearnerErrorKind))
    throw new FrameError("an unknown kind of error");
  if (typeof thrown !== "string" || typeof message !== "string")
    throw new FrameError("a malformed error");
  return new LearnerError(
    kind as LearnerErrorKind,
    thrown.slice(0, 100),
    message.slice(0, 2000),
    isCount(line) ? line : undefined,
    isCount(column) ? column : undefined,
  );
}
