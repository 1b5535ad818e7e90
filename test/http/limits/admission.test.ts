import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { text as readAll } from "node:stream/consumers";
import { createHttpServer, type HttpServer } from "../../../src/http/server.ts";
import { calm, createSteeredClock } from "../../fixtures/steered-clock.ts";
import { notingLog } from "../../fixtures/noted-log.ts";
import { until as during } from "../../fixtures/until.ts";

const logged: object[] = [];
const note = (facts: object) => void logged.push(facts);
const clock = createSteeredClock();

describe("large bodies", () => {
  let server: HttpServer;
  /** Requests whose body was read and that are not answered yet, with what answers them. */
  let inWork: { readonly name: string; readonly answer: () => void }[] = [];
  let asked = 0;
  const accepted: Socket[] = [];

  before(async () => {
    const limits = { bodyBytes: 1_000, smallBodyBytes: 100, bodyPatienceMs: 5_000 };
    server = createHttpServer({
      host: "127.0.0.1",
      port: 0,
      log: notingLog(({ facts }) => note(facts)),
      clock,
      limits,
    });
    server.mount((scope) => {
      scope.addHook("onRequest", async (request) => {
        asked++;
        const organization = request.headers["x-organization"];
        if (typeof organization === "string") request.who = { key: "key", role: "ingest", organization, targets: [] };
      });
      for (const [url, worksLong] of [
        ["/:name", false],
        ["/models/:name", true],
      ] as const) {
        scope.post(url, { bodyLimit: 2_000, config: { worksLong } }, async ({ params }) => {
          const { promise, resolve } = Promise.withResolvers<void>();
          inWork.push({ name: (params as { name: string }).name, answer: resolve });
          await promise;
          return "done";
        });
      }
    });
    server.scope.server.on("connection", (socket) => void accepted.push(socket));
    await server.start();
  });
  beforeEach(() => {
    [inWork, asked] = [[], 0];
    accepted.length = 0;
  });
  after(() => server.stop());

  /** Resolves as soon as so many are in work, and so many have asked. */
  async function until(working: number, asking = working): Promise<void> {
    await during("requests in work", () => inWork.length >= working && asked >= asking);
    await calm();
  }

  const names = () => inWork.map(({ name }) => name);

  const bytesRead = async () => accepted.reduce((sum, socket) => sum + socket.bytesRead, 0);

  const of = (organization: string, bytes: number): string =>
    `x-organization: ${organization}\r\ncontent-length: ${bytes}`;

  /** `sent`: how much of the body is written. */
  async function post(
    name: string,
    bytes: number,
    headers = `content-length: ${bytes}`,
    sent = bytes,
  ): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    const body = JSON.stringify("x".repeat(bytes - 2)).slice(0, sent);
    socket.write(
      `POST /${name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`,
    );
    return socket;
  }

  const connections = () =>
    new Promise<number>((resolve) => server.scope.server.getConnections((_, count) => resolve(count)));

  test("wait in turn for room, while small ones pass", async () => {
    const first = await post("first", 800);
    await until(1);
    const second = await post("second", 900);
    await until(1, 2);
    // It would fit beside the first, and does not overtake the second.
    const third = await post("third", 150);
    await until(1, 3);
    const small = await post("small", 90);
    await until(2, 4);
    assert.deepEqual(names(), ["first", "small"]);
    inWork[0]!.answer();
    assert.match(await readAll(first), /done/);
    await until(3);
    assert.deepEqual(names(), ["first", "small", "second"]);
    for (const { answer } of inWork) answer();
    await until(4);
    inWork[3]!.answer();
    for (const socket of [second, third, small]) assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
  });

  test("larger than all the room there is go alone", async () => {
    const large = await post("large", 1_900);
    await until(1);
    const next = await post("next", 200);
    await until(1, 2);
    assert.deepEqual(names(), ["large"]);
    inWork[0]!.answer();
    await until(2);
    inWork[1]!.answer();
    for (const socket of [large, next]) assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
  });

  test("that are worked on for long wait for each other, and nobody else waits for them", async () => {
    const model = await post("models/first", 1_900);
    await until(1);
    const second = await post("models/second", 900);
    await until(1, 2);
    const batch = await post("batch", 900);
    await until(2, 3);
    assert.deepEqual(names(), ["first", "batch"]);
    for (const { answer } of inWork) answer();
    await until(3);
    assert.deepEqual(names(), ["first", "batch", "second"]);
    inWork[2]!.answer();
    for (const socket of [model, second, batch]) assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
  });

  test("whose senders hang up in their midst leave nothing in the log", async () => {
    logged.length = 0;
    const chunked = "transfer-encoding: chunked";
    const begun = [await post("lost", 800, undefined, 300), await post("lost", 800, chunked, 0)];
    begun[1]!.write(`12c\r\n${"x".repeat(300)}\r\n`);
    await until(0, 2);
    await during("what was sent", async () => (await bytesRead()) > 700);
    for (const socket of begun) socket.destroy();
    await during("its end", async () => (await connections()) === 0);
    await calm();
    assert.deepEqual([logged, names()], [[], []]);
  });

  test("that waited too long are asked to come again", async () => {
    const first = await post("first", 800);
    await until(1);
    const second = await post("second", 800);
    await until(1, 2);
    clock.advance(5_000);
    const answer = await readAll(second);
    assert.match(answer, /^HTTP\/1\.1 503 [\s\S]*retry-after: \d+[\s\S]*"code":"UNAVAILABLE"/i);
    inWork[0]!.answer();
    assert.match(await readAll(first), /^HTTP\/1\.1 200 /);
  });

  test("of senders that hang up leave their room to others, and nothing in the log", async () => {
    const half = await post("half", 800, "content-length: 900");
    await until(0, 1);
    const waiting = await post("waiting", 900);
    await until(0, 2);
    const next = await post("next", 900);
    await until(0, 3);
    waiting.destroy();
    await during("the end of a connection", async () => (await connections()) === 2);
    half.destroy();
    await until(1);
    assert.deepEqual(names(), ["next"]);
    inWork[0]!.answer();
    assert.match(await readAll(next), /^HTTP\/1\.1 200 /);
    assert.deepEqual(logged, []);
  });

  test("of unknown length count as long as they may become", async () => {
    const first = await post("first", 200);
    await until(1);
    const chunked = connect(Number(new URL(server.url).port), "127.0.0.1");
    chunked.write(
      "POST /chunked HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n" +
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    );
    await until(1, 2);
    assert.deepEqual(names(), ["first"]);
    inWork[0]!.answer();
    await until(2);
    inWork[1]!.answer();
    for (const socket of [first, chunked]) assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
  });

  test("announced larger than its route allows is refused at once, and holds no room", async () => {
    const liar = await post("liar", 30_000_000, "content-length: 30000000", 1);
    await until(0, 1);
    const honest = await post("honest", 900);
    await until(1, 2);
    assert.deepEqual(names(), ["honest"]);
    inWork[0]!.answer();
    assert.match(await readAll(honest), /^HTTP\/1\.1 200 /);
    liar.destroy();
  });

  test("that are announced and do not come hold what has come, after a second", async () => {
    const slow = await Promise.all(["one", "two", "three"].map((name) => post(name, 900, undefined, 1)));
    await until(0, 3);
    const honest = await post("honest", 600);
    await until(0, 4);
    clock.advance(1_000);
    await until(0, 4);
    clock.advance(1_000);
    await until(0, 4);
    clock.advance(1_000);
    await until(1, 4);
    assert.deepEqual(names(), ["honest"]);
    // One that goes on after all gets its room piece by piece.
    slow[0]!.write(`${"x".repeat(898)}"`);
    await calm();
    assert.deepEqual(names(), ["honest"]);
    inWork[0]!.answer();
    await until(2);
    assert.deepEqual(names(), ["honest", "one"]);
    inWork[1]!.answer();
    for (const socket of [honest, slow[0]!]) assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
    for (const socket of slow) socket.destroy();
  });

  test("that stall while they wait for room are asked to come again", async () => {
    const slow = await post("slow", 900, undefined, 1);
    await until(0, 1);
    clock.advance(1_000);
    const honest = await post("honest", 700);
    await until(1, 2);
    slow.write(`${"x".repeat(898)}"`);
    await during("the rest of a body", async () => (await bytesRead()) > 1_750);
    await calm();
    clock.advance(5_000);
    assert.match(await readAll(slow), /^HTTP\/1\.1 503 [\s\S]*retry-after: \d+/i);
    inWork[0]!.answer();
    assert.match(await readAll(honest), /^HTTP\/1\.1 200 /);
  });

  test("of one organization leave room for the next, and organizations take turns", async () => {
    const hoard = [await post("a1", 700, of("a", 700))];
    await until(1);
    for (const name of ["a2", "a3"]) hoard.push(await post(name, 700, of("a", 700)));
    await until(1, 3);
    const others = [await post("b1", 250, of("b", 250))];
    await until(2, 4);
    assert.deepEqual(names(), ["a1", "b1"]);
    others.push(await post("b2", 700, of("b", 700)));
    await until(2, 5);
    inWork[0]!.answer();
    await until(3);
    // a2 was there first, and b2 comes before a3.
    assert.deepEqual(names(), ["a1", "b1", "a2"]);
    inWork[1]!.answer();
    await until(4);
    assert.deepEqual(names(), ["a1", "b1", "a2", "b2"]);
    for (const { answer } of inWork.slice(2)) answer();
    await until(5);
    inWork[4]!.answer();
    for (const socket of [...hoard, ...others]) assert.match(await readAll(socket), /^HTTP\/1\.1 200 /);
  });
});
