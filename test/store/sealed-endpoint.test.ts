// The endpoint of a subscription on the disk: nothing of it can be read there, also of what an older release left; and what was
// damaged stands for itself alone.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import type { Endpoint } from "../../src/model/subscription.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { keptMasterKey, layDatabase, readKept } from "../fixtures/schemas/kept.ts";
import { addOrganization, audit, put, subscription } from "../contract/samples.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-sealed-"));
after(() => rmSync(root, { recursive: true }));

const place = (): string => mkdtempSync(join(root, "data-"));
const openStore = (directory: string, masterKey: Uint8Array = new Uint8Array(32)) =>
  openSqliteInProcess({ directory, masterKey, clock: systemClock });

const endpoint: Endpoint = {
  url: "https://canary-host.example:8443/hook/canary-path?token=canary-query",
  timeoutMs: 5_000,
  apiKey: { name: "x-canary-name", value: "canary-value" },
  basicAuth: { username: "canary-user", password: "canary-password" },
  headers: { "x-canary-header": "canary-header-value" },
};

/** Every file of the directory, as text of bytes. */
const everything = (directory: string): string =>
  readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), "latin1"))
    .join("\n");

/** A closed store in which two organizations have a subscription each, and the first a second one. */
async function filled(): Promise<string> {
  const directory = place();
  const store = await openStore(directory);
  await addOrganization(store.registry);
  await addOrganization(store.registry, "org_two");
  await put(store.registry, "org_one", subscription(1, { endpoint }), subscription(2));
  await put(store.registry, "org_two", subscription(3, { organization: "org_two" }));
  await store.close();
  return directory;
}

function change(directory: string, sql: string): void {
  const database = new DatabaseSync(join(directory, "belfry.sqlite"));
  database.exec(sql);
  database.close();
}

/** One bit of the last byte of a value. */
const flipped = (column: string) =>
  `${column} = cast(substr(${column}, 1, length(${column}) - 1) || case when substr(${column}, -1) = x'00' then x'01' else x'00' end as blob)`;

test("nothing of an endpoint is readable in any file, while the subscription is there, disabled or removed", async () => {
  const directory = place();
  const store = await openStore(directory);
  await addOrganization(store.registry);
  await put(store.registry, "org_one", subscription(1, { endpoint }));
  assert.deepEqual((await store.registry.subscription("webhook_1", null))?.endpoint, endpoint);
  assert.doesNotMatch(everything(directory), /canary/);
  await put(store.registry, "org_one", subscription(1, { endpoint, state: "disabled", name: "another" }));
  assert.doesNotMatch(everything(directory), /canary/);
  await store.registry.change({ organization: "org_one", revision: null, remove: [1], audit: [audit()] });
  await store.close();
  assert.doesNotMatch(everything(directory), /canary/);
});

