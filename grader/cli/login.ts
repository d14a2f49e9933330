/** `gradus login` and `gradus logout`. */
import { hostname } from "node:os";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import {
  accountFile,
  checkUrl,
  DEFAULT_URL,
  forgetAccount,
  readAccount,
  saveAccount,
} from "./account.ts";
import { Problem, usage } from "./problem.ts";
import { Server } from "./server.ts";

/** Asks for what is missing in a terminal; elsewhere the token may come on standard input. */
export async function login(options: {
  url?: string;
  token?: string;
  scopes?: string;
  json?: boolean;
}) {
  const terminal = process.stdin.isTTY && process.stderr.isTTY;
  const known = readAccount().url ?? DEFAULT_URL;
  const url = checkUrl(options.url || (terminal && (await ask(`Address [${known}]: `))) || known);
  if (terminal && !options.token)
    process.stderr.write(
      `Make an access token here and paste it: ${tokenPage(url, options.scopes)}\n`,
    );
  const token = (
    options.token ?? (terminal ? await ask("Token: ", true) : await readAll(process.stdin))
  ).trim();
  if (token === "") {
    throw usage(
      "no_token",
      "no token was given",
      `make one at ${tokenPage(url, options.scopes)}, then: gradus login --url ${url} --token gradus_…`,
    );
  }
  const { user, role } = await new Server({ url, token }).me();
  const file = saveAccount({ url, token });
  if (options.json) console.log(JSON.stringify({ url, user, role }));
  else console.log(`Signed in at ${url} as ${user.name} (${role}). Kept in ${file}.`);
}

/** The page where tokens are made, with the name of this machine and what it is wanted for filled in. */
function tokenPage(url: string, scopes: string | undefined): string {
  const given = new URLSearchParams({ token: hostname(), ...(scopes ? { scopes } : {}) });
  return `${url}/account?${given}`;
}

/** Ends the token on the server, if that can be reached, and forgets it here in any case. */
export async function logout(options: { json?: boolean }) {
  const { url = DEFAULT_URL, token } = readAccount();
  let ended = false;
  let why = "";
  if (token) {
    try {
      await new Server({ url, token }).endToken();
      ended = true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // A token that is not valid any more has ended already.
      ended = error.code === "invalid_token";
      why = error.message;
    }
  }
  forgetAccount();
  if (options.json) console.log(JSON.stringify({ url, ended }));
  else if (!token) console.log(`There was nobody signed in (${accountFile()}).`);
  else if (ended) console.log(`Signed out of ${url}; the token is no longer valid.`);
  else
    console.log(
      `Forgotten here, but the token could not be ended at ${url}: ${why}. Delete it there under your account.`,
    );
}

/** Asks one question on standard error, so that standard output stays clean. */
async function ask(question: string, secret = false): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({
    input: process.stdin,
    output: secret ? silent : process.stderr,
    terminal: true,
  });
  const interrupted = new Promise<never>((_, reject) =>
    prompt.once("SIGINT", () => reject(usage("interrupted", "nothing was changed"))),
  );
  try {
    // What is pasted at once must not be echoed: the question comes when the terminal is silent.
    if (secret) process.stderr.write(question);
    return (await Promise.race([prompt.question(secret ? "" : question), interrupted])).trim();
  } finally {
    prompt.close();
    if (secret) process.stderr.write("\n");
  }
}
