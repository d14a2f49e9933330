import "server-only";
import { evaluate } from "@mdx-js/mdx";
import type { Element, Root as HtmlRoot } from "hast";
import type { Code, Root } from "mdast";
import type { MdxJsxFlowElement } from "mdast-util-mdx-jsx";
import type { ComponentType, ReactNode } from "react";
import * as runtime from "react/jsx-runtime";
import rehypeKatex from "rehype-katex";
import rehypeSlug from "rehype-slug";
import remarkFrontmatter from "remark-frontmatter";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import { visit } from "unist-util-visit";
import { meaningOf } from "./meaning";

export interface Heading {
  id: string;
  text: string;
}

export interface RenderedChapter {
  content: ReactNode;
  /** The sections, for the table of contents. */
  headings: Heading[];
}

// biome-ignore lint/suspicious/noExplicitAny: MDX hands every component its own props.
export type Components = Record<string, ComponentType<any>>;

/** What a component of a chapter is given besides what stands in the text. */
export type Extra = (name: string, attributes: Record<string, string>) => Record<string, string>;

/** A chapter's MDX as React, on the server. Numbers figures and exercises in their order. */
export async function renderChapter(
  source: string,
  components: Components,
  extra: Extra,
): Promise<RenderedChapter> {
  const headings: Heading[] = [];
  const { default: Content } = await evaluate(source, {
    ...runtime,
    remarkPlugins: [remarkFrontmatter, remarkGfm, remarkMath, [remarkCourse, extra]],
    rehypePlugins: [
      rehypeSlug,
      [rehypeKatex, { output: "mathml" }],
      rehypeMeaning,
      rehypeSigns,
      [rehypeHeadings, headings],
    ],
  });
  return { content: <Content components={components} />, headings };
}

/** Markdown with mathematics (a prompt, a hint) as React, on the server. */
export async function renderMarkdown(source: string, components: Components): Promise<ReactNode> {
  const { default: Content } = await evaluate(source, {
    ...runtime,
    format: "md",
    remarkPlugins: [remarkGfm, remarkMath, remarkCourse],
    rehypePlugins: [[rehypeKatex, { output: "mathml" }], rehypeMeaning, rehypeSigns],
  });
  return <Content components={components} />;
}

/** Fences become <Cell> or <CodeBlock>; figures and exercises are numbered; a citation's key gets a name React allows. */
function remarkCourse(extra: Extra = () => ({})) {
  return (tree: Root) => {
    const numbers: Record<string, number> = { Figure: 0, Exercise: 0 };
    visit(tree, "code", (node, index, parent) => {
      if (parent && index !== undefined) parent.children[index] = codeElement(node);
    });
    visit(tree, (node) => {
      if (node.type !== "mdxJsxFlowElement" && node.type !== "mdxJsxTextElement") return;
      const name = node.name ?? "";
      const given: Record<string, string> = {};
      for (const item of node.attributes)
        if (item.type === "mdxJsxAttribute" && typeof item.value === "string") {
          if (item.name === "key") item.name = "reference";
          given[item.name] = item.value;
        }
      if (name in numbers) node.attributes.push(attribute("number", String(++numbers[name])));
      for (const [key, value] of Object.entries(extra(name, given)))
        node.attributes.push(attribute(key, value));
    });
  };
}

function codeElement({ lang, meta, value }: Code): MdxJsxFlowElement {
  const [, id, only] = /^cell id=([\w-]+)( notebook)?$/.exec(meta ?? "") ?? [];
  return {
    type: "mdxJsxFlowElement",
    name: id ? (only ? "NotebookCell" : "Cell") : "CodeBlock",
    attributes: id
      ? [attribute("id", id)]
      : [attribute("lang", lang ?? ""), attribute("code", value)],
    children: [],
  };
}

const attribute = (name: string, value: string) =>
  ({ type: "mdxJsxAttribute", name, value }) as const;

/** Colors the symbols of formulas by what they stand for, as figures and charts do. */
function rehypeMeaning() {
  return (tree: HtmlRoot) => {
    visit(tree, "element", (node: Element) => {
      if (node.tagName !== "mi") return;
      const [child] = node.children;
      const meaning = child?.type === "text" ? meaningOf(child.value) : undefined;
      if (meaning) node.properties.className = [`means-${meaning}`];
    });
  };
}

/** A minus after another operator is a sign, not a subtraction: no space goes after it. */
function rehypeSigns() {
  return (tree: HtmlRoot) => {
    visit(tree, "element", (node: Element, index, parent) => {
      if (node.tagName !== "mo" || !parent || !index || !/^[-−+]$/.test(textOf(node))) return;
      const before = parent.children[index - 1];
      if (before.type === "element" && before.tagName === "mo" && !/^[)\]|}]$/.test(textOf(before)))
        node.properties.form = "prefix";
    });
  };
}

function rehypeHeadings(headings: Heading[]) {
  return (tree: HtmlRoot) => {
    visit(tree, "element", (node: Element) => {
      if (node.tagName === "h2")
        headings.push({ id: String(node.properties.id), text: textOf(node) });
    });
  };
}

function textOf(node: Element): string {
  let text = "";
  visit(node, "text", ({ value }) => {
    text += value;
  });
  return text;
}
