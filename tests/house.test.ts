import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
/** An empty house with our lint rules, so that probes never stand in the real one. */
let house: string;

beforeAll(() => {
  house = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-lint-"));
  const config = JSON.parse(fs.readFileSync(path.join(root, "biome.json"), "utf8"));
  fs.writeFileSync(
    path.join(house, "biome.json"),
    JSON.stringify({ ...config, $schema: undefined, vcs: undefined }),
  );
});

afterAll(() => fs.rmSync(house, { recursive: true }));

/** Writes the files into the empty house, and gives what the linter says of them. */
function lint(files: Record<string, string>): string {
  for (const [place, source] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(house, place)), { recursive: true });
    fs.writeFileSync(path.join(house, place), source);
  }
  const { stdout, stderr } = spawnSync(process.execPath, [biome, "lint", ...Object.keys(files)], {
    cwd: house,
    encoding: "utf8",
  });
  expect(stdout + stderr).toMatch(/Checked \d+ file/);
  return stdout + stderr;
}

const importing = (specifier: string): string =>
  `import { x } from "${specifier}";\nconsole.log(x);\n`;

describe("arrows between folders point one way", () => {
  test.each([
    ["lib/src/probe.ts", "../../grader/checks/index.ts"],
    ["lib/src/probe.ts", "@gradus/grader/checks"],
    ["grader/service/probe.ts", "../../site/lib/api.ts"],
    ["grader/checks/probe.ts", "../sandbox/index.ts"],
    ["grader/checks/probe.ts", "node:fs"],
    ["exercises/probe/checks.ts", "../../solutions/probe.ts"],
    ["exercises/probe/hidden.ts", "../../course/src/chapter.ts"],
    ["solutions/probe.ts", "@gradus/grader/checks"],
    ["course/src/probe.ts", "../../site/lib/api.ts"],
    ["site/lib/probe.ts", "../../exercises/probe/hidden.ts"],
    ["site/lib/probe.ts", "../../solutions/probe.ts"],
  ])("%s may not import %s", (place, specifier) => {
    expect(lint({ [place]: importing(specifier) })).toContain("noRestrictedImports");
  });

  test.each([
    ["grader/checks/probe.ts", "gradus"],
    ["exercises/probe/checks.ts", "@gradus/grader/checks"],
    ["exercises/probe/hidden.ts", "../../solutions/probe.ts"],
    ["course/src/probe.ts", "@gradus/grader/exercises"],
    ["site/lib/probe.ts", "../../course/src/chapter.ts"],
  ])("%s may import %s", (place, specifier) => {
    expect(lint({ [place]: importing(specifier) })).not.toContain("noRestrictedImports");
  });

  test("an import cycle is refused", () => {
    const said = lint({
      "lib/src/left.ts": 'import { right } from "./right.ts";\nexport const left = () => right;\n',
      "lib/src/right.ts": 'import { left } from "./left.ts";\nexport const right = () => left;\n',
    });
    expect(said).toContain("noImportCycles");
  });
});

test("everything is pinned: no package.json holds a range", () => {
  for (const folder of [".", "lib", "grader", "site"]) {
    const manifest = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"));
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies"])
      for (const [name, version] of Object.entries<string>(manifest[kind] ?? {}))
        expect(version, `${folder}/package.json: ${name}`).toMatch(
          /^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/,
        );
  }
});
