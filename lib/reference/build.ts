// The reference of everything that `gradus` and `gradus/host` export, from the sources and their
// comments by typedoc: `npm run reference -w lib` writes dist/reference.json, which the site shows.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  Application,
  type Comment,
  type CommentDisplayPart,
  DeclarationReflection,
  Logger,
  LogLevel,
  type ParameterReflection,
  Reflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
  type SourceReference,
  TypeDocReader,
} from "typedoc";
import type {
  Item,
  Kind,
  Member,
  Parameter,
  Reference,
  Section,
  Signature,
  Source,
} from "./model.ts";
import { themeOf, themes } from "./themes.ts";

const lib = fileURLToPath(new URL("..", import.meta.url));
const sources = path.join(lib, "src");

/** Reads the library's sources. `warn` hears of links to nothing, and of types that are not exported. */
export async function readReference(warn: (message: string) => void): Promise<Reference> {
  const app = await Application.bootstrap({ options: path.join(lib, "typedoc.json") }, [
    new TypeDocReader(),
  ]);
  app.logger = new Listener(warn);
  const project = await app.convert();
  if (!project || app.logger.hasErrors()) throw new Error("typedoc could not read the sources");
  app.validate(project);

  const exports = (project.children ?? []).flatMap((entry) =>
    (entry.children ?? [])
      .filter(({ kind }) => kind !== ReflectionKind.Reference)
      .map((one) => ({ one, from: entry.name === "host" ? "gradus/host" : "gradus" })),
  );
  const names = exports.map(({ one }) => one.name);
  const items = exports.map(({ one, from }) => itemOf(one, from, names));
  items.sort(
    ({ source: a }, { source: b }) =>
      themeOf(a.file).turn - themeOf(b.file).turn ||
      (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1),
  );
  const found = groupBy(items, ({ from, source }) =>
    from === "gradus/host" ? "host" : themeOf(source.file).id,
  );
  return {
    themes: themes([...found.keys()]).map(({ id, title }) => ({
      id,
      title,
      items: found.get(id)!,
    })),
  };
}

class Listener extends Logger {
  private readonly tell: (message: string) => void;

  constructor(tell: (message: string) => void) {
    super();
    this.tell = tell;
  }

  override log(message: string, level: LogLevel): void {
    super.log(message, level);
    if (level >= LogLevel.Warn) this.tell(message);
  }
}

function groupBy<One>(all: readonly One[], key: (one: One) => string): Map<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

function itemOf(one: DeclarationReflection, from: string, names: readonly string[]): Item {
  const kind = kindOf(one);
  // Two exports may differ in case alone (Chart and chart); file systems may not tell them apart.
  const alone = names.every(
    (name) => name === one.name || name.toLowerCase() !== one.name.toLowerCase(),
  );
  const slug = alone || kind === "function" ? one.name : `${one.name}-${kind}`;
  const inherited = new Map<string, string[]>();
  const own = (one.children ?? []).filter((member) => {
    // What comes from the language, as the message of an Error does, is no matter of the library.
    if (!placeOf(member)?.fullFileName.startsWith(sources)) return false;
    // `inheritedFrom` is written "Module.train". What options inherit is shown with them.
    const base = member.inheritedFrom?.name.split(".")[0];
    if (kind !== "class" || !base || !names.includes(base)) return true;
    if (member.kind !== ReflectionKind.Constructor)
      inherited.set(base, [...(inherited.get(base) ?? []), member.name]);
    return false;
  });
  return {
    name: one.name,
    slug,
    kind,
    from,
    signatures: declarationOf(one, kind),
    source: sourceOf(one),
    sections: ["class", "interface", "namespace"].includes(kind) ? sectionsOf(own) : [],
    inherited: [...inherited].map(([base, members]) => ({ from: base, names: members })),
    extendedBy: (one.extendedBy ?? [])
      .map(({ name }) => name)
      .filter((name) => names.includes(name)),
  };
}

function kindOf({ kind }: DeclarationReflection): Kind {
  if (kind === ReflectionKind.Class) return "class";
  if (kind === ReflectionKind.Function) return "function";
  if (kind === ReflectionKind.Namespace) return "namespace";
  if (kind === ReflectionKind.Interface) return "interface";
  return kind === ReflectionKind.TypeAlias ? "type" : "constant";
}

