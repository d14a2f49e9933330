import type { Displayable, MimeBundle } from "./bundle.ts";

/** Text in a format that is shown richly where it can be, and as it stands elsewhere. */
export class Markup implements Displayable {
  readonly type: string;
  readonly source: string;
  readonly plain: string;

  constructor(type: string, source: string, plain: string = source) {
    this.type = type;
    this.source = source;
    this.plain = plain;
  }

  toMimeBundle(): MimeBundle {
    return { [this.type]: this.source, "text/plain": this.plain };
  }
}

/** HTML to show. `plain` stands in for it in a terminal; by default, its text without tags. */
export function html(source: string, plain: string = textOf(source)): Markup {
  return new Markup("text/html", source, plain);
}

/** An SVG picture to show. `plain` stands in for it in a terminal; by default, its title. */
export function svg(source: string, plain?: string): Markup {
  if (!/<svg[\s>]/.test(source))
    throw new TypeError("svg: this is no SVG\n  hint: it begins with <svg …>");
  // A picture of its own, not part of a page, needs its namespace.
  const whole = /<svg[^>]*\sxmlns=/.test(source)
    ? source
    : source.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  const title = /<title>([^<]*)<\/title>/.exec(source)?.[1];
  return new Markup(
    "image/svg+xml",
    whole,
    plain ?? `[picture${title ? `: ${decode(title)}` : ""}]`,
  );
}

/** Markdown to show; formulas between dollar signs. */
export function markdown(source: string): Markup {
  return new Markup("text/markdown", source);
}

/** Text to show as it is. */
export function text(source: string): Markup {
  return new Markup("text/plain", source);
}

function textOf(source: string): string {
  const text = source
    .replace(/<(script|style)[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<(br|\/p|\/div|\/li|\/tr|\/h[1-6])[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "");
  return decode(text).trim();
}

function decode(text: string): string {
  return text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&nbsp;/g, "\u00a0")
    .replace(/&amp;/g, "&");
}
