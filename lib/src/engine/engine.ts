import { dtypeOf, type TensorData } from "../dtype.ts";
import type { KernelInfo } from "../op.ts";
import { jobs } from "./jobs/index.ts";
import type { Job } from "./jobs/job.ts";
import {
  describeMachine,
  type Machine,
  machineOf,
  setWide,
  shrinkMachine,
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
  setWide(wide);
}

/** Which kernels do the work, and how, in words: `{ name: "wasm", detail: "relaxed SIMD, 256 bits" }`. */
export function engine(): { name: EngineName; detail: string } {
  if (chosen === "reference") return { name: "reference", detail: "chosen by setEngine()" };
  if (!startMachine())
    return { name: "reference", detail: `WebAssembly did not start: ${whyNot()}` };
  return { name: "wasm", detail: describeMachine() };
}

/** Runs an op by its fast kernel, if it has one and it is worth the copying; else says false. */
export function runFast(
  name: string,
  out: TensorData,
  inputs: readonly TensorData[],
  info: KernelInfo<unknown>,
): boolean {
  const job = jobFor(name, out, inputs, info, false);
  if (!job) return false;
  // What is changed is best changed where it lies.
  const home = job.changes && machineOf(inputs[0]);
  if (home && copyAndRun(home, job, out, inputs)) return true;
  const machine = startMachine();
  return machine ? copyAndRun(machine, job, out, inputs) : false;
}

/**
 * How the chosen engine does an op by a fast kernel, if it has one and that is worth it. `resident`:
 * whether the numbers already lie where kernels work.
 */
export function jobFor(
  name: string,
  out: TensorData,
  inputs: readonly TensorData[],
  info: KernelInfo<unknown>,
  resident: boolean,
): Job | undefined {
  const maker = chosen === "wasm" && Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (!maker || [out, ...inputs].some((data) => data.constructor.name === "Float64Array"))
    return undefined;
  const { inShapes, outShape, attributes } = info;
  const inTypes = inputs.map(dtypeOf);
  return maker({ inShapes, outShape, attributes, inTypes, outType: dtypeOf(out), resident });
}

/** Tensors live outside of the kernels' memory: in they go, and out comes the result. */
function copyAndRun(
  machine: Machine,
  job: Job,
  out: TensorData,
  inputs: readonly TensorData[],
): boolean {
  let end = machine.free;
  const place = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 32) * 32;
    return address;
  };
  const here = (data: TensorData) => data.buffer === machine.buffer;
  const addresses = inputs.map((input) =>
    here(input) ? input.byteOffset : place(input.byteLength),
  );
  const { changes } = job;
  const result = changes ? addresses[0] : place(out.byteLength);
  const { constants = [] } = job;
  const listed = place(4 * constants.length);
  const scratchBytes = alignedScratch(job, machine);
  const scratch = place(scratchBytes * machine.threads);
  if (!machine.reserve(end)) return false;
  const viewOf = (data: TensorData, address: number) =>
    machine.view(dtypeOf(data), address, data.length);
  inputs.forEach((input, i) => {
    if (!here(input)) viewOf(input, addresses[i]).set(input);
  });
  machine.view("int32", listed, constants.length).set(constants);
  const at = { inputs: addresses, out: result, constants: listed };
  machine.run(job.calls(at, machine.parts), scratch, scratchBytes);
  if (!changes) out.set(viewOf(out, result));
  for (const i of changes ?? [])
    if (!here(inputs[i])) inputs[i].set(viewOf(inputs[i], addresses[i]));
  shrinkMachine();
  return true;
}

/** What each thread needs of scratch: they must not write to the same stretch of the cache. */
export function alignedScratch(job: Job | undefined, machine: Machine): number {
  return Math.ceil((job?.scratch?.(machine.kernels) ?? 0) / 64) * 64;
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
