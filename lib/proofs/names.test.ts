import { expect, test } from "vitest";
import {
  AlexNet,
  bertBase,
  gpt2,
  type Module,
  Rng,
  resnet18,
  resnet50,
  type Shape,
  type Tensor,
  ViT,
  zeros,
} from "../src/index.ts";
import { readJson } from "./fixtures.ts";

/** Full-size weights need no chance to have a shape. */
class Still extends Rng {
  override uniform(shape: Shape): Tensor {
    return zeros(shape);
  }
  override normal(shape: Shape): Tensor {
    return zeros(shape);
  }
}

const still = new Still(1);
const published: Record<string, () => Module> = {
  alexnet: () => new AlexNet({}, still),
  resnet18: () => resnet18({}, still),
  resnet50: () => resnet50({}, still),
  vit_b_16: () =>
    new ViT({ image: 224, patch: 16, width: 768, heads: 12, layers: 12, classes: 1000 }, still),
  gpt2: () => gpt2({}, still),
  "bert-base-uncased": () => bertBase({}, still),
};

const names = readJson<Record<string, Record<string, number[]>>>("names.json");

test("every published model has one of ours", () => {
  expect(Object.keys(published).sort()).toEqual(Object.keys(names).sort());
});

test.each(Object.keys(published))("%s: names and shapes of all weights as published", (name) => {
  const state = Object.entries(published[name]().stateDict());
  expect(Object.fromEntries(state.map(([key, { shape }]) => [key, [...shape]]))).toEqual(
    names[name],
  );
});
