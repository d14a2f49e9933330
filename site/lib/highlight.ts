import "server-only";
import { createHighlighter, type ThemeRegistrationRaw } from "shiki";

/**
 * Code is set like text: the grammar's classes become five CSS classes (styles in cell.css), so one
 * rendering serves both themes and stays small. The colors here only carry the class through shiki.
 */
const classes = {
  k: "#000001",
  s: "#000002",
  c: "#000003",
  n: "#000004",
  p: "#000006",
} as const;

const theme: ThemeRegistrationRaw = {
  name: "gradus",
  type: "light",
  fg: "#000000",
  bg: "#ffffff",
  settings: [
    { settings: { foreground: "#000000" } },
    {
      scope: [
        "keyword",
        "storage",
        "constant.language",
        "variable.language",
        "keyword.operator.new",
        "keyword.operator.expression",
      ],
      settings: { foreground: classes.k },
    },
    { scope: ["keyword.operator"], settings: { foreground: "#000000" } },
    {
      scope: ["string", "punctuation.definition.string", "string.regexp"],
      settings: { foreground: classes.s },
    },
    { scope: ["comment", "punctuation.definition.comment"], settings: { foreground: classes.c } },
    { scope: ["constant.numeric"], settings: { foreground: classes.n } },
    {
      scope: ["entity.name.type", "support.type", "meta.type.annotation", "keyword.operator.type"],
      settings: { foreground: classes.p },
    },
  ],
};

const byColor = new Map<string, string>(
  Object.entries(classes).map(([name, color]) => [color, name]),
);

// Only what chapters use: every grammar at once takes half a minute to load.
const languages = ["typescript", "javascript", "json", "shellscript"] as const;
const aliases: Record<string, (typeof languages)[number]> = {
  ts: "typescript",
  typescript: "typescript",
  js: "javascript",
  javascript: "javascript",
  json: "json",
  sh: "shellscript",
  bash: "shellscript",
  shell: "shellscript",
};

let highlighter: ReturnType<typeof createHighlighter> | undefined;

/** `code` as HTML: one span a line, classes for words. An unknown language stays plain. */
export async function highlight(code: string, language: string): Promise<string> {
  const lang = aliases[language];
  if (!lang)
    return code
      .split("\n")
      .map((line) => lineOf(escapeHtml(line)))
      .join("\n");
  // One highlighter for all pages.
  highlighter ??= createHighlighter({ themes: [theme], langs: [...languages] });
  const { codeToTokensBase } = await highlighter;
  // Without a limit: on a busy machine the first line could take longer than shiki's, and be left half done.
  const lines = codeToTokensBase(code, { lang, theme, tokenizeTimeLimit: 0 });
  return lines
    .map((tokens) =>
      lineOf(
        tokens
          .map(({ content, color }) => {
            const name = byColor.get(color?.toLowerCase() ?? "");
            const text = escapeHtml(content);
            return name ? `<span class="${name}">${text}</span>` : text;
          })
          .join(""),
      ),
    )
    .join("\n");
}

const lineOf = (html: string): string => `<span class="line">${html}</span>`;
const escapeHtml = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
