// Runs the test files of a folder one after the other in one process, each as a suite of its own, so that its hooks stay its own.
// A folder asks for it with a file `together.ts`. Starting a process for each file takes longer than most of these files do.
// A file must leave the process as it found it, or whatever comes next would be judged by what it left: that is checked here.

import assert from "node:assert/strict";
import { AsyncResource } from "node:async_hooks";
import { globSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, describe } from "node:test";
import { watchProcess } from "./fixtures/left-behind.ts";

const root = join(import.meta.dirname, "..");

/** Such a file has a process to itself wherever it is. */
const isAlone = (file: string): boolean => file.endsWith(".alone.test.ts");

/** Paths from the root of the repository. Those of a folder below with a `together.ts` of its own belong to that one. */
export function filesTogether(folder: string): readonly string[] {
  const below = globSync("*/**/together.ts", { cwd: folder }).map((file) => join(folder, file, "../"));
  return globSync("**/*.test.ts", { cwd: folder })
    .map((file) => join(folder, file))
    .filter((file) => !isAlone(file) && !below.some((other) => file.startsWith(other)))
    .map((file) => relative(root, file))
    .toSorted();
}

export function runTogether(folder: string): void {
  let loaded = Promise.resolve();
  let isOpen = false;
  // What a file left open is told already; it must not keep the run from its end.
  after(() => {
    if (isOpen) setTimeout(() => process.exit(1), 1_000).unref();
  });
  for (const file of filesTogether(folder)) {
    describe(file, async () => {
      // To node:test a hook belongs to the suite from whose body it is reached, which waiting for something outside would hide.
      const suite = new AsyncResource("test file");
      const watch = watchProcess();
      before(watch.begin);
      const earlier = loaded;
      const { promise, resolve } = Promise.withResolvers<void>();
      loaded = promise;
      await earlier;
      await suite.runInAsyncScope(() => import(join(root, file))).finally(resolve);
      // The last of the hooks: those of the file close what it opened.
      suite.runInAsyncScope(() =>
        after(async () => {
          const left = await watch.leftOpen();
          isOpen ||= left.length > 0;
          assert.deepEqual(left, [], `${file} left something open`);
          watch.end(file);
        }),
      );
    });
  }
}
