// What strangers can make the server keep: everybody may ask, and some never read the answer.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { heldMemory } from "../fixtures/held-memory.ts";
import { type House, openHouse } from "./fixture.ts";
import { until } from "../fixtures/until.ts";

let house: House;
before(async () => {
  house = await openHouse({
    more: (scope) => {
      scope.post("/body", { bodyLimit: 16 * 1024 }, async ({ body }) => ({ length: (body as string).length }));
    },
  });
});
after(() => house.close());

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(house.server.url).port), "127.0.0.1");
  await once(socket, "connect");
  return socket.on("error", () => {});
}

test("who guesses keys in long headers leaves nothing of the headers behind", async () => {
  const elsewhere = await openHouse();
  const guess = async () => {
    const { key } = await elsewhere.keys.issue({ role: "operator", organization: null, targets: [] }, "test");
    return `Bearer${" ".repeat(15_000)}${key}`;
  };
  const guesses = 200;
  await house.authenticator.principal(await guess(), "192.0.2.1");
  const { all } = await heldMemory();
  for (let count = 0; count < guesses; count++) {
    assert.equal(await house.authenticator.principal(await guess(), "192.0.2.1"), null);
    const token = `Bearer e30.${Buffer.from(JSON.stringify({ sub: `${count}`.padEnd(3_000) })).toString("base64url")}`;
    assert.equal(await house.authenticator.principal(token, "192.0.2.1"), null);
    assert.equal(await house.authenticator.login(`${count}`.padEnd(15_000), "secret", "192.0.2.1"), null);
  }
  const each = ((await heldMemory()).all - all) / guesses;
  await elsewhere.close();
  assert.ok(each < 8_000, `${each} bytes each`);
});

describe("over a socket", () => {
  const accepted: Socket[] = [];
  before(async () => {
    house.server.scope.server.on("connection", (socket) => void accepted.push(socket));
    await house.server.start();
  });

  const head = "POST /body HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";

  test("a body that comes in pieces of one byte takes no more than its length and a little", async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, open));
    const { all } = await heldMemory();
    for (const socket of sockets) {
      // The last piece is missing.
      socket.write(`${head}transfer-encoding: chunked\r\n\r\n1\r\n"\r\n${"1\r\na\r\n".repeat(15_000)}`);
    }
    const arrived = () => accepted.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    await until("all that was sent", () => arrived() >= sockets.length * 90_000);
    const each = ((await heldMemory()).all - all) / sockets.length;
    for (const socket of sockets) socket.end('1\r\n"\r\n0\r\n\r\n');
    for (const socket of sockets) assert.match(await answerOf(socket), /\{"length":15000\}$/);
    assert.ok(each < 300_000, `${each} bytes each`);
  });

  test("a body in pieces that is too large is refused, and one that breaks off disturbs nobody", async () => {
    const large = await open();
    large.write(`${head}transfer-encoding: chunked\r\n\r\n5000\r\n${" ".repeat(0x5000)}\r\n0\r\n\r\n`);
    assert.match(await answerOf(large), /^HTTP\/1\.1 413 /);
    const broken = await open();
    broken.write(`${head}transfer-encoding: chunked\r\n\r\n3\r\n"aa\r\n`);
    broken.destroy();
    await once(broken, "close");
    const next = await open();
    next.write(`${head}transfer-encoding: chunked\r\n\r\n4\r\n"aa"\r\n0\r\n\r\n`);
    assert.match(await answerOf(next), /\{"length":2\}$/);
    assert.deepEqual(house.logged, []);
  });

  test("who asks on and on without waiting for answers is cut off", async () => {
    const request = "GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
    const patient = await open();
    patient.write(request.repeat(15) + request.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    assert.equal((await answerOf(patient)).match(/HTTP\/1\.1 200 /g)?.length, 16);
    const flood = await open();
    flood.write(request.repeat(1_000));
    flood.resume();
    await once(flood, "close");
  });
});

async function answerOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const bytes of socket) text += String(bytes);
  return text;
}
