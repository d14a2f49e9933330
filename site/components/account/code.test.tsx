import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { Code } from "./code";
import { Remarks } from "./report";

const html = (source: string, diagnostics: Parameters<typeof Code>[0]["diagnostics"]) =>
  renderToStaticMarkup(<Code source={source} label="code" diagnostics={diagnostics} />);
const marks = (text: string) =>
  [...text.matchAll(/<mark[^>]*>(.*?)<\/mark>/g)].map(([, inside]) => inside);

describe("what the compiler means is marked", () => {
  test("from its first character to its last, whatever colors the line has", () => {
    const text = html('const name: number = "text"; // wrong\nname;', [
      { line: 1, column: 7, endLine: 1, endColumn: 11, code: 2322, message: "not assignable" },
    ]);
    expect(marks(text).join("")).toBe("name");
    expect(text).toMatch(/data-line="1" data-marked="true"/);
    expect(text).not.toMatch(/data-line="2" data-marked/);
    expect(text).toMatch(/TS<!-- -->2322|TS2322/);
  });

  test("across pieces of several colors, and across lines", () => {
    const across = html('f("a", 1);\ng(\n  2);', [
      { line: 1, column: 1, endLine: 1, endColumn: 10, message: "one" },
      { line: 2, column: 1, endLine: 3, endColumn: 4, message: "two" },
    ]);
    expect(marks(across).join("")).toBe("f(&quot;a&quot;, 1)g(  2");
  });

  test("a remark of an older report, which has no end, marks its line alone", () => {
    const text = html("const a = 1;", [{ line: 1, column: 7, message: "as it was" }]);
    expect(marks(text)).toEqual([]);
    expect(text).toContain('data-marked="true"');
    expect(text).toContain("as it was");
  });

  test("one behind the end of the file stands at its last line", () => {
    const text = html("{", [
      { line: 2, column: 1, endLine: 2, endColumn: 1, message: "'}' expected" },
    ]);
    expect(text).toMatch(/data-line="1" data-marked="true"/);
  });
});

test("remarks are listed with number and related places, and types not checked are said to be", () => {
  const listed = renderToStaticMarkup(
    <Remarks
      report={{
        diagnostics: [
          {
            line: 3,
            column: 1,
            code: 2554,
            message: "Expected 1 arguments, but got 0.",
            related: [{ line: 1, column: 9, message: "'x' was not provided." }],
          },
        ],
      }}
    />,
  ).replaceAll("<!-- -->", "");
  expect(listed).toMatch(
    /Line 3: .*TS2554.*Expected 1 arguments.*Line 1: &#x27;x&#x27; was not provided\./,
  );
  const unchecked = renderToStaticMarkup(
    <Remarks report={{ diagnostics: [], typesUnchecked: "The types were not checked." }} />,
  );
  expect(unchecked).toContain("The types were not checked.");
  expect(renderToStaticMarkup(<Remarks report={{ diagnostics: [] }} />)).toBe("");
});
