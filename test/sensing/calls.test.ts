import assert from "node:assert/strict";
import { test } from "node:test";
import { createCallSensing } from "../../src/sensing/calls.ts";
import { createRecords } from "../../src/sensing/records.ts";
import type { CallObservation } from "../../src/model/observation.ts";
import { campus, compiled } from "../building/models.ts";

const model = await compiled(campus());
const at = Date.parse("2026-06-17T10:12:19Z");

const call = (status: string | null = null): CallObservation => ({
  kind: "call",
  id: "7",
  at,
  data: {
    guid: "g",
    building_id: "building_1",
    logged_at: "2026-06-17T10:12:19Z",
    notification_type: "visitor",
    recipient: { id: "tenant_duncan", type: "Tenant" },
    unit: null,
    device: null,
    status,
    image_url: null,
  },
});
const spoken = (status: string, later: number) =>
  ({ kind: "call_status", id: null, at: at + later, guid: "g", status }) as const;
const statuses = (facts: readonly { data: { status: string | null } }[]) => facts.map(({ data }) => data.status);

function ring(status: string | null = null) {
  const records = createRecords([]);
  const calls = createCallSensing(records);
  const placed = calls.placed(call(status), 5, at, model);
  return { records, calls, placed };
}

test("a call without a word on its status rings, under the number of its place in the log", () => {
  const { placed } = ring();
  assert.deepEqual([placed[0]!.data.status, placed[0]!.data.id, placed[0]!.sourceId], ["initializing", 5, "7"]);
});

test("a call that nobody speaks of for a minute was not answered, and nobody is told", () => {
  const { calls } = ring();
  assert.equal(calls.nextDue(), at + 60_000);
  assert.deepEqual(calls.advance(at + 59_999), []);
  const [fact, ...more] = calls.advance(at + 60_000);
  assert.deepEqual([fact!.data.status, fact!.told, more.length], ["timeout_online_signal", false, 0]);
  assert.deepEqual(calls.advance(at + 120_000), []);
});

test("each new status is told once, also after the minute", () => {
  const { calls } = ring();
  assert.deepEqual(statuses(calls.spoken(spoken("connecting_sip", 5_000), at + 5_000)), ["connecting_sip"]);
  assert.deepEqual(calls.spoken(spoken("connecting_sip", 6_000), at + 6_000), []);
  assert.deepEqual(calls.advance(at + 70_000), []);
  const late = calls.spoken(spoken("opened_door", 90_000), at + 90_000);
  assert.deepEqual([late[0]!.data.status, late[0]!.told], ["opened_door", true]);
});

test("an older word that comes late changes nothing, and one on an unknown call neither", () => {
  const { calls } = ring();
  calls.spoken(spoken("opened_door", 9_000), at + 9_000);
  assert.deepEqual(calls.spoken(spoken("connecting_sip", 5_000), at + 9_500), []);
  assert.deepEqual(calls.spoken({ ...spoken("rejected", 1), guid: "other" }, at), []);
});

test("a call that came with an end does not time out, and is forgotten after a day", () => {
  const { calls } = ring("rejected");
  assert.equal(calls.nextDue(), at + 24 * 3_600_000);
  assert.deepEqual(calls.advance(at + 24 * 3_600_000), []);
  assert.equal(calls.nextDue(), Infinity);
  assert.deepEqual(calls.spoken(spoken("opened_door", 1), at + 24 * 3_600_000), []);
});

test("a restart knows the calls that still ring", () => {
  const { records } = ring();
  const stored = records.changes().map(({ key, value }) => [key, value!] as const);
  const again = createCallSensing(createRecords(stored));
  assert.equal(again.nextDue(), at + 60_000);
  assert.deepEqual(statuses(again.spoken(spoken("rejected", 1_000), at + 1_000)), ["rejected"]);
});
