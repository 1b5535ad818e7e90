import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { BuildingModel } from "../../../src/building/building.ts";
import type { TrafficMinute } from "../../../src/sensing/traffic/traffic-minute.ts";
import { createTrafficOccupancy, type AbsentSince } from "../../../src/sensing/traffic/traffic-occupancy.ts";
import { campus, compiled } from "../../building/models.ts";
import { recording } from "../../fixtures/recordings.ts";
import { keptRecords } from "../kept-records.ts";

type Change = (rooms: Record<string, unknown>[], sensors: Record<string, unknown>[]) => void;

/** Room 2 has the door sensor 4, an entrance of the floor; room 1 the door sensor 6. */
async function campusWith(change: Change = () => {}): Promise<BuildingModel> {
  const document = campus();
  const [floor] = document.sites[0]!.buildings[0]!.floors!;
  const sensors = floor!.sensors as Record<string, unknown>[];
  Object.assign(sensors[3]!, { is_entrance: true });
  sensors.push({ id: "sensor_6", mac_address: "00-17-0d-00-00-cc-bb-06", mode: "traffic", room_id: "room_1" });
  change(floor!.rooms as Record<string, unknown>[], sensors);
  return compiled(document);
}

const building = await campusWith();
const noon = Date.parse("2026-01-05T20:00:00Z");
const minute = 60_000;

/** Times are minutes after noon in Los Angeles. */
function occupancy(model = building, kept = keptRecords()) {
  const sensing = createTrafficOccupancy(kept.records);
  sensing.follow(model);
  const at = (minutes: number): number => noon + Math.round(minutes * minute);
  return {
    sensing,
    kept,
    at,
    pass: (minutes: number, entered: number, left = 0, sensor = "sensor_4", now = model) =>
      sensing.passed({ at: at(minutes), in: entered, out: left }, now.sensors.get(sensor)!),
    advance: (minutes: number, absent?: AbsentSince, now = model) => sensing.advance(at(minutes), now, absent),
    current: (space = "room_2") => sensing.current(space)?.count ?? null,
  };
}

/** Minutes of a subject as `minute: value min..max mean` and what is not usual. */
const rows = (minutes: readonly TrafficMinute[], subject = "room_2"): string[] =>
  minutes
    .filter((each) => each.subject === subject)
    .map(({ at, value, out, min, max, mean, observedS, revision }) =>
      [
        `${(at - noon) / minute}: ${value}`,
        subject.startsWith("sensor") ? `/${out}` : ` ${min}..${max} ${mean}`,
        observedS === 60 ? "" : ` of ${observedS} s`,
        revision === 0 ? "" : ` r${revision}`,
      ].join(""),
    );

