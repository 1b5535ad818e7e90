import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { newSigningKey, publicKeyOf, verify } from "../../../receiver/src/index.ts";
import { type Composer, hostOf, prepare as prepareWith, request } from "../../../src/delivery/attempt/attempt.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import { signExtra } from "../../../src/delivery/attempt/extra-signatures.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import type { DueDelivery } from "../../../src/store/owed.ts";
import { secret, subscriptionOf } from "../harness.ts";

const composer: Composer = {
  version: "1.2.3",
  compose: (dialect, body, variant) => (variant === 0 ? body : `${dialect}${variant}${body}`),
  authentication: ({ endpoint }) => (endpoint.apiKey === null ? [] : [[endpoint.apiKey.name, endpoint.apiKey.value]]),
};

const prepare = (subscription: Subscription) => prepareWith(subscription, composer, deliveryDefaults);

const delivery: DueDelivery = {
  number: 17,
  lane: 1,
  class: "retry",
  variant: 0,
  attempts: 2,
  due: 0,
  createdAt: 0,
  sequence: null,
  event: {
    number: 3,
    id: "evt_3",
    dialect: "butlr",
    type: "MOTION",
    body: '{"n":1.0,"ü":"✓"}',
    revision: 0,
    previous: null,
  },
};
const now = Date.UTC(2026, 0, 5, 8, 0, 0, 750);
const endpoint = { ...subscriptionOf(1, 0).endpoint, apiKey: { name: "x-api-key", value: "k" } };

test("an attempt says as whom it connects, which differs with every part of that", () => {
  const of = (more: Partial<Subscription["endpoint"]>) =>
    request(prepare(subscriptionOf(1, 0, { endpoint: { ...endpoint, ...more } })), delivery, composer, now).identity;
  assert.equal(of({}), null);
  const facts = { subject: "", notAfter: 0, fingerprint: "" };
  const clientCertificate = { ...facts, certificate: "c", privateKey: "k" };
  const authorities = { certificates: "a", facts: [] };
  const first = of({ clientCertificate, authorities });
  assert.deepEqual([first?.client, first?.authorities], [{ certificate: "c", privateKey: "k" }, "a"]);
  const others = [
    of({ clientCertificate }),
    of({ authorities }),
    of({ clientCertificate: { ...clientCertificate, privateKey: "k2" }, authorities }),
    of({ clientCertificate: { ...clientCertificate, certificate: "c2" }, authorities }),
    of({ clientCertificate, authorities: { certificates: "a2", facts: [] } }),
  ];
  assert.equal(new Set([first, ...others].map((each) => each?.name)).size, 6);
  assert.equal(of({ clientCertificate, authorities })?.name, first?.name);
});

test("an attempt carries the documented headers in their order, the vendor's authentication last", () => {
  const { organization, headers, body, url, timeoutMs } = request(
    prepare(subscriptionOf(1, 0, { endpoint })),
    delivery,
    composer,
    now,
  );
  assert.deepEqual(
    headers.map(([name, value]) => (name === "webhook-signature" ? [name] : [name, value])),
    [
      ["content-type", "application/json"],
      ["user-agent", "Belfry/1.2.3"],
      ["webhook-id", "evt_3"],
      ["webhook-timestamp", `${Math.floor(now / 1000)}`],
      ["webhook-signature"],
      ["belfry-attempt", "3"],
      ["belfry-delivery", "delivery_17"],
      ["x-api-key", "k"],
    ],
  );
  assert.equal(Buffer.from(body).toString(), delivery.event.body);
  assert.equal(organization, subscriptionOf(1, 0).organization);
  assert.equal(url, endpoint.url);
  assert.equal(timeoutMs, endpoint.timeoutMs);
});

test("an attempt has the time that its subscription names, else the installation's, and never more than the longest", () => {
  const timeouts = { timeoutMs: 5_000, longestTimeoutMs: 12_000 };
  const cases = [
    [3_000, 3_000],
    [null, 5_000],
    [15_000, 12_000],
  ] as const;
  for (const [timeoutMs, given] of cases) {
    const subscription = subscriptionOf(1, 0, { endpoint: { ...endpoint, timeoutMs } });
    assert.equal(prepareWith(subscription, composer, timeouts).timeoutMs, given);
  }
  const short = { timeoutMs: 5_000, longestTimeoutMs: 2_000 };
  const unnamed = subscriptionOf(1, 0, { endpoint: { ...endpoint, timeoutMs: null } });
  assert.equal(prepareWith(unnamed, composer, short).timeoutMs, 2_000);
});

test("the body is the event's text under the variant that the delivery was accepted with", () => {
  const { body } = request(prepare(subscriptionOf(1, 0)), { ...delivery, variant: 2 }, composer, now);
  assert.equal(Buffer.from(body).toString(), `butlr2${delivery.event.body}`);
});

test("while secrets overlap both sign, the current one first; one that has ended does not", () => {
  const before = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  const signingSecrets = [
    { secret: before, until: now + 1 },
    { secret, until: null },
  ];
  const prepared = prepare(subscriptionOf(1, 0, { signingSecrets }));
  const signatureAt = (at: number) =>
    new Map(request(prepared, delivery, composer, at).headers).get("webhook-signature");
  const { id, body } = delivery.event;
  const [current, ending] = [secret, before].map((text) => {
    const key = Buffer.from(text.slice("whsec_".length), "base64");
    return `v1,${createHmac("sha256", key)
      .update(`${id}.${Math.floor(now / 1000)}.${body}`)
      .digest("base64")}`;
  });
  assert.equal(signatureAt(now), `${current} ${ending}`);
  assert.equal(signatureAt(now + 1), current);
});

