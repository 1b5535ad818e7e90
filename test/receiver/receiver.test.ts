// A receiver without a server: whom it trusts, what it answers, and when.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import {
  createReceiver,
  eventNames,
  memorySeen,
  publicKeyOf,
  type RawRequest,
  type Received,
  type ReceiverOptions,
  sign,
} from "../../receiver/src/index.ts";
import { callsOfTimingSafeEqual } from "./constant-time.ts";
import { bodies, post, secret, signed } from "./examples.ts";

const room = bodies["ROOM_OCCUPANCY"]!;
const quiet = { onError: () => {} };

async function statusOf(options: ReceiverOptions, request: RawRequest): Promise<string> {
  const receiver = createReceiver({ ...quiet, ...options }).otherwise(() => {});
  const { status, body } = await receiver.receive(request);
  return `${status} ${body}`.trim();
}

describe("events", () => {
  test("every event of both vendors reaches the handler of its name, typed and whole", async () => {
    assert.deepEqual(Object.keys(bodies).toSorted(), [...eventNames].toSorted());
    for (const name of eventNames) {
      const got: Received[] = [];
      const receiver = createReceiver({ secret })
        .on(name, (event) => void got.push(event))
        .otherwise(() => assert.fail(name));
      assert.deepEqual(await receiver.receive(signed(bodies[name]!)), { status: 200, headers: {}, body: "" });
      const [event] = got;
      assert.equal(event?.name, name);
      assert.equal(event.id, "event_1");
      assert.equal(event.revision, 0);
      assert.equal(Buffer.from(event.body).toString(), bodies[name]);
      assert.deepEqual(event.payload, JSON.parse(bodies[name]!));
    }
  });

  test("an event without a handler is answered 200 and dropped, unless there is a handler for everything else", async () => {
    const seen = { claim: () => assert.fail("nothing was handled") };
    const receiver = createReceiver({ secret, seen }).on("TRAFFIC", () => assert.fail("not this one"));
    for (const body of [room, '{"hello":1}', "[]", "null", "1"])
      assert.equal((await receiver.receive(signed(body))).status, 200, body);
    const names: string[] = [];
    const all = createReceiver({ secret }).otherwise(({ name }) => void names.push(name));
    const unknown = [
      '{"type":"LAST","timestamp":999999999999999,"metadata":{}}',
      '{"type":"FIRST","timestamp":0,"metadata":{}}',
      '{"type":"NEW","timestamp":1,"metadata":{}}',
      '{"event":{"resource_type":"lock","action":"jam","data":{}}}',
      '{"type":"ROOM_OCCUPANCY","timestamp":"1","metadata":{}}',
      '{"type":"ROOM_OCCUPANCY","timestamp":1}',
      '{"event":{"resource_type":"call","action":"create"}}',
      '{"event":{"resource_type":"call","data":{}}}',
      '{"type":"ROOM_OCCUPANCY","timestamp":-1,"metadata":{}}',
      '{"type":"ROOM_OCCUPANCY","timestamp":1000000000000000,"metadata":{}}',
      '{"type":"ROOM_OCCUPANCY","timestamp":1.5,"metadata":{}}',
      '{"guid":"1"}',
      '{"guid":1,"panel":{}}',
      '{"panel":{}}',
      '{"call":{"guid":"1"}}',
      '{"call":{},"status":"canceled"}',
      '{"call":null,"status":"canceled"}',
    ];
    for (const [index, body] of [room, ...unknown].entries()) await all.receive(signed(body, `e${index}`));
    const known = ["ROOM_OCCUPANCY", "LAST", "FIRST", "NEW", "lock.jam"];
    assert.deepEqual(names, [...known, ...Array.from({ length: unknown.length - 4 }, () => "")]);
  });

  test("a correction carries its revision and the value it replaces; malformed headers are ignored", async () => {
    const told: unknown[] = [];
    const receiver = createReceiver({ secret }).on("ROOM_OCCUPANCY", (event) => {
      told.push("previous" in event ? [event.revision, event.previous] : event.revision);
    });
    const headers: readonly Record<string, string | readonly string[]>[] = [
      { "belfry-revision": "2", "belfry-previous-value": '{"in":1}' },
      { "belfry-revision": "1", "belfry-previous-value": "{" },
      { "belfry-revision": "3" },
      { "belfry-revision": "-1" },
      { "belfry-revision": "0" },
      { "belfry-revision": "1.5" },
      { "belfry-revision": "1234567" },
      { "belfry-revision": "01" },
      { "belfry-revision": "1x" },
      { "belfry-revision": ["1", "2"] },
      { "belfry-revision": "999999", "belfry-previous-value": "null" },
      { "belfry-previous-value": "1" },
    ];
    for (const [index, each] of headers.entries()) {
      const request = signed(room, `e${index}`);
      await receiver.receive({ ...request, headers: { ...(request.headers as object), ...each } });
    }
    assert.deepEqual(told, [[2, { in: 1 }], 1, 3, 0, 0, 0, 0, 0, 0, 0, [999_999, null], 0]);
  });

  test("a name that does not exist, or that has a handler, cannot be registered", () => {
    const receiver = createReceiver({ secret }).on(["PIR_MOTION", "TRAFFIC"], () => {});
    assert.throws(() => receiver.on("ROOM_OCUPANCY" as "TRAFFIC", () => {}), /no event named ROOM_OCUPANCY/);
    assert.throws(() => receiver.on("TRAFFIC", () => {}), /TRAFFIC has a handler/);
    receiver.otherwise(() => {});
    assert.throws(() => receiver.otherwise(() => {}), /otherwise was called before/);
  });
});

