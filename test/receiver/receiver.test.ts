// The protocol, without a server: whom it trusts, what it answers, and when.

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

  test("what nobody asked for is answered 200 and handled by none, unless there is a handler for everything else", async () => {
    const seen = { claim: () => assert.fail("nothing was handled") };
    const receiver = createReceiver({ secret, seen }).on("TRAFFIC", () => assert.fail("not this one"));
    for (const body of [room, '{"hello":1}', "[]", "null", "1"])
      assert.equal((await receiver.receive(signed(body))).status, 200, body);
    const names: string[] = [];
    const all = createReceiver({ secret }).otherwise(({ name }) => void names.push(name));
    const unknown = [
      '{"type":"NEW","timestamp":1,"metadata":{}}',
      '{"event":{"resource_type":"lock","action":"jam","data":{}}}',
      '{"type":"ROOM_OCCUPANCY","timestamp":"1","metadata":{}}',
      '{"type":"ROOM_OCCUPANCY","timestamp":1}',
      '{"event":{"resource_type":"call","action":"create"}}',
    ];
    for (const [index, body] of [room, ...unknown].entries()) await all.receive(signed(body, `e${index}`));
    assert.deepEqual(names, ["ROOM_OCCUPANCY", "NEW", "lock.jam", "", "", ""]);
  });

  test("a correction tells its number and what it replaces; nonsense in those headers is passed over", async () => {
    const told: unknown[] = [];
    const receiver = createReceiver({ secret }).on("ROOM_OCCUPANCY", (event) => {
      told.push("previous" in event ? [event.revision, event.previous] : event.revision);
    });
    const headers: readonly Record<string, string>[] = [
      { "belfry-revision": "2", "belfry-previous-value": '{"in":1}' },
      { "belfry-revision": "1", "belfry-previous-value": "{" },
      { "belfry-revision": "3" },
      { "belfry-revision": "-1" },
      { "belfry-revision": "0" },
      { "belfry-revision": "1.5" },
      { "belfry-revision": "12345678" },
    ];
    for (const [index, each] of headers.entries()) await receiver.receive(signed(room, `e${index}`, each));
    assert.deepEqual(told, [[2, { in: 1 }], 1, 3, 0, 0, 0, 0]);
  });

  test("a name that does not exist, or that has a handler, cannot be registered", () => {
    const receiver = createReceiver({ secret }).on(["PIR_MOTION", "TRAFFIC"], () => {});
    assert.throws(() => receiver.on("ROOM_OCUPANCY" as "TRAFFIC", () => {}), /no event named ROOM_OCUPANCY/);
    assert.throws(() => receiver.on("TRAFFIC", () => {}), /TRAFFIC has a handler/);
    receiver.otherwise(() => {});
    assert.throws(() => receiver.otherwise(() => {}), TypeError);
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

  test("the store of handled ids may be slow or fail: then it is 500, and an id is only kept after its work", async () => {
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

  test("only POST is listened to", async () => {
    const answer = await createReceiver({ secret, ...quiet }).receive({ ...signed(room), method: "GET" });
    assert.deepEqual([answer.status, answer.headers["allow"]], [405, "POST"]);
  });

  test("a body is limited, announced or not, whole or in pieces", async () => {
    const exact = Buffer.alloc(100, 0x20);
    async function* pieces(count: number) {
      for (let sent = 0; sent < count; sent += 10) yield exact.subarray(0, 10);
    }
    const options = { unverified: true, limit: 100 };
    assert.equal(await statusOf(options, { ...post(""), body: exact }), "400 not_json");
    assert.equal(await statusOf(options, { ...post(""), body: Buffer.alloc(101) }), "413 too_large");
    assert.equal(await statusOf(options, { ...post(""), body: " ".repeat(101) }), "413 too_large");
    assert.equal(await statusOf(options, { ...post(""), body: pieces(100) }), "400 not_json");
    assert.equal(await statusOf(options, { ...post(""), body: pieces(110) }), "413 too_large");
    const announced = {
      ...post("", { "content-length": "101" }),
      body: { [Symbol.asyncIterator]: () => assert.fail() },
    };
    assert.equal(await statusOf(options, announced), "413 too_large");
  });

  test("a body in pieces is put together byte for byte, wherever it is cut", async () => {
    const text = JSON.stringify({ type: "X", timestamp: 1, metadata: { name: "Tür ✓ 🔔" } });
    const bytes = Buffer.from(text);
    async function* single() {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    assert.equal(await statusOf({ secret }, { ...signed(text), body: single() }), "200");
  });

  test("what is not JSON in UTF-8 is answered 400, after its signature was right", async () => {
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

  test("no delivery is taken whose signature is short, empty, without a time, out of time or of a weaker kind", async () => {
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
      // Who expects ed25519 gets it: not the shared kind, under neither tag, though a key could be guessed for it.
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

  test("the vendors' own deliveries are known by api key, basic authentication or a token in the URL", async () => {
    const apiKey = { header: "X-Api-Key", value: ["old", "new"] };
    const basicAuth = { username: "bell", password: "p:ä" };
    const urlToken = { parameter: "token", value: "t&1" };
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const cases: readonly [ReceiverOptions, RawRequest, string][] = [
      [{ apiKey }, post(room, { "x-api-key": "new" }), "200"],
      [{ apiKey }, post(room, { "X-API-KEY": "old" }), "200"],
      [{ apiKey }, post(room, { "x-api-key": "other" }), "401 bad_credentials"],
      [{ apiKey }, post(room, { "x-api-key": "" }), "401 bad_credentials"],
      [{ apiKey }, post(room), "401 bad_credentials"],
      [{ basicAuth }, post(room, { authorization: basic("bell:p:ä") }), "200"],
      [{ basicAuth }, post(room, { authorization: basic("bell:p:ä").replace("Basic", "basic ") }), "200"],
      [{ basicAuth }, post(room, { authorization: basic("bell:p") }), "401 bad_credentials"],
      [{ basicAuth }, post(room, { authorization: `Bearer ${basic("bell:p:ä").slice(6)}` }), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook?a=1&token=t%261"), "200"],
      [{ urlToken }, post(room, {}, "https://example.com/hook?token=t%261#x"), "200"],
      [{ urlToken }, post(room, {}, "/hook?token=t%261&token=t%261"), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook?token=t"), "401 bad_credentials"],
      [{ urlToken }, post(room, {}, "/hook"), "401 bad_credentials"],
      // All that is configured must hold: nothing is a way around the signature.
      [{ apiKey, secret }, signed(room, "e", { "x-api-key": "new" }), "200"],
      [{ apiKey, secret }, post(room, { "x-api-key": "new" }), "401 missing_header"],
      [{ apiKey, secret }, signed(room), "401 bad_credentials"],
    ];
    for (const [options, request, expected] of cases) {
      assert.equal(await statusOf(options, request), expected, `${JSON.stringify(options)} ${JSON.stringify(request)}`);
    }
  });

  test("credentials are checked before anything of the body is read", async () => {
    const body = { [Symbol.asyncIterator]: () => assert.fail("it was read") };
    const apiKey = { header: "x-api-key", value: "k" };
    assert.equal(await statusOf({ apiKey, secret }, { ...post(""), body }), "401 bad_credentials");
  });

  test("a receiver that would trust everybody, or lost a secret on its way, is not made", () => {
    const unset = process.env["BELFRY_TEST_NEVER_SET"];
    for (const options of [
      {},
      { secret: unset },
      { secret: [] },
      { secret: "" },
      { secret: "whsec_short" },
      { secret: [secret, ""] },
      { secret: unset, apiKey: { header: "x", value: "k" } },
      { apiKey: { header: "x", value: "" } },
      { apiKey: { header: "x", value: [] } },
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

  test("Butlr's are known by the payload's id", async () => {
    const again = room.replace('"data": 4', '"data":  4');
    const other = room.replace("event_2oUBiSX", "event_3oUBiSX");
    assert.equal(await handled(post(room), post(again), post(other)), 2);
  });

  test("an entry is known by its number under both of its names, a call by its guid or number", async () => {
    const entry = bodies["access_log.create"]!;
    const call = bodies["call.create"]!;
    const flat = bodies["call.create.flat"]!;
    assert.equal(await handled(post(entry), post(bodies["door_release.create"]!)), 1);
    assert.equal(await handled(post(entry), post(entry.replace("123456789", "1")), post(call), post(call)), 3);
    assert.equal(await handled(post(flat), post(flat.replace("4B", "4C")), post(flat.replace("-4000-", "-4001-"))), 2);
  });

  test("what has no id is known by its bytes", async () => {
    const update = bodies["call.status_update"]!;
    assert.equal(await handled(post(update), post(update), post(update.replace("canceled", "rejected"))), 2);
    assert.equal(await handled(post("[1]"), post("[1]"), post("[2]")), 2);
  });

  test("a webhook-id wins where there is one", async () => {
    const one = { "webhook-id": "a" };
    assert.equal(await handled(post(room, one), post(`${room} `, one), post(room, { "webhook-id": "b" })), 2);
  });
});
