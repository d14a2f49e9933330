import * as tf from "@tensorflow/tfjs";
import { describe, test } from "vitest";
import { type DType, type Tensor, tensor } from "../src/index.ts";
import { mustAgree } from "./close.ts";
import { Fixture, type OpCase } from "./fixtures.ts";
import { mixed, run } from "./run.ts";
import { drawn, opinionated, opinions, seed, toTensorFlow } from "./tensorflow.ts";

const fixture = new Fixture<OpCase>("ops");

function fromTensorFlow(x: tf.Tensor): Tensor {
  return tensor([...x.dataSync<"float32">()], { dtype: x.dtype as DType }).reshape(x.shape);
}

function compare(one: OpCase): void {
  const { call, differentiates } = opinions[one.op];
  const attributes = one.attributes ?? {};
  const leaves = drawn(one, fixture);
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

const cases = opinionated(fixture);

describe.each(Object.keys(opinions))(`%s agrees with TensorFlow.js (PROOFS_SEED=${seed})`, (op) => {
  test.each(cases.filter((one) => one.op === op))("$name", compare);
});