describe("the traffic occupancy of a space", () => {
  test("is ins less outs of its doors: of a room all of them, of a floor its entrances", () => {
    const { pass, current } = occupancy();
    assert.equal(current(), null);
    pass(0, 3, 1);
    pass(0.5, 2, 0, "sensor_6");
    assert.equal(current("room_2"), 2);
    assert.equal(current("room_1"), 2);
    assert.equal(current("space_1"), 2);
  });

  test("begins with a report of nobody, too", () => {
    const { pass, current } = occupancy();
    pass(0, 0, 0);
    assert.equal(current(), 0);
  });

  test("is never below zero, and the next one in counts", () => {
    const { pass, current } = occupancy();
    pass(0, 1, 3);
    assert.equal(current(), 0);
    pass(1, 1);
    assert.equal(current(), 1);
  });

  test("has a minute five seconds after it ended, by the count at its end", () => {
    const { sensing, pass, advance, at } = occupancy();
    pass(0, 2);
    pass(0.25, 1);
    pass(0.75, 0, 2);
    assert.ok(sensing.nextDue() <= at(1));
    assert.deepEqual(rows(advance(1.08)), []);
    assert.deepEqual(rows(advance(1 + 5 / 60)), ["0: 1 1..3 2.25"]);
    assert.equal(sensing.nextDue(), at(2 + 5 / 60));
    assert.deepEqual(rows(advance(4.5)), ["1: 1 1..1 1", "2: 1 1..1 1", "3: 1 1..1 1"].slice(0, 3));
  });

  test("observes its first minute from the first passage on", () => {
    const { pass, advance } = occupancy();
    pass(0.5, 2);
    assert.deepEqual(rows(advance(2.5)), ["0: 2 2..2 2 of 30 s", "1: 2 2..2 2"]);
  });

  test("begins at 0 again at the site's own time", () => {
    const { pass, advance, current } = occupancy();
    pass(15 * 60 + 58.5, 4);
    advance(16 * 60 - 0.5);
    assert.equal(current(), 4);
    pass(16 * 60 + 0.2, 1);
    const told = advance(16 * 60 + 1.5);
    assert.deepEqual(rows(told), ["959: 4 4..4 4", "960: 1 0..1 0.8"]);
    assert.equal(current(), 1);
  });

  test("is due at the reset, so that nobody is shown the day before", () => {
    const { sensing, pass, advance, current, at } = occupancy();
    pass(15 * 60 + 59.5, 4);
    advance(16 * 60 - 0.2);
    assert.equal(sensing.nextDue(), at(16 * 60));
    advance(16 * 60);
    assert.equal(current(), 0);
  });

  test("costs no write while nothing happens", () => {
    const { pass, advance, kept } = occupancy();
    pass(0, 2);
    for (let now = 1; now < 20; now++) advance(now + 0.5);
    kept.records.changes();
    for (let now = 20; now < 30; now++) assert.equal(rows(advance(now + 0.5)).length, 1);
    assert.deepEqual(
      kept.records.changes().map(({ key }) => key),
      ["traffic-progress:"],
    );
  });

  test("counts by the line of a presence sensor as well", async () => {
    const line = [
      [0, 0],
      [4, 0],
    ];
    const model = await campusWith((_rooms, sensors) => Object.assign(sensors[0]!, { counting_line: { line } }));
    const { pass, current } = occupancy(model);
    pass(0, 2, 0, "sensor_1");
    pass(0, 1, 0, "sensor_2");
    assert.equal(current("room_1"), 2);
  });
});

