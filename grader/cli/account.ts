/** Where the command is signed in: an address and an access token, kept in the user's own folder. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { usage } from "./problem.ts";

export const DEFAULT_URL = "http://localhost:3000";

export interface Account {
  url: string;
  token: string;
}

/** The file of the account; only its owner may read it. */
export function accountFile(env: NodeJS.ProcessEnv = process.env): string {
  const base =
    env.XDG_CONFIG_HOME ||
    (process.platform === "win32" && env.APPDATA) ||
    join(env.HOME || homedir(), ".config");
  return join(base, "gradus", "account.json");
}

/** What is kept, if anything. GRADUS_URL and GRADUS_TOKEN come first. */
export function readAccount(env: NodeJS.ProcessEnv = process.env): Partial<Account> {
  let kept: Partial<Account> = {};
  try {
    kept = JSON.parse(readFileSync(accountFile(env), "utf8")) as Partial<Account>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw usage(
        "account",
        `${accountFile(env)} cannot be read: ${(error as Error).message}`,
        "gradus login writes it anew",
      );
    }
  }
  const url = env.GRADUS_URL || kept.url;
  // A token goes only where it was made for: not to an address that is named for one command.
  const token = env.GRADUS_TOKEN || (url === kept.url ? kept.token : undefined);
  return { ...(url ? { url } : {}), ...(token ? { token } : {}) };
}

/** @throws Problem when there is no token */
export function signedIn(env: NodeJS.ProcessEnv = process.env): Account {
  const { url = DEFAULT_URL, token } = readAccount(env);
  if (token) return { url, token };
  throw usage(
    "no_token",
    `you are not signed in at ${url}`,
    `make an access token at ${url}/account, then run: gradus login --url ${url}`,
  );
}

export function saveAccount(account: Account): string {
  const file = accountFile();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(account, null, 2)}\n`, { mode: 0o600 });
  // The mode above counts only for a file that was not there.
  chmodSync(file, 0o600);
  return file;
}

export function forgetAccount(): void {
  rmSync(accountFile(), { force: true });
}

/** @throws Problem when it is no http or https address */
export function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === "http:" || url.protocol === "https:"))
    return url.origin + url.pathname.replace(/\/+$/, "");
  throw usage("url", `${text} is not an address like https://gradus.example.org`);
}
