// npm run test:postgres [-- FILES]: runs suites that do not ask which store they stand on over PostgreSQL, all on one server.
// Without files: the contract of the store and what only PostgreSQL does, the APIs, and processes as their users run them. Tests that
// look into SQLite's files skip themselves here.

import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { run, startPostgres, withoutPostgres } from "./fixtures/postgres.ts";
import { templateOf } from "./fixtures/test-store.ts";

/** What only PostgreSQL does, and the contract: each file has a server of its own, and may end all connections of it. */
const own = ["test/store/postgres.test.ts", "test/**/*.postgres.ts"];
/** They do not ask what they stand on, and share a server. */
const shared = ["test/http/*.test.ts", "test/dialects/butterflymx/*.test.ts", "test/e2e/{alerts,entries}.test.ts"];
/** Looks at moments of lanes, for which a steered clock does not wait while a database works. */
const left = ["test/http/lane-status.test.ts"];

const root = join(import.meta.dirname, "..");

async function runFiles(files: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const args = ["--test", "--test-concurrency=2", "--test-timeout=120000", ...files.toSorted()];
  const env = { ...process.env, BELFRY_TEST_STORE: "postgres", BELFRY_TEST_RUN: run, ...environment };
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit", env });
  return await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

async function onSharedServer(files: readonly string[]): Promise<number> {
  const postgres = await startPostgres();
  try {
    return await runFiles(files, {
      TEST_PG_URL: postgres.url("postgres"),
      BELFRY_TEST_TEMPLATE: await templateOf(postgres),
    });
  } finally {
    await postgres.stop();
  }
}

async function runSuites(): Promise<number> {
  if (withoutPostgres !== false) return 1;
  const wanted = process.argv.slice(2);
  if (wanted.length > 0) return await onSharedServer(wanted);
  const failed = await runFiles(globSync(own, { cwd: root }), {});
  const files = globSync(shared, { cwd: root }).filter((file) => !left.includes(file));
  return Math.max(failed, await onSharedServer(files));
}

process.exitCode = await runSuites();
