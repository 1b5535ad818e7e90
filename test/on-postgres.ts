// npm run test:postgres [-- FILES]: runs suites that do not ask which store they stand on over PostgreSQL, all on one server.
// Without files: the contract of the store and what only PostgreSQL does, then every suite that opens a store by
// fixtures/test-store.ts. Tests that look into SQLite's files skip themselves here.

import { spawn } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, startPostgres, withoutPostgres } from "./fixtures/postgres.ts";
import { templateOf } from "./fixtures/test-store.ts";

/** What only PostgreSQL does, and the contract: each file has a server of its own, and may end all connections of it. */
const own = ["test/store/postgres.test.ts", "test/**/*.postgres.ts"];
/** Suites that are left out, and why. */
const left: Readonly<Record<string, string>> = {
  "test/store/**": "has its own list above, or is about SQLite's files",
  "test/e2e/nodes.test.ts": "has a PostgreSQL of its own, wherever it runs",
  "test/e2e/released-schemas.test.ts": "upgrades databases of SQLite",
  "test/cli/backup.test.ts": "copies databases of SQLite",
  "test/console/*.test.ts": "is about pages in a browser",
  "test/e2e/{pack,readme,examples,ways-to-start}.test.ts": "is about how a server is installed and started",
  "test/delivery/{classes,fairness.alone}.test.ts":
    "shares slots among up to 100,000 rows: minutes here, and nothing about the store",
  "test/delivery/lane/caps.test.ts": "shares slots, as these",
  "test/e2e/replay.test.ts": "takes recordings of days through twenty kills: the faults do that to several nodes",
};

const root = join(import.meta.dirname, "..");

/** They open a store where others do, and share a server. */
function shared(): readonly string[] {
  const without = new Set([...own, ...Object.keys(left)].flatMap(filesOf));
  return globSync("test/**/*.test.ts", { cwd: root }).filter((file) => !without.has(file) && opensStore(file));
}

function filesOf(pattern: string): readonly string[] {
  const files = globSync(pattern, { cwd: root });
  if (files.length === 0) throw new Error(`${pattern} names no file any more: correct it in test/on-postgres.ts.`);
  return files;
}

const opener = join(root, "test/fixtures/test-store.ts");

/** Whether a file imports, over whatever files, what opens the stores of tests. */
function opensStore(test: string): boolean {
  const files = new Set([join(root, test)]);
  // What is added on the way is looked at as well.
  for (const file of files) {
    // An import may also stand in a text that a test writes.
    if (!file.startsWith(join(root, "test")) || !existsSync(file)) continue;
    for (const [, path] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+\.ts)"/g))
      files.add(join(dirname(file), path!));
  }
  return files.has(opener);
}

async function runFiles(files: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const args = ["--test", "--test-concurrency=3", "--test-timeout=120000", ...files.toSorted()];
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
  return Math.max(failed, await onSharedServer(shared()));
}

process.exitCode = await runSuites();
