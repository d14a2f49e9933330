import { getMigrations } from "better-auth/db/migration";
import { pino } from "pino";
import { expect, test } from "vitest";
import { tempDir } from "../../tests/service/helpers.ts";
import { authSettings } from "./auth.ts";
import { openStore } from "./store/store.ts";

test("the accounts' tables are the ones better-auth wants", async () => {
  const store = await openStore({ dataDir: tempDir() });
  try {
    const { toBeCreated, toBeAdded } = await getMigrations(
      authSettings({
        db: store.db,
        baseUrl: "http://localhost:3000",
        secret: "x".repeat(32),
        log: pino({ enabled: false }),
        trusted: () => true,
      }),
    );
    expect(toBeCreated).toEqual([]);
    expect(toBeAdded).toEqual([]);
  } finally {
    await store.close();
  }
});
