import { Table } from "../display/table.ts";
import { watchOps } from "../op.ts";
import { showShape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { Module } from "./module.ts";
import { resting } from "./resting.ts";

/**
 * What a model is made of, as a table: each layer's name, type, output shape, own parameters and
 * multiply-adds for these inputs, with totals. A parameter that several layers share is counted
 * once. Multiply-adds are those of matrix products and convolutions, which are nearly all the work.
 * The model is run once without training, and left as it was.
 */
export function summary<M extends Module>(model: M, ...inputs: Parameters<M["forward"]>): Table {
  if (inputs.length === 0 && model.forward.length > 0)
    throw new TypeError(
      "summary: needs an input, for the shapes\n  hint: summary(model, x.slice(0, 1))",
    );
  const rows = model
    .namedModules()
    .map(([name, module]) => ({ name, module, output: null as unknown, parameters: 0, work: 0 }));
  const parameters = model.namedParameters();
  for (const [name, parameter] of parameters) {
    const owners = rows.filter((row) => row.name === "" || name.startsWith(`${row.name}.`));
    owners.reduce((a, b) => (a.name.length > b.name.length ? a : b)).parameters += parameter.size;
  }
  // Each forward pass is wrapped, so that an operation counts for the innermost that is running.
  const running = [rows[0]];
  const restore = rows.map((row) => {
    const { module } = row;
    const { forward } = module;
    const own = Object.hasOwn(module, "forward");
    module.forward = (...given: never[]) => {
      running.push(row);
      row.output = forward.apply(module, given);
      running.pop();
      return row.output;
    };
    return () => {
      if (own) module.forward = forward;
      else Reflect.deleteProperty(module, "forward");
    };
  });
  const watch = (op: string, of: readonly Tensor[], output: Tensor): void => {
    running.at(-1)!.work += multiplyAdds(op, of, output);
  };
  try {
    resting(model, () => watchOps(watch, () => model.forward(...(inputs as never[]))));
  } finally {
    for (const putBack of restore) putBack();
  }
  const sum = <Item>(items: readonly Item[], of: (item: Item) => number) =>
    items.reduce((total, item) => total + of(item), 0);
  const size = sum(parameters, ([, p]) => p.size);
  const frozen = sum(parameters, ([, p]) => (p.requiresGrad ? 0 : p.size));
  const bytes = sum(parameters, ([, p]) => p.storage.byteLength);
  const cells = rows.map(({ name, module, output, parameters, work }) => {
    const inner = module.children().length > 0;
    const shown = (n: number) => (inner && n === 0 ? null : n);
    return [name, module.constructor.name, shapeOf(output), shown(parameters), shown(work)];
  });
  const title =
    `${model.constructor.name}: ${size.toLocaleString("en-US")} parameters, ${showBytes(bytes)}` +
    (frozen > 0 ? `; ${frozen.toLocaleString("en-US")} of them frozen` : "");
  return new Table(
    ["layer", "type", "output", "parameters", "multiply-adds"],
    [...cells, ["total", "", "", size, sum(rows, ({ work }) => work)]],
    { title, limit: Infinity },
  );
}

/** How many products of two numbers an operation adds up. */
function multiplyAdds(op: string, [a, b]: readonly Tensor[], output: Tensor): number {
  switch (op) {
    case "dot":
      return a.size;
    case "matmul": {
      // One side of the left matrix is as long as the sums, the other is in the output.
      const [rows, columns] = a.shape.slice(-2);
      return output.size === 0 ? 0 : (output.size * rows * columns) / output.shape[output.rank - 2];
    }
    case "attention":
      // The scores, and the mean of the values.
      return 2 * output.size * a.shape[1];
    case "conv2d":
      return output.size * sizeOf(b.shape.slice(1));
    case "convTranspose2d":
      return a.size * sizeOf(b.shape.slice(1));
    default:
      return 0;
  }
}

/** The shape of the first tensor in what a layer gave. */
function shapeOf(output: unknown): string | null {
  if (output instanceof Tensor) return showShape(output.shape);
  if (typeof output !== "object" || output === null) return null;
  return (
    Object.values(output)
      .map(shapeOf)
      .find((shape) => shape !== null) ?? null
  );
}

function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
