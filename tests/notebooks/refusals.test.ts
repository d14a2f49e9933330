// A chapter with anything wrong in it is refused, with file, line and column, and what to do.
import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cellsOf, loadChapter } from "../../course/src/chapter.ts";
import { citation } from "../../course/src/citation.ts";
import { buildNotebook } from "../../course/src/notebook.ts";
import { CourseError } from "../../course/src/problem.ts";
import { bodyLine, frontMatter, makeCourse } from "./course.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true });
});

/** What is said against a chapter, without the name of its file. */
async function against(chapter: string, name = "01-tiny"): Promise<string[]> {
  const root = makeCourse(chapter, name);
  folders.push(root);
  try {
    await buildNotebook(loadChapter(path.join(root, `course/${name}.mdx`), { root }), { root });
    return [];
  } catch (error) {
    if (!(error instanceof CourseError)) throw error;
    const file = `course/${name}.mdx:`;
    return error.message.split("\n").map((line) => {
      expect(line.startsWith(file), line).toBe(true);
      return line.slice(file.length);
    });
  }
}

const body = (text: string) => against(`${frontMatter}${text}`);
const front = (change: (text: string) => string) => against(change(frontMatter));
const cell = (code: string) => body(`\`\`\`ts cell id=a\n${code}\n\`\`\`\n`);

describe("front matter", () => {
  test("must be there", async () => {
    expect(await against("Hello.\n")).toEqual([
      "1:1: the chapter has no front matter: begin the file with a block of YAML between two lines of ---",
    ]);
  });
  test("must be YAML", async () => {
    expect(await front((text) => text.replace("title: A", "title: [A"))).toEqual([
      expect.stringMatching(/^\d+:\d+: front matter: \S/),
    ]);
  });
  test("misses nothing", async () => {
    expect(await front((text) => text.replace(/question: .*\n/, ""))).toEqual([
      '1:1: front matter: "question" is missing: add question: …',
    ]);
  });
  test("knows no other fields", async () => {
    expect(await front((text) => text.replace("minutes: 5", "minutes: 5\nminuts: 6"))).toEqual([
      '8:1: front matter: unknown field "minuts"; did you mean "minutes"? known: number, slug, title, question, summary, minutes, objectives, references',
    ]);
  });
  test("holds the right kinds", async () => {
    expect(await front((text) => text.replace("minutes: 5", 'minutes: "5"'))).toEqual([
      '7:10: front matter: "minutes" expected number, received string',
    ]);
    expect(await front((text) => text.replace("\n  - Run a cell", " []"))).toEqual([
      '8:13: front matter: "objectives" must name what a learner can do afterwards',
    ]);
    expect(await front((text) => text.replace("https://mitpress.mit.edu/", "mitpress"))).toEqual([
      '15:10: front matter: "references.1.url" must be a web address',
    ]);
  });
  test("belongs to the file's name", async () => {
    expect(await against(frontMatter, "02-tiny")).toEqual([
      '1:1: front matter: number 1 and slug "tiny" belong to a file named 01-tiny.mdx: rename the file or change them',
    ]);
    expect(await against(frontMatter, "tiny")).toEqual([
      "1:1: a chapter's file is named by its number and slug, as in 01-perceptron.mdx",
    ]);
  });
  test("names each reference once, with authors and year", async () => {
    expect(await front((text) => text.replace("minsky1969", "rosenblatt1958"))).toEqual([
      '1:1: front matter: two references have the key "rosenblatt1958"',
    ]);
    expect(await front((text) => text.replace("(1969)", "1969"))).toEqual([
      '14:11: front matter: "references.1.text" must begin with authors and year, as in: Rosenblatt, F. (1958). The perceptron: …',
    ]);
  });
});

