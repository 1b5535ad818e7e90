// The packed server, as `npm install --global` leaves it: the command, what it needs, and a server that starts from it. By
// default its libraries are those of this checkout; with CHECK_PACK_NETWORK=true npm installs it whole.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { v8Flags } from "../../src/v8-flags.ts";
import { root } from "./harness.ts";

interface Package {
  readonly version: string;
  readonly bin: { readonly belfry: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

const network = process.env["CHECK_PACK_NETWORK"] === "true";
const run = promisify(execFile);
const described = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Package;
const prefix = mkdtempSync(join(realpathSync(tmpdir()), "belfry-prefix-"));
const command = join(prefix, "bin/belfry");
const installed = join(prefix, "lib/node_modules/belfry");
/** `#!/usr/bin/env node` finds the Node that runs this. */
const environment = { PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, HOME: prefix };
let packed: readonly { readonly path: string; readonly mode: number }[];

after(() => rmSync(prefix, { recursive: true, force: true }));

before(async () => {
  const { stdout } = await run("npm", ["pack", "--json", "--silent", "--pack-destination", prefix], { cwd: root });
  const [made] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string; files: typeof packed }];
  packed = made.files;
  const file = join(prefix, made.filename);
  if (network) {
    await run("npm", ["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", file], {
      env: { ...process.env, PATH: environment.PATH },
    });
  } else await unpack(file);
});

/** What npm does with it, without fetching anything. */
async function unpack(file: string): Promise<void> {
  mkdirSync(installed, { recursive: true });
  await run("tar", ["xzf", file, "--strip-components=1", "-C", installed]);
  for (const name of Object.keys(described.dependencies)) {
    const place = join(installed, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, "node_modules", name), place);
  }
  mkdirSync(dirname(command));
  symlinkSync(relative(dirname(command), join(installed, described.bin.belfry)), command);
}

const belfry = (...args: string[]) => run(command, args, { env: environment, cwd: prefix });

describe("the packed server", () => {
  test("holds the command, what was built, and no source, test or type", () => {
    const paths = packed.map(({ path }) => path);
    const kinds = new Set(
      paths.map((path) => path.replace(/^dist\/(src|receiver\/src|console\/assets)\/.*(\.\w+)$/, "dist/$1/*$2")),
    );
    assert.deepEqual([...kinds].toSorted(), [
      "LICENSE",
      "README.md",
      "bin/belfry.js",
      "dist/console/assets/*.css",
      "dist/console/assets/*.js",
      "dist/console/icon.svg",
      "dist/console/index.html",
      "dist/receiver/src/*.js",
      "dist/src/*.graphql",
      "dist/src/*.js",
      "dist/src/*.sql",
      "package.json",
    ]);
    const built = (folder: string) =>
      globSync(`${folder}/**/*.{ts,graphql,sql}`, { cwd: root }).map((file) => `dist/${file.replace(/\.ts$/, ".js")}`);
    assert.deepEqual(
      paths.filter((path) => /^dist\/(src|receiver)\//.test(path)).toSorted(),
      [...built("src"), ...built("receiver/src")].toSorted(),
    );
  });

  test("its command tells its version, and its texts name it", async () => {
    assert.equal((await belfry("--version")).stdout, `${described.version}\n`);
    assert.match((await belfry("keys", "create", "--help")).stdout, /^Usage: belfry keys create /);
    await assert.rejects(belfry("keys", "list"), (error: { code?: number; stderr?: string }) => {
      assert.equal(error.code, 1);
      assert.match(error.stderr ?? "", /`belfry serve --data \.\/belfry-data`/);
      return true;
    });
  });

  for (const [how, program, args] of [
    ["by its command", command, []],
    ["as node dist/src/main.js", process.execPath, [join(installed, "dist/src/main.js")]],
  ] as const) {
    test(`started ${how}, it serves with Belfry's V8 flags and the commands beside it find it`, async () => {
      const data = join(prefix, `data-${args.length}`);
      const child = spawn(program, [...args, "serve", "--port", "0", "--data", data], {
        cwd: prefix,
        env: environment,
      });
      let errors = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
      const ended = new Promise<unknown>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
      const ready = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
      await Promise.race([ready, ended.then((how) => assert.fail(`ended with ${String(how)}:\n${errors}`))]);
      const { stdout } = await belfry("keys", "create", "--role", "operator", "--data", data);
      assert.match(stdout, /"key":"belfry_/);
      const { url } = JSON.parse(String(await ready)) as { url: string };
      const page = await fetch(`${url}/console/`);
      assert.deepEqual([page.status, /\/console\/assets\/index-[\w-]+\.js/.test(await page.text())], [200, true]);
      child.kill("SIGTERM");
      assert.equal(await ended, 0, errors);
      const { v8_flags: flags } = JSON.parse(errors.split("\n")[0]!) as { v8_flags: readonly string[] };
      assert.deepEqual(flags, v8Flags);
    });
  }

  test("a Node that is too old is told which one is needed", async () => {
    const older = `data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "24.9.3" } })`;
    const start = run(process.execPath, ["--import", older, join(root, described.bin.belfry), "--version"]);
    await assert.rejects(start, (error: { code?: number; stderr?: string; stdout?: string }) => {
      assert.equal(error.code, 1);
      assert.match(error.stderr ?? "", /^Belfry needs Node 24\.15 or later\. This is v/);
      assert.equal(error.stdout, "");
      return true;
    });
  });
});
