import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import { errorOf } from "../testing.ts";
import { image } from "./image.ts";
import { base64, encodePng } from "./png.ts";

test("base64 is what Node makes of the same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    }),
  );
});

test("a PNG holds the pixels that went in", () => {
  const any = fc
    .tuple(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 4 }),
    )
    .chain(([width, height, channels]) =>
      fc.tuple(fc.constant({ width, height, channels }), fc.integer({ min: 0, max: 255 })),
    );
  fc.assert(
    fc.property(any, ([{ width, height, channels }, seed]) => {
      const pixels = Uint8Array.from(
        { length: width * height * channels },
        (_, i) => (i * 31 + seed) % 256,
      );
      const file = Buffer.from(encodePng(pixels, width, height, channels));
      expect(file.subarray(1, 4).toString()).toBe("PNG");
      expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([width, height]);
      // zlib checks the Adler sum as it inflates.
      const lines = inflateSync(file.subarray(41, 41 + file.readUInt32BE(33)));
      const row = width * channels;
      for (let y = 0; y < height; y++) {
        expect(lines[y * (row + 1)]).toBe(0);
        expect(
          lines
            .subarray(y * (row + 1) + 1, (y + 1) * (row + 1))
            .equals(pixels.subarray(y * row, (y + 1) * row)),
        ).toBe(true);
      }
    }),
    { numRuns: 25 },
  );
});

test("values become shades, from the smallest to the largest or over a given range", () => {
  const x = tensor([
    [0, 0.5],
    [1, 2],
  ]);
  expect([...image(x).pixels]).toEqual([0, 64, 128, 255]);
  expect([...image(x, { range: [0, 1] }).pixels]).toEqual([0, 128, 255, 255]);
  expect([...image([[3, 3]]).pixels]).toEqual([0, 0]);
});

test("in a terminal a picture is drawn with shades", () => {
  expect(
    String(
      image(
        [
          [0, 1],
          [0.5, 0],
        ],
        { alt: "two by two" },
      ),
    ),
  ).toMatchInlineSnapshot(`
    "two by two
    ██
    ▒▒██"
  `);
});

test("the picture has a text alternative, which cannot break out", () => {
  const bundle = image([[0, 1]], { alt: '"><script>' }).toMimeBundle();
  expect(bundle["text/html"]).toMatch(
    /^<img alt="&quot;&gt;&lt;script&gt;" width="224" height="112" style="[^"<>]*" src="data:image\/png;base64,[\w+/=]*">$/,
  );
  expect(bundle["text/plain"]).toContain('"><script>');
});

test("what is said of values that make no picture", () => {
  expect(errorOf(() => image(zeros([784])))).toMatchInlineSnapshot(`
    "ShapeError: image: a picture has shape [height, width], or [height, width, channels] with 1 to 4 channels
      shape: [784]
      hint: reshape it first: image(x.reshape([28, 28]))"
  `);
  expect(errorOf(() => image(zeros([2, 2, 5])))).toMatchInlineSnapshot(`
    "ShapeError: image: a picture has shape [height, width], or [height, width, channels] with 1 to 4 channels
      shape: [2, 2, 5]"
  `);
  expect(errorOf(() => image([[1]], { scale: 0 }))).toMatchInlineSnapshot(
    `"RangeError: image: the scale must be above 0, got 0"`,
  );
});
