import type { DType, TensorData } from "../dtype.ts";
import { type Machine, shrinkMachine } from "./wasm.ts";

/** Where an operation is done: a machine, and which of its memory is free. */
export interface Room {
  readonly machine: Machine;
  /** Whether numbers lie here already. */
  has(data: TensorData): boolean;
  /** The address of so many free bytes; null if there are none. */
  take(bytes: number): number | null;
  /** What was taken last is free again, from this address on. */
  giveBack(address: number): void;
  /** The result, that lies where the last stretch that was taken begins; what lies behind it is free again. */
  result(dtype: DType, address: number, length: number): TensorData;
}

/** A machine from which all results are copied out: each operation begins with an empty memory. */
export function emptyRoom(machine: Machine): Room {
  return {
    machine,
    has: ({ buffer }) => buffer === machine.buffer,
    take: (bytes) => (machine.reserve(machine.free + bytes) ? machine.free : null),
    giveBack: shrinkMachine,
    result(dtype, address, length) {
      const data = machine.view(dtype, address, length).slice();
      shrinkMachine();
      return data;
    },
  };
}
