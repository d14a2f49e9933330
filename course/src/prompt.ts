// The text of an exercise, read from its exercise.mdx as markdown for a notebook.
import fs from "node:fs";
import path from "node:path";
import { componentOf, type MdxNode, parseMdx, type Reader, toMarkdown } from "./mdx.ts";
import { CourseError, type Problem, unknown } from "./problem.ts";

export interface Prompt {
  markdown: string;
  /** Hints, from the gentlest on. */
  hints: string[];
}

/**
 * Reads the prompt and the hints of the exercise in `exercises/<name>`.
 * @throws CourseError with every problem found
 */
export function loadPrompt(name: string, root: string): Prompt {
  const file = `exercises/${name}/exercise.mdx`;
  const source = fs.readFileSync(path.join(root, file), "utf8");
  const problems: Problem[] = [];
  const reader: Reader = {
    source,
    references: new Map(),
    refuse: ({ line, column }, message) => problems.push({ file, line, column, message }),
  };
  const hints: string[] = [];
  const prose: MdxNode[] = [];
  for (const node of parseMdx(source, file).tree.children as MdxNode[]) {
    if (node.type === "yaml") continue;
    const found = componentOf(node, reader);
    if (!found) {
      if (hints.length > 0)
        reader.refuse(
          node.position!.start,
          "the hints come last: move this text above the first <Hint>",
        );
      prose.push(node);
    } else if (found.name !== "Hint")
      reader.refuse(found, unknown("component", found.name, ["Hint"]));
    else {
      for (const [attribute, { place }] of Object.entries(found.attributes))
        reader.refuse(place, `<Hint> takes no attributes: delete ${attribute}`);
      if (found.node.children.length === 0)
        reader.refuse(found, "<Hint> is empty: put its text between <Hint> and </Hint>");
      hints.push(toMarkdown(found.node.children, reader));
    }
  }
  const markdown = toMarkdown(prose, reader);
  if (!markdown)
    reader.refuse({ line: 1, column: 1 }, "the exercise has no prompt: say what is to be written");
  if (problems.length > 0) throw new CourseError(problems);
  return { markdown, hints };
}