/** How an export is declared, without what stands in its braces. */
function declarationOf(one: DeclarationReflection, kind: Kind): Signature[] {
  if (kind === "function")
    return (one.signatures ?? []).map((signature) => call(signature, `function ${one.name}`));
  const generic = typeParameters(one);
  const bases = (word: string, types?: readonly SomeType[]) =>
    types?.length ? ` ${word} ${types.join(", ")}` : "";
  const abstract = one.flags.isAbstract ? "abstract " : "";
  const heads: Record<Kind, () => string> = {
    class: () =>
      `${abstract}class ${one.name}${generic}${bases("extends", one.extendedTypes)}${bases("implements", one.implementedTypes)}`,
    namespace: () => `namespace ${one.name}`,
    interface: () => `interface ${one.name}${generic}${bases("extends", one.extendedTypes)}`,
    type: () => union(`type ${one.name}${generic} = ${one.type}`, one.type),
    constant: () => `const ${one.name}: ${one.type}`,
    function: () => "",
  };
  return [plain(heads[kind](), one.comment)];
}

/** A long union gets a line for each of its types. */
function union(line: string, type: SomeType | undefined): string {
  if (line.length <= 80 || type?.type !== "union") return line;
  return `${line.slice(0, line.indexOf(" = "))} =${type.types.map((one) => `\n  | ${one}`).join("")}`;
}

/** The members under the headings that stand in the source as `// ---- reading ----`. */
function sectionsOf(members: readonly DeclarationReflection[]): Section[] {
  const anchors = new Set<string>();
  const placed = members.map((one) => {
    let anchor = `.${one.name}`;
    if (anchors.has(anchor)) anchor = `.static${anchor}`;
    anchors.add(anchor);
    return { title: headingOver(one), member: memberOf(one, anchor) };
  });
  return [...groupBy(placed, ({ title }) => title)].map(([title, all]) => ({
    title,
    members: all.map(({ member }) => member),
  }));
}

function headingOver(member: DeclarationReflection): string {
  const { file, line } = sourceOf(member);
  for (const above of linesOf(file).slice(0, line).reverse()) {
    const heading = /^ {2}\/\/ ---- (.+?) -+$/.exec(above)?.[1];
    if (heading) return heading[0].toUpperCase() + heading.slice(1);
    if (/^(export )?(abstract )?(class|interface) /.test(above)) break;
  }
  return "";
}

const read = new Map<string, string[]>();

function linesOf(file: string): string[] {
  const known = read.get(file) ?? fs.readFileSync(path.join(sources, file), "utf8").split("\n");
  read.set(file, known);
  return known;
}

function memberOf(one: DeclarationReflection, anchor: string): Member {
  const name = one.name.replace(/^\[iterator\]$/, "[Symbol.iterator]");
  const common = { name, anchor, source: sourceOf(one) };
  const before = one.flags.isStatic ? "static " : "";
  if (one.kind === ReflectionKind.Constructor)
    return {
      ...common,
      kind: "constructor",
      signatures: (one.signatures ?? []).map((signature) =>
        call(signature, `new ${one.parent?.name}`, false),
      ),
    };
  const kind = kindOf(one);
  if (one.parent?.kind === ReflectionKind.Namespace && kind !== "constant") {
    if (kind === "function") return { ...common, kind, signatures: declarationOf(one, kind) };
    // Too small for a page of its own: what it holds stands in its braces.
    const [{ code, ...rest }] = declarationOf(one, kind);
    const held = (one.children ?? []).map(
      (child) => `\n  ${memberOf(child, "").signatures[0].code};`,
    );
    const whole = held.length > 0 ? `${code} {${held.join("")}\n}` : code;
    return { ...common, kind: "type", signatures: [{ code: whole, ...rest }] };
  }
  if (one.kind === ReflectionKind.Method || one.signatures) {
    const head = `${before}${one.flags.isAbstract ? "abstract " : ""}${name}`;
    return {
      ...common,
      kind: "method",
      signatures: (one.signatures ?? []).map((signature) => call(signature, head)),
    };
  }
  const type = one.getSignature?.type ?? one.type;
  const fixed = one.flags.isReadonly || (one.getSignature && !one.setSignature);
  const optional = one.flags.isOptional ? "?" : "";
  return {
    ...common,
    kind: "property",
    signatures: [
      plain(
        `${before}${fixed ? "readonly " : ""}${name}${optional}: ${type}`,
        one.comment ?? one.getSignature?.comment,
      ),
    ],
  };
}

