import fc from "fast-check";
import { test } from "vitest";
import { mustAgree } from "./close.ts";
import { Draw, properties } from "./properties.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

test.each(Object.entries(properties))(
  "%s keeps its property on any shape and numbers",
  (name, property) => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, seed) => {
        const [left, right] = property(new Draw(shape, seed));
        mustAgree(name, left, right, { relative: 1e-5, absolute: 1e-5 });
      }),
    );
  },
);
