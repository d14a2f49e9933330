/** Searches a copy of the course for what learners must not have. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A line or name of a secret file that stands in the copy. */
export interface Leak {
  /** In the copy. */
  file: string;
  /** Where it is from. */
  secret: string;
  text: string;
}

/** A line with fewer characters than this says nothing: `return sum;` */
const SHORTEST = 20;

/**
 * Two people who count write `const counts = new Map<string, number>();`, one in the library and one in a
 * solution. So the library and what runs it may have this many lines of one secret, each by chance.
 */
const CHANCE = 2;
const machinery = /^(lib|grader|jupyter|scripts)\//;

/**
 * Looks for every line of solutions, mutants, hidden checks and whatever else lies beside an exercise,
 * and for the names of hidden checks, in the bytes of each file. What the author of an exercise tells in
 * its prompt, hints, starter and public checks, or in a chapter, is no secret.
 */
export function findLeaks(root: string, copy: ReadonlyMap<string, Uint8Array>): Leak[] {
  const open = openText(root);
  const secrets = new Map<string, string>();
  for (const file of secretFiles(root)) {
    const text = readFileSync(join(root, file), "utf8");
    for (const line of text.split("\n").map(squeeze))
      if (
        line.replaceAll(" ", "").length >= SHORTEST &&
        !/^import\b/.test(line) &&
        !open.includes(line)
      )
        secrets.set(line, file);
    for (const name of checkNames(text)) if (!open.includes(name)) secrets.set(`"${name}"`, file);
  }
  const leaks: Leak[] = [];
  for (const [file, bytes] of copy) {
    if (/\.gz$/.test(file)) continue;
    const raw = Buffer.from(bytes).toString("utf8");
    // In JSON, quotation marks and line ends are written otherwise.
    const text = squeeze(/\.(ipynb|json)$/.test(file) ? strings(JSON.parse(raw)) : raw);
    const found = [...secrets].flatMap(([line, secret]) =>
      text.includes(line) ? [{ file, secret, text: line }] : [],
    );
    const byChance = ({ secret, text }: Leak): boolean =>
      machinery.test(file) &&
      !text.startsWith('"') &&
      found.filter((one) => one.secret === secret).length <= CHANCE;
    leaks.push(...found.filter((one) => !byChance(one)));
    if (/(^|\/)(hidden\.ts|mutants|solutions)(\/|$)|\.map$/.test(file))
      leaks.push({ file, secret: file, text: "the file itself" });
  }
  return leaks;
}

/** The names of the checks in a file, as they stand in `check("name", …`. */
function checkNames(text: string): string[] {
  return [...text.matchAll(/\bcheck\(\s*(["'`])((?:(?!\1).)+)\1/g)].map(([, , name]) => name);
}

/** Everything that is written for learners' eyes. */
function openText(root: string): string {
  const files = [
    ...folders(join(root, "exercises")).flatMap((name) =>
      ["exercise.mdx", "starter.ts", "checks.ts"].map((file) => `exercises/${name}/${file}`),
    ),
    ...(existsSync(join(root, "course"))
      ? readdirSync(join(root, "course")).map((name) => `course/${name}`)
      : []
    ).filter((file) => file.endsWith(".mdx")),
  ];
  return files.map((file) => squeeze(readFileSync(join(root, file), "utf8"))).join("\n");
}

function* secretFiles(root: string): Generator<string> {
  for (const name of folders(join(root, "exercises")))
    for (const file of readdirSync(join(root, "exercises", name), {
      recursive: true,
      encoding: "utf8",
    }))
      if (!/^(exercise\.mdx|starter\.ts|checks\.ts)$/.test(file) && /\.\w+$/.test(file))
        yield `exercises/${name}/${file}`;
  const solutions = join(root, "solutions");
  if (existsSync(solutions))
    for (const file of readdirSync(solutions)) if (/\.\w+$/.test(file)) yield `solutions/${file}`;
}

const folders = (place: string): string[] =>
  readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Every text in a value, the parts of a list joined as a notebook's lines are. */
function strings(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(strings).join("");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([key, inner]) => `${key}\n${strings(inner)}`)
    .join("\n");
}
