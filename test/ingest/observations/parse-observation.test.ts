import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { readObservation } from "../../../src/ingest/observations/parse-observation.ts";

const now = Date.UTC(2026, 5, 17, 10, 12, 30);
const at = now - 1000;

function read(value: unknown) {
  const result = readObservation(value, now);
  if (result.status === "rejected") assert.fail(`${result.code}: ${result.message}`);
  return result.observation;
}

function code(value: unknown): string {
  const result = readObservation(value, now);
  return result.status === "rejected" ? result.code : "accepted";
}

describe("sensors", () => {
  test("detections are local or world, and an empty list means nobody", () => {
    const base = { kind: "detections", sensor: "sensor_1", at };
    assert.deepEqual(read({ ...base, local: [[0.1, 0.2]] }), { ...base, id: null, local: [[0.1, 0.2]] });
    assert.deepEqual(read({ ...base, world: [] }), { ...base, id: null, world: [] });
    assert.equal(code(base), "INVALID");
    assert.equal(code({ ...base, local: [], world: [] }), "INVALID");
    for (const local of [
      {},
      [1],
      [[1]],
      [[1, 2, 3]],
      [[1, "2"]],
      [[1, null]],
      [[1, Infinity]],
      [[1, -0.001]],
      [[1.001, 0]],
      null,
      "[]",
    ]) {
      assert.equal(code({ ...base, local }), "INVALID", JSON.stringify(local));
    }
    const world = [
      [1_000_000, -1_000_000],
      [16, 12],
    ];
    assert.equal(code({ ...base, world }), "accepted");
    assert.equal(code({ ...base, world: [[1, -1_000_001]] }), "INVALID");
    const outside = readObservation({ ...base, local: [[16, 12]] }, now);
    assert.match(outside.status === "rejected" ? outside.message : "", /local .* from 0 to 1.*metres.* world/);
    assert.equal(code({ ...base, local: [[0, 1]] }), "accepted");
    const crowd = Array.from({ length: 1_000 }, () => [0, 0]);
    assert.equal(code({ ...base, local: crowd }), "accepted");
    assert.equal(code({ ...base, local: [...crowd, [0, 0]] }), "INVALID");
  });

  test("detections may name who is who: an id for each point", () => {
    const base = {
      kind: "detections",
      sensor: "sensor_1",
      at,
      world: [
        [0, 0],
        [1, 1],
      ],
    };
    assert.deepEqual(read({ ...base, tracks: ["a", 7] }), { ...base, id: null, tracks: ["a", "7"] });
    assert.deepEqual(read({ ...base, world: [], tracks: [] }), { ...base, id: null, world: [], tracks: [] });
    assert.deepEqual(read({ ...base, tracks: null }), { ...base, id: null });
    for (const tracks of [
      ["a"],
      ["a", "b", "c"],
      ["a", "a"],
      ["a", ""],
      [1, "1"],
      ["a", 1.5],
      ["a", "x".repeat(65)],
      "ab",
      {},
    ]) {
      assert.equal(code({ ...base, tracks }), "INVALID", JSON.stringify(tracks));
    }
  });

  test("a heartbeat is of a sensor or of a hive", () => {
    const base = { kind: "heartbeat", at };
    assert.deepEqual(read({ ...base, sensor: "s" }), { ...base, id: null, sensor: "s" });
    assert.deepEqual(read({ ...base, hive: "h" }), { ...base, id: null, hive: "h" });
    for (const wrong of [{}, { sensor: "s", hive: "h" }, { sensor: "" }, { hive: 7 }, { sensor: "s", at: undefined }]) {
      assert.notEqual(code({ ...base, ...wrong }), "accepted", JSON.stringify(wrong));
    }
  });

  test("traffic is steps or totals, whole numbers from 0 up", () => {
    const base = { kind: "traffic", sensor: "00-11-22-33-44-55", at };
    assert.deepEqual(read({ ...base, in: 1, out: 0 }), { ...base, id: null, in: 1, out: 0 });
    assert.deepEqual(read({ ...base, total_in: 7, total_out: 9 }), { ...base, id: null, total_in: 7, total_out: 9 });
    for (const wrong of [
      {},
      { in: 1 },
      { in: 1, out: -1 },
      { in: 1.5, out: 0 },
      { in: "1", out: 0 },
      { in: 1, total_out: 1 },
    ]) {
      assert.equal(code({ ...base, ...wrong }), "INVALID", JSON.stringify(wrong));
    }
    assert.equal(code({ ...base, in: 2 ** 53, out: 0 }), "INVALID");
  });

  test("motion is a yes or no, or a confidence", () => {
    const base = { kind: "motion", sensor: "s", at };
    assert.deepEqual(read({ ...base, motion: false }), { ...base, id: null, motion: false });
    assert.deepEqual(read({ ...base, confidence: 1 }), { ...base, id: null, confidence: 1 });
    for (const wrong of [
      {},
      { motion: 1 },
      { confidence: 1.01 },
      { confidence: -0.1 },
      { motion: true, confidence: 1 },
    ]) {
      assert.equal(code({ ...base, ...wrong }), "INVALID", JSON.stringify(wrong));
    }
  });

  test("a sensor must be named", () => {
    for (const sensor of [undefined, null, "", 7, "x".repeat(129)]) {
      assert.equal(code({ kind: "motion", sensor, at, motion: true }), "INVALID");
    }
  });
});