describe("answers", () => {
  test("2xx comes only when the handler is done", async () => {
    const work = Promise.withResolvers<void>();
    const receiver = createReceiver({ secret }).on("ROOM_OCCUPANCY", () => work.promise);
    let answered = false;
    const answer = receiver.receive(signed(room)).finally(() => (answered = true));
    await new Promise((resolve) => void setImmediate(resolve));
    assert.equal(answered, false);
    work.resolve();
    assert.equal((await answer).status, 200);
  });

  test("a handler that fails is answered 500 without its message, and the next attempt is handled again", async () => {
    const errors: [unknown, number][] = [];
    let count = 0;
    const onError = (error: unknown, status: number) => void errors.push([error, status]);
    const receiver = createReceiver({ secret, onError }).on("ROOM_OCCUPANCY", async () => {
      if (++count < 3) throw new Error("the database is away");
    });
    for (const [status, body] of [
      [500, "failed"],
      [500, "failed"],
      [200, ""],
      [200, ""],
    ] as const) {
      const answer = await receiver.receive(signed(room));
      assert.deepEqual([answer.status, answer.body], [status, body]);
    }
    assert.equal(count, 3);
    assert.deepEqual(
      errors.map(([error, status]) => [(error as Error).message, status]),
      [
        ["the database is away", 500],
        ["the database is away", 500],
      ],
    );
  });

  test("while an event is being handled a second attempt is answered 409, so that it comes again", async () => {
    const work = Promise.withResolvers<void>();
    const receiver = createReceiver({ secret, ...quiet }).on("ROOM_OCCUPANCY", () => work.promise);
    const first = receiver.receive(signed(room));
    assert.equal((await receiver.receive(signed(room))).status, 409);
    work.resolve();
    assert.equal((await first).status, 200);
    assert.equal((await receiver.receive(signed(room))).status, 200);
  });

  test("an id is kept only after its handler; when the store of ids fails the answer is 500", async () => {
    const steps: string[] = [];
    const inner = memorySeen();
    const seen = {
      async claim(id: string) {
        const claim = await inner.claim(id);
        if (typeof claim === "string") return claim;
        return {
          keep: async () => void (steps.push("keep"), claim.keep()),
          release: async () => void (steps.push("release"), claim.release()),
        };
      },
    };
    const receiver = createReceiver({ secret, seen }).on("ROOM_OCCUPANCY", async () => void steps.push("handled"));
    await receiver.receive(signed(room));
    assert.deepEqual(steps, ["handled", "keep"]);
    const away = { claim: () => Promise.reject(new Error("away")) };
    assert.equal(await statusOf({ secret, seen: away }, signed(room)), "500 failed");
  });

  test("the sender is answered only when the id is kept, or released after a failure", async () => {
    const steps: string[] = [];
    const stored = Promise.withResolvers<void>();
    const slow = (step: string) => async () => {
      await stored.promise;
      steps.push(step);
    };
    const seen = { claim: () => ({ keep: slow("kept"), release: slow("released") }) };
    const answered = [() => {}, () => Promise.reject(new Error("away"))].map(async (handler) => {
      const { status } = await createReceiver({ secret, seen, ...quiet })
        .otherwise(handler)
        .receive(signed(room));
      steps.push(`${status}`);
    });
    await new Promise((resolve) => void setImmediate(resolve));
    assert.equal(steps.length, 0);
    stored.resolve();
    await Promise.all(answered);
    assert.ok(steps.indexOf("kept") < steps.indexOf("200") && steps.indexOf("released") < steps.indexOf("500"));
    assert.equal(steps.length, 4);
  });

  test("an id that could not be kept is answered 500, so that the event comes again", async () => {
    const seen = { claim: () => ({ keep: () => Promise.reject(new Error("full")), release: () => {} }) };
    assert.equal(await statusOf({ secret, seen }, signed(room)), "500 failed");
  });

  test("by default failures are logged and refusals are not; an onError that throws costs the sender no answer", async (t) => {
    const log = t.mock.method(console, "error", () => {});
    const logged = () => log.mock.calls.map(({ arguments: [error] }) => (error as Error).message);
    const receiver = createReceiver({ secret }).otherwise(() => Promise.reject(new Error("away")));
    assert.equal((await receiver.receive(post(room))).status, 401);
    assert.deepEqual(logged(), []);
    assert.equal((await receiver.receive(signed(room))).status, 500);
    assert.deepEqual(logged(), ["away"]);
    const onError = () => {
      throw new Error("the logger is away");
    };
    assert.equal(await statusOf({ secret, onError }, post(room)), "401 missing_header");
    assert.deepEqual(logged(), ["away", "the logger is away"]);
  });

  test("only POST is accepted", async () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "post", ""]) {
      const answer = await createReceiver({ secret, ...quiet }).receive({ ...signed(room), method });
      assert.deepEqual([answer.status, answer.headers["allow"]], [405, "POST"], method);
    }
  });

  test("a body is limited, announced or not, whole or in pieces", async () => {
    const exact = Buffer.alloc(100, 0x20);
    async function* pieces(count: number) {
      for (let sent = 0; sent < count; sent += 10) yield exact.subarray(0, 10);
    }
    const options = { unverified: true, limit: 100 };
    assert.equal(await statusOf(options, { ...post(""), body: exact }), "400 not_json");
    assert.equal(await statusOf(options, { ...post("", { "content-length": "100" }), body: exact }), "400 not_json");
    assert.equal(await statusOf(options, { ...post(""), body: " ".repeat(100) }), "400 not_json");
    assert.equal(await statusOf(options, { ...post(""), body: "é".repeat(50) }), "400 not_json");
    assert.equal(await statusOf(options, { ...post(""), body: `${"é".repeat(50)} ` }), "413 too_large");
    assert.equal(await statusOf(options, { ...post(""), body: Buffer.alloc(101) }), "413 too_large");
    assert.equal(await statusOf(options, { ...post(""), body: " ".repeat(101) }), "413 too_large");
    assert.equal(await statusOf(options, { ...post(""), body: pieces(100) }), "400 not_json");
    assert.equal(await statusOf(options, { ...post(""), body: pieces(110) }), "413 too_large");
    const announced = {
      ...post("", { "content-length": "101" }),
      body: { [Symbol.asyncIterator]: () => assert.fail() },
    };
    assert.equal(await statusOf(options, announced), "413 too_large");
    const mebibyte = 1024 * 1024;
    assert.equal(await statusOf({ unverified: true }, post(" ".repeat(mebibyte))), "400 not_json");
    assert.equal(await statusOf({ unverified: true }, post(" ".repeat(mebibyte + 1))), "413 too_large");
    assert.throws(() => createReceiver({ secret, limit: Number.NaN }), TypeError);
  });

  test("a body in pieces is put together byte for byte, wherever it is cut", async () => {
    const text = JSON.stringify({ type: "X", timestamp: 1, metadata: { name: "Tür ✓ 🔔" } });
    const bytes = Buffer.from(text);
    async function* single() {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    assert.equal(await statusOf({ secret }, { ...signed(text), body: single() }), "200");
  });

  test("a body that is not JSON in UTF-8 is answered 400, once its signature is verified", async () => {
    for (const body of ["", "{", "x", Buffer.from([0x22, 0xff, 0x22])])
      assert.equal(await statusOf({ secret }, signed(body)), "400 not_json");
    assert.equal(await statusOf({ secret }, { ...signed("{"), body: "[" }), "401 no_matching_signature");
  });
});