const pair = (bytes: number) => {
  const privateKey = newSigningKey({ bytes: (size) => Buffer.alloc(size, bytes) });
  return { privateKey, publicKey: publicKeyOf(privateKey) };
};
const old = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
const overlapping = [
  { secret: old, key: pair(1), until: now + 1 },
  { secret, key: pair(2), until: null },
];

test("an ed25519 signature stands behind the shared one, and both keys sign in an overlap", () => {
  const signed = subscriptionOf(1, 0, { signingSecrets: overlapping, extraSignatures: ["ed25519"] });
  const prepared = prepare(signed);
  const sent = request(prepared, delivery, composer, now);
  const tags = (headers: typeof sent.headers) =>
    new Map(headers)
      .get("webhook-signature")!
      .split(" ")
      .map((each) => each.split(",")[0]);
  assert.deepEqual(tags(sent.headers), ["v1", "v1", "v1a", "v1a"]);
  const headers = Object.fromEntries(sent.headers);
  for (const [at, { publicKey }] of [pair(2), pair(1)].entries()) {
    const signature = headers["webhook-signature"]!.split(" ")[2 + at]!;
    verify({ headers: { ...headers, "webhook-signature": signature }, body: sent.body, secret: publicKey, now });
  }
  assert.deepEqual(tags(request(prepared, delivery, composer, now + 1).headers), ["v1", "v1a"]);
  const unasked = prepare({ ...signed, extraSignatures: [] });
  assert.deepEqual(tags(request(unasked, delivery, composer, now).headers), ["v1", "v1"]);
});

test("the signatures of other senders are over the text of the secret, and stay out unless they are asked for", () => {
  const of = (extraSignatures: Subscription["extraSignatures"], at = now) => {
    const prepared = prepare(subscriptionOf(1, 0, { signingSecrets: overlapping, extraSignatures }));
    return new Map(request(prepared, delivery, composer, at).headers);
  };
  const hmac = (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex");
  const { body } = delivery.event;
  const t = Math.floor(now / 1000);
  const both = of(["github", "stripe"]);
  assert.equal(both.get("x-hub-signature-256"), `sha256=${hmac(secret, body)}`);
  const [newest, before] = [secret, old].map((key) => `v1=${hmac(key, `${t}.${body}`)}`);
  assert.equal(both.get("stripe-signature"), `t=${t},${newest},${before}`);
  assert.equal(of(["stripe"], now + 1).get("stripe-signature"), `t=${t},${newest}`);
  assert.equal(of(["stripe"]).has("x-hub-signature-256"), false);
  assert.equal(of(["github"]).has("stripe-signature"), false);
  assert.deepEqual(
    [...of([]).keys()].filter((name) => /hub|stripe/.test(name)),
    [],
  );
  const names = [...both.keys()];
  assert.equal(names.indexOf("stripe-signature") > names.indexOf("belfry-delivery"), true);
});

test("GitHub's published example has the signature that its documents print", () => {
  const given = subscriptionOf(1, 0, {
    signingSecrets: [{ secret: "It's a Secret to Everybody", until: null }],
    extraSignatures: ["github"],
  });
  assert.deepEqual(signExtra(given)!("Hello, World!", 0, now), [
    ["x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
  ]);
});

test("a correction names its revision and the value it replaces, as JSON that a header can carry", () => {
  const sentWith = (revision: number, previous: string | null) => {
    const event = { ...delivery.event, revision, previous };
    return new Map(request(prepare(subscriptionOf(1, 0)), { ...delivery, event }, composer, now).headers);
  };
  const isCarried = (value: unknown, revision: number): void => {
    const sent = sentWith(revision, JSON.stringify(value));
    assert.equal(sent.get("belfry-revision"), `${revision}`);
    assert.match(sent.get("belfry-previous-value") ?? "", /^[\x20-\x7e]*$/);
    assert.deepEqual(JSON.parse(sent.get("belfry-previous-value")!), value);
  };
  for (const value of [0, null, "", "Tür ✓ 🔔", "\r\n\t\0", "\x7f\x80\u2028\ud800", { ü: ["~ "] }]) isCarried(value, 1);
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 9 }), (value, revision) => {
      isCarried(JSON.parse(JSON.stringify(value)), revision);
    }),
  );
  assert.equal(sentWith(1, null).has("belfry-previous-value"), false);
  assert.equal(sentWith(0, "4").has("belfry-previous-value"), false);
  assert.equal(sentWith(0, "4").has("belfry-revision"), false);
});

test("slots of a host are counted by name and port, however the URL is spelled", () => {
  assert.equal(hostOf("https://Hooks.Example/a?b"), "hooks.example:443");
  assert.equal(hostOf("https://hooks.example.:443/c"), "hooks.example:443");
  assert.equal(hostOf("http://hooks.example/"), "hooks.example:80");
  assert.equal(hostOf("https://hooks.example:8443/"), "hooks.example:8443");
  assert.equal(hostOf("no url"), "no url");
});

test("a delivery of a replay job names the job, and no other does", () => {
  const named = (change: Partial<typeof delivery> & { replay?: string; class?: "replay" }) =>
    request(prepare(subscriptionOf(1, 0)), { ...delivery, ...change }, composer, now).headers.filter(
      ([name]) => name === "belfry-replay",
    );
  assert.deepEqual(named({ class: "replay", replay: "replay_1" } as never), [["belfry-replay", "replay_1"]]);
  assert.deepEqual(named({ class: "replay" } as never), []);
  assert.deepEqual(named({}), []);
});
