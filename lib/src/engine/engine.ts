import { type DType, dtypeOf, isDoublePrecision, type TensorData } from "../dtype.ts";
import type { KernelInfo } from "../op.ts";
import { sizeOf } from "../shape.ts";
import { dropHeap, runningHeap, startHeap } from "./heap.ts";
import { jobs } from "./jobs/index.ts";
import type { Job } from "./jobs/job.ts";
import { emptyRoom, type Room } from "./room.ts";
import {
  aligned,
  describeMachine,
  type Machine,
  machineOf,
  setWide,
  startMachine,
  whyNot,
} from "./wasm.ts";

/** Which kernels do the work: those in WebAssembly where there is one for an op, or the plain ones. */
export type EngineName = "wasm" | "reference";

let chosen: EngineName = "wasm";

/**
 * Chooses the kernels. Where WebAssembly cannot be started, the plain ones do all the work. With
 * `wide: false` they use registers of 128 bits even where 256 can be had, as they do in a browser;
 * the numbers that come out are the same.
 */
export function setEngine(name: EngineName, { wide = true }: { wide?: boolean } = {}): void {
  if (name !== "wasm" && name !== "reference")
    throw new RangeError(`setEngine: there is no engine "${name}": choose "wasm" or "reference"`);
  chosen = name;
  if (setWide(wide)) dropHeap();
}

/** Which kernels do the work, and how, in words: `{ name: "wasm", detail: "relaxed SIMD, 256 bits" }`. */
export function engine(): { name: EngineName; detail: string } {
  if (chosen === "reference") return { name: "reference", detail: "chosen by setEngine()" };
  if (!startMachine())
    return { name: "reference", detail: `WebAssembly did not start: ${whyNot()}` };
  return { name: "wasm", detail: describeMachine() };
}

/** The result of an op by its fast kernel, if it has one and that is worth it. */
export function runFast(
  name: string,
  outType: DType,
  inputs: readonly TensorData[],
  info: KernelInfo<unknown>,
): TensorData | undefined {
  const job = jobFor(name, outType, inputs, info, runningHeap() !== null);
  if (!job) return undefined;
  const size = sizeOf(info.outShape);
  const heap = startHeap();
  if (heap) return runIn(heap, job, outType, size, inputs);
  // What is changed is best changed where it lies.
  const home = job.changes && machineOf(inputs[0]);
  const changed = home && runIn(emptyRoom(home), job, outType, size, inputs);
  if (changed) return changed;
  const machine = startMachine();
  return machine ? runIn(emptyRoom(machine), job, outType, size, inputs) : undefined;
}

/**
 * How the chosen engine does an op by a fast kernel, if it has one and that is worth it. `resident`:
 * whether the numbers already lie where kernels work; `planned`: whether it will be done many times.
 */
export function jobFor(
  name: string,
  outType: DType,
  inputs: readonly TensorData[],
  info: KernelInfo<unknown>,
  resident: boolean,
  planned = false,
): Job | undefined {
  const maker = chosen === "wasm" && Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  const doubles = isDoublePrecision() || inputs.some((data) => data.BYTES_PER_ELEMENT === 8);
  if (!maker || doubles) return undefined;
  const { inShapes, outShape, attributes } = info;
  const inTypes = inputs.map(dtypeOf);
  return maker({ inShapes, outShape, attributes, inTypes, outType, resident, planned });
}

/** Does a job: what lies elsewhere is copied in, and the result is as the room keeps it. */
function runIn(
  room: Room,
  job: Job,
  outType: DType,
  outSize: number,
  inputs: readonly TensorData[],
): TensorData | undefined {
  const { machine } = room;
  const { changes, constants = [] } = job;
  let bytes = 0;
  const place = (count: number) => {
    const at = bytes;
    bytes += aligned(count);
    return at;
  };
  if (!changes) place(outSize * (outType === "bool" ? 1 : 4));
  const foreign = inputs.map((input) => !room.has(input));
  const places = inputs.map((input, i) => (foreign[i] ? place(input.byteLength) : 0));
  const listed = place(4 * constants.length);
  const scratchBytes = alignedScratch(job, machine);
  const scratch = place(scratchBytes * machine.threads);
  const base = room.take(bytes);
  if (base === null) return undefined;
  const addresses = inputs.map((input, i) => (foreign[i] ? base + places[i] : input.byteOffset));
  const viewOf = (i: number) => machine.view(dtypeOf(inputs[i]), addresses[i], inputs[i].length);
  inputs.forEach((input, i) => {
    if (foreign[i]) viewOf(i).set(input);
  });
  machine.view("int32", base + listed, constants.length).set(constants);
  const at = { inputs: addresses, out: base, constants: base + listed };
  machine.run(job.calls(at, machine.parts), base + scratch, scratchBytes);
  if (!changes) return room.result(outType, base, outSize);
  for (const i of changes) if (foreign[i]) inputs[i].set(viewOf(i));
  room.giveBack(base);
  return inputs[0];
}

/** What each thread needs of scratch: they must not write to the same stretch of the cache. */
export function alignedScratch(job: Job | undefined, machine: Machine): number {
  return aligned(job?.scratch?.(machine.kernels) ?? 0);
}

/** Where the first number stands that is NaN or infinite; -1 if all are finite. */
export function firstNonfinite(data: TensorData): number {
  const { length } = data;
  const kernels = data instanceof Float32Array ? machineOf(data)?.kernels : undefined;
  if (kernels?.allFinite(length, data.byteOffset)) return -1;
  // A number times 0 is 0, unless it is one of those; four sums do not wait for each other.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    s0 += data[i] * 0;
    s1 += data[i + 1] * 0;
    s2 += data[i + 2] * 0;
    s3 += data[i + 3] * 0;
  }
  for (; i < length; i++) s0 += data[i] * 0;
  return s0 + s1 + s2 + s3 === 0 ? -1 : data.findIndex((value) => !Number.isFinite(value));
}
