// The examples of docs/api.md, run as they stand, in a shell, against the real service.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorCodes } from "../../grader/service/error-codes.ts";
import { limits } from "../../grader/service/limiter.ts";
import { scopeNames, scopes, tokenDays } from "../../grader/service/scopes.ts";
import { Client, dataDir, makeDataDir, root, Served, tempDir } from "./helpers.ts";

const text = fs.readFileSync(path.join(root, "docs/api.md"), "utf8");
let server: Served;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await makeDataDir();
  const exercisesRoot = path.join(root, "exercises");
  server = await Served.start({ dataDir: dataDir(), exercisesRoot, concurrency: 1 });
  const office = await new Client(server.url).signUp("Ada");
  await office.becomeAdministrator(server.adminLink);
  await office.post("/api/v1/courses", { id: "dl-2026", name: "Deep learning" });
  const { token } = (await office.post("/api/v1/tokens", { scopes: scopeNames })).body;
  env = { ...process.env, GRADUS_URL: server.url, GRADUS_TOKEN: token, COURSE: "dl-2026" };
});
afterAll(() => server?.kill("SIGTERM"));

/** Everything that the example shows is in the answer, of the same kind; codes and states to the letter. */
function holds(shown: unknown, got: unknown, where = "answer"): void {
  if (Array.isArray(shown)) {
    expect(Array.isArray(got), where).toBe(true);
    if (shown.length > 0) holds(shown[0], (got as unknown[])[0], `${where}[0]`);
  } else if (shown && typeof shown === "object") {
    for (const [name, value] of Object.entries(shown))
      holds(value, (got as Record<string, unknown>)?.[name], `${where}.${name}`);
  } else if (["code", "state", "exercise", "lateDays", "action"].includes(where.split(".").at(-1)!))
    expect(got, where).toBe(shown);
  else expect(typeof got, where).toBe(typeof shown);
}

test("every example does what is shown below it", () => {
  const parts = [...text.matchAll(/```sh\n([\s\S]*?)```\n```json\n([\s\S]*?)```/g)];
  expect(parts.length).toBe(text.match(/```sh\n/g)?.length);
  const cwd = tempDir();
  let before = "";
  for (const [, script, shown] of parts) {
    // What an example sets, the next one has.
    const out = execFileSync("bash", ["-euo", "pipefail", "-c", `${before}${script}`], {
      cwd,
      env,
    });
    holds(JSON.parse(shown), JSON.parse(out.toString()));
    before = /^version=.*$/m.test(script) ? `${script.match(/^version=.*$/m)![0]}\n` : "";
  }
}, 120_000);

test("what it says of scopes, limits and codes is so", () => {
  for (const [scope, allows] of Object.entries(scopes))
    expect(text).toContain(`| \`${scope}\` | ${allows} |`);
  expect(text).toContain(`ends after ${tokenDays.default} days`);
  for (const [status, codes] of [...text.matchAll(/^\| ([\d, ]+) \| (.*) \| .* \|$/gm)].map((row) =>
    row.slice(1),
  ))
    for (const [, code] of codes.matchAll(/`(\w+)`/g))
      expect(status, code).toContain(String(errorCodes[code as keyof typeof errorCodes][0]));
  const said = [limits.requests, limits.strangers, limits.submissions].map(
    ({ max }) => `${max} in a minute`,
  );
  for (const words of said) expect(text).toContain(words);
  expect([limits.signInHere.max, limits.signInHere.seconds]).toEqual([10, 300]);
  expect([limits.signInAnywhere.max, limits.signInAnywhere.seconds]).toEqual([100, 3600]);
  expect([limits.signIn.max, limits.signUp.max]).toEqual([60, 60]);
});
