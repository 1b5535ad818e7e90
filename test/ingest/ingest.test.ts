import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ModelDocument } from "../../src/building/document.ts";
import type { IngestItem } from "../../src/ingest/ingest-port.ts";
import { examples } from "../dialects/butlr/place.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { createWayIn, keyOf, operator } from "./fixture.ts";

const example = JSON.parse(
  readFileSync(new URL("../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;
const at = Date.UTC(2026, 0, 5, 7, 59);
const traffic = (more: object = {}) => ({ kind: "traffic", sensor: "sensor_door", at, in: 1, out: 0, ...more });
const organization = "org_2oUBiRES2AmpczNM5yLu7pChz8o";
const nowhere = { organization: null, building: null, unit: null, tenant: null };
const item = (text: string): IngestItem => ({ text, value: JSON.parse(text) });

test("each bad observation is rejected by itself with its index, a code and a sentence; the good ones are accepted", async () => {
  const way = await createWayIn();
  await way.put(example);
  const answer = await way.observe(
    traffic(),
    { kind: "sneeze" },
    traffic({ sensor: "sensor_nowhere" }),
    { kind: "detections", sensor: "sensor_door", at, local: [] },
    traffic({ sensor: "00:17:0D:00:00:00:00:01", in: 0, out: 2 }),
    { kind: "access", logged_at: at, access_point: "door_nowhere" },
  );
  assert.equal(answer.accepted, 2);
  assert.deepEqual(
    answer.rejected.map(({ index, code }) => [index, code]),
    [
      [1, "UNKNOWN_KIND"],
      [2, "UNKNOWN_SENSOR"],
      [3, "WRONG_MODE"],
      [5, "UNKNOWN_ACCESS_POINT"],
    ],
  );
  for (const { message } of answer.rejected) assert.match(message, /\.$/);
  await way.close();
});

/** The example, with other sensors beside its own. */
const withSensors = (...sensors: readonly Record<string, unknown>[]): ModelDocument => {
  const document = structuredClone(example);
  (document.sites[0]!.buildings![0]!.floors![0]!.sensors as unknown as Record<string, unknown>[]).push(
    ...sensors.map((sensor, index) => ({ mac_address: `00-17-0d-00-00-00-99-0${index}`, mode: "presence", ...sensor })),
  );
  return document;
};

test("a sensor cannot say what it is not able to see, or what would be about no place", async () => {
  const way = await createWayIn();
  const room_id = example.sites[0]!.buildings![0]!.floors![0]!.rooms![0]!.id;
  const old = ["Heatic 1", "HEATIC2", "heatic-2"].map((model, index) => ({ id: `old_${index}`, model, room_id }));
  await way.put(
    withSensors({ id: "loose" }, { id: "new", model: "Heatic 2+", room_id }, { id: "other", room_id }, ...old),
  );
  const motion = (sensor: string) => ({ kind: "motion", sensor, at, motion: true });
  const answer = await way.observe(
    ...["new", "other", "old_0", "old_1", "old_2", "loose"].map(motion),
    { kind: "detections", sensor: "loose", at, local: [] },
    { kind: "detections", sensor: "loose", at, world: [] },
  );
  assert.equal(answer.accepted, 2);
  assert.deepEqual(
    answer.rejected.map(({ code }) => code),
    ["NO_PIR", "NO_PIR", "NO_PIR", "SENSOR_WITHOUT_ROOM", "SENSOR_NOT_PLACED", "SENSOR_NOT_PLACED"],
  );
  for (const { message } of answer.rejected) assert.match(message, /building model.*\.$/);
  await way.close();
});

test("a heartbeat is accepted of a sensor and of a hive, and logged with the floor it is on", async () => {
  const way = await createWayIn();
  await way.put(example);
  const floor = example.sites[0]!.buildings![0]!.floors![0]!;
  const hive = floor.hives![0]!.id;
  const heartbeat = { kind: "heartbeat", at };
  const answer = await way.observe(
    { ...heartbeat, sensor: "00:17:0D:00:00:00:00:01" },
    { ...heartbeat, hive },
    { ...heartbeat, hive: "hive_nowhere" },
    { ...heartbeat, sensor: "sensor_nowhere" },
  );
  assert.equal(answer.accepted, 2);
  assert.deepEqual(
    answer.rejected.map(({ code }) => code),
    ["UNKNOWN_HIVE", "UNKNOWN_SENSOR"],
  );
  const logged = await way.store.ledger.readObservations(0, 10);
  assert.deepEqual(
    logged.map(({ observation }) => observation),
    [
      { kind: "heartbeat", id: null, at, sensor: "sensor_door" },
      { kind: "heartbeat", id: null, at, hive },
    ],
  );
  const foreign = { ...heartbeat, hive };
  const items = [{ text: JSON.stringify(foreign), value: foreign }];
  await way.registry.ensureOrganization("org_other", "Other", {
    at,
    actor: "k",
    action: "t",
    object: "o",
    detail: null,
  });
  const theirs = await way.acceptor.observations(items, keyOf("org_other"));
  assert.deepEqual(
    theirs.rejected.map(({ code }) => code),
    ["UNKNOWN_HIVE"],
  );
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events()).map(({ type }) => type),
    ["SENSOR_HEALTH", "HIVE_HEALTH"],
  );
  await way.close();
});

test("a sensor whose clock is wrong is named to whoever watches sensors", async () => {
  const way = await createWayIn();
  await way.put(example);
  const answer = await way.observe(
    traffic({ at: 0 }),
    traffic({ at: at + 3_600_000, sensor: "00:17:0D:00:00:00:00:01" }),
    traffic({ at: 0, sensor: "sensor_nowhere" }),
    traffic({ at: "soon" }),
  );
  assert.deepEqual(
    answer.rejected.map(({ code }) => code),
    ["TIME_TOO_OLD", "TOO_FAR_IN_FUTURE", "TIME_TOO_OLD", "BAD_TIME"],
  );
  assert.deepEqual(way.wrongClocks, ["org_example sensor_door wrong", "org_example sensor_door ahead"]);
  await way.close();
});

test("the same id with the same content is a duplicate, with other content it is refused", async () => {
  const way = await createWayIn();
  await way.put(example);
  const both = await way.observe(traffic({ id: "a" }), traffic({ id: "a" }), traffic({ id: "a", in: 2 }));
  assert.deepEqual([both.accepted, both.duplicates, both.rejected.map(({ code }) => code)], [1, 1, ["ID_REUSED"]]);
  const again = await way.observe(traffic({ id: "a" }));
  assert.deepEqual([again.accepted, again.duplicates], [0, 1]);
  await way.close();
});

test("a key of another organization finds neither sensors nor doors, as if there were none", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.registry.ensureOrganization("org_other", "Other", {
    at,
    actor: "k",
    action: "t",
    object: "o",
    detail: null,
  });
  const door = { kind: "access", logged_at: at, access_point: "door_main" };
  const items = [traffic(), door].map((value) => ({ text: JSON.stringify(value), value }));
  const answer = await way.acceptor.observations(items, keyOf("org_other"));
  assert.deepEqual(
    answer.rejected.map(({ code }) => code),
    ["UNKNOWN_SENSOR", "UNKNOWN_ACCESS_POINT"],
  );
  assert.equal((await way.acceptor.observations(items, keyOf("org_example"))).accepted, 2);
  await way.close();
});

