// The directory that an operator names with --data, however wrong it is.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { StartError } from "../../src/errors.ts";
import { makeDirectory } from "../../src/store/data-directory.ts";
import { syncedBy } from "../fixtures/synced.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-directory-"));
after(() => rmSync(root, { recursive: true }));

test("it is made with everything above it, for its owner only, and found again", () => {
  const place = join(root, "a", "b", "c");
  makeDirectory(place);
  makeDirectory(place);
  assert.equal(statSync(place).mode & 0o777, 0o700);
});

test("every directory that is made outlives a power cut before anything is written into it", () => {
  const top = join(root, "top");
  const steps = syncedBy(() => makeDirectory(join(top, "data")));
  assert.deepEqual(steps, [`-> ${top}`, root, `-> ${join(top, "data")}`, top]);
  assert.deepEqual(
    syncedBy(() => makeDirectory(join(top, "data"))),
    [],
  );
});

test("a place where no directory can be is refused with what to do, and at once", () => {
  writeFileSync(join(root, "file"), "");
  symlinkSync(join(root, "nowhere"), join(root, "dangling"));
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(root, "file"), /it is, or lies in, a file/],
    [join(root, "file", "below"), /it is, or lies in, a file/],
    [join(root, "dangling"), /it cannot be made there/],
    // Where Node's own recursive mkdir would never come back.
    ["/proc/belfry/data", /cannot be made there|may not use it|read-only/],
  ];
  for (const [place, why] of cases) {
    const refused = (error: unknown) =>
      error instanceof StartError && why.test(error.message) && /Name another one with --data/.test(error.message);
    assert.throws(() => makeDirectory(place), refused, place);
  }
});
