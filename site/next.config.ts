import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

// No tool of ours phones home: set before Next reads it, whoever starts the build.
process.env.NEXT_TELEMETRY_DISABLED = "1";

const root = fileURLToPath(new URL("..", import.meta.url));

const config: NextConfig = {
  // Pages read course/, exercises/ and notebooks/ beside site/, and bundle exercises' public checks.
  turbopack: { root },
  outputFileTracingRoot: root,
  // Next cannot use TypeScript 7's compiler API; `npm run typecheck` covers the site.
  typescript: { ignoreBuildErrors: true },
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  experimental: { cpus: 2 },
  // These read files or start workers of their own: Node loads them as they are.
  serverExternalPackages: [
    "shiki",
    "esbuild",
    "terser",
    "@electric-sql/pglite",
    "pg-boss",
    "better-auth",
    "pino",
    "typescript-api",
  ],
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        // Cross-origin isolation: shared memory and exact timers in pages and their workers.
        { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
        { key: "Cross-Origin-Embedder-Policy", value: "require-corp" },
        { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "Referrer-Policy", value: "same-origin" },
      ],
    },
  ],
};

export default config;
