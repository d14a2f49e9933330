/** Accounts: e-mail and password, sessions in cookies, by better-auth on our store. */
import { betterAuth } from "better-auth";
import { APIError } from "better-auth/api";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { welcome } from "./enrollments.ts";
import type { Database } from "./store/schema.ts";

/** The header in which the service tells better-auth the caller's address; never taken from outside. */
export const ADDRESS_HEADER = "x-gradus-address";

export interface AuthOptions {
  db: Kysely<Database>;
  /** Where people open the site; `https` makes cookies secure. */
  baseUrl: string;
  secret: string;
  log: Logger;
  trusted(request: Request): boolean;
}

export type Auth = ReturnType<typeof createAuth>;

export function authSettings({ db, baseUrl, secret, log, trusted }: AuthOptions) {
  const { origin, protocol } = new URL(baseUrl);
  return {
    appName: "Gradus",
    baseURL: origin,
    basePath: "/api/auth",
    secret,
    database: { db, type: "postgres" as const },
    emailAndPassword: { enabled: true, minPasswordLength: 8, autoSignIn: true },
    session: { expiresIn: 30 * 24 * 3600, updateAge: 24 * 3600 },
    trustedOrigins: (request?: Request) => {
      const from = request?.headers.get("origin");
      return from && request && trusted(request) ? [origin, from] : [origin];
    },
    advanced: {
      cookiePrefix: "gradus",
      useSecureCookies: protocol === "https:",
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      // Our migrations make the tables, and a test compares them with what better-auth wants.
      database: { validateSchema: false },
    },
    // The service has its own, which also counts per account.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: {
      level: "warn" as const,
      // The message alone: what comes after it may hold e-mail addresses.
      log: (level: "debug" | "info" | "warn" | "error", message: string) =>
        log[level]({ from: "better-auth" }, message),
    },
    databaseHooks: {
      user: {
        create: {
          before: async ({ name }: { name: string }) => checkName(name),
          after: async (user: { id: string; email: string }) => welcome(db, user),
        },
        update: {
          before: async ({ name }: { name?: string | undefined }) => {
            if (name !== undefined) checkName(name);
          },
        },
      },
    },
  };
}

export function createAuth(options: AuthOptions) {
  return betterAuth(authSettings(options));
}

/** A name is shown in tables and exported: one short line of text. */
function checkName(name: string): void {
  if (name.trim() !== "" && name.length <= 100 && !/[\p{Cc}\p{Surrogate}]/u.test(name)) return;
  throw new APIError("BAD_REQUEST", {
    message: "A name is one line of 1 to 100 characters.",
  });
}