describe("doors", () => {
  const entry = { kind: "access", logged_at: "2026-06-17T10:12:19Z", access_point: 22177636 };

  test("the vendor's own row is read as it stands", () => {
    const row = {
      logged_at: "2026-06-16T15:12:19Z",
      access_point: 22177636,
      release_status: "Unlocked",
      name: "Duncan Idaho",
      release_type: "Visitor",
      unit: 474917539,
      tenant_id: 377389742,
      entry_method: { keychain: 254331397 },
      image_url: "http://example.test/a.png",
    };
    const observation = read({ kind: "access", id: 525036436, device: { id: "panel" }, ...row });
    assert.deepEqual(observation, {
      kind: "access",
      id: "525036436",
      at: Date.UTC(2026, 5, 16, 15, 12, 19),
      device: "panel",
      data: row,
    });
  });

  test("what an entry does not say is null, its status is Unlocked", () => {
    const observation = read(entry);
    assert.ok(observation.kind === "access");
    assert.deepEqual(observation.data, {
      logged_at: "2026-06-17T10:12:19Z",
      access_point: 22177636,
      release_status: "Unlocked",
      name: null,
      release_type: null,
      unit: null,
      tenant_id: null,
      entry_method: null,
      image_url: null,
    });
  });

  test("an id serves idempotency and is no part of the entry, whose number comes from the log", () => {
    for (const id of ["swipe-1", "007", "5"]) {
      const observation = read({ ...entry, id });
      assert.ok(observation.kind === "access");
      assert.equal(observation.id, id);
      assert.ok(!("id" in observation.data));
    }
  });

  test("at alone gives the log its time in whole seconds, and both times keep their meanings", () => {
    const alone = read({ kind: "access", at: at + 999, access_point: "door" });
    assert.ok(alone.kind === "access");
    assert.deepEqual([alone.at, alone.data.logged_at], [at + 999, "2026-06-17T10:12:29Z"]);
    const both = read({ ...entry, at });
    assert.ok(both.kind === "access");
    assert.deepEqual([both.at, both.data.logged_at], [at, "2026-06-17T10:12:19Z"]);
    assert.equal(code({ kind: "access", access_point: 1 }), "BAD_TIME");
  });

  test("references and entry methods have their forms", () => {
    for (const access_point of [undefined, null, "", -1, 1.5, {}, true]) {
      assert.equal(code({ ...entry, access_point }), "INVALID");
    }
    for (const entry_method of ["Swipe to open", null, { access_tool: "tool-1" }]) {
      assert.equal(code({ ...entry, entry_method }), "accepted");
    }
    for (const entry_method of [7, [], {}, { keychain: 1, access_tool: 2 }, { keychain: {} }]) {
      assert.equal(code({ ...entry, entry_method }), "INVALID", JSON.stringify(entry_method));
    }
  });

  test("calls keep their guid or leave it open", () => {
    const call = {
      kind: "call",
      id: 400494507,
      building_id: 577696272,
      logged_at: "2026-06-14T15:12:19Z",
      notification_type: "visitor",
      recipient: { id: 377389742, type: "Tenant" },
      unit: { id: 474917539 },
      device: { id: 708353660, name: "Main Entrance" },
      status: "initializing",
      image_url: null,
    };
    const { kind, id: _, ...data } = call;
    assert.deepEqual(read(call), {
      kind,
      id: "400494507",
      at: Date.UTC(2026, 5, 14, 15, 12, 19),
      data: { ...data, guid: null, provider: null },
    });
    const named = read({ ...call, guid: "g-1" });
    assert.ok(named.kind === "call" && named.data.guid === "g-1");
    for (const recipient of [{}, { type: "tenant" }, "Tenant"]) {
      assert.equal(code({ ...call, recipient }), "INVALID");
    }
    assert.equal(code({ ...call, building_id: undefined, device: null }), "INVALID");
    for (const wrong of [{}, [], { id: null }, true]) assert.equal(code({ ...call, device: wrong }), "INVALID");
  });

  test("a call may leave to the model where it came from, and ring a whole unit or the attendant", () => {
    const bare = { kind: "call", at, device: 708353660 };
    const data = (more: object) => {
      const observation = read({ ...bare, ...more });
      assert.ok(observation.kind === "call");
      const { building_id, device, unit, recipient } = observation.data;
      return { building_id, device, unit, recipient };
    };
    const home = { building_id: null, device: { id: 708353660, name: null } };
    assert.deepEqual(data({}), { ...home, unit: null, recipient: { id: null, type: "Attendant" } });
    assert.deepEqual(data({ unit: "2B" }), { ...home, unit: { id: "2B" }, recipient: { id: null, type: "Tenant" } });
  });
});

