import { PACK_PROVIDER, packs } from "gradus/host";

/** A data pack's file, from this site. Throws for a name that is none, in words for the learner. */
export async function fetchPack(name: string): Promise<Uint8Array> {
  if (!Object.hasOwn(packs, name))
    throw new Error(`there is no data called "${name}"; there is ${Object.keys(packs).join(", ")}`);
  const response = await fetch(`/data/${name}?${packs[name].slice(0, 8)}`).catch(() => undefined);
  if (!response?.ok)
    throw new Error(
      `${name}: the data could not be fetched${response ? ` (${response.status})` : ""}. Is the site still running? Then run the cell again.`,
    );
  return new Uint8Array(await response.arrayBuffer());
}

// Figures and checks run in the page itself.
if (typeof window !== "undefined")
  (globalThis as Record<symbol, unknown>)[PACK_PROVIDER] = fetchPack;
