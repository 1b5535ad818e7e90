// What the console says and draws, as far as it needs no browser: sentences of status, times, search, plan and chart.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import type { LaneStatus, Minute, SpaceNow, Subscription } from "../../console/src/api/types.ts";
import { linePath, runsOf, hourTicks, valueTicks } from "../../console/src/building/day-chart-path.ts";
import { explainSentences } from "../../console/src/building/explain-words.ts";
import { countOf, countSentence, stepOf } from "../../console/src/building/fullness.ts";
import { fit, footprintOf, isInside, labelPlace, neighbour, toPixels } from "../../console/src/building/geometry.ts";
import { tableOrder } from "../../console/src/building/table-order.ts";
import { find } from "../../console/src/frame/find.ts";
import { judge, whose } from "../../console/src/health/judge.ts";
import { countersOf, quantile, rate, readMetrics, sumOf } from "../../console/src/health/metrics.ts";
import { sensorStanding } from "../../console/src/sensors/standing.ts";
import { saysShort } from "../../console/src/words/event.ts";
import { bytes } from "../../console/src/words/bytes.ts";
import { shortId } from "../../src/words/short-id.ts";
import { standingOf } from "../../console/src/words/subscription.ts";
import { outcomes } from "../../src/model/attempt.ts";
import { whereTo } from "../../src/words/host.ts";
import { idleReasons } from "../../src/model/lane.ts";
import { outcomeCodes, outcomeSentence, outcomeWords } from "../../src/words/outcome.ts";
import { plural } from "../../src/words/plural.ts";
import { relative, roughly, span } from "../../src/words/time.ts";
import { quietLane } from "../fixtures/quiet-lane.ts";

const now = Date.UTC(2026, 5, 17, 10);
const iso = (ms: number): string => new Date(ms).toISOString();
const standing = (status: Partial<LaneStatus> | null, more: Partial<Subscription> = {}) => {
  const lane = {
    max_in_flight: null,
    retry_delays_ms: null,
    status: status === null ? null : { ...quietLane, ...status },
  };
  return standingOf({ state: "active", paused: null, disabled_reason: null, lane, ...more }, now, "UTC");
};

