/** The one-time link that makes the first administrator. */
import { createHash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { Refusal } from "./refusal.ts";
import { countAdministrators, lockRoles, makeAdministrator } from "./roles.ts";
import type { Database } from "./store/schema.ts";

/**
 * Makes a link if the site has no administrator yet. Every start without one makes a new link;
 * all of them die when one has been used. Only their hashes are kept.
 */
export async function makeAdminLink(
  db: Kysely<Database>,
  baseUrl: string,
): Promise<string | undefined> {
  if ((await countAdministrators(db)) > 0) return undefined;
  const token = randomBytes(32).toString("base64url");
  await db
    .insertInto("setup_links")
    .values({ hash: hash(token) })
    .execute();
  return `${baseUrl.replace(/\/+$/, "")}/setup?token=${token}`;
}

/**
 * Makes `user` the administrator, if `token` is from a link and none has been used.
 * @throws Refusal
 */
export async function useAdminLink(
  db: Kysely<Database>,
  user: string,
  token: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockRoles(trx);
    if ((await countAdministrators(trx)) > 0) {
      throw new Refusal(
        409,
        "administrator_exists",
        "this site has an administrator already, so the link is used up",
        "ask the administrator to change your role under Members",
      );
    }
    const found = await trx
      .selectFrom("setup_links")
      .select("hash")
      .where("hash", "=", hash(token))
      .executeTakeFirst();
    if (!found) {
      throw new Refusal(
        403,
        "setup_token",
        "this is not the set-up link of this server",
        "the link stands in the terminal where Gradus was started; a start without an administrator prints a new one",
      );
    }
    await makeAdministrator(trx, user, user);
    await trx.deleteFrom("setup_links").execute();
  });
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
