// What gradus release gives out, as a learner meets it: in JupyterLab, in a browser, with a real service to
// hand in to. Nothing of it comes from this repository but the packages, which npm would install.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../notebooks/course.ts";
import { Client, Served, tempDir } from "../service/helpers.ts";
import { cells, command, goTo, Lab, pictures, rewrite, textOf } from "./lab.ts";

const exercise = "perceptron-predict";
const notebook = "01-perceptron.ipynb";
const config = tempDir();
const copy = path.join(tempDir(), "copy");
let server: Served;
let ada: Client;
let lab: Lab;
let page: Page;

const node = (...args: string[]) =>
  execFileSync(process.execPath, args, {
    encoding: "utf8",
    cwd: copy,
    env: { ...process.env, XDG_CONFIG_HOME: config },
  });

/** What npm ci and the first start do, without the network. */
function install(): void {
  const packages = path.join(copy, "node_modules");
  fs.mkdirSync(path.join(packages, "@gradus"), { recursive: true });
  for (const name of fs.readdirSync(path.join(repository, "node_modules")))
    if (!["gradus", "@gradus", ".bin", ".package-lock.json", ".cache"].includes(name))
      fs.symlinkSync(path.join(repository, "node_modules", name), path.join(packages, name));
  fs.symlinkSync(path.join(copy, "lib"), path.join(packages, "gradus"));
  fs.symlinkSync(path.join(copy, "grader"), path.join(packages, "@gradus/grader"));
  fs.symlinkSync(
    path.join(repository, "grader/node_modules"),
    path.join(copy, "grader/node_modules"),
  );
  fs.symlinkSync(path.join(repository, ".venv"), path.join(copy, ".venv"));
  for (const folder of ["lib", "grader"])
    node(path.join(packages, "typescript/bin/tsc"), "-p", `${folder}/tsconfig.build.json`);
}

beforeAll(async () => {
  for (const name of ["GRADUS_URL", "GRADUS_TOKEN", "GRADUS_COURSE"])
    Reflect.deleteProperty(process.env, name);
  execFileSync(process.execPath, [
    path.join(repository, "grader/bin/gradus.mjs"),
    "release",
    "--out",
    copy,
  ]);
  install();
  process.env.XDG_CONFIG_HOME = config;
  const { labCommand } = (await import(path.join(copy, "jupyter/lab.mjs"))) as {
    labCommand: Parameters<typeof Lab.start>[1];
  };
  [server, lab] = await Promise.all([
    Served.start({ dataDir: tempDir(), exercisesRoot: path.join(repository, "exercises") }),
    Lab.start(path.join(copy, "notebooks"), labCommand),
  ]);
  page = await lab.open(notebook);
  ada = await new Client(server.url).signUp("Ada");
}, 240_000);

afterAll(async () => {
  await lab?.close();
  await server?.kill("SIGTERM");
});

async function run(id: string): Promise<string> {
  await goTo(page, id);
  await command(page, "notebook:run-cell");
  return textOf((await cells(page)).find((cell) => cell.id === id)!);
}

test("the exercise is written, checked and handed in where the course itself is not", {
  timeout: 180_000,
}, async () => {
  const given = await cells(page);
  expect(given.flatMap(({ outputs = [] }) => outputs)).toEqual([]);
  const [answer, check, submit] = ["exercise", "check", "submit"].map(
    (kind) => `${kind}-${exercise}`,
  );
  // An exercise cell can be written into and not be deleted; the one that checks it neither.
  const metadata = (id: string) => given.find((cell) => cell.id === id)!.metadata;
  expect(metadata(answer)).toMatchObject({ deletable: false });
  expect(metadata(check)).toMatchObject({ deletable: false, editable: false });

  expect(await run(answer)).toBe("");
  expect(await run(check)).toMatch(/not attempted/);
  expect(await run(submit)).toMatch(/Nothing to hand in yet/);

  const solution = fs
    .readFileSync(path.join(repository, "solutions", `${exercise}.ts`), "utf8")
    .replace(/^export /gm, "");
  await rewrite(page, answer, solution);
  expect(await run(answer)).toBe("");
  expect(await run(check)).toMatch(/All 4 checks passed here/);
  expect(await run(submit)).toMatch(/Not handed in\.[\s\S]*gradus login/);
  await page.screenshot({ path: path.join(pictures, "release-signed-out.png") });

  const { body } = await ada.post("/api/v1/tokens", { name: "my laptop" });
  node("grader/bin/gradus.mjs", "login", "--url", server.url, "--token", body.token);
  // What is typed and has not run is not handed in.
  await rewrite(page, answer, `${solution}\n// not run`);
  expect(await run(submit)).toMatch(/Graded\. All \d checks passed: \d of \d points\./);
  await page.screenshot({ path: path.join(pictures, "release-handed-in.png") });
  const { submissions } = (await ada.get("/api/v1/submissions")).body;
  expect(submissions).toMatchObject([{ exercise, outcome: "passed" }]);
  const handedIn = await ada.get(`/api/v1/submissions/${submissions[0].id}`);
  expect(handedIn.body.source).toBe(solution);
  expect(lab.foreign).toEqual([]);
});
