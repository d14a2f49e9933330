import { expect, test } from "vitest";
import { type Entry, find } from "./reference-search.ts";

const entries: Entry[] = [
  ["matmul", "The matrix product."],
  ["Tensor", "Numbers in rows and columns."],
  ["Tensor.matmul", "The matrix product."],
  ["Tensor.max", "The largest number."],
  ["Tensor.argmax", "The place of the largest number."],
  ["Adam", "Steps with momentum and a learning rate of its own for each parameter."],
].map(([name, words]) => ({ name, words, kind: "", href: `/${name}` }));

const names = (wanted: string, limit = 10) => find(entries, wanted, limit).map(({ name }) => name);

test("a whole name comes before its beginning, that before a part of one", () => {
  expect(names("matmul")).toEqual(["matmul", "Tensor.matmul"]);
  expect(names("max")).toEqual(["Tensor.max", "Tensor.argmax"]);
  expect(names("tensor.m")).toEqual(["Tensor.matmul", "Tensor.max"]);
  expect(names("TENSOR", 1)).toEqual(["Tensor"]);
});

test("several words are sought in the description, in any order", () => {
  expect(names("rate learning")).toEqual(["Adam"]);
  expect(names("largest place")).toEqual(["Tensor.argmax"]);
});

test("nothing asked and nothing found", () => {
  expect(names("  ")).toEqual([]);
  expect(names("no such thing")).toEqual([]);
});