describe("a subscription's status in words", () => {
  test("says what is, why, and what happens next", () => {
    const failure = { code: "http_error", status: 503, at: iso(now - 60_000) };
    const backing = { state: "backing_off" as const, waiting_for: "backing_off", last_failure: failure };
    const told = standing({ ...backing, until: iso(now + 250_000), consecutive_failures: 5, waiting_in_memory: 312 });
    assert.equal(
      told.sentence,
      "Backing off: the receiver answered 503, 5 failures in a row. Next try in 4 min 10 s. 312 deliveries wait. None is lost.",
    );
    assert.deepEqual([told.mark, told.word], ["backing", "backing off"]);
    const asked = standing({ ...backing, last_failure: null, until: iso(now - 1), waiting_in_memory: 1 });
    assert.equal(
      asked.sentence,
      "Backing off: the receiver asked Belfry to wait. The next try is about to start. 1 delivery waits. None is lost.",
    );
  });

  test("counts down in whole seconds to the last, and says wait of several", () => {
    const backing = { state: "backing_off" as const, until: iso(now + 258), waiting_in_memory: 1 };
    assert.match(standing(backing).sentence, /Next try in 1 s\. 1 delivery waits\. /);
    assert.match(
      standing({ ...backing, more_on_disk: true }).sentence,
      /Next try in 1 s\. At least 1 delivery waits\. /,
    );
  });

  test("takes the day's count of what waits while the lane has more on the disk, and the lane's own once it knows all", () => {
    const figures = { backlog: 15, is_backlog_whole: true };
    const told = (status: Partial<LaneStatus>) => {
      const lane = { max_in_flight: null, retry_delays_ms: null, status: { ...quietLane, ...status } };
      const subscription = { state: "active", paused: null, disabled_reason: null, lane };
      return standingOf(subscription, now, "UTC", figures).sentence;
    };
    const backing = { state: "backing_off" as const, waiting_in_memory: 7 };
    assert.match(told({ ...backing, more_on_disk: true }), / 15 deliveries wait\. /);
    assert.match(told({ ...backing, more_on_disk: false }), / 7 deliveries wait\. /);
    assert.match(told({ ...backing, waiting_in_memory: 40, more_on_disk: true }), / At least 40 deliveries wait\. /);
  });

  test("tells a pause from a disabling, and whether something waits", () => {
    const paused = standing(
      { state: "paused", waiting_for: "paused" },
      { state: "paused", paused: { at: iso(now - 300_000), by: "client_1" } },
    );
    assert.equal(paused.sentence, "Paused since 09:55 (5 min ago). Nothing waits. New events are kept for it.");
    const disabled = standing(
      { state: "disabled", more_on_disk: true, waiting_in_memory: 256 },
      { state: "disabled", disabled_reason: "The receiver answered 410" },
    );
    assert.equal(disabled.sentence, "The receiver answered 410. At least 256 deliveries wait. None is lost.");
  });

  test("tells idle, delivering, probing, failing and unknown apart", () => {
    const failure = { code: "timeout", status: null, at: iso(now) };
    const marks = [
      standing({}),
      standing({ in_flight: 2, waiting_for: "at_lane_cap", waiting_in_memory: 9 }),
      standing({ state: "probing", consecutive_failures: 7, last_failure: failure }),
      standing({ consecutive_failures: 2, last_failure: failure, more_on_disk: true }),
      standing(null),
    ].map(({ word }) => word);
    assert.deepEqual(marks, ["idle", "delivering", "probing", "failing", "unknown"]);
    assert.match(
      standing({ in_flight: 2, waiting_for: "at_lane_cap", waiting_in_memory: 9 }).sentence,
      /2 of at most 4 at a time\. 9 deliveries wait\. As many attempts/,
    );
  });

  test("has a sentence for every reason why a lane starts nothing", () => {
    for (const reason of Object.keys(idleReasons)) {
      const { sentence } = standing({ waiting_for: reason, in_flight: 1, waiting_in_memory: 3 });
      assert.doesNotMatch(sentence, /undefined|_/, reason);
      const own = ["paused", "disabled", "backing_off", "probing", "nothing_due"].includes(reason);
      if (!own) assert.match(sentence, /3 deliveries wait\. \S+/, `${reason} is not explained`);
    }
  });
});

test("every outcome has words, and the list by which deliveries are narrowed has every outcome", () => {
  for (const code of Object.keys(outcomes)) {
    assert.ok(outcomeCodes.includes(code), code);
    assert.doesNotMatch(outcomeSentence(code, code === "http_error" || code === "redirect" ? 500 : null), /_/, code);
  }
  assert.equal(outcomeWords("http_error", 503), "answered 503");
  assert.equal(outcomeSentence("connect_refused", null), "The receiver refused the connection.");
});

test("times: two units at most, absolute after a day, and never below zero", () => {
  assert.deepEqual([0, 400, 8_000, 250_000, 3_600_000, 93_600_000].map(span), [
    "0 s",
    "400 ms",
    "8 s",
    "4 min 10 s",
    "1 h",
    "1 d 2 h",
  ]);
  assert.deepEqual([-5_000, 59_999, 3_599_999, 86_399_999].map(roughly), ["0 s", "59 s", "59 min", "23 h"]);
  assert.equal(relative(now - 8_000, now, "UTC"), "8 s ago");
  assert.equal(relative(now + 50_000, now, "UTC"), "in 50 s");
  assert.equal(relative(now - 86_400_000, now, "Europe/Berlin"), "Tue 16 Jun, 12:00 CEST");
});

test("ids are cut in the middle, counts have their word, sizes their unit", () => {
  assert.equal(shortId("event_3MRjoNvCZM2bEondt5Gi8Kj91Bl"), "event_3MRj…91Bl");
  assert.equal(shortId("delivery_22"), "delivery_22");
  assert.deepEqual(
    [plural(1, "person", "people"), plural(1_204, "delivery", "deliveries")],
    ["1 person", "1,204 deliveries"],
  );
  assert.deepEqual([bytes(0), bytes(1_500), bytes(329e6)], ["0 B", "1.5 kB", "329 MB"]);
});

