import { describe, expect, test } from "vitest";
import { standardize, trainTestSplit } from "./data/prepare.ts";
import { ForbiddenError, NotWrittenYet, todo } from "./forbid.ts";
import { forbid, guardedNames } from "./host.ts";
import { Perceptron } from "./models/perceptron.ts";
import { Rng } from "./random.ts";
import { Tensor, tensor } from "./tensor.ts";
import { errorOf } from "./testing.ts";

const x = tensor([1, 2]);

describe("forbid", () => {
  test("an op throws while it is forbidden, and works before and after", () => {
    expect(errorOf(() => forbid(["matmul"], () => x.matmul(x)))).toMatchInlineSnapshot(`
      "ForbiddenError: matmul may not be used in this exercise: building it is the exercise
        hint: write it with simpler operations"
    `);
    expect(x.matmul(x).item()).toBe(5);
    expect(forbid(["matmul"], () => x.dot(x).item())).toBe(5);
  });

  test("everything on the list of names can be forbidden", () => {
    const m = tensor([
      [1, 2],
      [3, 4],
    ]);
    const reshaped = (name: string) =>
      ({ reshape: [[4]], slice: [0], take: [[0]], pow: [2] })[name];
    const uses: Record<string, () => unknown> = {
      Perceptron: () => new Perceptron(2),
      standardize: () => standardize(m),
      trainTestSplit: () => trainTestSplit(m, x, { rng: new Rng(1), testSize: 0.5 }),
    };
    for (const name of guardedNames()) {
      const use =
        uses[name] ??
        (() => {
          const target = name === "dot" ? x : m;
          const method = target[name as "add"] as (...args: unknown[]) => unknown;
          const unary = method.length === 0;
          return method.apply(
            target,
            reshaped(name) ?? (unary ? [] : isReduction(name) ? [0] : [target]),
          );
        });
      expect(use, name).not.toThrow();
      expect(() => forbid([name], use), name).toThrow(new ForbiddenError(name));
      expect(use, name).not.toThrow();
    }
  });

  test("until the promise settles", async () => {
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const running = forbid(["dot"], async () => {
      await gate;
      return x.sum().item();
    });
    expect(() => x.dot(x)).toThrow(ForbiddenError);
    goOn();
    expect(await running).toBe(3);
    expect(x.dot(x).item()).toBe(5);
  });

  test("a failure, now or later, frees the names and is passed on", async () => {
    const failure = new Error("mine");
    expect(() =>
      forbid(["dot"], () => {
        throw failure;
      }),
    ).toThrow(failure);
    await expect(
      forbid(["dot"], async () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    await expect(forbid(["dot"], async () => x.dot(x))).rejects.toBeInstanceOf(ForbiddenError);
    expect(x.dot(x).item()).toBe(5);
  });

  test("within one another, and twice the same name", () => {
    forbid(["dot", "dot"], () => {
      forbid(["dot", "sum"], () => expect(() => x.sum()).toThrow(ForbiddenError));
      expect(x.sum().item()).toBe(3);
      expect(() => x.dot(x)).toThrow(ForbiddenError);
    });
    expect(x.dot(x).item()).toBe(5);
  });

  test("a name that nothing goes by is a mistake of the exercise, not a free pass", () => {
    expect(errorOf(() => forbid(["sofmax"], () => 1)).split("\n")[0]).toMatchInlineSnapshot(
      `"RangeError: forbid: gradus has nothing to forbid by the name "sofmax""`,
    );
    expect(x.dot(x).item()).toBe(5);
  });
});

function isReduction(name: string): boolean {
  return ["sum", "mean", "std", "max", "min", "argmax", "argmin"].includes(name);
}

test("todo() names what is left to write", () => {
  expect(() => todo("move the weights")).toThrow(NotWrittenYet);
  expect(errorOf(() => todo("move the weights"))).toMatchInlineSnapshot(
    `"NotWrittenYet: not written yet: move the weights"`,
  );
  expect(errorOf(() => todo())).toMatchInlineSnapshot(
    `"NotWrittenYet: not written yet: this part is yours to write"`,
  );
});

test("the constructor of Tensor is not guarded: everything needs it", () => {
  expect(guardedNames()).not.toContain("Tensor");
  expect(new Tensor(Float32Array.of(1), [1]).item()).toBe(1);
});
