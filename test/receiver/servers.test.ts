// The adapters in their servers, over real sockets.

import assert from "node:assert/strict";
import { Agent, createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { after, describe, test } from "node:test";
import fastify from "fastify";
import { createReceiver, type Receiver, type ReceiverOptions } from "../../receiver/src/index.ts";
import { fastifyReceiver } from "../../receiver/src/fastify.ts";
import { fetchHandler } from "../../receiver/src/fetch.ts";
import { nodeHandler, type NodeRequest } from "../../receiver/src/node.ts";
import { bodies, secret, signedHeaders } from "./examples.ts";

const open: (() => Promise<unknown>)[] = [];
after(() => Promise.all(open.map((close) => close())));

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** How each server is put up around a receiver: the URL of its hook. */
const servers: Readonly<Record<string, (receiver: Receiver) => Promise<string>>> = {
  "node:http": async (receiver) => `${await listen(createServer(nodeHandler(receiver)))}/hook`,
  fastify: async (receiver) => {
    const app = fastify();
    await app.register(fastifyReceiver(receiver, "/hook"));
    app.post("/other", async ({ body }) => ({ parsed: body }));
    open.push(() => app.close());
    return `${await app.listen({ host: "127.0.0.1", port: 0 })}/hook`;
  },
  "fetch handlers": async (receiver) => {
    const handle = fetchHandler(receiver);
    const server = createServer((incoming, outgoing) => {
      void handle(toRequest(incoming)).then(async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
      });
    });
    return `${await listen(server)}/hook`;
  },
};

function toRequest(incoming: IncomingMessage): Request {
  const { method = "", url, headers } = incoming;
  const init = { method, headers: headers as Record<string, string>, duplex: "half" as const };
  const body = method === "GET" ? null : (Readable.toWeb(incoming) as unknown as NonNullable<RequestInit["body"]>);
  return new Request(`http://localhost${url}`, { ...init, body });
}

const post = async (url: string, body: string | Uint8Array, headers: Record<string, string>) => {
  const answer = await fetch(url, { method: "POST", body: body as RequestInit["body"] & {}, headers });
  return `${answer.status} ${await answer.text()}`.trim();
};

for (const [name, start] of Object.entries(servers)) {
  describe(name, () => {
    const make = async (options: ReceiverOptions = {}) => {
      const got: string[] = [];
      const receiver = createReceiver({ secret, onError: () => {}, ...options })
        .on("ROOM_OCCUPANCY", ({ payload }) => void got.push(payload.metadata.room_name))
        .on("access_log.create", () => Promise.reject(new Error("away")));
      return { got, url: await start(receiver) };
    };

    test("handles a signed event once, whatever its content type", async () => {
      const { got, url } = await make();
      const body = bodies["ROOM_OCCUPANCY"]!;
      assert.equal(await post(url, body, signedHeaders(body)), "200");
      assert.equal(await post(url, body, signedHeaders(body)), "200");
      const types = ["application/vnd.api+json", "text/plain", "x/y"];
      for (const type of types) {
        assert.equal(
          await post(url, body, signedHeaders(body, `id_of_${type}`.replaceAll(".", "_"), { "content-type": type })),
          "200",
        );
      }
      assert.deepEqual(
        got,
        Array.from({ length: 1 + types.length }, () => "Cherry Falls"),
      );
    });

    test("answers requests that cannot be trusted, read or handled with their status and code, as plain text", async () => {
      const { url } = await make({ limit: 10_000 });
      const room = bodies["ROOM_OCCUPANCY"]!;
      const entry = bodies["access_log.create"]!;
      const large = "x".repeat(10_001);
      assert.equal(await post(url, room, { "content-type": "application/json" }), "401 missing_header");
      assert.equal(await post(url, room.replace("4", "5"), signedHeaders(room)), "401 no_matching_signature");
      assert.equal(await post(url, entry, signedHeaders(entry)), "500 failed");
      assert.equal(await post(url, "{", signedHeaders("{")), "400 not_json");
      assert.equal(await post(url, "", signedHeaders("")), "400 not_json");
      assert.equal(await post(url, large, signedHeaders(large)), "413 too_large");
      const { headers } = await fetch(url, { method: "POST", body: room });
      assert.match(headers.get("content-type") ?? "", /^text\/plain/);
    });

    test("passes headers, the URL and the body on as they came", async () => {
      const { got, url } = await make({
        apiKey: { header: "x-api-key", value: "k" },
        urlToken: { parameter: "token", value: "ü&" },
      });
      const body = bodies["ROOM_OCCUPANCY"]!.replace("Cherry Falls", "Tür ✓ 🔔");
      assert.equal(await post(url, body, signedHeaders(body, "a", { "X-Api-Key": "k" })), "401 bad_credentials");
      const withToken = `${url}?token=%C3%BC%26`;
      assert.equal(await post(withToken, body, signedHeaders(body, "a")), "401 bad_credentials");
      assert.equal(await post(withToken, body, signedHeaders(body, "a", { "X-Api-Key": "k" })), "200");
      assert.deepEqual(got, ["Tür ✓ 🔔"]);
    });

    test("sends the status, the headers and the body of the answer", async () => {
      const answer = { status: 418, headers: { "x-kind": "short", "content-type": "text/x-tea" }, body: "tea ✓" };
      const receiver: Receiver = { ...createReceiver({ secret }), receive: async () => answer };
      const response = await fetch(await start(receiver), { method: "POST", body: "{}" });
      const { status, headers } = response;
      assert.deepEqual([status, headers.get("x-kind"), await response.text()], [418, "short", "tea ✓"]);
      assert.match(headers.get("content-type") ?? "", /^text\/x-tea/);
    });

    test("stops reading a body without length or end, and answers", async () => {
      const { url } = await make({ limit: 10_000 });
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const sent = request(url, { method: "POST", headers: signedHeaders("x") }, ({ statusCode }) => {
          resolve(statusCode);
          sent.destroy();
        });
        sent.on("error", reject);
        sent.write(Buffer.alloc(20_000));
      });
      assert.equal(status, 413);
    });
  });
}

