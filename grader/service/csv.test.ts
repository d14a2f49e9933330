import fc from "fast-check";
import { expect, test } from "vitest";
import { csv } from "./csv.ts";

test("fields with commas, quotes and line breaks are quoted", () => {
  expect(csv([["a", "b,c", 'say "hi"', "two\nlines", null, 1.5, -2]])).toBe(
    '\uFEFFa,"b,c","say ""hi""","two\nlines",,1.5,-2\r\n',
  );
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|cmd", "\n=1", "＝1"])(
  "a text that would be a formula is text: %j",
  (text) => {
    expect(csv([[text]]).replace(/[\uFEFF"]/g, "")[0]).toBe("'");
  },
);

test("nor is one behind what may divide cells elsewhere", () => {
  expect(csv([["Ann;=1+1", "a; -b", "a\t@c", "a-b; c=d"]])).toBe(
    "\uFEFFAnn;'=1+1,a;' -b,a\t'@c,a-b; c=d\r\n",
  );
});

test("every table comes back as it was", () => {
  const cell = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom('"', ",", "\r\n", "=", "'", ""),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 }),
      (rows) => {
        const safe = (text: string) =>
          text.replace(/(^|[;\t])(?=\s*[=+\-@|\t\r\n＝＋－＠])/g, "$1'");
        expect(parse(csv(rows))).toEqual(rows.map((row) => row.map(safe)));
      },
    ),
  );
});

/** A reader of RFC 4180, for the test. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 1;
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        field += text[at];
      }
      at++;
    } else while (text[at] !== "," && text[at] !== "\r") field += text[at++];
    row.push(field);
    if (text[at] === ",") at++;
    else {
      expect(text.slice(at, at + 2)).toBe("\r\n");
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
