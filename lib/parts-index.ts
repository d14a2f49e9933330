/** What a page and a worker know of the library's files: see parts.ts. */
export interface Index {
  /** By name, which has a hash of what is in it. */
  readonly files: Readonly<Record<string, File>>;
  /** The file that trains networks. */
  readonly core: string;
  /** The file that has `gradus/host`; it needs all others. */
  readonly host: string;
}

export interface File {
  /** The public names that it has, in the order of what it returns. */
  readonly names: readonly string[];
  /** The files that must be there before it. */
  readonly needs: readonly string[];
}

/** A file and all that it needs, each behind what it needs itself. */
export function withNeeds({ files }: Index, file: string): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    files[name].needs.forEach(visit);
    order.add(name);
  };
  visit(file);
  return [...order];
}
