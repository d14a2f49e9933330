/** npm run proofs: everything that the library can do, and how each thing is shown to be right. */
import { styleText } from "node:util";
import * as functional from "../src/functional/index.ts";
import { oneHot } from "../src/index.ts";
import * as modelExports from "../src/models/index.ts";
import { MLP } from "../src/models/mlp.ts";
import { Perceptron } from "../src/models/perceptron.ts";
import * as layerExports from "../src/nn/layers.ts";
import type { Op } from "../src/op.ts";
import * as ops from "../src/ops/index.ts";
import * as optimizers from "../src/optim/index.ts";
import { calls } from "./calls.ts";
import { Fixture, type OpCase } from "./fixtures.ts";
import type { NetworkCase } from "./networks.ts";
import { properties } from "./properties.ts";
import { smoothCases } from "./run.ts";
import { opinionated, withoutOpinion } from "./tensorflow.ts";

/** So many configurations at least are compared with PyTorch, for each operation. */
const ENOUGH = 5;

/** Models and functions about models that are shown in another way than by a case of their own. */
const elsewhere: Readonly<Record<string, string>> = {
  Perceptron: "learns without gradients; models/perceptron.test.ts holds it to Rosenblatt's rule",
  generate: "writes what Hugging Face's generate writes, in GPT.0",
  smallAlexNet: "AlexNet with other sizes",
  resnet18: "names and shapes as torchvision's",
  resnet50: "names and shapes as torchvision's",
  gpt2: "names and shapes as Hugging Face's",
  bertBase: "names and shapes as Hugging Face's",
};

/** The proofs of one operation, each a number of configurations. */
export interface OperationProofs {
  readonly name: string;
  readonly differentiable: boolean;
  readonly pytorch: number;
  readonly gradcheck: number;
  /** gradcheck of the gradient. */
  readonly twice: number;
  readonly tensorflow: number;
  /** Why TensorFlow.js has nothing to say. */
  readonly withoutTensorflow?: string;
  readonly property: boolean;
}

/** The proofs of a layer, a model or an optimizer. */
export interface PartProofs {
  readonly name: string;
  /** Cases with outputs and all gradients, or of an optimizer with all its steps. */
  readonly pytorch: number;
  /** How many of them are trained for ten steps. */
  readonly trained: number;
  readonly elsewhere?: string;
}

export interface Proofs {
  readonly operations: readonly OperationProofs[];
  readonly layers: readonly PartProofs[];
  readonly models: readonly PartProofs[];
  readonly optimizers: readonly PartProofs[];
  /** What is not proven: it has to be empty. */
  readonly missing: readonly string[];
}

/** Counts from the very tables and fixtures that the tests run. */
export function countProofs(): Proofs {
  const missing: string[] = [];
  const operations = countOperations();
  for (const { name, pytorch, differentiable, gradcheck, ...proofs } of operations) {
    if (pytorch < ENOUGH)
      missing.push(`${name}: ${pytorch} of ${ENOUGH} configurations compared with PyTorch`);
    if (differentiable && gradcheck === 0) missing.push(`${name}: no gradcheck`);
    if (proofs.tensorflow === 0 && !proofs.withoutTensorflow)
      missing.push(`${name}: no second opinion, and no reason why`);
    if (!proofs.property) missing.push(`${name}: no property test`);
  }
  const layers = countParts(layerExports, new Fixture<NetworkCase>("layers"));
  const models = countParts(
    { ...modelExports, MLP, Perceptron },
    new Fixture<NetworkCase>("models"),
  );
  const optim = countParts(optimizers, new Fixture<NetworkCase>("optimizers"));
  for (const { name, pytorch, elsewhere } of [...layers, ...models, ...optim])
    if (pytorch === 0 && !elsewhere) missing.push(`${name}: not compared with PyTorch`);
  return { operations, layers, models, optimizers: optim, missing };
}

function countOperations(): OperationProofs[] {
  const fixture = new Fixture<OpCase>("ops");
  const all: Record<string, unknown> = { ...calls, ...functional, ...ops, oneHot };
  const [smooth, seconded] = [smoothCases(fixture), opinionated(fixture)];
  const count = (cases: readonly OpCase[], name: string) =>
    cases.filter(({ op }) => op === name).length;
  return Object.keys(all)
    .sort((a, b) => a.localeCompare(b, "en"))
    .map((name) => {
      const op = (ops as Record<string, unknown>)[name] as Op<never> | undefined;
      const gradcheck = count(smooth, name);
      return {
        name,
        // What is composed of operations is differentiable if PyTorch's is.
        differentiable: op?.differentiable ?? gradcheck > 0,
        pytorch: count(fixture.cases, name),
        gradcheck,
        twice: gradcheck,
        tensorflow: count(seconded, name),
        withoutTensorflow: withoutOpinion[name],
        property: name in properties,
      };
    });
}

function countParts(parts: object, { cases }: Fixture<NetworkCase>): PartProofs[] {
  const names = Object.keys(parts).filter((name) => !(name in calls));
  return names.map((name) => {
    const own = cases.filter(({ kind }) => kind === name);
    const trained = own.filter(({ losses }) => losses).length;
    return { name, pytorch: own.length, trained, elsewhere: elsewhere[name] };
  });
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) =>
        i === 0 || i === row.length - 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
      )
      .join("  ")
      .trimEnd();
  return [styleText("bold", line(rows[0])), ...rows.slice(1).map(line)].join("\n");
}

function report({ operations, layers, models, optimizers, missing }: Proofs): string {
  const total = <T>(rows: readonly T[], of: (row: T) => number) =>
    String(rows.reduce((sum, row) => sum + of(row), 0));
  const many = (n: number) => (n === 0 ? "·" : String(n));
  const part = (title: string, rows: readonly PartProofs[], trained = "ten losses") =>
    table([
      [title, "PyTorch", trained, ""],
      ...rows.map((row) => [
        row.name,
        many(row.pytorch),
        trained && many(row.trained),
        row.elsewhere ?? "",
      ]),
      [
        `${rows.length} in all`,
        total(rows, (row) => row.pytorch),
        trained && total(rows, (row) => row.trained),
        "",
      ],
    ]);
  const sections = [
    table([
      ["operation", "PyTorch", "gradcheck", "twice", "TensorFlow.js", "property", ""],
      ...operations.map((row) => [
        row.name,
        many(row.pytorch),
        row.differentiable ? many(row.gradcheck) : "none",
        row.differentiable ? many(row.twice) : "none",
        many(row.tensorflow),
        row.property ? "1" : "·",
        row.withoutTensorflow ? `TensorFlow.js: ${row.withoutTensorflow}` : "",
      ]),
      [
        `${operations.length} in all`,
        total(operations, (row) => row.pytorch),
        total(operations, (row) => row.gradcheck),
        total(operations, (row) => row.twice),
        total(operations, (row) => row.tensorflow),
        total(operations, (row) => Number(row.property)),
        "",
      ],
    ]),
    part("layer", layers),
    part("model", models),
    part("optimizer, schedule", optimizers, ""),
    missing.length === 0
      ? "None is without: every one is compared with PyTorch, everything differentiable is gradchecked."
      : styleText("red", ["Without:", ...missing].join("\n  ")),
  ];
  return sections.join("\n\n");
}

if (import.meta.main) {
  const proofs = countProofs();
  console.log(process.argv.includes("--json") ? JSON.stringify(proofs, null, 1) : report(proofs));
  process.exitCode = proofs.missing.length === 0 ? 0 : 1;
}