for (const name of ["node:http", "fetch handlers"]) {
  test(`${name} answers another method than POST with the one that is allowed`, async () => {
    const url = await servers[name]!(createReceiver({ secret, onError: () => {} }));
    const { status, headers } = await fetch(url);
    assert.deepEqual([status, headers.get("allow")], [405, "POST"]);
  });
}

test("node:http closes a connection on which the rest of a refused body may come, and keeps any other", async () => {
  const url = await servers["node:http"]!(createReceiver({ secret, limit: 10_000, onError: () => {} }));
  const connectionAfter = (size: number) =>
    new Promise<string | undefined>((resolve, reject) => {
      const agent = new Agent({ keepAlive: true });
      const headers = { ...signedHeaders("x"), "content-length": `${size}` };
      const sent = request(url, { method: "POST", agent, headers }, (response) => {
        resolve(response.headers.connection);
        response.resume();
        agent.destroy();
      });
      sent.on("error", reject);
      sent.write(Buffer.alloc(Math.min(size, 1_000)));
    });
  assert.equal(await connectionAfter(1_000), "keep-alive");
  assert.equal(await connectionAfter(20_000), "close");
});

test("the plugin leaves the other routes of a Fastify server their parsers", async () => {
  const hook = await servers["fastify"]!(createReceiver({ secret }));
  const answer = await post(hook.replace("/hook", "/other"), '{"a":1}', { "content-type": "application/json" });
  assert.equal(answer, '200 {"parsed":{"a":1}}');
});

describe("node:http behind a framework", () => {
  const start = async (meddle: (request: IncomingMessage & { body?: unknown; rawBody?: unknown }) => Promise<void>) => {
    const errors: unknown[] = [];
    const receiver = createReceiver({ secret, onError: (error) => void errors.push(error) }).otherwise(() => {});
    const handle = nodeHandler(receiver);
    const server = createServer((incoming, outgoing) => void meddle(incoming).then(() => handle(incoming, outgoing)));
    return { url: await listen(server), errors };
  };
  const drain = async (incoming: IncomingMessage): Promise<Buffer> => Buffer.concat(await incoming.toArray());
  const body = bodies["TRAFFIC"]!;

  test("uses the raw body that a parser left", async () => {
    for (const meddle of [
      async (incoming: IncomingMessage & { body?: unknown }) => void (incoming.body = await drain(incoming)),
      async (incoming: IncomingMessage & { body?: unknown }) => void (incoming.body = String(await drain(incoming))),
      async (incoming: IncomingMessage & { body?: unknown; rawBody?: unknown }) => {
        incoming.rawBody = await drain(incoming);
        incoming.body = JSON.parse(String(incoming.rawBody));
      },
      // A parser that keeps the raw body beside text of its own.
      async (incoming: IncomingMessage & { body?: unknown; rawBody?: unknown }) => {
        incoming.rawBody = await drain(incoming);
        incoming.body = String(incoming.rawBody).trimStart().toUpperCase();
      },
      // A parser of other content types leaves an empty object, and the stream unread.
      async (incoming: IncomingMessage & { body?: unknown }) => void (incoming.body = {}),
    ]) {
      const { url } = await start(meddle);
      assert.equal(await post(url, body, signedHeaders(body)), "200", String(meddle));
    }
  });

  test("says what to do when only the parsed body is left", async () => {
    const { url, errors } = await start(async (incoming) => {
      incoming.body = JSON.parse(String(await drain(incoming)));
    });
    assert.equal(await post(url, body, signedHeaders(body)), "500 failed");
    assert.match((errors[0] as Error).message, /before any body parser/);
  });
});

test("the Node adapter needs no more of a request and a response than their parts", async () => {
  const incoming: NodeRequest = { method: "POST", headers: {}, async *[Symbol.asyncIterator]() {} };
  const { promise, resolve } = Promise.withResolvers<string>();
  const outgoing = { statusCode: 0, setHeader: () => {}, end: resolve };
  nodeHandler(createReceiver({ secret, onError: () => {} }))(incoming, outgoing);
  assert.deepEqual([await promise, outgoing.statusCode], ["missing_header", 401]);
});
