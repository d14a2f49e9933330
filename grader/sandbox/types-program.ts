/**
 * The type checker inside its own sandbox: reads one source after another from the pipe and answers
 * with what the TypeScript compiler has to say. It never runs what it reads. Its answers are not
 * trusted either. Bundled beside `typescript.js` and the declarations in `types.json`.
 */
import { readFileSync, writeSync } from "node:fs";
import type { Diagnostic, RelatedPlace, Span } from "@gradus/grader/checks";
import type * as TypeScript from "typescript-api";
import { PacketReader, packHead } from "./pipe.ts";

const ts = require(`${__dirname}/typescript.js`) as typeof TypeScript;
const files = JSON.parse(readFileSync(`${__dirname}/types.json`, "utf8")) as Record<string, string>;

const FILE = "/your-code.ts";
const MOST = 50;
const MOST_RELATED = 5;
const LONGEST = 2000;

const options: TypeScript.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  noEmit: true,
  types: [],
};

// What one hands in is a module, with names of its own and `await` at the top, also without imports.
const asModule: TypeScript.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.ES2022,
  setExternalModuleIndicator: (file) => {
    (file as { externalModuleIndicator?: unknown }).externalModuleIndicator ??= true;
  },
};

const parsed = new Map<string, TypeScript.SourceFile>();
let program: TypeScript.Program | undefined;

function diagnose(source: string): Diagnostic[] {
  const own = ts.createSourceFile(FILE, source, asModule, true);
  const find = (name: string): TypeScript.SourceFile | undefined => {
    if (name === FILE) return own;
    if (!parsed.has(name) && name in files)
      parsed.set(name, ts.createSourceFile(name, files[name], ts.ScriptTarget.ES2022));
    return parsed.get(name);
  };
  program = ts.createProgram({
    rootNames: [FILE, "/host.d.ts"],
    options,
    oldProgram: program,
    host: {
      getSourceFile: find,
      fileExists: (name) => name === FILE || name in files,
      readFile: (name) => (name === FILE ? source : files[name]),
      getDefaultLibFileName: () => "/lib/lib.es2023.d.ts",
      getDefaultLibLocation: () => "/lib",
      getCurrentDirectory: () => "/",
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      writeFile: () => {},
    },
  });
  const found = [...program.getSyntacticDiagnostics(own), ...program.getSemanticDiagnostics(own)];
  return ts.sortAndDeduplicateDiagnostics(found).slice(0, MOST).map(toDiagnostic);
}

function toDiagnostic(one: TypeScript.Diagnostic): Diagnostic {
  const related = one.relatedInformation?.slice(0, MOST_RELATED).map(toRelated) ?? [];
  return {
    ...spanOf(one),
    code: one.code,
    message: textOf(one),
    ...(related.length > 0 ? { related } : {}),
  };
}

function toRelated(one: TypeScript.DiagnosticRelatedInformation): RelatedPlace {
  const name = one.file?.fileName;
  const file = name?.replace(/^\/lib\//, "").replace(/^\/node_modules\/gradus\/dist\//, "gradus/");
  return {
    ...spanOf(one),
    ...(name === FILE || file === undefined ? {} : { file }),
    message: textOf(one),
  };
}

function spanOf({ file, start = 0, length = 0 }: TypeScript.DiagnosticRelatedInformation): Span {
  if (!file) return { line: 1, column: 1 };
  const begin = file.getLineAndCharacterOfPosition(start);
  const end = file.getLineAndCharacterOfPosition(start + length);
  return {
    line: begin.line + 1,
    column: begin.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
}

const textOf = ({ messageText }: TypeScript.DiagnosticRelatedInformation): string =>
  ts.flattenDiagnosticMessageText(messageText, "\n").slice(0, LONGEST);

function send(text: string): void {
  const bytes = Buffer.from(text);
  const packet = Buffer.concat([packHead(0, bytes.length), bytes]);
  for (let at = 0; at < packet.length; ) at += writeSync(1, packet, at);
}

// The declarations are parsed and bound before anyone waits for it.
diagnose("import { tensor } from 'gradus'; tensor([1]).add(1); console.log([1].map(String));");
const reader = new PacketReader();
process.stdin.on("data", (piece: Buffer) => {
  for (const { bytes } of reader.push(piece))
    send(JSON.stringify(diagnose(bytes.toString("utf8"))));
});
send("");
