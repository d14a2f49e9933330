import { beforeAll, expect, test } from "vitest";
import * as host from "../src/host.ts";
import * as gradus from "../src/index.ts";
import { readReference } from "./build.ts";
import type { Item, Member } from "./model.ts";

let items: Item[];
const warnings: string[] = [];

beforeAll(async () => {
  const reference = await readReference((message) => warnings.push(message));
  items = reference.themes.flatMap((theme) => theme.items);
});

const item = (name: string): Item => items.find((one) => one.name === name)!;
const members = (one: Item): Member[] => one.sections.flatMap((section) => section.members);

test("everything that can be imported is in the reference", () => {
  const names = items.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(80);
  for (const name of [...Object.keys(gradus), ...Object.keys(host)]) expect(names).toContain(name);
});

test("every export says in a comment what it is", () => {
  const silent = items
    .filter(({ signatures }) => signatures.every(({ doc }) => doc === ""))
    .map(({ name, source }) => `${name} (${source.file}:${source.line})`);
  expect(silent, "write a doc comment: one sentence, the shapes, what is thrown").toEqual([]);
});

test("every method of an exported class says what it does, every function of a namespace too", () => {
  const silent = items
    .filter(({ kind }) => kind === "class" || kind === "namespace")
    .flatMap((one) =>
      members(one)
        .filter(({ kind }) => kind !== "property" && kind !== "constructor")
        .filter(({ signatures }) => signatures.every(({ doc }) => doc === ""))
        .map(({ name, source }) => `${one.name}.${name} (${source.file}:${source.line})`),
    );
  expect(silent, "write a doc comment: one sentence, the shapes, what is thrown").toEqual([]);
});

test("links lead somewhere, and every type that a signature names is exported", () => {
  expect(warnings).toEqual([]);
});

test("pages and anchors can be told apart, also where upper and lower case cannot", () => {
  const slugs = items.map(({ slug }) => slug.toLowerCase());
  expect(slugs).toEqual([...new Set(slugs)]);
  expect(item("chart").slug).toBe("chart");
  expect(item("Chart").slug).toBe("Chart-class");
  for (const one of items) {
    const anchors = members(one).map(({ anchor }) => anchor);
    expect(anchors, one.name).toEqual([...new Set(anchors)]);
  }
});

test("a function: its declaration, its parameters, the parts of its options", () => {
  expect(item("trainTestSplit").signatures).toMatchInlineSnapshot(`
    [
      {
        "code": "function trainTestSplit(
      x: Tensor,
      y: Tensor,
      options?: { rng?: Rng; testSize?: number },
    ): Split",
        "doc": "Splits examples at random. x [n, …] and y [n, …] stay in step.",
        "examples": [],
        "parameters": [
          {
            "default": "",
            "doc": "",
            "name": "x",
            "optional": false,
            "type": "Tensor",
          },
          {
            "default": "",
            "doc": "",
            "name": "y",
            "optional": false,
            "type": "Tensor",
          },
          {
            "default": "",
            "doc": "Where the order comes from, by default [\`defaultRng\`](ref:defaultRng).",
            "name": "options.rng",
            "optional": true,
            "type": "Rng",
          },
          {
            "default": "",
            "doc": "The share that is kept for testing, between 0 and 1; by default a quarter.",
            "name": "options.testSize",
            "optional": true,
            "type": "number",
          },
        ],
        "returns": "",
        "throws": [],
      },
    ]
  `);
});

test("a class: members under the headings of the source, with links and defaults", () => {
  const tensor = item("Tensor");
  expect(tensor.sections.map(({ title }) => title)).toContain("Reading");
  const reading = tensor.sections.find(({ title }) => title === "Reading")!;
  expect(reading.members.map(({ name }) => name)).toContain("[Symbol.iterator]");
  const slice = members(tensor).find(({ name }) => name === "slice")!;
  expect(slice.signatures[0].parameters.map((one) => [one.name, one.type, one.default])).toEqual([
    ["start", "number", ""],
    ["end", "number", ""],
    ["axis", "number", "0"],
    ["step", "number", "1"],
  ]);
  expect(item("TensorLike").signatures[0].doc).toContain("[`tensor`](ref:tensor)");
});