describe("components", () => {
  const figure = (attributes: string) => body(`<Figure ${attributes} caption="c" alt="a" />\n`);
  test("an unknown figure", async () => {
    expect(await figure('name="lime"')).toEqual([
      `${bodyLine}:1: unknown figure "lime"; did you mean "line"? known: line`,
    ]);
  });
  test("a figure without its still", async () => {
    expect(await figure('name="unfinished"')).toEqual([
      `${bodyLine}:1: the figure "unfinished" has no still.svg, which the notebook shows: add site/figures/unfinished/still.svg`,
    ]);
  });
  test("a figure without its text alternative", async () => {
    expect(await body('<Figure name="line" caption="c" />\n')).toEqual([
      `${bodyLine}:1: <Figure> needs alt="…"`,
    ]);
  });
  test("an unknown exercise", async () => {
    const [line] = await body('Text.\n\n<Exercise name="perceptron-updat" />\n');
    expect(line).toMatch(
      `${bodyLine + 2}:1: unknown exercise "perceptron-updat"; did you mean "perceptron-update"?`,
    );
  });
  test("an exercise twice", async () => {
    const one = '<Exercise name="perceptron-update" />';
    expect(await body(`${one}\n\n${one}\n`)).toEqual([
      `${bodyLine + 2}:1: the exercise "perceptron-update" stands on line ${bodyLine} already: give each its own`,
    ]);
  });
  test("an unknown component, alone and in a sentence", async () => {
    const known = "Figure, Exercise, Aside, Predict, Cite";
    expect(await body("<Figur />\n")).toEqual([
      `${bodyLine}:1: unknown component "Figur"; did you mean "Figure"? known: ${known}`,
    ]);
    expect(await body("Look <b>here</b>.\n")).toEqual([
      `${bodyLine}:6: unknown component "b"; known: ${known}`,
    ]);
  });
  test("an unknown reference", async () => {
    expect(await body('So it was <Cite key="rosenblatt1985" />.\n')).toEqual([
      `${bodyLine}:11: unknown reference "rosenblatt1985"; did you mean "rosenblatt1958"? known: rosenblatt1958, minsky1969`,
    ]);
  });
  test("an attribute that is no string, or is not known", async () => {
    expect(await figure('name="line" width={3}')).toEqual([
      `${bodyLine}:21: <Figure> takes plain strings only: write width="…"`,
    ]);
    expect(await figure('name="line" width="3"')).toEqual([
      `${bodyLine}:21: <Figure>: unknown attribute "width"; known: name, caption, alt`,
    ]);
  });
  test("an empty one, and one in a sentence", async () => {
    expect(await body('<Predict question="?"></Predict>\n')).toEqual([
      `${bodyLine}:1: <Predict> is empty: put its text between <Predict> and </Predict>`,
    ]);
    expect(await body('See <Figure name="line" caption="c" alt="a" /> here.\n')).toEqual([
      `${bodyLine}:5: <Figure> must stand on lines of its own, with an empty line before and after`,
    ]);
  });
});

describe("text", () => {
  test("import and export", async () => {
    const said =
      "import and export have no place in a chapter: components are known by name, and code goes into a cell";
    expect(await body('Text.\n\nimport x from "y";\n')).toEqual([`${bodyLine + 2}:1: ${said}`]);
    expect(await body("export const a = 1;\n")).toEqual([`${bodyLine}:1: ${said}`]);
  });
  test("expressions, but not comments", async () => {
    expect(await body("The set {1 + 1}.\n")).toEqual([
      `${bodyLine}:9: a JavaScript expression has no place in a chapter; a brace in prose is written \\{`,
    ]);
    expect(await body("Text. {/* a note to the author */}\n\n{/* alone */}\n")).toEqual([]);
  });
  test("what is no MDX at all", async () => {
    const [brace] = await body("Text.\n\nThe set {1, 2\n");
    expect(brace).toMatch(
      new RegExp(`^${bodyLine + 2}:\\d+: .*\\(in prose a brace is written \\\\{\\)$`),
    );
    const [tag] = await body("If a <b then.\n\n<Aside>never closed\n");
    expect(tag).toMatch(new RegExp(`^${bodyLine}(\\+2)?:|^${bodyLine + 2}:`));
  });
  test("pictures, footnotes, headings out of rank", async () => {
    expect(await body("![a](a.png)\n")).toEqual([
      `${bodyLine}:1: a picture is a figure with a caption and a still: use <Figure name="…" caption="…" alt="…" />`,
    ]);
    expect(await body("So[^1].\n\n[^1]: Note.\n")).toContain(
      `${bodyLine}:3: a notebook has no footnotes: use <Aside>`,
    );
    expect(await body("# Title\n")).toEqual([
      `${bodyLine}:1: a heading of the first rank is the chapter's title: begin with ##`,
    ]);
    expect(await body("## A\n\n#### B\n")).toEqual([
      `${bodyLine + 2}:1: a heading of rank 4 under one of rank 2 leaves one out: write ###`,
    ]);
  });
});

