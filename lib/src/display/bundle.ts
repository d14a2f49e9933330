import { inspect } from "./inspect.ts";

/** One value in several forms, by mime type; whoever shows it takes the richest it knows. */
export type MimeBundle = Record<string, unknown>;

/** Anything that knows how it wants to be shown. Every bundle has a `text/plain`. */
export interface Displayable {
  /** The forms in which it can be shown, by mime type. */
  toMimeBundle(): MimeBundle;
}

/** The mime type of charts that can be zoomed and read off. */
export const PLOTLY = "application/vnd.plotly.v1+json";

/** The forms in which a value can be shown. Whatever it is, it has a `text/plain`. */
export function toMimeBundle(value: unknown): MimeBundle {
  if (isDisplayable(value)) return value.toMimeBundle();
  return { "text/plain": typeof value === "string" ? value : inspect(value) };
}

function isDisplayable(value: unknown): value is Displayable {
  return typeof (value as Displayable | null)?.toMimeBundle === "function";
}
