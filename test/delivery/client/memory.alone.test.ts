// What the sender keeps in memory of where it was and where it may go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heldMemory, usePool } from "../../fixtures/held-memory.ts";
import { fixedResolver, startRawReceiver, startSender } from "./test-client.ts";

test("a connection at rest keeps nothing of the memory that small buffers share", async (t) => {
  const names = Array.from({ length: 60 }, (_, n) => `h${n}.test`);
  const receiver = await startRawReceiver(
    t,
    (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    { names },
  );
  const sender = await startSender(t, fixedResolver(Object.fromEntries(names.map((name) => [name, ["127.10.1.1"]]))));
  const deliver = async (name: string) => {
    usePool();
    assert.equal((await sender.post(`https://${name}:${receiver.port}/`)).code, "delivered");
  };
  const [first, ...others] = names;
  await deliver(first!);
  const { buffers } = await heldMemory();
  for (const name of others) await deliver(name);
  const each = ((await heldMemory()).buffers - buffers) / others.length;
  assert.equal(receiver.open(), names.length);
  assert.ok(each < Buffer.poolSize / 4, `${each} bytes each`);
});

test("however long the URLs are, those that were judged take little", async (t) => {
  const sender = await startSender(t);
  const { all } = await heldMemory();
  for (let number = 0; number < 4_000; number++) sender.drop(`https://127.10.0.1:8443/${number}${"ü".repeat(2_000)}`);
  const held = (await heldMemory()).all - all;
  assert.ok(held < 20_000_000, `${held} bytes`);
});
