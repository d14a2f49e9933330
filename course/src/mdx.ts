// MDX as the course uses it: markdown, mathematics and a handful of components, but no JavaScript.
import type { Heading, Nodes, Root } from "mdast";
import type {} from "mdast-util-math"; // and those of mathematics
import type {} from "mdast-util-mdx"; // brings the node types of MDX
import type { MdxJsxFlowElement, MdxJsxTextElement } from "mdast-util-mdx-jsx";
import remarkFrontmatter from "remark-frontmatter";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import remarkMdx from "remark-mdx";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { visit } from "unist-util-visit";
import type { VFileMessage } from "vfile-message";
import { citation } from "./citation.ts";
import type { Reference } from "./front.ts";
import { CourseError, type Place, unknown } from "./problem.ts";

export type MdxNode = Nodes;
type Element = MdxJsxFlowElement | MdxJsxTextElement;

export interface Mdx {
  tree: Root;
}

/** What goes along while a text is read. */
export interface Reader {
  source: string;
  /** References by key; null where they are not known, so that citations are not judged. */
  references: Map<string, Reference> | null;
  refuse(place: Place, message: string): void;
}

/** A block-level component with its attributes. */
export interface Component extends Place {
  name: string;
  attributes: Record<string, { value: string; place: Place }>;
  node: Element;
}

const parser = unified()
  .use(remarkParse)
  .use(remarkFrontmatter, ["yaml"])
  .use(remarkGfm)
  .use(remarkMath)
  .use(remarkMdx);

/** @throws CourseError where the text is no MDX */
export function parseMdx(source: string, file: string): Mdx {
  try {
    return { tree: parser.parse(source) };
  } catch (error) {
    const message = error as VFileMessage;
    if (typeof message.reason !== "string") throw error;
    const brace = /expression|acorn|brace/i.test(message.reason);
    const hint = brace
      ? "in prose a brace is written \\{"
      : /before name|in name|expected a closing tag|closing slash|tag/i.test(message.reason)
        ? "in prose a less-than sign is written \\<"
        : "";
    throw new CourseError([
      {
        file,
        line: message.line ?? 1,
        column: message.column ?? 1,
        message: `${message.reason}${hint ? ` (${hint})` : ""}`,
      },
    ]);
  }
}

const isElement = (node: MdxNode): node is Element =>
  node.type === "mdxJsxFlowElement" || node.type === "mdxJsxTextElement";

/** A comment, as MDX writes it: an expression with nothing but a comment inside. */
const isComment = (node: MdxNode): boolean =>
  (node.type === "mdxFlowExpression" || node.type === "mdxTextExpression") &&
  /^\s*\/\*[\s\S]*\*\/\s*$/.test(node.value);

/** The attributes of a component, all of which must be plain strings. */
function attributesOf(node: Element, reader: Reader): Component["attributes"] {
  const attributes: Component["attributes"] = {};
  for (const attribute of node.attributes) {
    const place = attribute.position?.start ?? node.position!.start;
    if (attribute.type !== "mdxJsxAttribute" || typeof attribute.value !== "string")
      reader.refuse(
        place,
        `<${node.name}> takes plain strings only: write ${attribute.type === "mdxJsxAttribute" ? attribute.name : "name"}="…"`,
      );
    else attributes[attribute.name] = { value: attribute.value, place };
  }
  return attributes;
}

/** The component that a top-level node is: an element on lines of its own, or alone in its paragraph. */
export function componentOf(node: MdxNode, reader: Reader): Component | null {
  let element: Element | undefined;
  if (node.type === "mdxJsxFlowElement") element = node;
  else if (node.type === "paragraph") {
    const inside = node.children.filter(
      (child) => !(child.type === "text" && child.value.trim() === "") && !isComment(child),
    );
    if (inside.length === 1 && inside[0].type === "mdxJsxTextElement" && inside[0].name !== "Cite")
      element = inside[0];
  }
  if (!element) return null;
  const { line, column } = element.position!.start;
  if (element.name === null) {
    reader.refuse({ line, column }, "an empty tag <> has no meaning here: delete it");
    return null;
  }
  return {
    name: element.name,
    attributes: attributesOf(element, reader),
    node: element,
    line,
    column,
  };
}

