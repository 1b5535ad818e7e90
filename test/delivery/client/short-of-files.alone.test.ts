// A process that may open few files, as the operator's limits leave it [reliability: connecting].

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { startNameServer } from "../../fixtures/name-server.ts";
import { startRawReceiver } from "./test-client.ts";

test("with no file left an attempt is not made, neither by address nor by name nor after the end, and the next one is when there are some", async (t) => {
  const receiver = await startRawReceiver(t, "answers 200", { plain: true });
  const names = await startNameServer();
  t.after(() => names.close());
  names.set("hook.example", ["127.10.1.1"]);
  const child = join(import.meta.dirname, "short-of-files-child.ts");
  const given = ["127.10.1.1", `${receiver.port}`, "hook.example", names.server];
  const made = await new Promise<string>((resolve) => {
    const limited = spawn("/bin/sh", ["-c", 'ulimit -n 200; exec "$0" "$@"', process.execPath, child, ...given]);
    let text = "";
    for (const stream of [limited.stdout, limited.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
    limited.once("close", () => resolve(text));
  });
  // The first uses the connection that is at rest still; then there is none.
  const expected = [
    "delivered",
    "delivered",
    "local_shortage",
    "local_shortage",
    "interrupted",
    "delivered",
    "delivered",
  ];
  assert.deepEqual(JSON.parse(made), expected);
  assert.equal(receiver.connections(), 3);
});