describe("cells", () => {
  test("without an id, with a bad one, with one twice", async () => {
    expect(await body("```ts cell\na\n```\n")).toEqual([
      `${bodyLine}:1: this cell has no id, under which its outputs are kept: write \`\`\`ts cell id=a-name`,
    ]);
    expect(await body("```ts cell id=A b\na\n```\n")).toEqual([
      `${bodyLine}:1: cannot read "cell id=A b": an id is lower-case letters, digits and hyphens, as in \`\`\`ts cell id=load-penguins`,
    ]);
    expect(await body("```ts cell id=a\n1;\n```\n\n```ts cell id=a\n2;\n```\n")).toEqual([
      `${bodyLine + 4}:1: the cell id "a" stands on line ${bodyLine} already: give each its own`,
    ]);
  });
  test("in another language, inside a component, empty", async () => {
    expect(await body("```js cell id=a\na\n```\n")).toEqual([
      `${bodyLine}:1: a live cell is written in ts, not js: begin it with \`\`\`ts cell id=a-name`,
    ]);
    expect(await body("<Aside>\n```ts cell id=a\na\n```\n</Aside>\n")).toEqual([
      `${bodyLine + 1}:1: a live cell cannot stand inside another block: put it on the chapter's top level`,
    ]);
    expect(await body("```ts cell id=a\n```\n")).toEqual([
      `${bodyLine}:1: the cell "a" is empty: give it code or delete it`,
    ]);
  });
  test("a syntax error, at its line and column", async () => {
    expect(await cell("const a = 1;\nconst b = a +;\n")).toEqual([
      `${bodyLine + 2}:14: cell "a": Expression expected.`,
    ]);
  });
  test("what the page or the kernel cannot run", async () => {
    expect(await cell('import fs from "node:fs";')).toEqual([
      `${bodyLine + 1}:1: cell "a": a cell runs in the page too, where only "gradus" can be imported`,
    ]);
    expect(await cell("console.log(1);\nexport const a = 1;")).toEqual([
      `${bodyLine + 2}:1: cell "a": a cell exports nothing: what it declares is there in the cells below; delete \`export\``,
    ]);
    expect(await cell("console.log(import.meta.url);")).toEqual([
      `${bodyLine + 1}:13: cell "a": a cell is no module: import.meta does not exist in it`,
    ]);
    expect(await cell("{\n  using a = open();\n}")).toEqual([
      `${bodyLine + 2}:3: cell "a": the kernel's TypeScript does not know \`using\`: write const, and close it yourself`,
    ]);
    expect(await cell("await (async () => 1)();")).toEqual([
      `${bodyLine + 1}:1: cell "a": the kernel cannot await a function where it is written: put its body into the cell, which may await`,
    ]);
  });
  test("every problem is told at once", async () => {
    expect(await body('<Foo />\n\n<Bar />\n\nSee <Cite key="x" />.\n')).toHaveLength(3);
  });
});