/** Plain text of a heading. */
export function headingText(node: Heading): string {
  let text = "";
  visit(node, (child) => {
    if (child.type === "text" || child.type === "inlineCode" || child.type === "inlineMath")
      text += child.value;
  });
  return text.trim();
}

/** "(Rosenblatt, 1958)" for a <Cite key="rosenblatt1958" />. */
function citeText(node: Element, reader: Reader): string {
  const { key, ...rest } = attributesOf(node, reader);
  const place = node.position!.start;
  for (const [name, { place: there }] of Object.entries(rest))
    reader.refuse(there, `<Cite>: ${unknown("attribute", name, ["key"])}`);
  if (!key) {
    reader.refuse(place, '<Cite> needs key="…", a key of the references in the front matter');
    return "";
  }
  if (!reader.references) return "";
  const found = reader.references.get(key.value);
  if (!found) {
    reader.refuse(place, unknown("reference", key.value, [...reader.references.keys()]));
    return "";
  }
  const { authors, year } = citation(found)!;
  return `(${authors}, ${year})`;
}

/** What prose must not hold, with what to do instead; null for a node that may stand. */
function refusal(node: MdxNode): string | null {
  switch (node.type) {
    case "mdxjsEsm":
      return "import and export have no place in a chapter: components are known by name, and code goes into a cell";
    case "mdxFlowExpression":
    case "mdxTextExpression":
      return isComment(node)
        ? null
        : "a JavaScript expression has no place in a chapter; a brace in prose is written \\{";
    case "image":
    case "imageReference":
      return 'a picture is a figure with a caption and a still: use <Figure name="…" caption="…" alt="…" />';
    case "footnoteReference":
    case "footnoteDefinition":
      return "a notebook has no footnotes: use <Aside>";
    case "html":
      return "HTML has no place in a chapter: use markdown or a component";
    case "code":
      return /^cell\b/.test(node.meta ?? "")
        ? "a live cell cannot stand inside another block: put it on the chapter's top level"
        : null;
    default:
      return null;
  }
}

/**
 * Nodes that follow one another, as they were written, in the markdown that a notebook reads: citations written out,
 * comments left out, the indentation of a component's body removed.
 */
export function toMarkdown(nodes: readonly MdxNode[], reader: Reader): string {
  if (nodes.length === 0) return "";
  const changes: { start: number; end: number; text: string }[] = [];
  for (const top of nodes)
    visit(top, (node: MdxNode) => {
      const why = refusal(node);
      const place = node.position!.start;
      if (why) reader.refuse(place, why);
      const replace = (text: string) =>
        changes.push({
          start: node.position!.start.offset!,
          end: node.position!.end.offset!,
          text,
        });
      if (isComment(node)) replace("");
      if (!isElement(node)) return;
      if (node.name === "Cite") replace(citeText(node, reader));
      else if (["Figure", "Exercise", "Aside", "Predict"].includes(node.name ?? ""))
        reader.refuse(
          place,
          `<${node.name}> must stand on lines of its own, with an empty line before and after`,
        );
      else
        reader.refuse(
          place,
          unknown("component", node.name ?? "", ["Figure", "Exercise", "Aside", "Predict", "Cite"]),
        );
      return "skip";
    });
  const { start } = nodes[0].position!;
  const end = nodes.at(-1)!.position!.end.offset!;
  let text = "";
  let from = start.offset!;
  for (const change of changes.sort((a, b) => a.start - b.start)) {
    text += reader.source.slice(from, change.start) + change.text;
    from = change.end;
  }
  text += reader.source.slice(from, end);
  const indent = " ".repeat(start.column - 1);
  const lines = text
    .split("\n")
    .map((line) => (indent && line.startsWith(indent) ? line.slice(indent.length) : line));
  return lines.join("\n").trim();
}
