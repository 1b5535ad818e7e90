// An erased person is in no file of the data directory.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { entryOf } from "../../src/building/entry-of.ts";
import type { AccessFact } from "../../src/model/fact.ts";
import type { Principal } from "../../src/model/principal.ts";
import { createErasePerson } from "../../src/organizations/erase-person.ts";
import { createModelChanges } from "../../src/organizations/replace-model.ts";
import type { Ledger } from "../../src/store/ledger.ts";
import type { EraseCursor } from "../../src/store/removal.ts";
import { createSeededRandom } from "../../src/simulator/random.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { accept, addOrganization, event, noon, observation, progress } from "../contract/samples.ts";
import { liveOrganizations } from "../fixtures/live-organizations.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/log.ts";
import type { Entry } from "../../src/model/entry.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

const who: Principal = { key: "k_one", role: "organization", organization: "org_one", targets: [] };
const name = "Zaphod Beeblebrox";
const email = "zaphod@heart-of-gold.example";
const picture = "zaphod-at-the-door.png";
const document = {
  organization: { id: "org_one", name: "One" },
  sites: [
    {
      id: "site",
      name: "Site",
      timezone: "UTC",
      buildings: [
        {
          id: "building_1",
          name: "Building",
          access_points: [{ id: "door", name: "Door", butterflymx_id: 21 }],
          units: [{ id: "unit", label: "4B", butterflymx_id: 31 }],
          tenants: [
            { id: "zaphod", unit_id: "unit", butterflymx_id: 41, full_name: name, email },
            { id: "trillian", unit_id: "unit", butterflymx_id: 42, full_name: "Tricia McMillan" },
          ],
          keychains: [{ id: "pass", tenant_id: "zaphod", butterflymx_id: 51, name: `Guests of ${name}` }],
        },
      ],
    },
  ],
};

function textOf(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name: file }) => readFileSync(join(parentPath, file)).toString("latin1"))
    .join("\n");
}

