import fs from "node:fs";
import { expect, test } from "vitest";
import { calls } from "./calls.ts";
import { countProofs } from "./count.ts";
import { properties } from "./properties.ts";
import { opinions, withoutOpinion } from "./tensorflow.ts";

const proofs = countProofs();

test("none is without its proofs", () => {
  expect(proofs.missing).toEqual([]);
});

test("what is counted is there: no table speaks of an operation that is gone", () => {
  const names = new Set(proofs.operations.map(({ name }) => name));
  for (const table of [calls, properties, opinions, withoutOpinion])
    expect(Object.keys(table).filter((name) => !names.has(name))).toEqual([]);
  expect(Object.keys(opinions).filter((name) => name in withoutOpinion)).toEqual([]);
});

test("the fixtures are smaller than 5 MB", () => {
  const folder = new URL("../parity/fixtures/", import.meta.url);
  const sizes = fs.readdirSync(folder).map((name) => fs.statSync(new URL(name, folder)).size);
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(5e6);
});
