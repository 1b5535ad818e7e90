// Inboxes keep what arrives within bounds, answer as they are told, and end.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { sign } from "../../receiver/src/index.ts";
import { systemRandom as random } from "../../src/clock.ts";
import { createInboxes, type Inboxes, inboxLifeMs, mostInboxes } from "../../src/inboxes/inboxes.ts";
import { mostKept } from "../../src/inboxes/kept-requests.ts";
import type { Arrival, Inbox } from "../../src/model/inbox.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { subscriptionOf } from "../delivery/harness.ts";
import { createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";

let clock: SteeredClock;
let inboxes: Inboxes;
let delivering: readonly Subscription[] | Error;

beforeEach(() => {
  clock = createSteeredClock();
  delivering = [];
  const deliveringTo = async () => {
    if (delivering instanceof Error) throw delivering;
    return delivering;
  };
  inboxes = createInboxes({ isOn: true, clock, random, deliveringTo });
  inboxes.servedAt("https://belfry.example");
});

const make = (organization = "org_a", tenant?: string): Inbox =>
  inboxes.create({
    organization,
    scope: tenant === undefined ? organizationWide : { kind: "tenant", id: tenant },
    name: null,
  });
const organizationWide = { kind: "organization" } as const;

const arrival = (body: string | Uint8Array = "{}", headers: Arrival["headers"] = []): Arrival => ({
  sender: null,
  method: "POST",
  headers,
  body: Buffer.from(body),
});

test("what arrives is kept in its order, the newest first, and asked for from a number on", async () => {
  const { id, token } = make();
  for (const body of ["a", "b", "c"])
    assert.deepEqual(await inboxes.receive(token, arrival(body)), { status: 204, delayMs: 0 });
  const bodies = (after: number) =>
    inboxes.requests(id, after).map(({ number, body }) => `${number}${Buffer.from(body).toString()}`);
  assert.deepEqual(bodies(0), ["3c", "2b", "1a"]);
  assert.deepEqual(bodies(2), ["3c"]);
  assert.equal(inboxes.get(id)!.received, 3);
});

test("an inbox keeps so many requests, and so many bytes of them; what is older goes, and a long body is cut", async () => {
  const { id, token } = make();
  for (let count = 0; count < mostKept.requests + 5; count++) await inboxes.receive(token, arrival("x"));
  assert.deepEqual(
    [inboxes.requests(id, 0).length, inboxes.requests(id, 0).at(-1)!.number, inboxes.get(id)!.received],
    [mostKept.requests, 6, mostKept.requests + 5],
  );
  const large = Buffer.alloc(mostKept.bodyBytes + 1, 7);
  for (let count = 0; count < 10; count++) await inboxes.receive(token, arrival(large));
  const kept = inboxes.requests(id, 0);
  assert.deepEqual([kept[0]!.body.byteLength, kept[0]!.bodyBytes], [mostKept.bodyBytes, mostKept.bodyBytes + 1]);
  const bytes = kept.reduce((sum, { body }) => sum + body.byteLength, 0);
  assert.ok(bytes <= mostKept.bytes && kept.length >= 3, `${kept.length} with ${bytes}`);
});

test("what is kept is a copy: the sender's memory may change after it", async () => {
  const { id, token } = make();
  const body = Buffer.from("before");
  await inboxes.receive(token, { ...arrival(), body });
  body.fill(0);
  assert.equal(Buffer.from(inboxes.requests(id, 0)[0]!.body).toString(), "before");
});

test("each owner, each organization and the server have so many inboxes, and one that is removed makes room", () => {
  const fits = (...of: Parameters<typeof make>) => {
    let made = 0;
    try {
      for (; made < 1_000; made++) make(...of);
    } catch (error) {
      assert.match(String(error), /which is the limit/);
    }
    return made;
  };
  assert.equal(fits("org_a", "tenant_1"), mostInboxes.scope);
  assert.equal(fits("org_a", "tenant_2"), mostInboxes.organization - mostInboxes.scope);
  assert.equal(fits("org_a", "tenant_3"), 0);
  inboxes.remove(inboxes.list()[0]!.id);
  assert.equal(fits("org_a", "tenant_3"), 1);
  for (let count = 0; count < 30; count++) fits(`org_${count}`);
  assert.equal(inboxes.list().length, mostInboxes.overall);
  inboxes.organizationRemoved("org_a");
  assert.equal(inboxes.list().length, mostInboxes.overall - mostInboxes.organization);
});

test("an inbox ends after seven days, whatever the wall clock does", async () => {
  const { id, token } = make();
  await inboxes.receive(token, arrival());
  clock.jump(-86_400_000);
  clock.advance(inboxLifeMs - 1);
  assert.notEqual(inboxes.byToken(token), null);
  clock.advance(1);
  const gone = [
    inboxes.get(id),
    inboxes.byToken(token),
    await inboxes.receive(token, arrival()),
    inboxes.requests(id, 0),
  ];
  assert.deepEqual(gone, [null, null, null, []]);
  assert.deepEqual(inboxes.list(), []);
});

test("the first attempts of each delivery are answered 503, counted anew once the answer is changed", async () => {
  const { id, token } = make();
  const statusOf = async (delivery: string) =>
    (await inboxes.receive(token, arrival("{}", [["Belfry-Delivery", delivery]])))!.status;
  const chosen = { status: 202, delayMs: 0, failFirst: 1 };
  inboxes.setAnswer(id, chosen);
  const statuses = [];
  for (const delivery of ["a", "b", "a", "b"]) statuses.push(await statusOf(delivery));
  assert.deepEqual(statuses, [503, 503, 202, 202]);
  inboxes.setAnswer(id, chosen);
  assert.equal(await statusOf("a"), 503);
});

test("a delivery from inside says whose secret its signature fits, and what is wrong where none does", async () => {
  const { id, token } = make();
  const secret = "whsec_c2VjcmV0LW9mLXRoZS1zdWJzY3JpcHRpb24tMDAwMQ==";
  const other = "whsec_c2VjcmV0LW9mLXRoZS1zdWJzY3JpcHRpb24tMDAwMg==";
  const timestamp = Math.floor(clock.now() / 1_000);
  const signature = sign({ id: "event_1", timestamp, body: "{}", secret });
  const signed = arrival("{}", [
    ["webhook-id", "event_1"],
    ["webhook-timestamp", `${timestamp}`],
    ["webhook-signature", signature],
  ]);
  const of = (name: string, ...secrets: (readonly [string, number | null])[]): Subscription => ({
    ...subscriptionOf(1, 0),
    id: name,
    signingSecrets: secrets.map(([secret, until]) => ({ secret, until })),
  });
  const verified = async (...subscriptions: readonly Subscription[]) => {
    delivering = subscriptions;
    await inboxes.receive(token, { ...signed, sender: "org_a" });
    return inboxes.requests(id, 0)[0]!.verification;
  };
  assert.deepEqual(await verified(of("first", [other, null]), of("second", [other, null], [secret, null])), {
    subscription: "second",
    fault: null,
  });
  const mismatch = { subscription: "first", fault: "No signature matches this secret and the raw body." };
  assert.deepEqual(await verified(of("first", [other, null])), mismatch);
  assert.deepEqual(await verified(of("first", [secret, clock.now()], [other, null])), mismatch, "one that has ended");
  assert.equal(await verified(of("first")), null);
  delivering = [of("first", [secret, null])];
  await inboxes.receive(token, signed);
  assert.equal(inboxes.requests(id, 0)[0]!.verification, null, "from outside");
  delivering = new Error("the store is away");
  assert.notEqual(await inboxes.receive(token, { ...signed, sender: "org_a" }), null);
});

test("tokens are of letters and digits, long enough that nobody guesses one, and never the same", () => {
  const tokens = Array.from({ length: 100 }, (_, index) => make(`org_${index}`).token);
  assert.ok(tokens.every((token) => /^[0-9A-Za-z]{32}$/.test(token)));
  assert.equal(new Set(tokens).size, 100);
});