test("an erased person is in no file, by name, e-mail or picture, even after an interruption; others stay", async () => {
  const directory = mkdtempSync(join(tmpdir(), "belfry-erase-"));
  const clock = createSteeredClock();
  const store = await openSqliteInProcess({ directory, masterKey: new Uint8Array(32).fill(7), clock });
  const { registry, place } = liveOrganizations(store.registry, clock);
  const models = createModelChanges({ registry, clock });
  await models.replace(who, document);
  const { epoch } = await store.ledger.acquire(noon, 0);
  const model = (await place.model("org_one"))!;
  const entry = (number: number, tenant: number, who: string): AccessFact["data"] => ({
    id: number,
    logged_at: "2026-01-01T00:00:00Z",
    access_point: 21,
    release_status: "Unlocked",
    name: who,
    release_type: "Tenant",
    unit: 31,
    tenant_id: tenant,
    entry_method: null,
    image_url: `https://images.example/${who === name ? picture : "other.png"}`,
  });
  const rows = [
    entry(1_000_000_001, 41, name),
    entry(1_000_000_002, 42, "Tricia McMillan"),
    entry(1_000_000_003, 41, name),
  ];
  await store.ledger.appendObservations(
    rows.map((data) =>
      observation({ kind: "access", floor: null, body: JSON.stringify({ kind: "access", id: null, at: noon, data }) }),
    ),
  );
  const facts = rows.map(
    (data): AccessFact => ({ kind: "access", building: "building_1", at: noon, revision: 0, data }),
  );
  await store.ledger.accept([], progress(epoch, 3, { entries: facts.map((fact) => entryOf(fact, model, noon)) }));
  const delivery = { lane: 7, variant: 1, onChange: false, spilled: true };
  await accept(
    store,
    rows.map((data) =>
      event(`event_${data.id}`, {
        dialect: "butterflymx",
        type: "access_log.create",
        subject: "door",
        body: JSON.stringify({ event: { resource_type: "access_log", action: "create", data } }),
        scopes: JSON.stringify({ building: "building_1", tenants: ["zaphod", "trillian"] }),
        deliveries: [delivery],
      }),
    ),
  );
  const { revision } = (await registry.snapshot("org_one"))!.organization;
  const readyMade = rows.slice(0, 2).map((data, index) => {
    const { number: _, acceptedAt: at, ...fields } = entryOf(facts[index]!, model, noon);
    return { event: index, acceptedAt: at, entry: { ...fields, readyMade: true as const, data: JSON.stringify(data) } };
  });
  const sent = rows.slice(0, 2).map(({ id, ...data }, index) =>
    event(`ready_${id}`, {
      dialect: "butterflymx",
      type: "access_log.create",
      // Whom it concerns stands in the scopes alone.
      body: JSON.stringify({ event: { data: { id: index, image_url: data.image_url } } }),
      scopes: JSON.stringify({ tenants: ["zaphod", "trillian"], selves: [index === 0 ? "zaphod" : "trillian"] }),
    }),
  );
  await store.ledger.accept([{ organization: "org_one", revision, events: sent }], null, readyMade);
  const outcome = { code: "http_error", status: 500, detail: null, retryAfterMs: null, durationMs: 1 } as const;
  const response = new Uint8Array(Buffer.from(`no room for ${name}`));
  await store.ledger.settle(epoch, [
    {
      delivery: 1,
      lane: 7,
      attempt: 1,
      startedAt: noon,
      outcome: { ...outcome, response, responseBytes: response.length },
      next: { due: noon + 1 },
    },
  ]);
  await registry.putPin("org_one", "virtual_key", "key", "123456");
  assert.ok(textOf(directory).includes(name));

  let calls = 0;
  const ledger: Pick<Ledger, "erasePerson" | "emptyWal"> = {
    emptyWal: store.ledger.emptyWal,
    async erasePerson(person, cursor) {
      if (++calls === 2) throw new Error("the disk is full");
      return store.ledger.erasePerson(person, cursor);
    },
  };
  const again: string[] = [];
  const erase = createErasePerson({
    ledger,
    registry,
    models,
    model: place.model,
    readAgain: (organization) => void again.push(organization),
    clock: systemClock,
    log: silentLog,
  });
  await assert.rejects(erase(who, "org_one", "41"), /the disk is full/);
  // One that was interrupted can be asked for again.
  await erase(who, "org_one", "41");
  // While the server runs; closing would delete the WAL.
  const left = textOf(directory);
  for (const trace of [name, email, picture]) assert.ok(!left.includes(trace), trace);
  assert.ok(left.includes("Tricia McMillan"));
  assert.deepEqual(again, ["org_one", "org_one"]);

  const { items } = await store.history.entries(
    { organization: null, kind: null, building: null, tenants: null, withReadyMade: true },
    9,
    0,
  );
  assert.deepEqual(
    items.map(({ number }) => number),
    [1_000_000_005, 1_000_000_002],
  );
  const events = await store.history.events({ organization: null, type: null, since: null, limit: 9, before: null });
  assert.deepEqual(
    events.items.map(({ id }) => id),
    ["ready_1000000002", "event_1000000002"],
  );
  const owed = await store.ledger.readDue(epoch, noon + 9, [
    { lane: 7, class: "live", limit: 9 },
    { lane: 7, class: "retry", limit: 9 },
  ]);
  assert.deepEqual(
    owed.flatMap(({ rows: due }) => due.map((each) => each.event.id)),
    ["event_1000000002"],
  );
  assert.equal((await store.ledger.readObservations(0, 9)).length, 1);
  const [erased] = (await store.history.audit({ limit: 1, before: null })).items;
  assert.deepEqual([erased!.action, erased!.object], ["tenant.erase", "zaphod"]);
  await models.replace(who, document);
  assert.equal((await place.model("org_one"))!.tenants.get("zaphod"), undefined);
  await assert.rejects(erase(who, "org_one", "zaphod"), { code: "NOT_FOUND" });
  await assert.rejects(erase({ ...who, organization: "org_two" }, "org_one", "trillian"), { code: "NOT_FOUND" });

  await store.close();
  rmSync(directory, { recursive: true });
});

