import { isMap, isScalar, LineCounter, parseDocument, type Node as YamlNode } from "yaml";
import { z } from "zod";
import { citation } from "./citation.ts";
import { type Place, unknown } from "./problem.ts";

const sentence = z.string().trim().min(1, "must not be empty");

const reference = z.strictObject({
  key: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]*$/,
      "must be lower-case letters, digits and hyphens, as in rosenblatt1958",
    ),
  /** `Surname, F. (year). Title. Where it appeared.` */
  text: sentence.refine(
    (text) => citation({ text }) !== null,
    "must begin with authors and year, as in: Rosenblatt, F. (1958). The perceptron: …",
  ),
  url: z.url({ protocol: /^https?$/, error: "must be a web address" }).optional(),
});

const frontMatter = z.strictObject({
  number: z.int().min(1),
  slug: z.string().regex(/^[a-z][a-z0-9-]*$/, "must be lower-case letters, digits and hyphens"),
  title: sentence,
  question: sentence,
  summary: sentence,
  minutes: z.int().min(1),
  objectives: z.array(sentence).min(1, "must name what a learner can do afterwards"),
  references: z.array(reference).default([]),
});

export type FrontMatter = z.infer<typeof frontMatter>;
export type Reference = z.infer<typeof reference>;

/** Reads the front matter of a chapter, which begins on the file's second line; null where it is refused. */
export function readFrontMatter(
  yaml: string | null,
  refuse: (place: Place, message: string) => void,
): FrontMatter | null {
  if (yaml === null) {
    refuse(
      { line: 1, column: 1 },
      "the chapter has no front matter: begin the file with a block of YAML between two lines of ---",
    );
    return null;
  }
  const start = { line: 1, column: 1 };
  const counter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: counter });
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: line + 1, column: col };
  };
  for (const error of document.errors)
    refuse(
      at(error.pos[0]),
      `front matter: ${error.message.split("\n")[0].replace(/ at line .*$/, "")}`,
    );
  if (document.errors.length > 0) return null;

  const result = frontMatter.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const name = issue.path.join(".");
    if (issue.code === "unrecognized_keys") {
      const known = Object.keys(issue.path.length > 0 ? reference.shape : frontMatter.shape);
      const parent = issue.path.length > 0 ? document.getIn(issue.path, true) : document.contents;
      for (const key of issue.keys) {
        const pair =
          isMap(parent) && parent.items.find((one) => isScalar(one.key) && one.key.value === key);
        const range = pair && isScalar(pair.key) ? pair.key.range : undefined;
        refuse(range ? at(range[0]) : start, `front matter: ${unknown("field", key, known)}`);
      }
      continue;
    }
    // The nearest part that exists: for a missing field, what it is missing from.
    let place: YamlNode | null = null;
    for (let length = issue.path.length; length > 0 && !place; length--)
      place = document.getIn(issue.path.slice(0, length), true) as YamlNode | null;
    const missing = document.getIn(issue.path) === undefined;
    const what = missing
      ? `"${name}" is missing: add ${issue.path.at(-1)?.toString()}: …`
      : `"${name}" ${issue.message.replace(/^Invalid input: /, "")}`;
    refuse(place?.range ? at(place.range[0]) : start, `front matter: ${what}`);
  }
  return null;
}
