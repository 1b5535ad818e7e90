// Alerts over real sockets and TLS: signed, in each form, and what a handshake tells of a certificate.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { AlertBody } from "../../src/alerts/body.ts";
import { systemClock } from "../../src/clock.ts";
import { createClient } from "../../src/delivery/client/client.ts";
import { createPolicy } from "../../src/delivery/guard/policy.ts";
import { alertForms } from "../../src/model/alert.ts";
import { verify } from "../../receiver/src/index.ts";
import { fixedResolver } from "../delivery/client/test-client.ts";
import { type HttpsReceiver, startHttpsReceiver, testAuthority } from "../fixtures/https-receiver.ts";
import { until } from "../fixtures/until.ts";
import { type Belfry, startBelfry } from "./harness.ts";

const now = Date.now();

/** Time is steered, the network is real. */
async function begin(t: TestContext): Promise<Belfry> {
  const { ca } = await testAuthority();
  const policy = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true });
  const client = createClient({
    policy,
    resolver: fixedResolver({}),
    clock: systemClock,
    tls: { ca },
    onCertificate: (host, endsAt) => belfry.alerts.certificateSeen(host, endsAt),
  });
  const belfry: Belfry = await startBelfry({ send: client.send, at: now });
  t.after(async () => {
    await belfry.stop();
    await client.close();
  });
  return belfry;
}

async function receive(t: TestContext, options?: Parameters<typeof startHttpsReceiver>[0]): Promise<HttpsReceiver> {
  const receiver = await startHttpsReceiver(options);
  t.after(() => receiver.close());
  return receiver;
}

const endpointOf = ({ url }: HttpsReceiver, path: string) => ({
  endpoint: { url: `${url}${path}`, timeoutMs: null, apiKey: null, basicAuth: null },
});

/** So many attempts were made, and none of them is under way: whatever is delivered has arrived. The store knows an outcome before
 * it has told the dispatcher so. */
async function settled({ store, dispatcher }: Belfry, attempts: number): Promise<void> {
  const made = async () => (await store.history.totals()).attempts;
  await until(`${attempts} attempts and their end`, async () => (await made()) >= attempts && dispatcher.idle());
  assert.equal((await store.history.totals()).attempts, attempts);
}

test("a receiver that refuses connections is told in every form, signed with the secret of each target", async (t) => {
  const belfry = await begin(t);
  const receiver = await receive(t);
  // At an address of its own: nobody else is given its port meanwhile.
  const down = await startHttpsReceiver({ address: "127.10.0.77" });
  await down.close();
  const targets = new Map();
  for (const form of alertForms) {
    targets.set(`/${form}`, await belfry.target("org_1", { form }, endpointOf(receiver, `/${form}`)));
  }
  const lobby = await belfry.subscribe("webhook_lobby", endpointOf(down, "/hook"));
  for (let failures = 1; failures <= 5; failures++) {
    await belfry.ring(lobby);
    await until(`failure ${failures}`, () => belfry.dispatcher.lane(lobby.number)?.failures === failures);
  }
  await belfry.pass(20_000);
  await receiver.waitFor(3);
  assert.deepEqual(receiver.requests.map(({ path }) => path).toSorted(), ["/json", "/slack", "/teams"]);
  const bodies = new Map<string, Record<string, unknown>>();
  for (const { path, headers, body } of receiver.requests) {
    const { secret } = targets.get(path).signingSecrets[0];
    const text = body.toString();
    verify({ headers, body: text, secret, now: belfry.clock.now() });
    assert.equal(headers["content-type"], "application/json");
    bodies.set(path, JSON.parse(text));
  }
  const json = bodies.get("/json") as unknown as AlertBody;
  assert.match(
    json.text,
    /^Subscription “Name of webhook_lobby” .* fails: the last attempt ended with connect_refused;/,
  );
  assert.equal(receiver.requests.find(({ path }) => path === "/json")!.headers["webhook-id"], json.id);
  assert.equal(bodies.get("/slack")!["text"], json.text);
  assert.equal(bodies.get("/teams")!["type"], "message");
});

