/** Whether memory stays as it is in a long training, in one process. */
import type { Engine } from "./engines.ts";
import { Peer } from "./peer.ts";
import type { Bar } from "./summary.ts";
import type { Work } from "./workloads.ts";

export interface Residence {
  engine: string;
  /** Resident memory in MB, after every {@link EVERY} steps. */
  megabytes: number[];
}

const STEPS = 10_000;
const EVERY = 100;
/** By then everything is compiled, and the garbage collector has found its size. */
const WARM = 2_000;
/**
 * V8 gives young objects more room whenever many have lived through a collection, three times in
 * 10,000 eager steps, whatever the program: 140, 180, 240, 290 MB. Kept at 2 MB, it hides nothing:
 * what grows then is what somebody holds.
 */
const ROOM = "--max-semi-space-size=2";
/** So many seconds a hundred steps may take. */
const LIMIT = 60;

/** Trains each engine for 10,000 steps, all at the same time: it is not their time that counts. */
export function measureResidence(engines: readonly Engine[], work: Work): Promise<Residence[]> {
  return Promise.all(
    engines.map(async (engine) => {
      const peer = await Peer.start({ ...engine, args: [ROOM, ...engine.args] }, LIMIT);
      try {
        await peer.ask({ do: "prepare", work }, LIMIT);
        const megabytes: number[] = [];
        for (let done = 0; done < STEPS; done += EVERY) {
          await peer.ask({ do: "run", times: EVERY }, LIMIT);
          megabytes.push((await peer.ask({ do: "memory" }, LIMIT)).resident!);
        }
        return { engine: engine.name, megabytes };
      } finally {
        peer.stop();
      }
    }),
  );
}

/** After the warm-up: what there was then, at the end, at the least and at the most. */
export function summarizeResidence({ megabytes }: Residence) {
  const warm = megabytes.slice(WARM / EVERY - 1);
  return {
    first: warm[0],
    last: warm.at(-1)!,
    least: Math.min(...warm),
    most: Math.max(...warm),
  };
}

export function residenceBars(all: readonly Residence[]): Bar[] {
  return all.map((one) => {
    const { least, most } = summarizeResidence(one);
    const value = most / least;
    const what = `${one.engine}, resident memory of steps ${WARM} to ${STEPS}: most by least`;
    return { what, value, bound: "≤", bar: 1.1, holds: value <= 1.1 };
  });
}

export function residenceTable(all: readonly Residence[]): string {
  const lines = all.map((one) => {
    const { first, last, least, most } = summarizeResidence(one);
    return `${one.engine.padEnd(18)} ${first} after ${WARM} steps, ${last} after ${STEPS}; ${least} to ${most} between`;
  });
  return ["memory: resident, of one process that trains the MLP; MB", "", ...lines].join("\n");
}