describe("what all have in common", () => {
  const motion = (more: object) => ({ kind: "motion", sensor: "s", motion: true, at, ...more });

  test("ids are short and plain, whole numbers become text", () => {
    assert.equal(read(motion({ id: 42 })).id, "42");
    assert.equal(read(motion({ id: "a_B-9" })).id, "a_B-9");
    for (const id of ["", "a b", "ä", "x".repeat(129), 1.5, 1e20, true, {}]) {
      assert.equal(code(motion({ id })), "BAD_ID", JSON.stringify(id));
    }
  });

  test("times are epoch milliseconds or ISO 8601 with a zone", () => {
    const good: readonly (readonly [unknown, number])[] = [
      [at, at],
      ["2026-06-17T10:12:19Z", Date.UTC(2026, 5, 17, 10, 12, 19)],
      ["2026-06-17T12:12:19.123456+02:00", Date.UTC(2026, 5, 17, 10, 12, 19, 123)],
      ["2026-06-17 05:12:19-0500", Date.UTC(2026, 5, 17, 10, 12, 19)],
      ["2026-06-17T10:12Z", Date.UTC(2026, 5, 17, 10, 12)],
      ["2016-12-31T23:59:60Z", Date.UTC(2017, 0, 1)],
      ["2024-02-29T00:00:00.5Z", Date.UTC(2024, 1, 29, 0, 0, 0, 500)],
    ];
    for (const [text, ms] of good) assert.equal(read(motion({ at: text })).at, ms, String(text));
    const bad = [
      undefined,
      null,
      "",
      "yesterday",
      "2026-06-17",
      "2026-06-17T10:12:19",
      "2025-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-06-17T24:00:00Z",
      "2026-06-17T10:12:19+25:00",
      "1969-12-31T23:59:59Z",
      -1,
      1.5,
      Infinity,
      1_750_000_000,
    ];
    for (const at of bad) assert.equal(code(motion({ at })), "BAD_TIME", String(at));
  });

  test("every moment written in ISO 8601, in any zone, is the same moment", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2000, 0, 1), max: now }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (ms, offset) => {
          const pad = (value: number) => String(value).padStart(2, "0");
          const zone = `${offset < 0 ? "-" : "+"}${pad(Math.trunc(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
          const text = new Date(ms + offset * 60_000).toISOString().replace("Z", zone);
          assert.equal(read(motion({ at: text })).at, ms);
        },
      ),
    );
  });

  test("a moment more than a minute ahead is refused", () => {
    assert.equal(code(motion({ at: now + 60_000 })), "accepted");
    assert.equal(code(motion({ at: now + 60_001 })), "TOO_FAR_IN_FUTURE");
    const micro = readObservation(motion({ at: now * 1000 }), now);
    assert.match(micro.status === "rejected" ? micro.message : "", /at looks like microseconds/);
    assert.equal(code({ kind: "access", access_point: 1, logged_at: "2027-01-01T00:00:00Z" }), "TOO_FAR_IN_FUTURE");
  });

  test("a moment before 2000 is refused: that clock was never set", () => {
    const first = Date.UTC(2000, 0, 1);
    assert.equal(code(motion({ at: first })), "accepted");
    for (const at of [first - 1, 0, "1970-01-01T00:00:12Z"]) assert.equal(code(motion({ at })), "TIME_TOO_OLD");
    assert.equal(code({ kind: "access", access_point: 1, logged_at: 0 }), "TIME_TOO_OLD");
    assert.equal(code({ kind: "access", access_point: 1, at, logged_at: 0 }), "TIME_TOO_OLD");
  });

  test("a refused time names the sensor whose clock is wrong, and any other fault does not", () => {
    const named = (value: unknown) => {
      const result = readObservation(value, now);
      return result.status === "rejected" ? result.wrongClockOf : "accepted";
    };
    assert.equal(named(motion({ at: 0 })), "s");
    assert.equal(named(motion({ at: now + 60_001 })), "s");
    assert.equal(named(motion({ at: "yesterday" })), null);
    assert.equal(named({ kind: "heartbeat", hive: "h", at: 0 }), null);
  });

  test("anything JSON can say gives an observation or a sentence, never an exception", () => {
    const kinds = fc.constantFrom("detections", "traffic", "motion", "heartbeat", "access", "call");
    fc.assert(fc.property(fc.jsonValue(), (value) => void readObservation(value, now)));
    fc.assert(
      fc.property(
        kinds,
        fc.dictionary(fc.constantFrom("id", "at", "local", "recipient", "unit", "entry_method"), fc.jsonValue()),
        (kind, rest) => {
          void readObservation({ kind, sensor: "s", access_point: 1, building_id: 1, ...rest }, now);
        },
      ),
    );
    assert.equal(code({ kind: "nothing" }), "UNKNOWN_KIND");
    assert.equal(code({ kind: "__proto__" }), "UNKNOWN_KIND");
    assert.equal(code([]), "INVALID");
  });
});
