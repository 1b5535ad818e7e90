// What strace writes is read to the byte, and what is not understood is not passed over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { createTrace, parseCall, unescape } from "./trace.ts";

const read = (...lines: string[]) => {
  const trace = createTrace("/d");
  trace.read(Buffer.from(lines.join("\n")));
  return trace;
};

/** As strace writes bytes: as in C, numbers octal and as short as what follows allows. */
function escaped(bytes: Uint8Array): string {
  const named: Readonly<Record<number, string>> = {
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
    34: '\\"',
    92: "\\\\",
  };
  const text = [...bytes].map((byte, index) => {
    if (named[byte] !== undefined) return named[byte];
    if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
    const next = bytes[index + 1] ?? 0;
    return `\\${byte.toString(8).padStart(next >= 48 && next <= 57 ? 3 : 1, "0")}`;
  });
  return `"${text.join("")}"`;
}

test("bytes come back as they were written, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.deepEqual([...unescape(escaped(bytes))], [...bytes]);
    }),
  );
});

test("arguments are cut where they end, not at what their bytes look like", () => {
  const call = parseCall(String.raw`pwrite64(34</d/x (a, b)>, "a\", 1) = 2", 10, 4096) = 10`);
  assert.deepEqual(call?.given, ["34</d/x (a, b)>", String.raw`"a\", 1) = 2"`, "10", "4096"]);
  assert.equal(call.result, 10);
});

test("files of the directory are followed in the order of the calls, those of others are not", () => {
  const { operations } = read(
    '1 openat(AT_FDCWD</>, "/d/a", O_RDWR|O_CREAT, 0600) = 3</d/a>',
    '1 openat(AT_FDCWD</>, "/etc/x", O_RDWR|O_CREAT, 0600) = 4</etc/x>',
    '1 pwrite64(3</d/a>, "xy\\0", 3, 5) = 3',
    '1 write(4</etc/x>, "z", 1) = 1',
    "1 fsync(3</d/a>) = 0",
    '1 rename("/d/a", "/d/b") = 0',
    "1 ftruncate(3</d/b>, 2) = 0",
    '1 unlink("/d/c") = -1 ENOENT (No such file or directory)',
    '1 unlink("/d/b") = 0',
    "1 +++ exited with 0 +++",
  );
  assert.deepEqual(operations, [
    { kind: "create", file: "/d/a" },
    { kind: "write", file: "/d/a", at: 5, bytes: Buffer.from("xy\0") },
    { kind: "sync", file: "/d/a", covers: 2 },
    { kind: "rename", from: "/d/a", to: "/d/b" },
    { kind: "truncate", file: "/d/b", size: 2 },
    { kind: "unlink", file: "/d/b" },
  ]);
});

test("a sync covers what was written before it began, an answer counts from where its call began", () => {
  const { operations, acknowledgements } = read(
    '1 openat(AT_FDCWD</>, "/d/a", O_RDWR|O_CREAT, 0600) = 3</d/a>',
    "1 fsync(3</d/a> <unfinished ...>",
    String.raw`2 write(9<socket:[1]>, "HTTP/1.1 202 Accepted\r\nx-request-id: r7-abc\r\n\r\n{}", 48 <unfinished ...>`,
    '3 pwrite64(3</d/a>, "x", 1, 0) = 1',
    "1 <... fsync resumed>) = 0",
    "2 <... write resumed>) = 48",
  );
  assert.deepEqual(operations.at(-1), { kind: "sync", file: "/d/a", covers: 1 });
  assert.deepEqual(acknowledgements, [{ request: "r7-abc", after: 1 }]);
});

test("a call that could change a file and is not known is an error, and so is a write that was cut off", () => {
  assert.throws(() => read("1 fallocate(3</d/a>, 0, 0, 4096) = 0"), /not known here/);
  assert.throws(() => read('1 writev(3</d/a>, [{iov_base="x", iov_len=1}], 1) = 1'), /not known here/);
  assert.throws(() => read('1 pwrite64(3</d/a>, "xy"..., 4096, 0) = 4096'), /cut off/);
});
