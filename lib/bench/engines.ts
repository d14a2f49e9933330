/** Who takes part, and how to start them. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import * as gradus from "../src/index.ts";

/** One line of the tables. */
export interface Engine {
  name: string;
  command: string;
  args: string[];
  /** What it can do; by default everything. */
  workloads?: string[];
}

const here = (file: string): string => path.join(import.meta.dirname, file);

function ours(name: string, file: string, ...args: string[]): Engine {
  return { name, command: process.execPath, args: [here(file), ...args] };
}

/** The Python that GRADUS_PYTHON names, or else the one on the path, if it has PyTorch. */
export function findTorch(): string | undefined {
  const command = process.env.GRADUS_PYTHON ?? "python3";
  return spawnSync(command, ["-c", "import torch"]).status === 0 ? command : undefined;
}

/** All engines that are here: compiled Gradus from when there is a `compile`, PyTorch if it is found. */
export function findEngines(): Engine[] {
  const python = findTorch();
  // Writing is not compiled: each token makes the memory longer.
  const compiled = {
    ...ours("Gradus, compiled", "gradus.ts", "wasm", "compiled"),
    workloads: ["matmul", "elementwise", "mlp", "cnn", "resnet", "gpt"],
  };
  return [
    { ...ours("128-bit peak", "peak.ts"), workloads: ["matmul"] },
    ours("Gradus, reference", "gradus.ts", "reference"),
    ours("Gradus, eager", "gradus.ts", "wasm"),
    ...("compile" in gradus ? [compiled] : []),
    ours("TensorFlow.js, cpu", "tensorflow.ts", "cpu"),
    ours("TensorFlow.js, wasm", "tensorflow.ts", "wasm"),
    ours("jax-js, wasm", "jax.ts"),
    ...(python
      ? [1, 2].map((threads) => ({
          name: `PyTorch, ${threads} ${threads === 1 ? "thread" : "threads"}`,
          command: python,
          args: [here("pytorch.py"), String(threads)],
        }))
      : []),
  ];
}
