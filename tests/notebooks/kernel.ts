// The real kernel, driven as Jupyter drives it.
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { jupyterEnvironment, python } from "../../jupyter/lab.mjs";
import { repository } from "./course.ts";

export interface KernelOutput {
  type: string;
  /** Seconds after the cell began. */
  at: number;
  name?: string;
  text?: string;
  data?: Record<string, unknown>;
  transient?: { display_id?: string };
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

export interface Executed {
  reply: {
    status: string;
    ename?: string;
    evalue?: string;
    place?: { line: number; column: number };
  };
  outputs: KernelOutput[];
  seconds: number;
}

export interface Completion {
  matches: string[];
  cursor_start: number;
  cursor_end: number;
  metadata: { _jupyter_types_experimental: { text: string; type: string }[] };
}

export class Kernel {
  readonly process: ChildProcess;
  /** Process id of the kernel itself. */
  pid = 0;
  private readonly lines: AsyncIterator<string>;

  private constructor(cwd: string, state: string) {
    this.process = spawn(python, [path.join(repository, "tests/notebooks/kernel.py"), cwd], {
      env: { ...process.env, ...jupyterEnvironment({ state }) },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts a kernel in `cwd`; `state` is a folder for Jupyter's own files. */
  static async start(cwd: string, state: string): Promise<Kernel> {
    const kernel = new Kernel(cwd, state);
    const { pid } = (await kernel.answer()) as { pid: number };
    kernel.pid = pid;
    return kernel;
  }

  private async answer(): Promise<unknown> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error("the kernel's driver has ended");
    return JSON.parse(value);
  }

  private ask(order: object): Promise<unknown> {
    this.process.stdin!.write(`${JSON.stringify(order)}\n`);
    return this.answer();
  }

  /** Runs a cell; with `interruptAfter`, interrupts it that many seconds after it began. */
  async execute(code: string, interruptAfter?: number): Promise<Executed> {
    return (await this.ask({ do: "execute", code, interrupt_after: interruptAfter })) as Executed;
  }

  /** Sends cells at once, as Run All does, and says how each ended. */
  executeAll(codes: string[]): Promise<string[]> {
    return this.ask({ do: "execute_all", codes }) as Promise<string[]>;
  }

  /** Completion at the end of the code. */
  complete(code: string): Promise<Completion> {
    return this.ask({ do: "complete", code, position: code.length }) as Promise<Completion>;
  }

  /** What is shown for the name at the end of the code. */
  async inspect(code: string): Promise<string> {
    const info = (await this.ask({ do: "inspect", code, position: code.length })) as {
      data: Record<string, string>;
    };
    return info.data["text/plain"] ?? "";
  }

  /** Closes the kernel as Jupyter does. Returns the seconds it took. */
  async close(): Promise<number> {
    const { seconds } = (await this.ask({ do: "shutdown" })) as { seconds: number };
    return seconds;
  }
}

/** What a cell printed. */
export const printed = ({ outputs }: Executed, name = "stdout"): string =>
  outputs
    .map((output) => (output.type === "stream" && output.name === name ? output.text : ""))
    .join("");

/** The error a cell ended with, without colors. */
export const errorText = ({ outputs }: Executed): string =>
  (outputs.find(({ type }) => type === "error")?.traceback ?? [])
    .join("\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins every color
    .replace(/\x1b\[[0-9;]*m/g, "");
