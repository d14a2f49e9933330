/**
 * What the description of the API says of a request, for what reads it: so the description cannot go
 * stale, since a route that reads something else fails with the first request.
 */
import type { z } from "zod";

export interface Described {
  /** The shape of its JSON; undefined: it has none, or reads it in its own way. */
  body?: z.ZodType | undefined;
  /** The names of what may stand behind the question mark. */
  query: ReadonlySet<string>;
}

const all = new WeakMap<Request, Described>();

export function describeRequest(request: Request, described: Described): void {
  all.set(request, described);
}

export function describedOf(request: Request): Described | undefined {
  return all.get(request);
}