describe("trust", () => {
  test("a bad signature is answered 401 with its reason, and nothing is handled or remembered", async () => {
    const seen = { claim: () => assert.fail("nothing was handled") };
    const unsigned = post(room, { "content-type": "application/json" });
    assert.equal(await statusOf({ secret, seen }, unsigned), "401 missing_header");
    assert.equal(await statusOf({ secret, seen }, { ...signed(room), body: `${room} ` }), "401 no_matching_signature");
    const later = { now: () => Date.now() + 301_000 + 1_000 };
    assert.equal(await statusOf({ secret, seen, ...later }, signed(room)), "401 timestamp_too_old");
    assert.equal(await statusOf({ secret, toleranceSeconds: 900, ...later }, signed(room)), "200");
  });

  test("a signature that is short, empty, without a time, out of time or of a weaker kind is refused", async () => {
    const timestamp = 1_614_265_330;
    const key = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    const [v1, v1a] = [secret, key].map((each) => sign({ id: "event_1", timestamp, body: room, secret: each }));
    const sent = { "webhook-id": "event_1", "webhook-timestamp": `${timestamp}`, "webhook-signature": v1! };
    const shared = createHmac("sha256", Buffer.from(publicKeyOf(key).slice(5), "base64"));
    const forged = shared.update(`event_1.${timestamp}.${room}`).digest("base64");
    const rows: readonly (readonly [string, Record<string, string>, ReceiverOptions["secret"]?, number?])[] = [
      ["200", {}],
      ["200", { "webhook-signature": `v9,x ${v1a} ${v1}` }],
      ["401 no_matching_signature", { "webhook-signature": v1!.slice(0, -1) }],
      ["401 no_matching_signature", { "webhook-signature": v1!.slice(0, 12) }],
      ["401 no_matching_signature", { "webhook-signature": `${v1}A` }],
      ["401 no_matching_signature", { "webhook-signature": "v1," }],
      ["401 no_matching_signature", { "webhook-signature": "v1, v1," }],
      ["401 no_matching_signature", { "webhook-signature": "v1" }],
      ["401 missing_header", { "webhook-signature": "" }],
      ["401 missing_header", { "webhook-timestamp": "" }],
      ["401 malformed_header", { "webhook-timestamp": `${timestamp}.5` }],
      ["401 missing_header", { "webhook-id": "" }],
      ["200", {}, secret, 300],
      ["200", {}, secret, -300],
      ["401 timestamp_too_old", {}, secret, 301],
      ["401 timestamp_too_new", {}, secret, -301],
      // A receiver with a public key accepts no shared secret, under either tag: the public key could serve as one.
      ["200", { "webhook-signature": v1a! }, publicKeyOf(key)],
      ["401 no_matching_signature", {}, publicKeyOf(key)],
      ["401 no_matching_signature", { "webhook-signature": `v1,${v1a!.slice(4)}` }, publicKeyOf(key)],
      ["401 no_matching_signature", { "webhook-signature": `v1,${forged}` }, publicKeyOf(key)],
      ["401 no_matching_signature", { "webhook-signature": `v1a,${forged}` }, publicKeyOf(key)],
      ["401 no_matching_signature", { "webhook-signature": v1a! }, secret],
    ];
    for (const [wanted, change, known = secret, late = 0] of rows) {
      const now = () => (timestamp + late) * 1000;
      const got = await statusOf({ secret: known, now }, post(room, { ...sent, ...change }));
      assert.equal(got, wanted, JSON.stringify([change, late]));
    }
  });

  test("a public key alone is enough, and then a shared secret's signature is not", async () => {
    const key = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    assert.equal(await statusOf({ secret: publicKeyOf(key) }, signed(room, "e", {}, key)), "200");
    assert.equal(await statusOf({ secret: publicKeyOf(key) }, signed(room)), "401 no_matching_signature");
    assert.equal(await statusOf({ secret: [secret, publicKeyOf(key)] }, signed(room)), "200");
  });

  test("the vendors' own deliveries are trusted by API key, basic authentication or a token in the URL", async () => {
    const apiKey = { header: "X-Api-Key", value: ["old", "new"] };
    const basicAuth = { username: "bell", password: "p:ä" };
    const rotating = { username: "bell", password: ["old", "new"] };
    const urlToken = { parameter: "token", value: "t&1" };
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const cases: readonly [ReceiverOptions, RawRequest, string][] = [
      [{ apiKey }, post(room, { "x-api-key": "new" }), "200"],
      [{ apiKey }, post(room, { "x-api-key": "ne" }), "401 bad_credentials"],
      [{ apiKey }, post(room, { "x-api-key": "news" }), "401 bad_credentials"],
      [{ apiKey }, post(room, { "X-API-KEY": "old" }), "200"],
      [{ apiKey }, post(room, { "x-api-key": "other" }), "401 bad_credentials"],
      [{ apiKey }, post(room, { "x-api-key": "" }), "401 bad_credentials"],
      [{ apiKey }, post(room), "401 bad_credentials"],
      [{ basicAuth }, post(room, { authorization: basic("bell:p:ä") }), "200"],
      [{ basicAuth }, post(room, { authorization: basic("bell:p:ä").replace("Basic", "basic ") }), "200"],
      [{ basicAuth }, post(room, { authorization: basic("bell:p") }), "401 bad_credentials"],
      [{ basicAuth }, post(room, { authorization: basic("ball:p:ä") }), "401 bad_credentials"],
      [{ basicAuth }, post(room, { authorization: basic("p:ä") }), "401 bad_credentials"],
      [{ basicAuth }, post(room, { authorization: "Basic" }), "401 bad_credentials"],
      [{ basicAuth }, post(room), "401 bad_credentials"],
      [{ basicAuth: rotating }, post(room, { authorization: basic("bell:old") }), "200"],
      [{ basicAuth: rotating }, post(room, { authorization: basic("bell:new") }), "200"],
      [{ basicAuth }, post(room, { authorization: `Bearer ${basic("bell:p:ä").slice(6)}` }), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook?a=1&token=t%261"), "200"],
      [{ urlToken }, post(room, {}, "https://example.com/hook?token=t%261#x"), "200"],
      [{ urlToken }, post(room, {}, "/hook?token=t%261&token=t%261"), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook?token=x&token=t%261"), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook?a=1#token=t%261"), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook?a=1#&token=t%261"), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/token=t%261"), "401 bad_credentials"],
      [{ urlToken: { ...urlToken, value: ["t&0", "t&1"] } }, post(room, {}, "/hook?token=t%261"), "200"],
      [{ urlToken }, post(room, {}, "/hook?token=t"), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook"), "401 bad_credentials"],
      // All that is configured must match: no credential is a way around the signature.
      [{ apiKey, secret }, signed(room, "e", { "x-api-key": "new" }), "200"],
      [{ apiKey, secret }, post(room, { "x-api-key": "new" }), "401 missing_header"],
      [{ apiKey, secret }, signed(room), "401 bad_credentials"],
    ];
    for (const [options, request, expected] of cases) {
      assert.equal(await statusOf(options, request), expected, `${JSON.stringify(options)} ${JSON.stringify(request)}`);
    }
  });

  test("credentials are compared in constant time, with every value that is configured", async (t) => {
    const calls = callsOfTimingSafeEqual(t);
    for (const value of ["a", "b", "wrong"]) {
      const before = calls();
      const apiKey = { header: "x-api-key", value: ["a", "b", "c"] };
      await statusOf({ apiKey }, post(room, { "x-api-key": value }));
      assert.equal(calls() - before, 3, value);
    }
  });

  test("credentials are checked before anything of the body is read", async () => {
    const body = { [Symbol.asyncIterator]: () => assert.fail("it was read") };
    const apiKey = { header: "x-api-key", value: "k" };
    assert.equal(await statusOf({ apiKey, secret }, { ...post(""), body }), "401 bad_credentials");
  });

  test("a receiver that would trust everybody, or whose secret is not set, is not created", () => {
    const unset = process.env["BELFRY_TEST_NEVER_SET"];
    for (const options of [
      {},
      { unverified: false },
      { secret, apiKey: unset } as unknown as ReceiverOptions,
      { secret, basicAuth: unset } as unknown as ReceiverOptions,
      { secret, urlToken: unset } as unknown as ReceiverOptions,
      { secret, toleranceSeconds: Number(unset) },
      { secret, toleranceSeconds: -1 },
      { secret: unset },
      { secret: [] },
      { secret: "" },
      { secret: "whsec_short" },
      { secret: [secret, ""] },
      { secret: unset, apiKey: { header: "x", value: "k" } },
      { apiKey: { header: "x", value: "" } },
      { apiKey: { header: "x", value: [] } },
      { apiKey: { header: "x", value: ["k", ""] } },
      { basicAuth: { username: "u", password: "" } },
      { urlToken: { parameter: "token", value: unset as unknown as string } },
    ]) {
      assert.throws(() => createReceiver(options), TypeError, JSON.stringify(options));
    }
    createReceiver({ unverified: true });
  });
});

describe("duplicates without a webhook-id", () => {
  const handled = async (...requests: RawRequest[]): Promise<number> => {
    let count = 0;
    const receiver = createReceiver({ unverified: true }).otherwise(() => void count++);
    for (const request of requests) assert.equal((await receiver.receive(request)).status, 200);
    return count;
  };

  test("an event of Butlr is recognized by the id in its payload", async () => {
    const again = room.replace('"data": 4', '"data":  4');
    const other = room.replace("event_2oUBiSX", "event_3oUBiSX");
    assert.equal(await handled(post(room), post(again), post(other)), 2);
  });

  test("an entry is recognized by its number under both of its names, a call by its guid or number", async () => {
    const entry = bodies["access_log.create"]!;
    const call = bodies["call.create"]!;
    const flat = bodies["call.create.flat"]!;
    assert.equal(await handled(post(entry), post(bodies["door_release.create"]!)), 1);
    assert.equal(await handled(post(entry), post(entry.replace("123456789", "1")), post(call), post(call)), 3);
    const both = (guid: string, id: string) => post(call.replace('"id":400494507', `"guid":"${guid}","id":${id}`));
    assert.equal(await handled(both("a", "1"), both("a", "2"), both("a", "3"), both("b", "1")), 2);
    // The numbers of entries and of calls are counted apart.
    assert.equal(await handled(post(entry), post(call.replace("400494507", "123456789"))), 2);
    assert.equal(await handled(post(flat), post(flat.replace("4B", "4C")), post(flat.replace("-4000-", "-4001-"))), 2);
  });

  test("an event without an id is recognized by its bytes", async () => {
    const update = bodies["call.status_update"]!;
    assert.equal(await handled(post(update), post(update), post(update.replace("canceled", "rejected"))), 2);
    assert.equal(await handled(post("[1]"), post("[1]"), post("[2]")), 2);
    // JSON that is no event may hold an "id" that means something else.
    assert.equal(await handled(post('{"id":1,"a":1}'), post('{"id":1,"a":2}')), 2);
    assert.equal(
      await handled(
        post(room.replace(/"id": "event_\w+"/, '"id": ""')),
        post(room.replace(/"id": "event_\w+"/, '"id":  ""')),
      ),
      2,
    );
  });

  test("a webhook-id wins where there is one", async () => {
    const one = { "webhook-id": "a" };
    assert.equal(await handled(post(room, one), post(`${room} `, one), post(room, { "webhook-id": "b" })), 2);
    assert.equal(await handled(post(room, { "webhook-id": "" }), post(room)), 1);
  });
});
