import { unguarded } from "./forbid.ts";
import { Scoped } from "./scope.ts";
import { sameShape, showShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Thrown when gradients are asked for that cannot be had. */
export class AutogradError extends Error {
  override readonly name: string = "AutogradError";
}

/** How a tensor was made: the op, what went in, and how to send a gradient back to that. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  /** How many changes in place there had been by then: a later one of an input spoils it. */
  readonly madeAt: number;
  /** The gradient for each input, given the gradient for the output. */
  readonly backward: (gradient: Tensor) => readonly InputGradient[];
}

/** A gradient, none (`null`), or a way to work it out if it is needed. */
export type InputGradient = Tensor | null | (() => Tensor);

/** Sees a gradient on its way back, and may put another in its place. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that only looks returns nothing
export type GradientHook = (gradient: Tensor) => Tensor | undefined | void;

const recording = new Scoped(true);

/** Whether ops note down how their results were made. */
export function isRecording(): boolean {
  return recording.value;
}

/** Runs a function without noting anything down: nothing in it can be differentiated. */
export function noGrad<T>(run: () => T): T {
  return recording.with(false, run);
}

/** Options of {@link Tensor.backward} and {@link grad}. */
export interface BackwardOptions {
  /** Keep the graph, so that it can be walked again. */
  retainGraph?: boolean;
  /** Note the walk itself down, so that the gradients have gradients. Keeps the graph. */
  createGraph?: boolean;
}

/** Where a graph was walked and not kept. */
const usedUp: GraphNode = {
  op: "used up",
  inputs: [],
  attributes: undefined,
  madeAt: Infinity,
  backward: () => {
    throw new AutogradError(
      "backward: this graph has been used up: backward() already went through it and let it go\n" +
        "  hint: do the forward pass again, or keep the graph with backward(undefined, { retainGraph: true })",
    );
  },
};

/**
 * Reverse-mode differentiation (Linnainmaa 1970; Rumelhart, Hinton and Williams 1986): walks
 * from `output` back to what it was made of, each tensor after all that used it, and hands
 * every gradient to `arrive` once it is complete.
 */
export function walkBack(
  op: string,
  output: Tensor,
  gradient: Tensor | undefined,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  arrive: (tensor: Tensor, gradient: Tensor) => void,
): void {
  const start = startGradient(op, output, gradient);
  const gradients = new Map<Tensor, Tensor>([[output, start]]);
  const order = topologicalOrder(output);
  recording.with(createGraph, () => {
    for (const tensor of order.reverse()) {
      const complete = gradients.get(tensor);
      if (!complete) continue;
      const seen = fitting(`${op}: a hook gave`, tensor.applyHooks(complete), tensor);
      unguarded(() => arrive(tensor, seen));
      gradients.delete(tensor);
      const { node } = tensor;
      if (!node) continue;
      if (node.inputs.some(({ memory }) => memory.changedAt > node.madeAt))
        throw new AutogradError(
          `${op}: numbers that went into ${node.op} have been changed in place since, so that its gradient would be wrong\n` +
            "  hint: call backward() before optimizer.step(), or do the forward pass again",
        );
      unguarded(() => {
        const backward = node.backward(seen);
        node.inputs.forEach((input, i) => {
          const entry = input.requiresGrad ? backward[i] : null;
          if (!entry) return;
          const part = typeof entry === "function" ? entry() : entry;
          fitting(`${node.op}: its gradient rule gave`, part, input);
          const sum = gradients.get(input);
          gradients.set(input, sum ? sum.add(part) : part);
        });
      });
    }
  });
  if (!retainGraph) for (const tensor of order) if (tensor.node) tensor.node = usedUp;
}

function startGradient(op: string, output: Tensor, gradient: Tensor | undefined): Tensor {
  if (!output.requiresGrad)
    throw new AutogradError(
      `${op}: this tensor does not depend on anything that requires a gradient\n` +
        "  hint: make the inputs with { requiresGrad: true }, and not inside noGrad()",
    );
  if (gradient) return fitting(`${op}: was given`, gradient, output);
  if (output.size !== 1)
    throw new AutogradError(
      `${op}: only a tensor of one number has a gradient of its own, this one has shape ${showShape(output.shape)}\n` +
        "  hint: reduce it first, with sum() or mean(), or pass the gradient that comes from above",
    );
  return output.newFull(output.shape, 1);
}

/** The gradient, if it is one that the tensor can have. */
function fitting(whence: string, gradient: Tensor, { shape }: Tensor): Tensor {
  if (!sameShape(gradient.shape, shape))
    throw new AutogradError(
      `${whence} a gradient of shape ${showShape(gradient.shape)} for a tensor of shape ${showShape(shape)}`,
    );
  if (gradient.dtype !== "float32")
    throw new AutogradError(
      `${whence} a gradient of dtype ${gradient.dtype}\n  hint: to("float32")`,
    );
  return gradient;
}

/** All that `output` was made of, each before what was made of it. No recursion: long graphs are deep. */
function topologicalOrder(output: Tensor): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set([output]);
  const path = [{ tensor: output, next: 0 }];
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const inputs = top.tensor.node?.inputs ?? [];
    if (top.next === inputs.length) {
      order.push(top.tensor);
      path.pop();
      continue;
    }
    const input = inputs[top.next++];
    if (input.requiresGrad && !seen.has(input)) {
      seen.add(input);
      path.push({ tensor: input, next: 0 });
    }
  }
  return order;
}

/**
 * The gradients of `output` with respect to `inputs`, in their order; nothing is written into
 * `.grad`. With `createGraph` they can be differentiated again. Throws for an input that the
 * output does not depend on.
 *
 * @param options.gradient Where output is more than one number: the gradient from above, [as output].
 */
export function grad(
  output: Tensor,
  inputs: readonly Tensor[],
  options: BackwardOptions & { gradient?: Tensor } = {},
): Tensor[] {
  const found = new Map<Tensor, Tensor>();
  walkBack("grad", output, options.gradient, options, (tensor, gradient) => {
    if (inputs.includes(tensor)) found.set(tensor, gradient);
  });
  return inputs.map((input, i) => {
    const gradient = found.get(input);
    if (!gradient)
      throw new AutogradError(
        `grad: the output does not depend on input ${i}, of shape ${showShape(input.shape)}`,
      );
    return gradient;
  });
}
