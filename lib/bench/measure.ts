/** The rounds: who is asked what, when, and for how long. */
import type { Engine } from "./engines.ts";
import { Peer, TooSlow } from "./peer.ts";
import type { Item, Workload } from "./workloads.ts";

export interface Settings {
  rounds: number;
  /** Seconds that one run may take, and all runs of an engine on one item together. */
  limit: number;
  /** Says what is going on. */
  say(text: string): void;
}

/** What one engine made of one item. */
export interface Result {
  engine: string;
  /** Of one run, in each round. */
  milliseconds: number[];
  /** Losses of the first steps, or numbers of the result: others should come to the same. */
  numbers: number[];
  /** A run took longer than so many seconds. */
  cut?: number;
  /** Why it cannot do this. */
  error?: string;
}

export interface Report {
  workload: Workload;
  /** For each item, in order. */
  results: Result[][];
  /** The most memory that each engine had, in MB. */
  memory: Map<string, number>;
  versions: Map<string, string>;
}

/** So long one turn should take, in milliseconds: long beside a clock's tick, short beside its moods. */
const TURN = 250;
/** So many steps of training are compared. */
const STEPS = 5;
/** An engine has so many seconds to start, and as many times the limit for what it does first. */
const START = 60;
const FIRST = 3;

/** Measures all items of a workload on all engines, each in a process of its own. */
export async function measure(
  workload: Workload,
  engines: readonly Engine[],
  settings: Settings,
): Promise<Report> {
  const peers = new Map<Engine, Peer>();
  const versions = new Map<string, string>();
  const memory = new Map<string, number>();
  const results: Result[][] = [];
  try {
    for (const item of workload.items) {
      const runners: Runner[] = [];
      for (const engine of engines) {
        settings.say(`${workload.name} ${item.name}: ${engine.name} warms up`);
        const runner = new Runner(engine, item, settings);
        await runner.attempt(async () => {
          // One that was cut off gets another chance at the next item.
          const before = peers.get(engine);
          const peer = before && !before.ended ? before : await Peer.start(engine, START);
          peers.set(engine, peer);
          versions.set(engine.name, peer.version);
          await runner.warmUp(peer);
        });
        runners.push(runner);
      }
      for (let round = 0; round < settings.rounds; round++)
        for (let i = 0; i < runners.length; i++) {
          // Every round begins with another one, so that none is always after the same.
          const runner = runners[(round + i) % runners.length];
          settings.say(`${workload.name} ${item.name}: round ${round + 1}, ${runner.engine.name}`);
          await runner.attempt(() => runner.turn());
        }
      results.push(runners.map(({ result }) => result));
    }
    for (const [{ name }, peer] of peers) {
      if (peer.ended) continue;
      const { megabytes } = await peer.ask({ do: "memory" }, settings.limit);
      if (megabytes) memory.set(name, megabytes);
    }
  } finally {
    for (const peer of peers.values()) peer.stop();
  }
  return { workload, results, memory, versions };
}

/** One engine on one item. */
class Runner {
  readonly engine: Engine;
  readonly result: Result;
  private readonly item: Item;
  private readonly settings: Settings;
  private peer: Peer | undefined;
  private times = 1;
  private spent = 0;

  constructor(engine: Engine, item: Item, settings: Settings) {
    this.engine = engine;
    this.item = item;
    this.settings = settings;
    this.result = { engine: engine.name, milliseconds: [], numbers: [] };
  }

  /** Does something of which the result shall tell how it failed. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.peer = undefined;
      if (error instanceof TooSlow) this.result.cut = this.settings.limit;
      else this.result.error = error instanceof Error ? error.message : String(error);
    }
  }

  /** The first steps, whose results are compared; then until it no longer gets faster. */
  async warmUp(peer: Peer): Promise<void> {
    const { limit } = this.settings;
    await peer.ask({ do: "prepare", work: this.item.work }, FIRST * limit);
    this.peer = peer;
    const steps = this.item.work.kind === "training" ? STEPS : 1;
    let milliseconds = 0;
    for (let i = 0; i < steps; i++) {
      const { loss, time } = await this.run(1, i === 0 ? FIRST * limit : limit);
      if (loss !== undefined) this.result.numbers.push(loss);
      milliseconds = time;
    }
    if (this.item.work.kind !== "training")
      this.result.numbers = (await peer.ask({ do: "result" }, limit)).result ?? [];
    // A just-in-time compiler looks at what has often run.
    for (let done = 0; done < 2 * TURN && milliseconds < TURN; ) {
      const times = Math.max(1, Math.round(TURN / 4 / milliseconds));
      milliseconds = (await this.run(times, limit)).time;
      done += times * milliseconds;
    }
    this.times = Math.max(1, Math.round(TURN / milliseconds));
    this.spent = 0;
  }

  /** One round, unless it has had its time. */
  async turn(): Promise<void> {
    const { limit } = this.settings;
    if (!this.peer || this.spent > 1000 * limit) return;
    const { time } = await this.run(this.times, limit);
    this.result.milliseconds.push(time);
    this.spent += this.times * time;
  }

  private async run(times: number, seconds: number): Promise<{ time: number; loss?: number }> {
    const { milliseconds, loss } = await this.peer!.ask({ do: "run", times }, seconds);
    return { time: milliseconds! / times, loss: loss ?? undefined };
  }
}