describe("a late passage", () => {
  test("corrects its minute and those after it at the end of the next one", () => {
    const { pass, advance } = occupancy();
    pass(0, 1);
    assert.equal(advance(3.5).filter(({ subject }) => subject === "room_2").length, 3);
    pass(1.5, 2);
    assert.deepEqual(rows(advance(3.9)), []);
    assert.deepEqual(rows(advance(4.5)), ["1: 3 1..3 2 r1", "2: 3 3..3 3 r1", "3: 3 3..3 3"]);
    pass(0.5, 0, 1);
    assert.deepEqual(rows(advance(5.5)).slice(0, 3), ["0: 0 0..1 0.5 r1", "1: 2 0..2 1 r2", "2: 2 2..2 2 r2"]);
  });

  test("more than five minutes before the last finished minute corrects none, but it counts from then on and is told of", () => {
    const { sensing, pass, advance, current } = occupancy();
    pass(0, 1);
    advance(10.5);
    pass(4.9, 2);
    assert.equal(current(), 3);
    assert.equal(sensing.current("room_2")!.late, 1);
    assert.deepEqual(rows(advance(11.5)).slice(0, 2), ["5: 3 3..3 3 r1", "6: 3 3..3 3 r1"]);
    assert.deepEqual(rows(advance(30)).at(-1), "28: 3 3..3 3");
  });

  test("from before a known count is in it", () => {
    const { sensing, pass, advance, current, at } = occupancy();
    pass(0, 1);
    sensing.setPoint("room_2", at(2), 7);
    advance(3.5);
    pass(1, 5);
    assert.equal(current(), 7);
    advance(20.5);
    pass(0.5, 5);
    assert.equal(current(), 7);
    assert.deepEqual(rows(advance(21.5)), ["20: 7 7..7 7"]);
  });

  test("from before the reset counts for the day before only", () => {
    const { pass, advance, current } = occupancy();
    pass(16 * 60 + 1, 1);
    advance(16 * 60 + 2.5);
    pass(16 * 60 - 1, 5);
    assert.equal(current(), 1);
    assert.deepEqual(rows(advance(16 * 60 + 3.5)), ["959: 5 5..5 5", "960: 0 0..0 0", "962: 1 1..1 1"]);
  });

  test("gives the same minutes and the same count in whatever order, kept or lost to restarts", () => {
    const passage = fc.record({ at: fc.nat(4 * 60), in: fc.nat(3), out: fc.nat(3), restart: fc.boolean() });
    const order = fc
      .array(passage, { maxLength: 25 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(order, fc.nat(5), ([inOrder, shuffled], point) => {
        const last = (passages: typeof inOrder): unknown => {
          let found = occupancy();
          const final = new Map<string, string>();
          const keep = (minutes: readonly TrafficMinute[]): void => {
            for (const { revision: _, ...each } of minutes) {
              final.set(`${each.series} ${each.subject} ${each.at}`, JSON.stringify(each));
            }
          };
          found.pass(0, 0);
          keep(found.advance(1.5));
          for (const [index, { at, in: entered, out: left, restart }] of passages.entries()) {
            if (restart) found = occupancy(building, found.kept.restart());
            if (index === point) found.sensing.setPoint("room_2", found.at(2), 3);
            found.pass(at / 60, entered, left);
            keep(found.advance(1.5 + index / 10));
          }
          keep(found.advance(12));
          return [[...final.values()].toSorted(), found.current("space_1")];
        };
        const sorted = inOrder.toSorted((a, b) => a.at - b.at);
        assert.deepEqual(last(shuffled), last(sorted));
      }),
    );
  });
});

describe("a known count", () => {
  test("set by hand holds from its moment on", () => {
    const { sensing, pass, advance, current, at } = occupancy();
    pass(0, 2);
    pass(2, 1);
    assert.equal(sensing.setPoint("room_2", at(1), 10), true);
    assert.equal(current(), 11);
    assert.deepEqual(rows(advance(3.5)), ["0: 2 2..2 2", "1: 10 10..10 10", "2: 11 11..11 11"]);
  });

  test("set by hand has whoever passed in its second in it", () => {
    const { sensing, pass, current, at } = occupancy();
    pass(1, 2);
    sensing.setPoint("room_2", at(1), 10);
    pass(1, 3);
    assert.equal(current(), 10);
  });

  test("corrects its minute as often as it is set, each time with a higher revision", () => {
    const { sensing, pass, advance, at } = occupancy();
    pass(0, 1);
    advance(10.5);
    sensing.setPoint("room_2", at(9), 4);
    assert.deepEqual(rows(advance(11.5)).slice(0, 1), ["9: 4 4..4 4 r1"]);
    sensing.setPoint("room_2", at(9), 1);
    assert.deepEqual(rows(advance(12.5)).slice(0, 1), ["9: 1 1..1 1 r2"]);
    sensing.setPoint("room_2", at(9), 4);
    assert.deepEqual(rows(advance(13.5)).slice(0, 1), ["9: 4 4..4 4 r3"]);
  });

  test("is refused where nothing is counted, and where its minute can change no more", () => {
    const { sensing, pass, advance, current, at } = occupancy();
    assert.equal(sensing.setPoint("room_2", at(1), 10), false);
    pass(0, 2);
    advance(10.5);
    assert.equal(sensing.setPoint("room_2", at(4.9), 10), false);
    assert.equal(current(), 2);
    assert.equal(sensing.setPoint("room_2", at(5), 10), true);
  });

  test("is 0 since the motion sensors of a room agree that nobody is there", async () => {
    const model = await campusWith(([, room]) => Object.assign(room!, { pir_zero_enable: true }));
    const { pass, advance, current, at } = occupancy(model);
    pass(0, 2);
    const since =
      (room: string, from: number): AbsentSince =>
      (asked) =>
        asked.id === room ? at(from) : null;
    assert.deepEqual(rows(advance(2.5, since("room_1", 1))), ["0: 2 2..2 2", "1: 2 2..2 2"]);
    assert.deepEqual(rows(advance(3.5, since("room_2", 1))), ["1: 0 0..0 0 r1", "2: 0 0..0 0"]);
    assert.equal(current(), 0);
    pass(3, 1);
    advance(4.5, since("room_2", 1));
    assert.equal(current(), 1, "who came in since then is there");
  });

  test("by motion sensors is not asked of a room that does not zero", () => {
    const { pass, advance, current, at } = occupancy();
    pass(0, 2);
    advance(2.5, () => at(1));
    assert.equal(current(), 2);
  });
});

describe("doors by the minute", () => {
  test("tell who came in and went out, and say nothing of a minute without anybody", () => {
    const { pass, advance } = occupancy();
    pass(0, 2, 1);
    pass(0.5, 1, 0);
    pass(2, 0, 1);
    assert.deepEqual(rows(advance(5.5), "sensor_4"), ["0: 3/1", "2: 0/1"]);
    assert.deepEqual(rows(advance(6.5), "sensor_4"), []);
  });

  test("are corrected by late passages, also back to nobody", () => {
    const { pass, advance } = occupancy();
    pass(2, 5);
    advance(3.5);
    pass(1, 5);
    pass(2, -5);
    assert.deepEqual(rows(advance(4.5), "sensor_4").toSorted(), ["1: 5/0", "2: 0/0 r1"]);
    advance(20);
    pass(3, 1);
    assert.deepEqual(rows(advance(21), "sensor_4"), []);
  });
});

describe("a door that changes", () => {
  const changes: readonly (readonly [string, Change])[] = [
    ["replaced", (_rooms, sensors) => Object.assign(sensors[3]!, { mac_address: "00-17-0d-00-00-cc-bb-99" })],
    [
      "moved to another room",
      (_rooms, sensors) => Object.assign(sensors[3]!, { room_id: "room_1", is_entrance: false }),
    ],
    ["removed", (_rooms, sensors) => sensors.splice(3, 1)],
    ["made a presence sensor", (_rooms, sensors) => Object.assign(sensors[3]!, { mode: "presence" })],
  ];
  for (const [name, change] of changes) {
    test(`because it was ${name} keeps nobody in its spaces, also when it returns`, async () => {
      const model = await campusWith(change);
      const { sensing, pass, advance, current, kept } = occupancy();
      pass(0, 2);
      pass(0, 3, 0, "sensor_6");
      advance(1.5);
      sensing.follow(model);
      assert.deepEqual([current("room_2"), current("space_1")], [null, null]);
      assert.equal(current("room_1"), 3);
      assert.deepEqual(rows(advance(3.5, undefined, model)), []);
      const { sensing: after } = occupancy(building, kept.restart());
      assert.equal(after.current("room_2"), null);
    });
  }

  test("is found after a restart, too", async () => {
    const { pass, kept } = occupancy();
    pass(0, 2);
    const { current } = occupancy(await campusWith((_rooms, sensors) => sensors.splice(3, 1)), kept.restart());
    assert.equal(current(), null);
  });
});

const calit2 = recording("calit2-door-counts/CalIt2.data");

test("CalIt2: with the reset at 04:00 no minute is negative, and a day closes with 13 too many", {
  skip: calit2.skip,
}, () => {
  const slots = new Map<number, { in: number; out: number }>();
  for (const line of readFileSync(calit2.path, "utf8").split(/[\r\n]+/)) {
    const [flow, date, time, count] = line.split(",") as [string, string, string, string];
    if (count === undefined) continue;
    const [month, day, year] = date.split("/") as [string, string, string];
    // The recording tells local time without a zone; the site of the campus has one with the reset at 04:00.
    const at = Date.parse(`20${year}-${month}-${day}T${time}-07:00`);
    const slot = slots.get(at) ?? { in: 0, out: 0 };
    slot[flow === "9" ? "in" : "out"] += Number(count);
    slots.set(at, slot);
  }
  const { sensing } = occupancy();
  const door = building.sensors.get("sensor_4")!;
  const closing: number[] = [];
  let minutes = 0;
  for (const [at, slot] of [...slots].toSorted(([a], [b]) => a - b)) {
    for (const row of sensing.advance(at, building)) {
      if (row.subject !== "room_2") continue;
      assert.ok(row.min >= 0);
      minutes++;
      const local = new Date(row.at - 7 * 3_600_000);
      if (local.getUTCHours() === 3 && local.getUTCMinutes() === 59) closing.push(row.value);
    }
    sensing.passed({ at, ...slot }, door);
  }
  const mean = closing.reduce((sum, each) => sum + each, 0) / closing.length;
  assert.ok(minutes > 104 * 1_440);
  assert.equal(closing.length, 105);
  assert.ok(mean > 12 && mean < 13, `closes at ${mean} on average`);
});