/** A call: on one line if it fits, otherwise with a line for each parameter. */
function call(signature: SignatureReflection, name: string, result = true): Signature {
  const all = signature.parameters ?? [];
  const written = all.map((one) => {
    const dots = one.flags.isRest ? "..." : "";
    const optional = one.flags.isOptional || one.defaultValue !== undefined ? "?" : "";
    return `${dots}${nameOf(one)}${optional}: ${one.type}`;
  });
  const head = `${name}${typeParameters(signature)}`;
  const tail = result ? `: ${signature.type}` : "";
  const line = `${head}(${written.join(", ")})${tail}`;
  return {
    ...plain(
      line.length <= 80
        ? line
        : `${head}(${written.map((one) => `\n  ${one},`).join("")}\n)${tail}`,
      signature.comment,
    ),
    parameters: all.flatMap(parametersOf),
  };
}

function typeParameters(one: DeclarationReflection | SignatureReflection): string {
  const list = (one.typeParameters ?? []).map(
    ({ name, type, default: otherwise }) =>
      `${name}${type ? ` extends ${type}` : ""}${otherwise ? ` = ${otherwise}` : ""}`,
  );
  return list.length > 0 ? `<${list.join(", ")}>` : "";
}

/** A parameter taken apart where it stands has no name of its own. */
const nameOf = ({ name }: ParameterReflection) => (name === "__namedParameters" ? "options" : name);

/** A parameter; of an object written out on the spot, and of options, the parts instead. */
function parametersOf(one: ParameterReflection): Parameter[] {
  const name = nameOf(one);
  const parts = partsOf(one.type);
  const all = parts?.map((part) => ({ part, name: `${name}.${part.name}` })) ?? [
    { part: one, name },
  ];
  return all.map(({ part, name }) => ({
    name,
    type: String(part.type ?? ""),
    optional: part.flags.isOptional || part.defaultValue !== undefined || one.flags.isOptional,
    default: /^(\{\}|\.\.\.)?$/.test(part.defaultValue ?? "") ? "" : part.defaultValue!,
    doc: markdown(part.comment?.summary),
  }));
}

function partsOf(type: SomeType | undefined): DeclarationReflection[] | undefined {
  if (type?.type === "reflection") return type.declaration.children;
  if (type?.type === "reference" && type.name === "Partial")
    return partsOf(type.typeArguments?.[0]);
  if (type?.type !== "reference" || !type.name.endsWith("Options")) return undefined;
  return type.reflection instanceof DeclarationReflection ? type.reflection.children : undefined;
}

function plain(code: string, comment: Comment | undefined): Signature {
  const tagged = (tag: string) =>
    (comment?.blockTags ?? [])
      .filter((block) => block.tag === tag)
      .map(({ content }) => markdown(content));
  return {
    code,
    doc: markdown(comment?.summary),
    parameters: [],
    returns: tagged("@returns").join("\n\n"),
    throws: tagged("@throws"),
    examples: tagged("@example"),
  };
}

/** A comment as markdown; links to other exports are written `[Rng](ref:Rng)`. */
function markdown(parts: readonly CommentDisplayPart[] = []): string {
  return parts
    .map((part) => {
      if (part.kind !== "inline-tag") return part.text;
      const label = `\`${part.text}\``;
      if (part.target instanceof Reflection)
        return `[${label}](ref:${part.target.getFullName().replace(/^(index|host)\./, "")})`;
      return typeof part.target === "string" ? `[${part.text}](${part.target})` : label;
    })
    .join("")
    .trim();
}

function sourceOf(one: DeclarationReflection): Source {
  const place = placeOf(one);
  if (!place) throw new Error(`typedoc tells no place of ${one.name}`);
  const file = path.relative(sources, place.fullFileName).split(path.sep).join("/");
  return { file, line: place.line };
}

function placeOf(one: DeclarationReflection): SourceReference | undefined {
  return one.sources?.[0] ?? one.signatures?.[0]?.sources?.[0] ?? one.getSignature?.sources?.[0];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reference = await readReference(console.warn);
  fs.mkdirSync(path.join(lib, "dist"), { recursive: true });
  fs.writeFileSync(path.join(lib, "dist/reference.json"), JSON.stringify(reference));
}
