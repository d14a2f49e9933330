import type { TensorData } from "../dtype.ts";
import type { KernelInfo } from "../op.ts";
import { fastKernels, type Job } from "./kernels.ts";
import { BASE, type Machine, shrinkMachine, startMachine, whyNot } from "./wasm.ts";

/** Which kernels do the work: those in WebAssembly where there is one for an op, or the plain ones. */
export type EngineName = "wasm" | "reference";

let chosen: EngineName = "wasm";

/** Chooses the kernels. Where WebAssembly cannot be started, the plain ones do all the work. */
export function setEngine(name: EngineName): void {
  if (name !== "wasm" && name !== "reference")
    throw new RangeError(`setEngine: there is no engine "${name}": choose "wasm" or "reference"`);
  chosen = name;
}

/** Which kernels do the work, and how, in words: `{ name: "wasm", detail: "relaxed SIMD" }`. */
export function engine(): { name: EngineName; detail: string } {
  if (chosen === "reference") return { name: "reference", detail: "chosen by setEngine()" };
  const machine = startMachine();
  if (!machine) return { name: "reference", detail: `WebAssembly did not start: ${whyNot()}` };
  return { name: "wasm", detail: machine.relaxed ? "relaxed SIMD" : "SIMD" };
}

/** Runs an op by its fast kernel, if it has one and it is worth the copying; else says false. */
export function runFast(
  name: string,
  out: TensorData,
  inputs: readonly TensorData[],
  info: KernelInfo<unknown>,
): boolean {
  const job = jobFor(name, out, inputs, info);
  const machine = job && startMachine();
  if (!machine || !(out instanceof Float32Array)) return false;
  return copyAndRun(machine, job, out, inputs);
}

/** How the chosen engine does an op by a fast kernel, if it has one and that is worth it. */
export function jobFor(
  name: string,
  out: TensorData,
  inputs: readonly TensorData[],
  info: KernelInfo<unknown>,
): Job | undefined {
  const kernel = chosen === "wasm" ? fastKernels[name] : undefined;
  const floats = [out, ...inputs].every((data) => data instanceof Float32Array);
  return kernel && floats ? kernel(info) : undefined;
}

/** Tensors live outside of the kernels' memory: in they go, and out comes the result. */
function copyAndRun(
  machine: Machine,
  job: Job,
  out: Float32Array,
  inputs: readonly TensorData[],
): boolean {
  let end = BASE;
  const place = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 16) * 16;
    return address;
  };
  const addresses = inputs.map((input) => place(input.byteLength));
  const { changes } = job;
  const result = changes ? addresses[0] : place(out.byteLength);
  const { constants = [] } = job;
  const listed = place(4 * constants.length);
  const scratch = place(job.scratch?.(machine) ?? 0);
  if (!machine.reserve(end)) return false;
  inputs.forEach((input, i) => {
    machine.floats(addresses[i], input.length).set(input);
  });
  machine.integers(listed, constants.length).set(constants);
  job.run(machine, addresses, result, scratch, listed);
  if (!changes) out.set(machine.floats(result, out.length));
  for (const i of changes ?? []) inputs[i].set(machine.floats(addresses[i], inputs[i].length));
  shrinkMachine();
  return true;
}