test("ready-made events keep every byte, are accepted without a model, and are kept without a subscriber", async () => {
  const way = await createWayIn();
  const text = examples.TRAFFIC.replace('"out": 1', '"out" :  1.0 ,"x":12345678901234567890');
  const answer = await way.acceptor.events("butlr", [item(text)], nowhere, operator);
  assert.equal(answer.accepted, 1);
  const stored = await way.store.history.event(organization, "event_2oUBiSXgx48RtbZKXHm5ekpAzFe");
  assert.equal(stored?.body, text);
  await way.close();
});

test("a ready-made event goes to those who subscribed, once, and a key of another organization may not send it", async () => {
  const way = await createWayIn();
  await way.registry.ensureOrganization(organization, "Murphy", {
    at,
    actor: "k",
    action: "t",
    object: "o",
    detail: null,
  });
  await way.subscribe(makeSubscription({ organization }));
  const items = [item(examples.TRAFFIC), item(examples.TRAFFIC)];
  const foreign = await way.acceptor.events("butlr", items, nowhere, keyOf("org_other"));
  assert.deepEqual(
    foreign.rejected.map(({ code }) => code),
    ["UNKNOWN_ORGANIZATION", "UNKNOWN_ORGANIZATION"],
  );
  const answer = await way.acceptor.events("butlr", items, nowhere, keyOf(organization));
  assert.deepEqual([answer.accepted, answer.duplicates], [1, 1]);
  assert.deepEqual(
    way.offered.map(({ event }) => event.body),
    [examples.TRAFFIC],
  );
  assert.equal(way.reserved(), 0);
  await way.close();
});

