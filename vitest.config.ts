import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Real kernels, browsers, databases and sandboxes share two cores: two files at a time, patient limits.
export default defineConfig({
  resolve: { alias: { "@": here("./site") } },
  test: {
    include: ["{lib,grader,course,exercises,site,tests,scripts}/**/*.test.{ts,tsx}"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/.next/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
