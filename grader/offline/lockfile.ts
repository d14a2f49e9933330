/** A package-lock.json for a part of the workspaces: the same versions, without what only others need. */

interface Entry {
  resolved?: string;
  link?: boolean;
  [key: string]: unknown;
}

interface Lockfile {
  name: string;
  version: string;
  lockfileVersion: number;
  requires: boolean;
  packages: Record<string, Entry>;
}

const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/** @param manifests the package.json files that remain, by path, the root's among them */
export function pruneLockfile(
  lock: Lockfile,
  manifests: Readonly<Record<string, Record<string, unknown>>>,
): Lockfile {
  const own = new Map<string, Entry>();
  for (const [file, manifest] of Object.entries(manifests)) {
    const place = file.replace(/\/?package\.json$/, "");
    const fields = ["name", "version", "license", "workspaces", "bin", "engines", ...kinds];
    const entry = Object.fromEntries(
      fields.flatMap((field) => (manifest[field] === undefined ? [] : [[field, manifest[field]]])),
    );
    own.set(place, entry);
  }
  const kept = new Set<string>();
  const visit = (place: string): void => {
    if (kept.has(place)) return;
    kept.add(place);
    const { resolved, link } = lock.packages[place] ?? {};
    if (link && resolved !== undefined) {
      visit(resolved);
      return;
    }
    const entry = own.get(place) ?? lock.packages[place];
    const peers = (entry?.peerDependenciesMeta ?? {}) as Record<string, { optional?: boolean }>;
    for (const kind of kinds)
      for (const name of Object.keys((entry?.[kind] as object | undefined) ?? {})) {
        // What a package gets along without does not come along for its sake.
        if (kind === "peerDependencies" && peers[name]?.optional) continue;
        const found = resolve(lock, place, name);
        if (found !== undefined) visit(found);
      }
  };
  for (const place of own.keys()) {
    visit(place);
    for (const [link, entry] of Object.entries(lock.packages))
      if (entry.link && entry.resolved === place) visit(link);
  }
  return {
    ...lock,
    packages: Object.fromEntries(
      Object.entries(lock.packages)
        .filter(([place]) => kept.has(place))
        .map(([place, entry]) => [place, own.get(place) ?? entry]),
    ),
  };
}

/** Where a package finds another, as Node looks for it: the nearest node_modules upward. */
function resolve(lock: Lockfile, from: string, name: string): string | undefined {
  for (let place = from; ; ) {
    const candidate = `${place === "" ? "" : `${place}/`}node_modules/${name}`;
    if (lock.packages[candidate]) return candidate;
    if (place === "") return undefined;
    const nested = place.lastIndexOf("/node_modules/");
    place = nested >= 0 ? place.slice(0, nested) : "";
  }
}
