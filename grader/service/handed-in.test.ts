import fc from "fast-check";
import { expect, test } from "vitest";
import { checkSource, exerciseOf, readFile, readNotebook } from "./handed-in.ts";
import { Refusal } from "./refusal.ts";

test.each([
  ["double.ts", "x", "double"],
  ["/home/lin/perceptron-update.ts", "x", "perceptron-update"],
  ["C:\\homework\\double.ts", "x", "double"],
  ["solution.ts", "let a;\n  //   exercise:   double  \nlet b;", "double"],
  ["negate.ts", "// exercise: double", "double"],
])("%s with %j answers an exercise", (file, source, exercise) => {
  expect(exerciseOf(file, source)).toBe(exercise);
});

test.each([
  ["My File.ts", "x"],
  ["Double.ts", "x"],
  ["-.ts", "x"],
  [".ts", 'const text = "// exercise: double";'],
])("%s with %j answers none", (file, source) => {
  expect(() => exerciseOf(file, source)).toThrow(/does not say which exercise/);
});

test("an exercise that is named wins over what the file says", () => {
  expect(readFile("double.ts", "// exercise: double", "negate")).toEqual([
    { exercise: "negate", source: "// exercise: double" },
  ]);
});

test("a notebook without the named exercise says which ones it has", () => {
  const cells = [{ cell_type: "code", source: "1", metadata: { gradus: { exercise: "double" } } }];
  const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
  try {
    readFile("a.ipynb", text, "negate");
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: "no_exercises", hint: "it has: double" });
  }
});

test("metadata of other tools is left alone", () => {
  const cell = (metadata: unknown) => ({ cell_type: "code", source: ["a\n", "b"], metadata });
  const cells = [
    cell({ gradus: { exercise: "double" }, tags: ["x"], jupyter: { source_hidden: true } }),
    cell({ gradus: { exercise: 5 } }),
    cell({ gradus: null }),
    cell({}),
  ];
  expect(readNotebook(JSON.stringify({ nbformat: 4, cells }))).toEqual([
    { exercise: "double", source: "a\nb" },
  ]);
});

test("whatever is sent, the answer is a refusal or exercises, never another error", () => {
  const nearly = fc.record({
    nbformat: fc.constantFrom(4, 3, "4", null),
    cells: fc.oneof(
      fc.jsonValue(),
      fc.array(
        fc.record(
          {
            cell_type: fc.constantFrom("code", "markdown", 1),
            source: fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(null)),
            metadata: fc.oneof(
              fc.constant({ gradus: { exercise: "double" } }),
              fc.dictionary(fc.string(), fc.jsonValue()),
            ),
          },
          { requiredKeys: [] },
        ),
      ),
    ),
  });
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    nearly.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(text, (text) => {
      try {
        for (const work of readNotebook(text)) checkSource(work);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }),
    { numRuns: 500 },
  );
});

test("a source longer than what is graded is refused before it is stored", () => {
  const source = (length: number) => ({ exercise: "double", source: "x".repeat(length) });
  expect(() => checkSource(source(262_144))).not.toThrow();
  expect(() => checkSource(source(262_145))).toThrow(
    "the source of double has 262145 characters; at most 262144 are graded",
  );
});
