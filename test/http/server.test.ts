import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { text as readAll } from "node:stream/consumers";
import { BelfryError } from "../../src/errors.ts";
import { createHttpServer, type HttpServer } from "../../src/http/server.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { notingLog } from "../fixtures/noted-log.ts";

const logged: object[] = [];
const log = notingLog(({ facts }) => logged.push(facts));
const clock = createSteeredClock(Date.UTC(2026, 0, 1));

const make = (more: object = {}) => createHttpServer({ host: "127.0.0.1", port: 0, log, clock, ...more });

async function raw(server: HttpServer, bytes: string): Promise<string> {
  const socket = await open(server);
  socket.write(bytes);
  return readAll(socket);
}

async function open(server: HttpServer): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

describe("the server", () => {
  let server: HttpServer;
  before(async () => {
    server = make();
    server.mount((scope) => {
      scope.get("/fault", async () => {
        throw new Error("secret detail");
      });
      scope.get("/mend", async () => {
        throw new BelfryError("CONFLICT", "Do it again.", { problems: [{ path: "a", code: "B", message: "c" }] });
      });
      scope.post("/things/:id", async ({ body }) => body);
    });
    server.mount((scope) => {
      scope.setErrorHandler((_, __, reply) => reply.code(418).send({ errors: ["own form"] }));
      scope.get("/own", async () => {
        throw new Error("x");
      });
    });
    await server.start();
  });
  after(() => server.stop());

  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(server.url + path, init);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };

  test("an error of the caller is a problem document with all its faults", async () => {
    const { status, headers, body } = await get("/mend");
    assert.equal(status, 409);
    assert.match(headers.get("content-type")!, /^application\/problem\+json/);
    assert.deepEqual(body, {
      type: "urn:belfry:error:CONFLICT",
      title: "Conflict",
      status: 409,
      code: "CONFLICT",
      detail: "Do it again.",
      problems: [{ path: "a", code: "B", message: "c" }],
    });
  });

  test("what fails inside is logged under the id that the caller sees, and nothing of it is shown", async () => {
    const { status, headers, body } = await get("/fault");
    assert.deepEqual([status, body["code"]], [500, "INTERNAL"]);
    assert.ok(!JSON.stringify(body).includes("secret detail"));
    const id = headers.get("x-request-id");
    assert.equal(body["request_id"], id);
    assert.ok(logged.some((facts) => (facts as { request?: string }).request === id));
  });

  test("a body that is too large is refused with an answer, and its sender may finish writing first", async () => {
    const chunk = "x".repeat(256 * 1024);
    const count = 40;
    for (const chunked of [false, true]) {
      const socket = await open(server);
      const answer = readAll(socket);
      const framing = chunked ? "transfer-encoding: chunked" : `content-length: ${chunk.length * count}`;
      socket.write(`POST /things/1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`);
      for (let sent = 0; sent < count; sent++) {
        const part = chunked ? `${chunk.length.toString(16)}\r\n${chunk}\r\n` : chunk;
        // A write that fails rejects here.
        await new Promise<void>((resolve, reject) => {
          socket.write(part, (error) => (error ? reject(error) : setImmediate(resolve)));
        });
      }
      if (chunked) socket.write("0\r\n\r\n");
      assert.match(await answer, /^HTTP\/1\.1 413 /);
    }
  });

  test("a door with an error form of its own keeps it to itself", async () => {
    assert.deepEqual((await get("/own")).body, { errors: ["own form"] });
    assert.equal((await get("/fault")).status, 500);
  });

  test("an unknown address is 404, a known one with a wrong method 405", async () => {
    assert.deepEqual((await get("/nothing")).body["code"], "NOT_FOUND");
    const wrong = await get("/things/1", { method: "DELETE" });
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
    for (const method of ["QUERY", "PUT", "PROPFIND"]) {
      const odd = await get("/things/1", { method });
      assert.deepEqual([odd.status, odd.headers.get("allow")], [405, "POST"], method);
      assert.equal((await get("/nothing", { method })).status, 404, method);
    }
    const typed = await get("/things/1", { method: "PUT", body: "x", headers: { "content-type": "text/x" } });
    assert.equal(typed.status, 405);
    assert.equal((await get("/things/%ff")).status, 400);
  });

  test("a body that is no JSON, or too long, is the caller's to mend", async () => {
    const post = (body: string, type: string) =>
      get("/things/1", { method: "POST", body, headers: { "content-type": type } });
    assert.equal((await post("{", "application/json")).body["code"], "UNREADABLE_BODY");
    assert.equal((await post("{}", "text/csv")).body["code"], "UNSUPPORTED_MEDIA_TYPE");
    assert.equal((await post(`"${"x".repeat(1024 * 1024)}"`, "application/json")).body["code"], "PAYLOAD_TOO_LARGE");
  });

  test("an encoded body is refused as what it is", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const { status, body } = await get("/things/1", { method: "POST", body: "{}", headers });
    assert.deepEqual([status, body["code"]], [415, "UNSUPPORTED_MEDIA_TYPE"]);
  });

  test("what is not HTTP is refused and the connection closed", async () => {
    const both =
      "POST /things/1 HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    const folded = "GET /mend HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n";
    const bare = "GET /mend HTTP/1.1\r\nhost: x\r\na: b\rc: d\r\n\r\n";
    for (const bytes of ["nonsense\r\n\r\n", both, folded, bare]) {
      const answer = await raw(server, bytes);
      assert.match(answer, /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
      assert.match(answer, /connection: close/i);
    }
    assert.match(
      await raw(server, `GET / HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    );
  });

  test("answers do not say what the server is made of", async () => {
    const { headers } = await get("/mend");
    assert.deepEqual([headers.get("server"), headers.get("x-powered-by")], [null, null]);
  });

  test("headers and requests that never end have a limit, and answers that nobody reads", () => {
    const { server: node } = server.scope;
    assert.deepEqual([node.headersTimeout, node.requestTimeout, node.timeout], [10_000, 30_000, 60_000]);
  });
});

/** Of one listening socket, and of several at the same port. */
const sockets = [
  { of: "one socket", isShared: false },
  { of: "several sockets", isShared: true },
];

for (const { of, isShared } of sockets)
  test(`connections of ${of} over the caps are closed at once, and room comes back when others end`, async () => {
    const server = make({ isShared, limits: { connectionsPerAddress: 2 } });
    server.mount((scope) => void scope.get("/", async () => "here"));
    await server.start();
    const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    const idle = [await open(server), await open(server)];
    const third = await open(server);
    third.on("error", () => {});
    await once(third, "close");
    const freed = once(idle[0]!, "close");
    idle[0]!.end("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").resume();
    await freed;
    let answer = "";
    // The server hears of the end a moment after the client.
    while (!answer.startsWith("HTTP/1.1 200")) answer = await raw(server, request).catch(() => "");
    idle[1]!.destroy();
    await server.stop();
  });

for (const { of, isShared } of sockets)
  test(`where all connections of ${of} are taken, those of the address that has most give way`, async () => {
    const server = make({ isShared, limits: { connections: 6 } });
    server.mount((scope) => {
      scope.get("/", async (request) => {
        request.who = { key: "key", role: "ingest", organization: "a", targets: [] };
        return "here";
      });
    });
    await server.start();
    const from = async (localAddress: string): Promise<Socket> => {
      const socket = connect({ port: Number(new URL(server.url).port), host: "127.0.0.1", localAddress });
      await once(
        socket.on("error", () => {}),
        "connect",
      );
      return socket;
    };
    const gateway = await from("127.0.0.2");
    gateway.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(gateway, "data");
    const strangers: Socket[] = [];
    for (let n = 0; n < 5; n++) strangers.push(await from("127.0.0.3"));
    const late = await from("127.0.0.4");
    await once(strangers[0]!.resume(), "close");
    // The newcomer is served, and so is who has shown a key.
    for (const socket of [late, gateway]) {
      socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      assert.match(String((await once(socket, "data"))[0]), /^HTTP\/1\.1 200 /);
    }
    for (const socket of [late, gateway, ...strangers]) socket.destroy();
    await server.stop();
  });

test("stopping lets requests in flight end and closes idle connections", async () => {
  const server = make();
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  server.mount((scope) => {
    scope.get("/slow", async () => {
      arrived.resolve();
      await release.promise;
      return "done";
    });
  });
  await server.start();
  const idle = await open(server);
  const closed = once(idle.resume(), "close");
  const answer = raw(server, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
  await arrived.promise;
  const stopped = server.stop();
  release.resolve();
  assert.match(await answer, /^HTTP\/1\.1 200 [\s\S]*done$/);
  await Promise.all([stopped, closed]);
});

test("a request that does not end is cut off when the time to drain is over", async () => {
  const server = make({ drainMs: 5_000 });
  const arrived = Promise.withResolvers<void>();
  server.mount((scope) => {
    scope.get("/never", () => {
      arrived.resolve();
      return new Promise(() => {});
    });
  });
  await server.start();
  const answer = raw(server, "GET /never HTTP/1.1\r\nhost: x\r\n\r\n").catch(() => "");
  await arrived.promise;
  const stopped = server.stop();
  clock.advance(5_000);
  await stopped;
  assert.equal(await answer, "");
});

test("a server that was never started stops without complaint", async () => {
  await make().stop();
});
