import { HANDED, type Handed, Library } from "./library.ts";

const scope = globalThis as unknown as Record<symbol, Handed>;

/** The library as the page handed it to this worker. */
export const library: Library = new Library(scope[Symbol.for(HANDED)]);
