import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { after, before, beforeEach, describe, test } from "node:test";
import { createHttpServer, type HttpServer } from "../../../src/http/server.ts";
import { calm, createSteeredClock } from "../../fixtures/steered-clock.ts";
import { notingLog } from "../../fixtures/noted-log.ts";
import { until } from "../../fixtures/until.ts";

/** More than the network keeps of a connection. */
const large = "x".repeat(8 * 1024 * 1024);
const clock = createSteeredClock();

describe("answers that nobody reads", () => {
  let server: HttpServer;
  let worked = 0;
  let sockets: Socket[] = [];
  /** Lets them end. */
  const slow: (() => void)[] = [];

  before(async () => {
    const limits = { answerBytes: 3 * large.length, unreadMs: 10_000 };
    server = createHttpServer({ host: "127.0.0.1", port: 0, log: notingLog(() => {}), clock, limits });
    server.mount((scope) => {
      scope.addHook("onRequest", async (request) => {
        const organization = String(request.headers["x-organization"]);
        request.who = { key: "key", role: "viewer", organization, targets: [] };
      });
      scope.get("/large", async () => {
        worked++;
        return large;
      });
      scope.get("/slow", async () => {
        worked++;
        await new Promise<void>((end) => slow.push(end));
        return large;
      });
      scope.post("/sent", async () => "taken");
      scope.get("/streamed", (_, reply) =>
        reply.header("content-length", large.length).send(Readable.from([Buffer.from(large)])),
      );
    });
    await server.start();
  });
  beforeEach(() => {
    [worked, sockets] = [0, []];
  });
  after(() => server.stop());

  /** Asks on a connection of its own and reads nothing. */
  async function ask(organization: string, times = 1, path = "/large"): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    sockets.push(socket.on("error", () => {}));
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nx-organization: ${organization}\r\n\r\n`.repeat(times));
    return socket;
  }

  async function closeAll(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await until("the end of all connections", () => open() === 0);
  }
  let count = 0;
  before(() => {
    server.scope.server.on("connection", (socket) => {
      count++;
      socket.once("close", () => count--);
    });
  });
  const open = () => count;

  /** The status, as soon as it is there. */
  async function status(socket: Socket): Promise<number> {
    const [bytes] = (await once(socket, "data")) as [Buffer];
    socket.pause();
    return Number(bytes.toString("latin1", 9, 12));
  }

  test("keep the next of their connection from being worked out, until they are read", async () => {
    const socket = await ask("a", 4);
    await until("an answer", () => worked > 0);
    for (let turn = 0; turn < 20; turn++) await calm();
    assert.equal(worked, 1);
    let read = 0;
    socket.on("data", (bytes: Buffer) => void (read += bytes.length));
    await until("all answers", () => read > 4 * large.length);
    assert.equal(worked, 4);
    await closeAll();
  });

  for (const path of ["/large", "/streamed"]) {
    test(`fill a share of the room and no more: ${path}`, async () => {
      assert.equal(await status(await ask("a", 1, path)), 200);
      assert.equal(await status(await ask("a", 1, path)), 200);
      const refused = await ask("a", 1, path);
      const [answer] = (await once(refused, "data")) as [Buffer];
      assert.match(
        answer.toString(),
        /^HTTP\/1\.1 503 [\s\S]*retry-after: \d+[\s\S]*"code":"UNAVAILABLE"[\s\S]*Read it/i,
      );
      // Until one of them is read, nothing more is worked out for it; what it sends is taken all the same.
      const before = worked;
      assert.equal(await status(await ask("a")), 503);
      assert.equal(worked, before);
      const sent = { method: "POST", url: "/sent", headers: { "x-organization": "a" } } as const;
      assert.equal((await server.scope.inject(sent)).statusCode, 200);
      // Another organization finds room.
      assert.equal(await status(await ask("b", 1, path)), 200);
      await closeAll();
      assert.equal(await status(await ask("a", 1, path)), 200);
      await closeAll();
    });
  }

  test("are worked out a few at a time for one organization, and not for a connection that ended meanwhile", async () => {
    for (let count = 0; count < 11; count++) await ask("a", 1, "/slow");
    await until("as many as may be", () => worked === 8);
    await ask("b", 1, "/slow");
    await until("that of another", () => worked === 9);
    sockets[9]!.destroy();
    await until("its end", () => open() === 11);
    slow[0]!();
    await until("the next", () => worked === 10);
    slow[1]!();
    await until("the one behind the next that hung up", () => worked === 11);
    await closeAll();
    for (const end of slow.splice(0)) end();
  });

  test("are refused unworked where they stood in line while the room was filled", async () => {
    const asked = [];
    for (let count = 0; count < 20; count++) asked.push(await ask("a", 1, "/slow"));
    await until("as many as may be", () => worked === 8);
    const statuses = asked.map(status);
    for (const end of slow.splice(0)) end();
    const refused = (await Promise.all(statuses)).filter((each) => each === 503);
    assert.deepEqual([refused.length, worked], [18, 8]);
    await closeAll();
  });

  test("give way to others of their organization when they have waited long", async () => {
    const old = [await ask("a"), await ask("a")];
    for (const socket of old) assert.equal(await status(socket), 200);
    const other = await ask("b");
    assert.equal(await status(other), 200);
    clock.advance(9_999);
    assert.equal(await status(await ask("a")), 503);
    clock.advance(1);
    assert.equal(await status(await ask("a")), 200);
    for (const socket of old) {
      socket.resume();
      await once(socket, "close");
    }
    assert.equal(other.destroyed, false);
    await closeAll();
  });
});
