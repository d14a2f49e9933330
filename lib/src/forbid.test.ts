import { describe, expect, test } from "vitest";
import { tensor } from "./create.ts";
import { ForbiddenError, NotWrittenYet, todo } from "./forbid.ts";
import { forbid, guarded } from "./host.ts";
import { Tensor } from "./tensor.ts";
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
    for (const [name, thing] of Object.entries(guarded())) {
      // Each looks at once whether it is forbidden, before it looks at what it was given.
      const use = () => Reflect.construct(thing as () => void, []);
      const call = () => (thing as () => void)();
      expect(() => forbid([name], /^[A-Z]/.test(name) ? use : call), name).toThrow(
        new ForbiddenError(name),
      );
    }
    expect(() => forbid(["add"], () => m.add(m))).toThrow(ForbiddenError);
    expect(forbid(["add"], () => m.sub(m).sum().item())).toBe(0);
    expect(m.add(m).sum().item()).toBe(20);
  });

  test("a gradient rule may use what the learner may not", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    forbid(["mul", "neg"], () => w.sigmoid().sum().backward());
    expect(w.grad.data[0]).toBeCloseTo(0.19661, 5);
    expect(() => forbid(["mul"], () => w.mul(w))).toThrow(ForbiddenError);
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
  expect(Object.keys(guarded())).not.toContain("Tensor");
  expect(new Tensor(Float32Array.of(1), [1]).item()).toBe(1);
});
