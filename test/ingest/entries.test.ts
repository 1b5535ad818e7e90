// Entries and calls, from observation to event and to what is kept for reading.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ModelDocument } from "../../src/building/document.ts";
import { createWayIn, type WayIn } from "./fixture.ts";

const example = JSON.parse(
  readFileSync(new URL("../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;
const everything = { organization: null, kind: null, building: null, tenants: null };
const kept = async ({ store }: WayIn) =>
  (await store.history.entries(everything, 100, 0)).items.map((entry) => ({ ...entry, data: JSON.parse(entry.data) }));
const at = Date.UTC(2026, 0, 1) - 60_000;
const access = (more: object) => ({ kind: "access", at, access_point: "door_main", ...more });
const call = (more: object) => ({ kind: "call", at, device: "device_panel", guid: "g-1", ...more });

async function begin(): Promise<WayIn> {
  const way = await createWayIn();
  await way.put(example);
  return way;
}

test("two panels that number by themselves and entries without numbers become one rising row; the panel's own number stays", async () => {
  const way = await begin();
  const answer = await way.observe(
    access({ id: 5, device: "device_panel" }),
    access({ id: 910000112, device: "device_other" }),
    access({ id: 6, device: "device_panel" }),
    access({}),
    // The other panel counts from 1 as well: that is no repetition.
    access({ id: 5, device: "device_other", name: "Somebody" }),
  );
  assert.deepEqual([answer.accepted, answer.duplicates, answer.rejected], [5, 0, []]);
  await way.deriver.settled();
  const entries = await kept(way);
  assert.deepEqual(
    entries.map(({ sourceId }) => sourceId),
    ["5", null, "6", "910000112", "5"],
  );
  const shown = (await way.events()).map(({ body }) => (body as { event: { data: { id: number } } }).event.data.id);
  assert.deepEqual(entries.map(({ number }) => number).toReversed(), shown);
  assert.deepEqual(
    entries.map(({ data }) => data.id),
    entries.map(({ number }) => number),
  );
  assert.deepEqual(
    shown,
    shown.toSorted((a, b) => a - b),
  );
  await way.close();
});

test("an id that one panel sends again is a repetition, and with other content an error", async () => {
  const way = await begin();
  await way.observe(access({ id: 5, device: "device_panel" }));
  const again = await way.observe(
    access({ id: 5, device: "device_panel" }),
    access({ id: 5, device: "device_panel", name: "Other" }),
  );
  assert.deepEqual([again.duplicates, again.rejected.map(({ code }) => code)], [1, ["ID_REUSED"]]);
  await way.close();
});

test("a call and its statuses may come in one request, and what is kept says how it ended", async () => {
  const way = await begin();
  const answer = await way.observe(
    call({ unit: "unit_1a" }),
    { kind: "call_status", at: at + 5_000, guid: "g-1", status: "connecting_sip" },
    { kind: "call_status", at: at + 9_000, guid: "g-1", status: "opened_door" },
    { kind: "call_status", at: at + 9_000, guid: "g-2", status: "opened_door" },
  );
  assert.deepEqual(
    answer.rejected.map(({ index, code }) => [index, code]),
    [[3, "UNKNOWN_CALL"]],
  );
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events()).map(({ type }) => type),
    ["call.create", "call.status_update", "call.status_update"],
  );
  const [entry, ...more] = await kept(way);
  assert.deepEqual(
    [entry!.status, entry!.data.status, entry!.guid, more.length],
    ["opened_door", "opened_door", "g-1", 0],
  );
  await way.close();
});

test("a call that nobody speaks of becomes unanswered after a minute, and no event says so", async () => {
  const way = await begin();
  await way.observe({ kind: "call", at: way.clock.now(), device: "device_panel" });
  await way.deriver.settled();
  assert.equal((await kept(way))[0]!.status, "initializing");
  way.clock.advance(61_500);
  await way.deriver.settled();
  assert.equal((await kept(way))[0]!.status, "timeout_online_signal");
  assert.equal((await way.events()).length, 1);
  await way.close();
});

test("a status that comes after a restart finds its call", async () => {
  const way = await begin();
  await way.observe(call({}));
  await way.deriver.settled();
  await way.restart();
  await way.observe({ kind: "call_status", at: at + 1, guid: "g-1", status: "rejected" });
  await way.deriver.settled();
  assert.deepEqual(
    (await kept(way)).map(({ status }) => status),
    ["rejected"],
  );
  await way.close();
});

test("an entry of a door that stayed shut is kept, and is no opening", async () => {
  const way = await begin();
  await way.observe(access({ release_status: "Locked" }));
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events()).map(({ type }) => type),
    ["access_log.other"],
  );
  assert.equal((await kept(way))[0]!.status, "Locked");
  await way.close();
});

test("a known tenant's name and a unit's only tenant come from the model", async () => {
  const way = await begin();
  await way.observe(access({ unit: "unit_1a" }), access({ unit: "unit_1a", release_type: "Visitor", name: null }));
  await way.deriver.settled();
  const { model } = (await way.organizations.get("org_example"))!;
  const tenant = [...model!.tenants].find(({ unit }) => unit.id === "unit_1a")!;
  const [visitor, own] = await kept(way);
  assert.deepEqual([own!.data.tenant_id, own!.data.name], [tenant.number, tenant.fullName]);
  assert.deepEqual([visitor!.data.tenant_id, visitor!.data.name], [tenant.number, null]);
  await way.close();
});