test("an event is told in a few words, and one that cannot be read says nothing", () => {
  const said = (type: string, data?: unknown) => saysShort(type, JSON.stringify({ data }));
  assert.deepEqual(
    [
      said("ROOM_OCCUPANCY", 4),
      said("TRAFFIC", { in: 1, out: 2 }),
      said("DETECTIONS", { world: [[1, 2]] }),
      said("PIR_MOTION"),
      said("SENSOR_HEALTH", { online: false }),
    ],
    ["4 people", "1 in, 2 out", "1 seen", "motion", "silent"],
  );
  const entry = { event: { data: { name: "Ada Moss", entry_method: "PIN", release_status: "Unlocked" } } };
  assert.equal(saysShort("access_log.create", JSON.stringify(entry)), "Ada Moss · PIN · Unlocked");
  for (const body of ["", "null", "[]", "{", '{"event":7}', '{"data":null}']) {
    for (const type of ["ROOM_OCCUPANCY", "TRAFFIC", "access_log.create", "call.create"])
      assert.equal(typeof saysShort(type, body), "string");
  }
});

test("a search leads to what was meant", () => {
  const names = new Map([
    ["room_1", { name: "Lobby", kind: "room", floor: "floor_1", building: "b" }],
    ["room_2", { name: "Upper Lobby", kind: "room", floor: "floor_2", building: "b" }],
    ["door_1", { name: "Main Entrance", kind: "door", floor: null, building: "b" }],
    ["454995987", { name: "Main Entrance", kind: "door", floor: null, building: "b" }],
  ]);
  const to = (text: string): string | null => {
    const found = find(text, names);
    return found === null ? null : `${found.path}?${new URLSearchParams(found.query).toString()}`;
  };
  assert.equal(to(" delivery_7 "), "/deliveries/delivery_7?");
  assert.equal(to("event_3MRj"), "/events/event_3MRj?");
  assert.equal(to("webhook_3MRj"), "/subscriptions/webhook_3MRj?");
  assert.equal(to("100000009"), "/subscriptions/100000009?");
  assert.equal(to("454995987"), "/deliveries?subject=454995987");
  assert.equal(to("ROOM_OCCUPANCY"), "/deliveries?type=ROOM_OCCUPANCY");
  assert.equal(to("access_log.create"), "/deliveries?type=access_log.create");
  assert.equal(to("connect_refused"), "/deliveries?code=connect_refused");
  assert.equal(to("lobby"), "/?floor=floor_1&space=room%3Aroom_1", "the whole name goes before a part of one");
  assert.equal(to("example.com"), "/subscriptions?find=example.com");
  assert.equal(to("  "), null);
});

const space = (more: Partial<SpaceNow["presence"]>, traffic: SpaceNow["traffic"] = null): SpaceNow => ({
  space: "room_1",
  level: "room",
  name: "Lobby",
  floor: "floor_1",
  building: "b",
  presence: { value: 0, at: iso(now), age_ms: 0, sensors: 2, heard: 2, unplaced: 0, ...more },
  traffic,
});

