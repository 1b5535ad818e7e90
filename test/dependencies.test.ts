// The promise on dependencies: few, none with an install script at run time, all from the registry by exact version.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, "..", file), "utf8"));
const manifest = read("package.json") as Manifest;
const locked = Object.entries((read("package-lock.json") as { packages: Record<string, Locked> }).packages).filter(
  ([path]) => path.startsWith("node_modules/"),
);
const runtime = locked.filter(([, { dev, link }]) => dev !== true && link !== true);

test("the server needs at most 18 libraries of its own and 190 packages in all", () => {
  const direct = Object.keys(manifest.dependencies ?? {}).length;
  console.log(`# ${direct} direct dependencies, ${runtime.length} in all at run time`);
  assert.ok(direct <= 18, `${direct} direct dependencies`);
  assert.ok(runtime.length <= 190, `${runtime.length} packages at run time`);
});

test("nothing that the server needs at run time has an install script, and only Node itself may run one at all", () => {
  assert.deepEqual(
    runtime.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
    [],
  );
  assert.deepEqual(
    locked.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
    ["node_modules/node"],
  );
  assert.deepEqual(manifest.allowScripts, { node: true });
});

test("every dependency is pinned, and the lock names no address and has a hash for all that it could see", () => {
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(range, /^\d+\.\d+\.\d+$/, name);
  }
  for (const [path, { link, resolved, integrity, optional, version }] of locked) {
    if (link === true) continue;
    assert.equal(resolved, undefined, path);
    assert.ok(version, path);
    // Binaries of other platforms may be missing from a registry; they are never needed where the lock was made.
    assert.ok(integrity !== undefined || optional === true, `${path} has no integrity hash`);
  }
});

test("the receiver package needs nothing", () => {
  const receiver = read("receiver/package.json") as Manifest;
  assert.deepEqual(receiver.dependencies ?? {}, {});
});