test("an erasure fails where the model that has them cannot be removed, and the next one ends it", async () => {
  const clock = createSteeredClock();
  const store = await openSqliteInProcess({ directory: null, masterKey: new Uint8Array(32), clock });
  const { registry, place } = liveOrganizations(store.registry, clock);
  const models = createModelChanges({ registry, clock });
  await models.replace(who, document);
  const done: string[] = [];
  let isLeft = false;
  let fails = true;
  const erase = createErasePerson({
    ledger: {
      erasePerson: store.ledger.erasePerson,
      emptyWal: async () => done.push("WAL") > 0,
    },
    registry: {
      dropPins: registry.dropPins,
      async removeOldModels() {
        if (isLeft && fails) throw new Error("the disk is full");
        const wasLeft = isLeft;
        isLeft = false;
        done.push(wasLeft ? "model" : "nothing");
        return wasLeft;
      },
    },
    models: {
      async change(by, edit) {
        isLeft = true;
        return models.change(by, edit);
      },
    },
    model: place.model,
    readAgain: () => {},
    clock: systemClock,
    log: silentLog,
  });
  await assert.rejects(erase(who, "org_one", "zaphod"), /the disk is full/);
  await assert.rejects(erase(who, "org_one", "zaphod"), /the disk is full/);
  assert.deepEqual(done, ["nothing"]);
  fails = false;
  await assert.rejects(erase(who, "org_one", "zaphod"), { code: "NOT_FOUND" });
  assert.deepEqual(done, ["nothing", "model", "WAL"]);
  await erase(who, "org_one", "trillian");
  assert.deepEqual(done, ["nothing", "model", "WAL", "nothing", "model", "WAL"]);
  await store.close();
});

test("nothing of them is left in pages from which SQLite has moved rows, and everything of others stays", async () => {
  const directory = mkdtempSync(join(tmpdir(), "belfry-erase-"));
  const store = await openSqliteInProcess({ directory, masterKey: new Uint8Array(32), clock: systemClock });
  await addOrganization(store.registry);
  const { epoch } = await store.ledger.acquire(noon, 0);
  const random = createSeededRandom("erase");
  const entry = (number: number, text: string): Entry => ({
    organization: "org_one",
    kind: "call",
    number,
    building: "b",
    at: noon,
    acceptedAt: noon,
    sourceId: null,
    guid: `g-${number}`,
    status: "x",
    type: null,
    origin: null,
    words: "",
    data: JSON.stringify({ id: number, name: number % 10 === 0 ? name : "Tricia", text }),
    grants: number % 10 === 0 ? [{ tenant: "zaphod", unit: "unit", ground: "self" }] : [],
  });
  const text = () => "x".repeat(100 + Math.floor(random.fraction() * 250));
  const subject = ({ guid, data }: Entry) => ({ organization: "org_one", key: `call:${guid}`, value: data });
  const others = new Map<number, Entry>();
  for (let first = 1; first < 2_000; first += 50) {
    const added = Array.from({ length: 50 }, (_, index) => entry(first + index, text()));
    const grown = Array.from({ length: 50 }, () => entry(1 + Math.floor(random.fraction() * (first + 49)), text()));
    const entries = [...added, ...grown];
    await store.ledger.accept([], progress(epoch, 0, { entries, subjects: entries.map(subject) }));
    for (const each of entries) if (each.number % 10 !== 0) others.set(each.number, each);
  }
  assert.ok(textOf(directory).includes(name));
  const person = { organization: "org_one", id: "zaphod", name, references: [], keychains: [], accessTools: [] };
  let cursor: EraseCursor | null = null;
  do cursor = await store.ledger.erasePerson(person, cursor);
  while (cursor !== null);
  assert.equal(await store.ledger.emptyWal(), false);
  assert.equal(await store.ledger.emptyWal(), true);
  assert.equal(textOf(directory).split(name).length - 1, 0);
  const everything = { organization: null, kind: null, building: null, tenants: null };
  const pages = [
    await store.history.entries(everything, 1_000, 0),
    await store.history.entries(everything, 1_000, 1_000),
  ];
  const items = pages.flatMap((page) => page.items);
  assert.equal(items.length, others.size);
  for (const { number, data } of items) assert.equal(data, others.get(number)!.data);
  const { subjects } = await store.ledger.readSensingState();
  assert.deepEqual(
    new Set(subjects.map(({ key, value }) => `${key} ${value}`)),
    new Set([...others.values()].map((each) => `${subject(each).key} ${each.data}`)),
  );
  await store.close();
  rmSync(directory, { recursive: true });
});
