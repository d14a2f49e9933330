/** Makes the folder of an empty database that `initial.ts` unpacks. For after an update of PGlite. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";
import { initialFile } from "./initial.ts";

const dir = mkdtempSync(join(tmpdir(), "gradus-initial-"));
const pglite = await PGlite.create(dir);
const tar = Buffer.from(await (await pglite.dumpDataDir("none")).arrayBuffer());
await pglite.close();
rmSync(dir, { recursive: true });
const bytes = zstdCompressSync(tar, {
  params: {
    [constants.ZSTD_c_compressionLevel]: 22,
    // Wide enough to see that the three databases in it are one and the same.
    [constants.ZSTD_c_windowLog]: 26,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
});
writeFileSync(initialFile, bytes);
console.log(`${initialFile}: ${tar.length} bytes in ${bytes.length}`);
