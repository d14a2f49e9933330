import type { Element, Root as HtmlRoot } from "hast";
import { toJsxRuntime } from "hast-util-to-jsx-runtime";
import type { InlineCode, Root, Text } from "mdast";
import Link from "next/link";
import type { ComponentProps, ReactNode } from "react";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";
import rehypeKatex from "rehype-katex";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { SKIP, visit } from "unist-util-visit";

/** How doc comments are shown where they stand: links to other names, and fences of code. */
export interface DocContext {
  /** Where a name of the library is explained. */
  hrefOf(name: string): string | undefined;
  CodeBlock(props: { lang: string; code: string }): ReactNode | Promise<ReactNode>;
}

const processor = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkMath)
  .use(remarkText)
  .use(remarkRehype)
  .use(rehypeKatex, { output: "mathml" });

/** A doc comment's markdown as React, on the server. HTML in it is shown as the text it is. */
export function renderDoc(source: string, { hrefOf, CodeBlock }: DocContext): ReactNode {
  const tree = processor.runSync(processor.parse(source)) as HtmlRoot;
  return toJsxRuntime(tree, {
    Fragment,
    jsx,
    jsxs,
    passNode: true,
    components: {
      a({ href = "", children }: ComponentProps<"a">) {
        if (href.startsWith("ref:")) {
          const place = hrefOf(href.slice(4));
          return place ? (
            <Link href={place} prefetch={false}>
              {children}
            </Link>
          ) : (
            children
          );
        }
        return /^https?:/.test(href) ? (
          <a href={href} rel="noreferrer">
            {children}
          </a>
        ) : (
          children
        );
      },
      // Doc comments have no pictures.
      img: ({ alt }: ComponentProps<"img">) => alt,
      pre({ node }: { node?: Element }) {
        const code = node!.children[0] as Element;
        const text = code.children[0];
        const lang = /language-(\w+)/.exec(String(code.properties.className ?? ""))?.[1] ?? "";
        return <CodeBlock lang={lang} code={text?.type === "text" ? text.value.trimEnd() : ""} />;
      },
    },
  });
}

/** A shape such as [batch, time, channels], or [] for a single number. */
const SIZE = String.raw`(?:(?:\.\.\.|…)[\w ·*/+-]*|[\w ·*/+-]+)`;
const SHAPE = new RegExp(String.raw`(\[(?:${SIZE}(?:, ${SIZE})*)?\])`);

/** HTML is text, a shape is code, and code that is a name leads to it. */
function remarkText() {
  return (tree: Root) => {
    visit(tree, "html", (node, index, parent) => {
      if (parent && index !== undefined)
        parent.children[index] = { type: "text", value: node.value } as Text;
    });
    visit(tree, "inlineCode", (node, index, parent) => {
      const name = /^([A-Za-z_][\w.]*)(?:\(.*\))?$/.exec(node.value)?.[1];
      if (!name || !parent || index === undefined || parent.type === "link") return;
      parent.children[index] = { type: "link", url: `ref:${name}`, children: [node] };
      return SKIP;
    });
    visit(tree, "text", (node, index, parent) => {
      if (!parent || index === undefined || parent.type === "link") return;
      const parts = node.value.split(SHAPE);
      if (parts.length === 1) return;
      const nodes = parts
        .map((value, i) =>
          i % 2 === 1
            ? ({
                type: "inlineCode",
                value,
                data: { hProperties: { className: ["shape"] } },
              } satisfies InlineCode)
            : ({ type: "text", value } satisfies Text),
        )
        .filter(({ value }) => value !== "");
      parent.children.splice(index, 1, ...nodes);
      return [SKIP, index + nodes.length];
    });
  };
}