test("the same observation under another spelling of its sensor is a duplicate", async () => {
  const way = await createWayIn();
  await way.put(example);
  const names = ["sensor_door", "door", "00:17:0d:00:00:00:00:01", "0x00170D0000000001"];
  const answer = await way.observe(...names.map((sensor) => traffic({ id: "a", sensor })));
  assert.deepEqual([answer.accepted, answer.duplicates], [1, 3], JSON.stringify(answer));
  const beats = await way.observe(...names.map((sensor) => ({ kind: "heartbeat", id: "b", sensor, at })));
  assert.deepEqual([beats.accepted, beats.duplicates], [1, 3], JSON.stringify(beats));
  await way.close();
});

test("a ready-made event with other white space is a duplicate, and with another number it is not", async () => {
  const way = await createWayIn();
  const value = JSON.parse(examples.ROOM_OCCUPANCY) as { data: number };
  const texts = [JSON.stringify(value), JSON.stringify(value, null, 2), `  ${JSON.stringify(value, null, "\t")}`];
  const answer = await way.acceptor.events(
    "butlr",
    [...texts, JSON.stringify({ ...value, data: value.data + 1 })].map(item),
    nowhere,
    operator,
  );
  assert.deepEqual([answer.accepted, answer.duplicates], [1, 2]);
  assert.deepEqual(
    answer.rejected.map(({ index, code }) => [index, code]),
    [[3, "ID_REUSED"]],
  );
  await way.close();
});

test("an entry passed on under both of its names is one event", async () => {
  const way = await createWayIn();
  await way.put(example);
  const entry = (resource_type: string, name: string) =>
    item(
      JSON.stringify({ event: { resource_type, action: "create", data: { id: 7, access_point: "door_main", name } } }),
    );
  const items = [entry("access_log", "Kim"), entry("door_release", "Kim"), entry("door_release", "Lee")];
  const answer = await way.acceptor.events("butterflymx", items, nowhere, operator);
  assert.deepEqual([answer.accepted, answer.duplicates], [1, 1]);
  assert.deepEqual(
    answer.rejected.map(({ index, code }) => [index, code]),
    [[2, "ID_REUSED"]],
  );
  await way.close();
});

