import { parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { penguins } from "../data/tables.ts";
import { errorOf, HOSTILE } from "../testing.ts";
import { table } from "./table.ts";

describe("table", () => {
  test("rows as objects, as arrays, as a matrix; columns by name", () => {
    const expected = ["a  b", "─  ─", "1  x", "3  y"].join("\n");
    expect(
      String(
        table([
          { a: 1, b: "x" },
          { a: 3, b: "y" },
        ]),
      ),
    ).toBe(expected);
    expect(
      String(
        table(
          [
            [1, "x"],
            [3, "y"],
          ],
          { columns: ["a", "b"] },
        ),
      ),
    ).toBe(expected);
    expect(String(table({ a: [1, 3], b: ["x", "y"] }))).toBe(expected);
    expect(String(table({ a: tensor([1, 3]), b: ["x", "y"] }))).toBe(expected);
    expect(
      String(
        table(
          tensor([
            [1, 2],
            [3, 4],
          ]),
          { columns: ["p", "q"] },
        ),
      ),
    ).toMatchInlineSnapshot(`
      "p  q
      ─  ─
      1  2
      3  4"
    `);
    expect(
      String(table(penguins(), { columns: ["species", "bodyMass"], limit: 4, title: "Birds" })),
    ).toMatchInlineSnapshot(`
      "Birds
      species  bodyMass
      ───────  ────────
      Adelie       3750
      Adelie       3800
      Adelie       3250
      Adelie          –
      … 340 more rows"
    `);
  });

  test("numbers line up on the right, with as many decimals as needed", () => {
    expect(
      String(table({ n: [1, 20.5, -3.45678, 1e-9], note: ["one", null, "long text", undefined] })),
    ).toMatchInlineSnapshot(`
      "      n  note
      ───────  ─────────
       1.0000  one
      20.5000  –
      -3.4568  long text
      1.00e-9  –"
    `);
  });

  test("is marked up so that a screen reader finds headings and title", () => {
    expect(
      table([{ a: 1, b: "x" }], { title: "Two" }).toMimeBundle()["text/html"],
    ).toMatchInlineSnapshot(`
      "<table class="gradus-table">
      <caption>Two</caption>
      <thead><tr><th scope="col" style="text-align:right">a</th><th scope="col" style="text-align:left">b</th></tr></thead>
      <tbody>
      <tr><td style="text-align:right">1</td><td style="text-align:left">x</td></tr>
      </tbody>
      </table>"
    `);
  });

  test("nothing that a cell, heading or title holds becomes markup", () => {
    for (const hostile of HOSTILE) {
      const shown = table([{ [hostile]: hostile }], { title: hostile }).toMimeBundle()[
        "text/html"
      ] as string;
      const seen = elements(shown);
      expect(new Set(seen.tags)).toEqual(
        new Set(["table", "caption", "thead", "tbody", "tr", "th", "td"]),
      );
      expect(new Set(seen.attributes)).toEqual(new Set(["class", "scope", "style"]));
    }
  });

  test("a line break in a cell does not break the table in a terminal", () => {
    expect(String(table([{ a: "one\ntwo", b: 1 }])).split("\n")).toHaveLength(3);
  });

  test("what is said of rows and columns that make no table", () => {
    expect(errorOf(() => table([[1, 2], [3]]))).toMatchInlineSnapshot(
      `"TypeError: table: row 1 has 1 values for 2 headings: 0, 1"`,
    );
    expect(errorOf(() => table({ a: [1, 2], b: [3] }))).toMatchInlineSnapshot(
      `"TypeError: table: column "b" has 1 values, another has 2"`,
    );
    expect(errorOf(() => table({ a: [1] }, { columns: ["b"] }))).toMatchInlineSnapshot(
      `"TypeError: table: there is no column "b"; there are a"`,
    );
    expect(errorOf(() => table([{ a: 1 }, 5 as unknown as object]))).toMatchInlineSnapshot(
      `"TypeError: table: row 1 is 5; all rows must be objects, or all arrays"`,
    );
    expect(errorOf(() => table(5 as unknown as object[]))).toMatchInlineSnapshot(
      `"TypeError: table: expected rows or columns, got 5"`,
    );
    expect(errorOf(() => table([], { limit: -1 }))).toMatchInlineSnapshot(
      `"RangeError: table: the limit is 0 or more, got -1"`,
    );
  });
});

/** What an HTML parser, as in a browser, makes of a text. */
function elements(source: string): { tags: string[]; attributes: string[] } {
  const tags: string[] = [];
  const attributes: string[] = [];
  const walk = (node: { childNodes?: unknown[] }) => {
    for (const child of (node.childNodes ?? []) as {
      tagName?: string;
      attrs?: { name: string }[];
    }[]) {
      if (child.tagName) tags.push(child.tagName);
      attributes.push(...(child.attrs ?? []).map(({ name }) => name));
      walk(child as { childNodes?: unknown[] });
    }
  };
  walk(parseFragment(source));
  return { tags, attributes };
}