describe("a count", () => {
  test("that is unknown is never 0, and says why", () => {
    const silent = space({ value: null, at: null, age_ms: null, heard: 0 });
    assert.equal(countOf(silent).value, null);
    assert.equal(countSentence(silent, 8), "Lobby: unknown, its 2 sensors are silent");
    assert.equal(
      countSentence(space({ value: null, sensors: 0, heard: 0 }), undefined),
      "Lobby: unknown, no sensor counts here",
    );
  });

  test("by the doors stands in only where no presence sensor speaks for the space", () => {
    const doors = { value: 3, at: iso(now), age_ms: 500_000, late: 0 };
    assert.deepEqual(countOf(space({ value: null, sensors: 0 }, doors)), {
      value: 3,
      estimate: "traffic",
      ageMs: 500_000,
      isStale: false,
    });
    assert.equal(countOf(space({ value: null }, doors)).value, null);
    assert.equal(countOf(space({ value: 2 }, doors)).value, 2);
  });

  test("grows old while the server does not answer", () => {
    assert.equal(countOf(space({ value: 2, age_ms: 3_000 }), 10_000).isStale, false);
    assert.equal(countOf(space({ value: 2, age_ms: 3_000 }), 58_000).isStale, true);
    assert.equal(countSentence(space({ value: 9 }), 8, 2_000), "Lobby: 9 of 8 people, 2 s old");
  });

  test("fills in five steps: empty is the lightest alone, and at capacity it is the darkest", () => {
    assert.deepEqual(
      [0, 1, 2, 4, 6, 8, 20].map((value) => stepOf(value, 8, 0)),
      [0, 1, 1, 2, 3, 4, 4],
    );
    fc.assert(
      fc.property(fc.nat(300), fc.option(fc.nat(300), { nil: undefined }), fc.nat(300), (value, capacity, largest) => {
        const [step, next] = [stepOf(value, capacity, largest), stepOf(value + 1, capacity, largest)];
        assert.equal(step === 0, value === 0);
        assert.ok(next >= step && next <= 4);
      }),
    );
  });
});

describe("the table of spaces", () => {
  test("leaves floors as they stand, and lists the rooms of each and then its zones by name, numbers as numbers", () => {
    const listed = (level: SpaceNow["level"], ...of: string[]) => of.map((name) => ({ level, name }));
    const upper = [...listed("floor", "2nd Floor"), ...listed("room", "Loft", "Alder")];
    const lower = [
      ...listed("floor", "1st Floor"),
      ...listed("room", "Pantry", "Atrium"),
      ...listed("zone", "Desk 10", "Desk 2"),
    ];
    assert.deepEqual(
      tableOrder([...upper, ...lower]).map(({ name }) => name),
      ["2nd Floor", "Alder", "Loft", "1st Floor", "Atrium", "Pantry", "Desk 2", "Desk 10"],
    );
  });
});

describe("the plan", () => {
  const square = [
    [0, 0],
    [10, 0],
    [10, 6],
    [0, 6],
  ] as const;
  const bent = [
    [0, 0],
    [10, 0],
    [10, 2],
    [2, 2],
    [2, 10],
    [0, 10],
  ] as const;

  test("fits a floor into any window, with a margin, and nothing is outside", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 3_000 }),
        fc.integer({ min: 50, max: 2_000 }),
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: 1, max: 200 }),
        (width, height, x0, size) => {
          const box = { x0, y0: x0, x1: x0 + size, y1: x0 + size / 3 };
          const placed = fit(box, width, height);
          for (const corner of [
            [box.x0, box.y0],
            [box.x1, box.y1],
          ] as const) {
            const [x, y] = toPixels(placed, corner);
            assert.ok(x >= width * 0.03 && x <= width * 0.97 && y >= height * 0.03 && y <= height * 0.97);
          }
        },
      ),
    );
  });

  test("a label stands in the middle, else where the room is widest, and clear of desks", () => {
    assert.deepEqual(labelPlace(square).at, [5, 3]);
    const inBent = labelPlace(bent);
    assert.ok(isInside(bent, inBent.at) && inBent.width > 0);
    const desks = [{ x0: 0.5, y0: 2.5, x1: 9.5, y1: 5.5 }];
    const { at, width, height } = labelPlace(square, desks);
    assert.ok(at[1] + height / 2 <= 2.5 + 0.3, `${at.join()} is ${height} high`);
    assert.ok(width > 3);
  });

  test("arrow keys lead to the nearest room in that direction", () => {
    const rooms = [
      ["left", [1, 1]],
      ["right", [5, 1]],
      ["below", [1, 5]],
      ["far", [20, 1]],
    ] as const;
    assert.equal(neighbour([1, 1], rooms, "right"), "right");
    assert.equal(neighbour([1, 1], rooms, "down"), "below");
    assert.equal(neighbour([5, 1], rooms, "left"), "left");
    assert.equal(neighbour([1, 1], rooms, "up"), null);
  });

  test("a sensor's footprint is as the model says it: by its sides, or by height and angle", () => {
    const sensor = { id: "s", mac_address: "", mode: "presence" as const };
    assert.equal(footprintOf(sensor), null);
    assert.deepEqual(footprintOf({ ...sensor, center: [5, 5], footprint: [4, 2] }), [
      [3, 4],
      [7, 4],
      [7, 6],
      [3, 6],
    ]);
    const corner = footprintOf({ ...sensor, center: [0, 0], height: 3, field_of_view: 90 })![0]!;
    assert.ok(Math.abs(corner[0] + 3) < 1e-9);
  });
});