describe("a sound chapter", () => {
  const text = [
    "## One",
    "",
    'Weights \\{$w_1$, $w_2$\\} <Cite key="minsky1969" />, said Rosenblatt <Cite key="rosenblatt1958" />. {/* gone */}',
    "",
    "```ts cell id=first",
    "const a = 1;",
    "",
    "console.log(a);",
    "```",
    "",
    "```ts",
    "shown, not run",
    "```",
    "",
    "<Aside>",
    '  A note with $x$ <Cite key="minsky1969" /> on',
    "  two lines.",
    "</Aside>",
    "",
    '<Predict question="How many?">Three.</Predict>',
    "",
    '<Figure name="line" caption="A line." alt="A &quot;straight&quot; line" />',
    "",
  ].join("\n");

  test("is cut into blocks that know their lines", () => {
    const root = makeCourse(`${frontMatter}${text}`);
    folders.push(root);
    const chapter = loadChapter(path.join(root, "course/01-tiny.mdx"), { root });
    expect(chapter.blocks.map(({ kind, line }) => [kind, line - bodyLine])).toEqual([
      ["prose", 0],
      ["cell", 5],
      ["prose", 10],
      ["aside", 14],
      ["predict", 19],
      ["figure", 21],
    ]);
    expect(cellsOf(chapter)[0].code).toBe("const a = 1;\n\nconsole.log(a);");
    const [prose, , , aside] = chapter.blocks;
    expect(prose).toMatchObject({
      heading: { depth: 2, text: "One" },
      markdown:
        "## One\n\nWeights \\{$w_1$, $w_2$\\} (Minsky and Papert, 1969), said Rosenblatt (Rosenblatt, 1958).",
    });
    expect(aside).toMatchObject({
      markdown: "A note with $x$ (Minsky and Papert, 1969) on\ntwo lines.",
    });
  });

  test("becomes a notebook that holds its figure and its references", async () => {
    const root = makeCourse(`${frontMatter}${text}`);
    folders.push(root);
    const chapter = loadChapter(path.join(root, "course/01-tiny.mdx"), { root });
    const built = await buildNotebook(chapter, { root });
    const texts = built.cells.map((cell) => cell.source);
    expect(texts[0]).toMatch(/^# 1\. A tiny chapter\n\n\*Does it run\?\*/);
    expect(texts).toContain("> A note with $x$ (Minsky and Papert, 1969) on\n> two lines.");
    expect(texts).toContain(
      "**Predict, then look.** How many?\n\n<details>\n<summary>Answer</summary>\n\nThree.\n\n</details>",
    );
    const figure = built.cells.find((cell) => cell.source.startsWith("<img"));
    expect(figure?.source).toMatch(
      '<img src="attachment:line.png" width="40" alt="A &quot;straight&quot; line">',
    );
    const png =
      figure?.cell_type === "markdown" ? figure.attachments?.["line.png"]["image/png"] : undefined;
    const picture = Buffer.from(String(png), "base64");
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([80, 40]);
    expect(texts.at(-1)).toMatch(
      /^## References\n\n- Rosenblatt, F\. .*\n- Minsky.*<https:\/\/mitpress\.mit\.edu\/>$/,
    );
    // Another build that starts from this one keeps the picture, byte for byte.
    const again = await buildNotebook(chapter, { root, previous: built });
    expect(again).toEqual(built);
  });
});

test("authors and year of a reference", () => {
  const cited = (text: string) => {
    const found = citation({ text });
    return found && `${found.authors}, ${found.year}`;
  };
  expect(cited("Rosenblatt, F. (1958). The perceptron.")).toBe("Rosenblatt, 1958");
  expect(cited("Minsky, M., & Papert, S. (1969). Perceptrons.")).toBe("Minsky and Papert, 1969");
  expect(cited("Rumelhart, D. E., Hinton, G. E., & Williams, R. J. (1986a). Learning.")).toBe(
    "Rumelhart et al., 1986a",
  );
  expect(cited("van der Maaten, L., & Hinton, G. (2008). Visualizing data.")).toBe(
    "van der Maaten and Hinton, 2008",
  );
  expect(cited("LeCun, Y. (1989). Backpropagation.")).toBe("LeCun, 1989");
  expect(cited("McCulloch, W. S. and Pitts, W. (1943). A logical calculus.")).toBe(
    "McCulloch and Pitts, 1943",
  );
  expect(cited("OpenAI (2023). A report.")).toBe("OpenAI, 2023");
  expect(cited("A title without authors, 1958")).toBeNull();
});
