import * as tf from "@tensorflow/tfjs";
import { describe, test } from "vitest";
import { type DType, Rng, type Tensor, tensor } from "../src/index.ts";
import { mustAgree } from "./close.ts";
import { Fixture, look, type OpCase } from "./fixtures.ts";
import { leavesOf, mixed, run } from "./run.ts";
import { opinions } from "./tensorflow.ts";

const fixture = new Fixture<OpCase>("ops");

// Other numbers each time; to repeat a run, set PROOFS_SEED to what the failure names.
const seed = Number(process.env.PROOFS_SEED ?? Date.now() % 1_000_000);

/** The shapes of a case with numbers drawn anew, each up to two fifths smaller than it was. */
function drawn(one: OpCase): Tensor[] {
  const rng = new Rng(seed);
  return leavesOf(one, fixture).map((leaf, i) => {
    const input = look(leaf, one.views?.[one.inputs[i]]).detach().clone();
    if (input.dtype === "float32")
      for (let k = 0; k < input.size; k++) input.data[k] *= 1 - 0.4 * rng.next();
    input.requiresGrad = leaf.requiresGrad;
    return input;
  });
}

function toTensorFlow({ data, shape, dtype }: Tensor): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}

function fromTensorFlow(x: tf.Tensor): Tensor {
  return tensor([...x.dataSync<"float32">()], { dtype: x.dtype as DType }).reshape(x.shape);
}

function compare(one: OpCase): void {
  const { call, differentiates } = opinions[one.op];
  const attributes = one.attributes ?? {};
  const leaves = drawn(one);
  const outputs = run({ ...one, views: {} }, leaves);
  const ask = (inputs: readonly tf.Tensor[]) =>
    [call(Object.fromEntries(one.inputs.map((key, i) => [key, inputs[i]])), attributes)].flat();
  const inputs = leaves.map(toTensorFlow);
  const named = Object.fromEntries(one.inputs.map((key, i) => [key, inputs[i]]));
  ask(inputs).forEach((answer, i) => {
    mustAgree(`output ${i}`, outputs[i].detach(), fromTensorFlow(answer));
  });

  const wanted = leaves.filter((leaf) => leaf.requiresGrad);
  if (wanted.length === 0 || differentiates?.(attributes, named) === false) return;
  mixed(one, fixture, outputs).backward();
  const gradients = tf.grads((...moved) => {
    const answers = ask(inputs.map((x, i) => moved[wanted.indexOf(leaves[i])] ?? x));
    const parts = answers.flatMap((answer, i) => {
      const up = `${one.name}/up/${i}`;
      return fixture.has(up) ? [answer.mul(toTensorFlow(fixture.tensor(up))).sum()] : [];
    });
    return tf.addN(parts);
  })(wanted.map(toTensorFlow));
  wanted.forEach((leaf, i) => {
    mustAgree(`gradient of ${one.inputs[i]}`, leaf.grad, fromTensorFlow(gradients[i]));
  });
}

/** The configurations that TensorFlow.js knows too. Tensors without numbers it often does not. */
function known(op: string): OpCase[] {
  return fixture.cases.filter((one) => {
    if (one.op !== op || one.special) return false;
    const inputs = drawn(one).map(toTensorFlow);
    if (inputs.some((input) => input.size === 0)) return false;
    const named = Object.fromEntries(one.inputs.map((key, i) => [key, inputs[i]]));
    return opinions[op].knows?.(one.attributes ?? {}, named) ?? true;
  });
}

describe.each(Object.keys(opinions))(`%s agrees with TensorFlow.js (PROOFS_SEED=${seed})`, (op) => {
  test.each(known(op))("$name", compare);
});