test("a call is placed by its device alone, and what it leaves out comes from the model", async () => {
  const way = await createWayIn();
  const { sites } = example;
  const second = { id: "building_2", name: "Annex", devices: [{ id: "device_annex", name: "Annex panel" }] };
  await way.put({ ...example, sites: [{ ...sites[0]!, buildings: [...sites[0]!.buildings!, second] }] });
  const call = { kind: "call", at, device: "device_panel" };
  const answer = await way.observe(
    { ...call, unit: "unit_1a" },
    { ...call, building_id: "building_2" },
    { ...call, device: "device_nowhere" },
  );
  assert.deepEqual(
    answer.rejected.map(({ index, code }) => [index, code]),
    [
      [1, "BUILDING_MISMATCH"],
      [2, "UNKNOWN_BUILDING"],
    ],
  );
  await way.deriver.settled();
  const [event] = await way.events();
  const model = await way.organizations.get("org_example");
  const { buildings, units, devices, tenants } = model!.model!;
  const onlyTenant = [...tenants].find(({ unit }) => unit.id === "unit_1a")!.number;
  const { data } = (event!.body as { event: { data: Record<string, unknown> } }).event;
  assert.deepEqual(
    [data["building_id"], data["recipient"], data["unit"], data["device"]],
    [
      buildings.get("building_example")!.number,
      { id: onlyTenant, type: "Tenant" },
      { id: units.get("unit_1a")!.number },
      { id: devices.get("device_panel")!.number, name: "Panel" },
    ],
  );
  await way.close();
});

test("a failed write gives every reserved place back and tells the sender", async () => {
  const way = await createWayIn();
  await way.registry.ensureOrganization(organization, "Murphy", {
    at,
    actor: "k",
    action: "t",
    object: "o",
    detail: null,
  });
  await way.subscribe(makeSubscription({ organization }));
  way.beforeAccept = () => {
    throw new Error("disk on fire");
  };
  await assert.rejects(way.acceptor.events("butlr", [item(examples.TRAFFIC)], nowhere, operator), /disk on fire/);
  assert.equal(way.reserved(), 0);
  assert.deepEqual(way.offered, []);
  await way.close();
});

test("a batch that owes very many deliveries is written in several calls, each event once", async () => {
  const way = await createWayIn();
  const event = (number: number) =>
    item(examples.TRAFFIC.replace("event_2oUBiSXgx48RtbZKXHm5ekpAzFe", `event_${number}`));
  const send = (items: readonly IngestItem[]) => way.acceptor.events("butlr", items, nowhere, operator);
  // Makes the organization.
  await send([event(0)]);
  const put = Array.from({ length: 2_000 }, (_, index) => makeSubscription({ organization, number: index + 1 }));
  const audit = [{ at, actor: "k", action: "test", object: "test", detail: null }];
  await way.registry.change({ organization, revision: null, put, audit });
  let calls = 0;
  way.beforeAccept = async () => {
    // In between the organization changes.
    if (++calls === 2) await way.subscribe(makeSubscription({ organization, number: 1, name: "changed" }));
  };
  const { accepted } = await send(Array.from({ length: 20 }, (_, index) => event(index + 1)));
  assert.deepEqual([accepted, calls], [20, 4]);
  const events = new Set(way.offered.map(({ event }) => event.id));
  assert.deepEqual([way.offered.length, events.size, way.reserved()], [40_000, 20, 0]);
  await way.close();
});

test("what was sensed of a removed organization is forgotten, and another one of its id begins anew", async () => {
  const way = await createWayIn();
  way.organizations.listen((organization, { isGone }) => {
    if (isGone) way.deriver.forget(organization);
  });
  await way.put(example);
  await way.observe(traffic({ id: "a" }));
  await way.deriver.settled();
  assert.notEqual(way.deriver.sensing("org_example"), undefined);
  await way.observe(traffic({ id: "b", at: at + 1 }));
  const entry = { at, actor: "test", action: "organization.delete", object: "org_example", detail: null };
  await way.registry.removeOrganization("org_example", entry);
  await way.deriver.settled();
  assert.equal(way.deriver.sensing("org_example"), undefined);
  assert.deepEqual(
    (await way.observe(traffic({ id: "c", at: at + 2 }))).rejected.map(({ code }) => code),
    ["UNKNOWN_SENSOR"],
  );
  await way.put(example);
  assert.equal((await way.observe(traffic({ id: "a" }))).accepted, 1);
  await way.deriver.settled();
  assert.deepEqual(way.errors, []);
  await way.close();
});