test("a certificate that ends in ten days is told at the handshake, one that ends in thirty is not", async (t) => {
  const belfry = await begin(t);
  const authority = await testAuthority();
  const leaf = await authority.issue(["127.10.0.1"], { now, days: 10 });
  const ending = await receive(t, { tls: { cert: leaf.certificate, key: leaf.key } });
  const [fresh, receiver] = [await receive(t), await receive(t)];
  await belfry.target("org_1", {}, endpointOf(receiver, "/alerts"));
  await belfry.ring(
    await belfry.subscribe("webhook_ending", endpointOf(ending, "/hook")),
    await belfry.subscribe("webhook_fresh", endpointOf(fresh, "/hook")),
  );
  await Promise.all([ending.waitFor(1), fresh.waitFor(1)]);
  await belfry.pass(20_000);
  const [first] = await receiver.waitFor(1);
  const { kind, count, about } = JSON.parse(first!.body.toString()) as AlertBody;
  assert.deepEqual([kind, about[0]!.id], ["certificate.expiring", "webhook_ending"]);
  assert.equal(about[0]!["host"], `127.10.0.1:${ending.port}`);
  assert.equal(
    new Date(String(about[0]!["ends_at"])).getUTCDate(),
    new Date(now + 10 * 86_400_000 - 3_600_000).getUTCDate(),
  );
  assert.deepEqual([count, about.length], [1, 1]);
  await belfry.pass(20_000);
  // An event for two, and one alert.
  await settled(belfry, 3);
  assert.equal((await belfry.store.history.totals()).events, 2);
  assert.deepEqual([ending.requests.length, fresh.requests.length, receiver.requests.length], [1, 1, 1]);
});

test("a connection that resumes a session shows no certificate again", async (t) => {
  const { ca } = await testAuthority();
  const receiver = await receive(t, { answer: { headers: { connection: "close" } } });
  const shown: string[] = [];
  const policy = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true });
  const client = createClient({
    policy,
    resolver: fixedResolver({}),
    clock: systemClock,
    tls: { ca },
    onCertificate: (host) => void shown.push(host),
  });
  t.after(() => client.close());
  for (let each = 0; each < 3; each++) {
    await client.send({ organization: "org_1", url: `${receiver.url}/in`, headers: [], body: "{}", timeoutMs: 5_000 });
  }
  assert.deepEqual([receiver.connections(), shown], [3, [`127.10.0.1:${receiver.port}`]]);
});

test("a test of a target arrives at that one alone, although it asked for other kinds", async (t) => {
  const belfry = await begin(t);
  const receiver = await receive(t);
  const target = await belfry.target("org_1", { kinds: ["disk.low"] }, endpointOf(receiver, "/one"));
  await belfry.target("org_1", {}, endpointOf(receiver, "/two"));
  const { event, delivery } = await belfry.alerts.test(target);
  const [first] = await receiver.waitFor(1);
  assert.deepEqual(
    [first!.path, first!.headers["webhook-id"], first!.headers["belfry-delivery"]],
    ["/one", event, delivery],
  );
  const body = JSON.parse(first!.body.toString()) as AlertBody;
  assert.deepEqual([body.kind, body.count, body.about.map(({ id }) => id)], ["test", 1, [target.id]]);
  await belfry.pass(20_000);
  await settled(belfry, 1);
  assert.deepEqual(
    receiver.requests.map(({ path }) => path),
    ["/one"],
  );
  assert.equal((await belfry.store.history.totals()).events, 1);
  await belfry.change(target, { state: "disabled", disabledReason: "Gone." });
  const disabled = belfry.live.organizations.subscription(target.number)!;
  await assert.rejects(belfry.alerts.test(disabled), { code: "CONFLICT" });
  await belfry.remove(target);
  await assert.rejects(belfry.alerts.test(target), { code: "NOT_FOUND" });
});