describe("a day's chart", () => {
  const minute = (index: number, value: number, revision = 0): Minute => ({
    at: iso(now + index * 60_000),
    value,
    min: value,
    max: value,
    mean: value,
    observed_s: 60,
    revision,
  });
  const scale = { from: now, until: now + 600_000, top: 10, width: 100, height: 100 };

  test("draws counts as steps, and minutes that were not observed as a gap", () => {
    const minutes = [minute(0, 2), minute(1, 5), minute(5, 1)];
    assert.deepEqual(
      runsOf(minutes).map((run) => run.length),
      [2, 1],
    );
    assert.equal(linePath(minutes, scale), "M0.0 80.0H10.0V50.0H20.0M50.0 90.0H60.0");
    assert.equal(linePath([], scale), "");
  });

  test("has few lines across, from 0, and hours of the building's own time", () => {
    for (const top of [3, 4.3, 9, 31, 240, 4_000]) {
      const ticks = valueTicks(top);
      assert.ok(ticks[0] === 0 && ticks.length >= 2 && ticks.length <= 5, `${top}: ${ticks.join()}`);
    }
    const hours = hourTicks(now, now + 86_400_000, "Asia/Kolkata", 6).map((at) => new Date(at).getUTCMinutes());
    assert.ok(hours.length >= 4 && hours.every((minutes) => minutes === 30));
  });
});

test("an explanation reads in the order of the pipe, and owns up to what is not known", () => {
  const answer = {
    at: iso(now),
    log: "read" as const,
    kept_from: null,
    explained: {
      value: 3,
      heard: 2,
      sensors: [
        {
          id: "a",
          state: "counted" as const,
          speaks: true,
          frame: { at: iso(now), people: 3, masked: [1] },
          last_frame: null,
          silent_since: null,
        },
        {
          id: "b",
          state: "silent" as const,
          speaks: true,
          frame: null,
          last_frame: { at: iso(now - 420_000), people: 0 },
          silent_since: null,
        },
      ],
      people: [
        { sensors: ["a", "c"], counts: 1 },
        { sensors: ["a"], counts: 1 },
      ],
      elsewhere: 0,
      minute: { at: iso(now), closed: true, computed: null, late: { count: 2 } },
    },
    stored: null,
    revisions: [
      { revision: 1, value: 3, event: "event_1", subscriptions: 2, deliveries: { delivered: 1, pending: 1 } },
    ],
    zeroing: { enabled: true, absent_since: null },
  };
  assert.deepEqual(
    explainSentences(answer, (id) => `Sensor ${id}`, "UTC"),
    [
      "1 of 2 sensors that look into this space was heard.",
      "Sensor a saw 3 people at 10:00:00, 1 of them in a mask or beyond the floor.",
      "Sensor b was silent, last heard 7 min before.",
      "That makes 3 people. One of them was seen by several sensors, and counts once.",
      "The minute 10:00 was not observed for long enough to be told.",
      "2 frames came late.",
      "Correction 1 (3) went to 2 subscriptions: 1 delivered, 1 pending.",
    ],
  );
  assert.match(explainSentences({ ...answer, log: "not_kept", explained: null }, String, "UTC")[0]!, /no longer kept/);
});

