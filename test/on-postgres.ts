// npm run test:postgres [-- FILES]: runs suites that do not ask which store they stand on over PostgreSQL, all on one server.
// Without files: the contract of the store and what only PostgreSQL does, the APIs, and processes as their users run them. Tests that
// look into SQLite's files skip themselves here.

import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { run, startPostgres, withoutPostgres } from "./fixtures/postgres.ts";
import { templateOf } from "./fixtures/test-store.ts";

const suites = [
  "test/store/postgres.test.ts",
  "test/**/*.postgres.ts",
  "test/http/*.test.ts",
  "test/dialects/butterflymx/*.test.ts",
  "test/e2e/{nodes,alerts,owner-acts,entries}.test.ts",
];

async function runSuites(): Promise<number> {
  if (withoutPostgres !== false) return 1;
  const root = join(import.meta.dirname, "..");
  const wanted = process.argv.slice(2);
  const files = wanted.length > 0 ? wanted : globSync(suites, { cwd: root });
  const postgres = await startPostgres();
  try {
    const child = spawn(
      process.execPath,
      ["--test", "--test-concurrency=2", "--test-timeout=120000", ...files.toSorted()],
      {
        cwd: root,
        stdio: "inherit",
        env: {
          ...process.env,
          BELFRY_TEST_STORE: "postgres",
          BELFRY_TEST_RUN: run,
          TEST_PG_URL: postgres.url("postgres"),
          BELFRY_TEST_TEMPLATE: await templateOf(postgres),
        },
      },
    );
    return await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  } finally {
    await postgres.stop();
  }
}

process.exitCode = await runSuites();
