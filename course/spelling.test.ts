// Every word of what learners read: chapters, exercises, hints. What no dictionary has stands in words.txt.
import fs from "node:fs";
import path from "node:path";
import dictionary from "dictionary-en";
import nspell from "nspell";
import { visit } from "unist-util-visit";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseMdx } from "./src/mdx.ts";
import { findRoot } from "./src/root.ts";

const root = findRoot();
const ours = fs
  .readFileSync(path.join(root, "course/words.txt"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"));
const checker = nspell(Buffer.from(dictionary.aff), Buffer.from(dictionary.dic));
for (const word of ours) checker.add(word);

/** What a file says in prose, piece by piece, with its line: no code, no formulas, no references. */
function* proseOf(file: string): Generator<{ line: number; text: string }> {
  const source = fs.readFileSync(file, "utf8");
  const pieces: { line: number; text: string }[] = [];
  visit(parseMdx(source, file).tree, (node) => {
    const line = node.position?.start.line ?? 1;
    if (node.type === "text") pieces.push({ line, text: node.value });
    if (node.type === "yaml") {
      const { references: _, slug: __, defines: ___, forbids: ____, ...front } = parse(node.value);
      const texts = Object.values(front)
        .flat()
        .filter((value) => typeof value === "string");
      pieces.push(...texts.map((text) => ({ line, text })));
    }
    if (node.type === "mdxJsxFlowElement" || node.type === "mdxJsxTextElement")
      for (const attribute of node.attributes)
        if (
          attribute.type === "mdxJsxAttribute" &&
          typeof attribute.value === "string" &&
          attribute.name !== "key" &&
          attribute.name !== "name"
        )
          pieces.push({ line, text: attribute.value });
  });
  yield* pieces;
}

/** Words of letters, with apostrophes inside; what holds a digit, an underscore or a dot is a name. */
function* wordsOf(text: string): Generator<string> {
  for (const token of text.split(/[\s—–/\-()[\]“”"…:;,!?]+/)) {
    const word = token.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "").replace(/['’]s?$/u, "");
    if (/^[\p{L}'’]{2,}$/u.test(word)) yield word.replace("’", "'");
  }
}

const files = ["course", "exercises"].flatMap((folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".mdx"))
    .map((name) => path.join(folder, name)),
);

test("every word is spelled as a dictionary has it, or stands in course/words.txt", () => {
  expect(files.length).toBeGreaterThan(5);
  const wrong: string[] = [];
  const used = new Set<string>();
  for (const file of files)
    for (const { line, text } of proseOf(path.join(root, file)))
      for (const word of wordsOf(text)) {
        // Each word once, where it stands first.
        if (!used.has(word) && !checker.correct(word)) {
          const near = checker.suggest(word).slice(0, 3);
          wrong.push(`${file}:${line} ${word}${near.length > 0 ? ` (${near.join(", ")}?)` : ""}`);
        }
        used.add(word);
      }
  expect(wrong).toEqual([]);
  // Words that no text holds any more.
  expect(ours.filter((word) => !used.has(word))).toEqual([]);
  expect(ours).toEqual([...ours].sort((a, b) => a.localeCompare(b, "en")));
});

test("a wrong word is found", () => {
  expect([...wordsOf("The preceptron’s “gradeints” (a_b, x2, w·x) aren’t colour.")]).toEqual([
    "The",
    "preceptron",
    "gradeints",
    "aren't",
    "colour",
  ]);
  for (const word of ["preceptron", "gradeints", "colour"])
    expect(checker.correct(word), word).toBe(false);
});
