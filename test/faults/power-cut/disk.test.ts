// A cut leaves what was synced, under the names that were synced, and nothing that was never written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { createDisk, type Image } from "./disk.ts";
import type { Operation } from "./trace.ts";

const write = (at: number | "end", text: string, file = "/d/a"): Operation => ({
  kind: "write",
  file,
  at,
  bytes: Buffer.from(text),
});
const create = (file = "/d/a"): Operation => ({ kind: "create", file });

/** Syncs without a number cover all that came before. */
function cut(operations: readonly Operation[], fraction: (() => number) | null = null): Record<string, string> {
  const disk = createDisk();
  for (const [index, each] of operations.entries()) disk.apply(each, index);
  return shown(disk.cut(fraction === null ? null : { fraction }));
}
const shown = (image: Image) => Object.fromEntries([...image].map(([name, bytes]) => [name, bytes.toString()]));
const sync = (covers: number, file = "/d/a"): Operation => ({ kind: "sync", file, covers });

test("what was written after the last sync is gone, and a file whose name was not synced is too", () => {
  assert.deepEqual(cut([create(), write(0, "kept"), sync(2)]), {});
  assert.deepEqual(cut([create(), write(0, "kept"), sync(2), sync(3, "/d"), write(0, "lost")]), { "/d/a": "kept" });
});

test("a sync covers only what was there when it began", () => {
  assert.deepEqual(cut([create(), sync(1, "/d"), write("end", "one"), write("end", "two"), sync(3)]), {
    "/d/a": "one",
  });
});

test("a rename or a deletion that was not synced has not happened, one that was has", () => {
  const made = [create(), write(0, "text"), sync(2), sync(3, "/d")];
  const renamed: Operation = { kind: "rename", from: "/d/a", to: "/d/b" };
  const gone: Operation = { kind: "unlink", file: "/d/a" };
  assert.deepEqual(cut([...made, renamed]), { "/d/a": "text" });
  assert.deepEqual(cut([...made, renamed, sync(5, "/d")]), { "/d/b": "text" });
  assert.deepEqual(cut([...made, gone]), { "/d/a": "text" });
  assert.deepEqual(cut([...made, gone, sync(5, "/d")]), {});
});

test("a directory whose own name was not synced is gone with all that was synced in it", () => {
  const made = [create("/d"), create(), write(0, "text"), sync(3), sync(4, "/d")];
  assert.deepEqual(cut(made), {});
  assert.deepEqual(cut([...made, sync(5, "/")]), { "/d/a": "text" });
});

test("a file that was truncated and written again is what the syncs say", () => {
  const made = [create(), write(0, "long text"), sync(2), sync(3, "/d")];
  const shorter: Operation = { kind: "truncate", file: "/d/a", size: 4 };
  assert.deepEqual(cut([...made, shorter, sync(5)]), { "/d/a": "long" });
  assert.deepEqual(cut([...made, shorter, write("end", "er"), sync(6)]), { "/d/a": "longer" });
});

test("by chance unsynced bytes survive, each the old or the new one, and synced ones always", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 40, maxLength: 40 }),
      (chances) => {
        let next = 0;
        const left = cut(
          [create(), sync(1, "/d"), write(0, "a".repeat(2_000)), sync(3), write(500, "b".repeat(1_000))],
          () => chances[next++ % chances.length]!,
        );
        const text = left["/d/a"]!;
        assert.match(text, /^a{500}[ab]{1000}a{500}$/);
      },
    ),
  );
});

test("with luck everything survives", () => {
  const luck = [0.99, 0.99, 0.5, 0.5];
  const left = cut([create(), write(0, "all of it")], () => luck.shift()!);
  assert.deepEqual(left, { "/d/a": "all of it" });
});
