// The client of the benches against a server that closes what says nothing.

import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { openConnection } from "../../bench/harness/http-client.ts";
import { until } from "../fixtures/until.ts";

async function listen(t: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => serve(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an answer that nobody asked for is no answer, and its connection is not used again", async (t) => {
  const said = Promise.withResolvers<void>();
  const url = await listen(t, (socket) => {
    socket.end("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n", () => said.resolve());
  });
  const connection = await openConnection(url);
  t.after(() => connection.close());
  await said.promise;
  await until("the end of the connection", () => !connection.isOpen());
});

test("a request whose connection is closed is rejected, not waited for", async (t) => {
  const url = await listen(t, (socket) => void socket.once("data", () => socket.destroy()));
  const connection = await openConnection(url);
  await assert.rejects(connection.send("POST / HTTP/1.1\r\n\r\n"), /closed the connection/);
  await assert.rejects(connection.send("POST / HTTP/1.1\r\n\r\n"), /closed the connection/);
});
