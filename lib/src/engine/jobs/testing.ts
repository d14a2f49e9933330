import { dtypeOf, type TensorData } from "../../dtype.ts";
import type { Tensor } from "../../tensor.ts";
import { alignedScratch, jobFor, setEngine } from "../engine.ts";
import { aligned, BASE, type Machine, ownMachine } from "../wasm.ts";

const MEMORY = 2 ** 26;
let shared: Machine | null = null;

/**
 * Runs an operation by its kernel as a compiled function does, with everything in the kernels'
 * memory, cut into so many parts that are done in disorder; undefined if it has no kernel. What is
 * there before is noise, and what lies around the result must still be there afterward.
 */
export function runResident(
  name: string,
  inputs: readonly Tensor[],
  expected: Tensor,
  attributes: unknown,
  parts = 1,
): TensorData | undefined {
  const data = inputs.map((input) => input.storage);
  const { storage: like, shape: outShape } = expected;
  const info = { inShapes: inputs.map(({ shape }) => shape), outShape, attributes };
  const job = jobFor(name, dtypeOf(like), data, info, true, true);
  if (!job) return undefined;
  let end = BASE;
  const place = (bytes: number) => {
    const address = end + 64;
    end = address + aligned(bytes);
    return address;
  };
  const addresses = data.map(({ byteLength }) => place(byteLength));
  const out = place(like.byteLength);
  const constants = place(4 * (job.constants?.length ?? 0));
  end += 64;
  shared ??= ownMachine(MEMORY);
  const machine = shared;
  if (!machine) throw new Error("the kernels did not start");
  const scratch = end;
  if (scratch + alignedScratch(job, machine) > MEMORY) throw new Error("a smaller case will do");
  const bytes = new Uint8Array(machine.buffer, BASE, end - BASE).fill(0xa5);
  data.forEach((numbers, i) => {
    machine.view(dtypeOf(numbers), addresses[i], numbers.length).set(numbers);
  });
  machine.view("int32", constants, job.constants?.length ?? 0).set(job.constants ?? []);
  const before = bytes.slice();
  for (const stage of job.calls({ inputs: addresses, out, constants }, parts))
    for (const [kernel, ...args] of stage.toReversed()) {
      const all = job.scratch ? [...args, scratch] : args;
      (machine.kernels[kernel] as (...args: number[]) => void)(...all);
    }
  const changed = new Set<number>((job.changes ?? []).map((i) => addresses[i]));
  const own = (at: number) =>
    [...addresses.filter((a) => changed.has(a)), out].some(
      (start) => at >= start && at < start + like.byteLength,
    );
  const strayed = bytes.findIndex((byte, i) => byte !== before[i] && !own(BASE + i));
  if (strayed >= 0) throw new Error(`${name} wrote ${BASE + strayed - out} bytes from its result`);
  return machine.view(dtypeOf(like), out, like.length).slice();
}

/** The result of the plain kernels. */
export function reference(run: () => Tensor): Tensor {
  setEngine("reference");
  try {
    return run();
  } finally {
    setEngine("wasm");
  }
}
