// From a name to a connection, with a name server of the test's own [reliability: connecting; URL and resolution tricks].

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../src/clock.ts";
import { createDestinationGuard } from "../../../src/delivery/guard/guard.ts";
import { createPolicy } from "../../../src/delivery/guard/policy.ts";
import { createClient } from "../../../src/delivery/client/client.ts";
import { createResolver } from "../../../src/delivery/guard/resolver.ts";
import { type NameServer, startNameServer, type Zone } from "../../fixtures/name-server.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";
import { until } from "../../fixtures/until.ts";
import { allowedAddresses, refusedAddresses } from "../guard/vectors.ts";
import { type Context, fixedResolver, startRawReceiver, startSender } from "./test-client.ts";

async function setUp(t: Context) {
  const server: NameServer = await startNameServer();
  t.after(() => server.close());
  // Names and connections come over real sockets, in as much time as they take: only a test lets time pass.
  const clock = createSteeredClock();
  const resolver = createResolver({ clock, servers: [server.server] });
  const sender = await startSender(t, resolver, {}, clock);
  const receiver = await startRawReceiver(t, "answers 200", { names: ["hook.example", "*.hook.example"] });
  const post = (name = "hook.example", timeoutMs = 5_000, organization = "org_a") =>
    sender.post(`https://${name}:${receiver.port}/`, { timeoutMs, organization });
  return { clock, server, resolver, sender, receiver, post };
}

const rows: readonly (readonly [what: string, zone: Zone, code: string, timeoutMs?: number])[] = [
  ["a name that does not exist", "no such name", "dns_not_found"],
  ["a name without an address of either family", [], "dns_not_found"],
  ["a name server that fails", "server failure", "dns_failed"],
  ["a name server that refuses", "refused", "dns_failed"],
  ["a name server that talks nonsense", "nonsense", "dns_failed"],
  ["a name server that never answers", "silence", "dns_timeout", 300],
  ["an answer cut short, and whole over TCP", { truncated: ["127.10.1.1"] }, "delivered"],
  ["an answer cut short, and no TCP", { cut: true }, "dns_failed"],
  ["an alias of itself", { alias: "hook.example", addresses: [] }, "dns_not_found"],
  ["an alias with its address", { alias: "edge.example", addresses: ["127.10.1.1"] }, "delivered"],
  ["an alias of something inside", { alias: "db.internal", addresses: ["10.0.0.7"] }, "address_forbidden"],
  ["one public and one private address", ["127.10.1.1", "10.0.0.7"], "address_forbidden"],
  ["a public address and a private one of the other family", ["127.10.1.1", "fd00:ec2::254"], "address_forbidden"],
  ["a public address that hides a private one", ["64:ff9b::a9fe:a9fe"], "address_forbidden"],
  [
    "1,000 addresses, one of them private",
    { truncated: [...Array.from({ length: 999 }, (_, i) => `127.10.${i >> 8}.${i & 255}`), "127.0.0.1"] },
    "address_forbidden",
  ],
];
for (const [what, zone, code, timeoutMs] of rows) {
  test(`${what}: ${code}`, async (t) => {
    const { clock, server, post, receiver } = await setUp(t);
    server.set("hook.example", zone);
    const sent = post("hook.example", timeoutMs);
    if (timeoutMs !== undefined) {
      await until("the question", () => server.asked.length > 0);
      await clock.pass(timeoutMs);
    }
    const outcome = await sent;
    assert.deepEqual([outcome.code, outcome.durationMs], [code, timeoutMs ?? 0]);
    if (code === "delivered") return;
    assert.equal(receiver.connections(), 0);
    assert.doesNotMatch(outcome.detail ?? "", /127|10\.|fd00|64:ff9b|internal/);
  });
}

test("of 1,000 allowed addresses a few are tried, within one attempt", async (t) => {
  const { server, post, receiver } = await setUp(t);
  const many = Array.from({ length: 997 }, (_, i) => `127.10.${2 + (i >> 8)}.${i & 255}`);
  server.set("hook.example", { truncated: ["127.10.1.8", "127.10.1.9", "127.10.1.1", ...many] });
  assert.equal((await post()).code, "delivered");
  assert.equal(receiver.requests.length, 1);
});