test("figures of the server are read from its metrics: rates between two readings, and bounds of durations", () => {
  const text = (delivered: number, fast: number): string => `# HELP x y
belfry_attempts_total{code="delivered",dialect="butlr"} ${delivered}
belfry_attempts_total{code="timeout",dialect="butlr"} 2
belfry_attempt_duration_seconds_bucket{le="0.005"} ${fast}
belfry_attempt_duration_seconds_bucket{le="+Inf"} ${delivered + 2}
belfry_lanes_waiting{for="nothing_due"} 3
not a line
`;
  const samples = readMetrics(text(10, 10));
  assert.equal(sumOf(samples, "belfry_attempts_total"), 12);
  assert.equal(sumOf(samples, "belfry_lanes_waiting", { for: "nothing_due" }), 3);
  const [before, after] = [countersOf(samples, 0), countersOf(readMetrics(text(30, 20)), 2_000)];
  assert.deepEqual([rate(before, after, "delivered"), rate(before, after, "failed")], [10, 0]);
  assert.equal(rate(after, countersOf(readMetrics(text(4, 4)), 4_000), "delivered"), 2, "a restart counts from 0");
  assert.deepEqual([quantile(before, after, 0.5), quantile(before, after, 0.99)], [0.005, Infinity]);
  assert.equal(quantile(after, after, 0.5), null);
});

test("a sensor with something wrong goes before one that is well", () => {
  const sensor = {
    kind: "sensor" as const,
    id: "s",
    building: "b",
    floor: "f",
    model: null,
    online: true,
    last_heard: iso(now),
    silent_since: null,
    usual_gap_ms: null,
  };
  const words = [
    sensor,
    { ...sensor, online: false },
    { ...sensor, online: false, last_heard: null },
    { ...sensor, stuck_since: iso(now) },
    { ...sensor, clock: "ahead" as const },
  ];
  assert.deepEqual(
    words.map((each) => sensorStanding(each).word),
    ["online", "silent", "never heard", "stuck", "wrong clock"],
  );
  assert.deepEqual(
    words.map((each) => sensorStanding(each).trouble),
    [0, 4, 1, 3, 2],
  );
});

test("receivers on one host are told apart by their path, and of a long one, which may be a secret, only its begin is shown", () => {
  const said = [
    ["https://hooks.example/", "hooks.example"],
    ["https://hooks.example:8443/concierge?key=s", "hooks.example:8443/concierge"],
    ["https://hooks.example/of-twenty-four-letters-", "hooks.example/of-twenty-four-letters-"],
    ["http://127.0.0.1:8080/inbox/PAZJKahhFsYNcMx3vIXzpcuGXmkKsvNQ", "127.0.0.1:8080/inbox/PAZJK…"],
    ["no URL", "no URL"],
  ] as const;
  for (const [url, short] of said) assert.equal(whereTo(url), short);
});

describe("the health page of one node of several", () => {
  const ready = { ready: true, draining: false };
  const node = (slices: number) =>
    readMetrics(
      `belfry_nodes 4\nbelfry_slices_owned ${slices}\nbelfry_lanes_backing_off 0\nprocess_start_time_seconds 17`,
    );

  test("says whose figures they are, and claims nothing of attempts that others make", () => {
    assert.equal(
      whose(node(16)),
      "Figures of the node that answered, one of 4. Only the deliveries owed are those of all.",
    );
    assert.match(judge(node(16), ready).sentence, /All receivers answer/);
    assert.equal(judge(node(0), ready).sentence, "This node takes requests. Other nodes make the attempts.");
    assert.equal(judge(node(0), { ready: false, draining: false }).word, "not ready");
  });

  test("of one process says nothing of nodes", () => {
    const alone = readMetrics("belfry_lanes_backing_off 0");
    assert.equal(whose(alone), null);
    assert.match(judge(alone, ready).sentence, /All receivers answer/);
  });

  test("compares counters of one process only: each reading names the start of its own", () => {
    assert.equal(countersOf(node(16), now).process, 17);
  });
});
