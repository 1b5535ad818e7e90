// The guard is one door only while there is no other: nothing in the server but the sender and the resolver goes out.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const source = join(import.meta.dirname, "../../../src");
/** Ways out of a process: modules that connect, and the global that does. */
const ways = /from "node:(?:http|https|http2|net|tls|dgram|dns|dns\/promises)"|from "undici"|\bfetch\(|\bWebSocket\(/;
/** Reads addresses and certificates, or listens, and goes nowhere. */
const harmless =
  /^import \{ (?:(?:isIP|createServer|createSecureContext|getCACertificates|type \w+)(?:, )?)+ \} from "node:(?:net|tls)";$/;

test("only the sender connects to anywhere, and only the guard looks names up", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    // The commands beside a server call the server, and are run by its operator.
    (file) => file.endsWith(".ts") && !file.startsWith("cli/"),
  );
  const found = files.filter((file) =>
    readFileSync(join(source, file), "utf8")
      .split("\n")
      .some((line) => ways.test(line) && !line.startsWith("import type ") && !harmless.test(line)),
  );
  assert.deepEqual(found.toSorted(), ["delivery/client/connect.ts", "delivery/guard/lookup.ts"]);
});