test("what an older release left in clear is sealed when the store is opened, and no page keeps it", async () => {
  const directory = place();
  layDatabase(10, directory);
  const { snapshots } = readKept(10);
  const urls = snapshots.flatMap(({ subscriptions }) => subscriptions.map(({ endpoint }) => endpoint.url));
  const clear = urls.filter((url) => everything(directory).includes(url));
  assert.ok(clear.length > 0, "the older release did");
  const store = await openStore(directory, keptMasterKey);
  for (const { organization, subscriptions } of snapshots) {
    const read = await store.registry.snapshot(organization.id);
    assert.deepEqual(
      read?.subscriptions.map(({ endpoint, signingSecrets }) => ({ endpoint, signingSecrets })),
      subscriptions.map(({ endpoint, signingSecrets }) => ({ endpoint, signingSecrets })),
    );
    assert.equal(read?.organization.revision, organization.revision, "nothing was changed");
  }
  await store.close();
  const database = new DatabaseSync(join(directory, "belfry.sqlite"));
  const records = database.prepare("select record from subscription").all();
  database.close();
  assert.ok(records.length > urls.length, "removed ones are among them");
  for (const { record } of records) assert.doesNotMatch(String(record), /endpoint|https?:/);
  for (const url of urls) assert.ok(!everything(directory).includes(url), url);
  assert.doesNotMatch(everything(directory), /https:\/\//, "nor of those that were removed");
});

test("a flipped bit disables that subscription and says so; the others go on, and it can be removed", async () => {
  const damages = {
    secrets: `update subscription set ${flipped("secrets")} where number = 1`,
    "secrets that are gone": "update subscription set secrets = x'' where number = 1",
    record: "update subscription set record = '}' || substr(record, 2) where number = 1",
  };
  for (const [what, sql] of Object.entries(damages)) {
    const directory = await filled();
    change(directory, sql);
    const store = await openStore(directory);
    const { registry } = store;
    const [damaged, beside] = (await registry.snapshot("org_one"))!.subscriptions;
    assert.deepEqual(
      [damaged?.id, damaged?.organization, damaged?.dialect, damaged?.state, damaged?.isUnreadable],
      ["webhook_1", "org_one", "butlr", "disabled", true],
      what,
    );
    assert.match(damaged?.disabledReason ?? "", /damaged.*backup/);
    assert.deepEqual([damaged?.endpoint.url, damaged?.signingSecrets], ["", []]);
    assert.deepEqual(beside, subscription(2));
    assert.equal((await registry.subscription("webhook_1", null))?.isUnreadable, true);
    assert.equal((await registry.snapshot("org_two"))?.subscriptions[0]?.isUnreadable, undefined);

    await assert.rejects(put(registry, "org_one", { ...damaged!, state: "active" }), { code: "CONFLICT" }, what);
    await put(registry, "org_one", { ...beside, name: "renamed" });
    await registry.change({ organization: "org_one", revision: null, remove: [1], audit: [audit()] });
    assert.equal(await registry.subscription("webhook_1", null), null);
    await store.close();
  }
});

test("a damaged key of an organization disables what it has, and nothing of another", async () => {
  const directory = await filled();
  change(directory, `update organization set ${flipped("data_key")} where id = 'org_one'`);
  const store = await openStore(directory);
  const { registry } = store;
  const damaged = (await registry.snapshot("org_one"))!.subscriptions;
  assert.deepEqual(
    damaged.map(({ isUnreadable, name }) => [isUnreadable, name]),
    [
      [true, "Front desk"],
      [true, "Front desk"],
    ],
  );
  assert.equal((await registry.subscription("webhook_1", null))?.isUnreadable, true);
  assert.deepEqual((await registry.snapshot("org_two"))!.subscriptions[0]?.endpoint, subscription(3).endpoint);
  await assert.rejects(put(registry, "org_one", subscription(4)), { code: "CONFLICT", message: /org_one.*backup/ });
  await assert.rejects(registry.putPin("org_one", "access_tool", "tool_1", "1234"), { code: "CONFLICT" });
  await store.close();
});

test("a damaged PIN is as if there were none, and the others are read", async () => {
  const directory = await filled();
  const before = await openStore(directory);
  for (const [id, pin] of [
    ["tool_1", "1111"],
    ["tool_2", "2222"],
  ] as const) {
    await before.registry.putPin("org_one", "access_tool", id, pin);
  }
  await before.close();
  change(directory, `update pin set ${flipped("sealed")} where id = 'tool_1'`);
  const store = await openStore(directory);
  const pins = await store.registry.pins("org_one", "access_tool", ["tool_1", "tool_2"]);
  assert.deepEqual([...pins], [["tool_2", "2222"]]);
  await store.close();
});

const bridge = 'https://bridge.example/open/canary-"bridge"-path';
const model = (url: string) =>
  JSON.stringify({ organization: { id: "org_one", name: "One" }, sites: [{ buildings: [{ door_bridge_url: url }] }] });

async function withBridge(): Promise<string> {
  const directory = place();
  const store = await openStore(directory);
  await addOrganization(store.registry);
  const { revision } = (await store.registry.snapshot("org_one"))!.organization;
  const change = {
    organization: "org_one",
    revision,
    audit: [audit()],
    model: { document: model(bridge), places: [] },
  };
  assert.equal((await store.registry.change(change)).status, "done");
  await store.close();
  return directory;
}

const modelIn = async (directory: string) => {
  const store = await openStore(directory);
  const found = (await store.registry.snapshot("org_one"))!.model!.text;
  await store.close();
  return found;
};

test("the URL of a door bridge is readable in no file, and in the model as it was put", async () => {
  const directory = await withBridge();
  assert.doesNotMatch(everything(directory), /canary|bridge\.example/);
  assert.equal(await modelIn(directory), model(bridge));
});

test("one that an older release left in clear is sealed by the next start", async () => {
  const directory = await withBridge();
  change(directory, `update model_piece set text = '${model(bridge)}'`);
  assert.match(everything(directory), /canary/);
  assert.equal(await modelIn(directory), model(bridge));
  assert.doesNotMatch(everything(directory), /canary|bridge\.example/);
  assert.equal(await modelIn(directory), model(bridge));
});

test("one that was damaged leads nowhere, and the rest of the model is there", async () => {
  const directory = await withBridge();
  change(directory, "update model_piece set text = replace(text, 'sealed:A', 'sealed:B')");
  const found = JSON.parse((await modelIn(directory))!);
  assert.match(found.sites[0].buildings[0].door_bridge_url, /^sealed:B/);
  assert.equal(found.organization.name, "One");
});
