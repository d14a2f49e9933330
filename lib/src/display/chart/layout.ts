import type { Marks, Plot } from "./model.ts";

/** How much wider semi-bold letters are. */
export const BOLD = 1.1;

/** The title as it stands over the chart. */
export function titleLines({ title, width }: Plot): string[] {
  return wrap(title, BOLD * 15, width - 32);
}

/** Lines only, each with a name: then the names stand where the lines end. */
export function labelsAtLineEnds({ marks, grids, width }: Plot): boolean {
  return (
    marks.length > 1 &&
    grids.length === 0 &&
    marks.every(
      (mark) => mark.kind === "line" && mark.name !== "" && lastPoint(mark) !== undefined,
    ) &&
    Math.max(...marks.map(({ name }) => textWidth(name, 13))) < width / 4
  );
}

export function lastPoint({ x, y }: Marks): { x: number; y: number } | undefined {
  for (let i = x.length - 1; i >= 0; i--)
    if (Number.isFinite(x[i]) && Number.isFinite(y[i])) return { x: x[i], y: y[i] };
  return undefined;
}

/** Heights, from the top down, moved until no two names touch and none lies below `lowest`. */
export function spread(heights: readonly number[], lowest: number, apart = 16): number[] {
  const out = [...heights];
  for (let i = 1; i < out.length; i++) out[i] = Math.max(out[i], out[i - 1] + apart);
  for (let i = out.length - 1, limit = lowest; i >= 0; i--, limit = out[i + 1] - apart)
    out[i] = Math.min(out[i], limit);
  return out;
}

/** A text in lines of at most `room` pixels, cut short after the second. */
export function wrap(text: string, size: number, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length > 0 && (lines.length === 2 || textWidth(longer, size) <= room))
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => cut(line, size, room));
}

/** A text that is too long ends in an ellipsis. */
export function cut(text: string, size: number, room: number): string {
  const characters = [...text];
  if (textWidth(text, size) <= room) return text;
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, size) > room)
    characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/**
 * About how wide a text is, in pixels. Its true width depends on a font that may not be there;
 * this is that of a wide one.
 */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of text) {
    if (/[\u1100-\uffdc]|[\ud800-\udbff]/.test(character)) ems += 1.05;
    else if (/[iljtfrI.,:;'|()! ]/.test(character)) ems += 0.38;
    else if (/[A-ZmwMW@%]/.test(character)) ems += 0.82;
    else ems += 0.62;
  }
  return ems * size;
}