test("names that hang take nothing from other organizations, and their look-up counts in the deadline", async (t) => {
  const { clock, server, post } = await setUp(t);
  server.set("hook.example", ["127.10.1.1"]);
  const slow = Array.from({ length: 100 }, (_, i) => `slow-${i}.hook.example`);
  for (const name of slow) server.set(name, "silence");
  let ended = 0;
  const hanging = slow.map(async (name) => {
    const outcome = await post(name, 1_000, "org_slow");
    ended++;
    return outcome;
  });
  const well = post();
  // A few connections are begun in each turn, those of the hanging first.
  for (let turn = 0; turn < 4; turn++) await clock.pass(1);
  assert.equal((await well).code, "delivered");
  assert.equal(ended, 0, "none of those that hang has given its look-up back");
  await clock.pass(1_000);
  for (const { code, durationMs } of await Promise.all(hanging)) {
    assert.deepEqual([code, durationMs], ["dns_timeout", 1_000]);
  }
});

test("a name is judged by every address it resolves to, when a subscription is made and when it is called", async (t) => {
  const { server, resolver, receiver } = await setUp(t);
  const policy = createPolicy();
  const judge = createDestinationGuard(policy, resolver);
  // Its many connections are begun a few in each turn, and turns are of a clock that runs.
  const sender = createClient({ policy, resolver, clock: systemClock });
  t.after(() => sender.close());
  const url = `https://hook.example:${receiver.port}/`;
  for (const inside of refusedAddresses) {
    for (const zone of [[inside], ["8.8.8.8", "2606:4700:4700::1111", inside]]) {
      server.set("hook.example", ["8.8.8.8"]);
      assert.deepEqual(await judge.url(url, "org_a"), { allowed: true });
      // Bound anew between the two.
      server.set("hook.example", zone);
      const sent = await sender.send({ organization: "org_a", url, headers: [], body: "", timeoutMs: 60_000 });
      const made = await judge.url(url, "org_a");
      assert.ok(typeof sent === "object" && !made.allowed, inside);
      assert.deepEqual([sent.code, made.code], ["address_forbidden", "address_forbidden"], inside);
      assert.deepEqual(
        [sent.detail, made.message].filter((text) => text?.includes(inside)),
        [],
      );
    }
  }
  // Nothing is called that is not ours, so the other half is asked of the judge alone.
  for (const outside of allowedAddresses) {
    server.set("hook.example", [outside]);
    assert.deepEqual(await judge.url(url, "org_a"), { allowed: true }, outside);
  }
});

test("a name is looked up once for a connection, and what it has after that does not matter", async (t) => {
  const { server, post } = await setUp(t);
  server.set("hook.example", ["127.10.1.1"]);
  assert.equal((await post()).code, "delivered");
  server.set("hook.example", ["127.0.0.1"]);
  assert.equal((await post()).code, "delivered", "the connection is the one that was judged");
  assert.deepEqual(server.asked.toSorted(), ["A hook.example", "AAAA hook.example"]);
});

test("names are absolute: no search domain and no file of hosts helps them", async (t) => {
  const { server, post } = await setUp(t);
  for (const name of [
    "metadata.google.internal",
    "db",
    "host.docker.internal",
    "kubernetes.default.svc",
    "ip6-localhost",
  ])
    assert.equal((await post(name)).code, "address_forbidden", name);
  assert.equal((await post("gateway.example")).code, "dns_not_found");
  assert.deepEqual([...new Set(server.asked)].toSorted(), ["A gateway.example", "AAAA gateway.example"]);
});

test("a name inside a network is called where the operator allows the name and its network, and not by the name alone", async (t) => {
  const resolver = fixedResolver({ receiver: ["127.10.1.1"], "bms.internal": ["10.0.0.7"] });
  const receiver = await startRawReceiver(t, "answers 200", { plain: true });
  const post = async (name: string, allowNames: readonly string[]) => {
    const sender = await startSender(t, resolver, { allowNames });
    return (await sender.post(`http://${name}:${receiver.port}/`)).code;
  };
  assert.equal(await post("receiver", []), "address_forbidden");
  assert.equal(await post("receiver", ["receiver"]), "delivered");
  assert.equal(await post("bms.internal", ["*.internal"]), "address_forbidden", "its network is closed");
  assert.match(receiver.requests[0]!, /\r\nhost: receiver:\d+\r\n/);
});
