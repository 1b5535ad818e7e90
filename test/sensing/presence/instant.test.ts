import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { built, groundFloor, hall } from "../hall.ts";
import { frame, instants, only, senses } from "../senses.ts";

const building = await built(hall());
const t = Date.UTC(2026, 0, 5, 9);
const words = (facts: Parameters<typeof instants>[0]) => instants(facts, t);

describe("instant occupancy", () => {
  test("is stated for the room, the floor and the zones that a sensor speaks for, also when nobody is there", () => {
    assert.deepEqual(words(senses(building).sense(frame("sensor_1", t))), [
      "room_1 0 @0",
      "space_1 0 @0",
      "zone_1 0 @0",
    ]);
  });

  test("is stated again only when it changes", () => {
    const { sense } = senses(building);
    sense(frame("sensor_1", t, [3, 3]));
    assert.deepEqual(words(sense(frame("sensor_1", t + 1_000, [3, 3]), frame("sensor_1", t + 2_000, [3, 3.1]))), []);
    assert.deepEqual(words(sense(frame("sensor_1", t + 3_000))), ["room_1 0 @3000", "space_1 0 @3000"]);
  });

  test("is stated at most once per second and space, and the last count is never left out", () => {
    const { sense, pass } = senses(building);
    sense(frame("sensor_5", t, [10, 2]));
    assert.deepEqual(words(sense(frame("sensor_5", t + 400), frame("sensor_5", t + 800, [10, 2], [10, 3]))), []);
    assert.deepEqual(words(pass(t + 2_000)), ["space_1 2 @1000", "room_3 2 @1000"].toSorted());
    assert.deepEqual(words(sense(frame("sensor_5", t + 2_000, [10, 2]))), ["room_3 1 @2000", "space_1 1 @2000"]);
  });

  test("a sensor of a room counts for it beyond the outline, one of no room where the outline holds the point", () => {
    const { sense } = senses(building);
    assert.deepEqual(words(sense(frame("sensor_1", t, [-0.2, 3]))), ["room_1 1 @0", "space_1 1 @0", "zone_1 0 @0"]);
    assert.deepEqual(words(sense(frame("sensor_5", t + 1, [8, 2], [7.9, 2], [12, 2]))), ["room_3 1 @1"]);
  });

  test("a room without sensors of its own is known by those that look into it; one with its own by these alone", async () => {
    const model = hall();
    Object.assign(groundFloor(model).sensors[4]!, { footprint: [6, 4] });
    const { sense } = senses(await built(model));
    assert.deepEqual(words(sense(frame("sensor_5", t))), ["room_3 0 @0", "space_1 0 @0"]);
  });

  test("is not changed by a frame older than the sensor's last one", () => {
    const { sense } = senses(building);
    sense(frame("sensor_3", t + 5_000, [6, 1]));
    assert.deepEqual(words(sense(frame("sensor_3", t + 4_000))), []);
  });

  test("never goes back in time when a sensor is slow", () => {
    const { sense } = senses(building);
    sense(frame("sensor_1", t + 9_000, [1, 3]));
    assert.deepEqual(words(sense(frame("sensor_3", t + 7_000, [6, 1]))), ["room_2 1 @7000"]);
    assert.deepEqual(words(sense(frame("sensor_3", t + 10_500, [6, 1]))), ["space_1 2 @10000"]);
  });

  test("a frame counts for three seconds of its floor's time; then nothing is said of its room", () => {
    const { sense, pass } = senses(building);
    sense(frame("sensor_1", t, [1, 3]), frame("sensor_3", t, [6, 1]));
    assert.deepEqual(words(sense(frame("sensor_3", t + 3_000, [6, 1]))), ["space_1 2 @1000"]);
    assert.deepEqual(words(sense(frame("sensor_3", t + 4_001, [6, 1]))), ["space_1 1 @4001"]);
    assert.deepEqual(words(pass(t + 20_000)), []);
  });

  test("a clock that runs ahead counts from the acceptance and silences nobody", () => {
    const { accept, sense } = senses(building);
    sense(frame("sensor_1", t, [1, 3]));
    assert.deepEqual(words(accept(frame("sensor_3", t + 50_000, [6, 1]), t + 1_000)), [
      "room_2 1 @1000",
      "space_1 2 @1000",
    ]);
    assert.deepEqual(words(sense(frame("sensor_1", t + 2_000))), ["room_1 0 @2000", "space_1 1 @2000"]);
  });

  test("a space that nobody speaks for is lost once, after half a minute, and says no number", () => {
    const { sense, pass, lost } = senses(building);
    sense(frame("sensor_3", t, [6, 1]));
    assert.deepEqual(only(pass(t + 29_000), "occupancy"), []);
    assert.deepEqual(lost, []);
    pass(t + 32_000);
    assert.deepEqual(lost.toSorted(), ["floor:space_1", "room:room_2"]);
    pass(t + 55_000);
    assert.equal(lost.length, 2);
    sense(frame("sensor_3", t + 60_000, [6, 1]));
    assert.equal(lost.length, 2);
  });
});

describe("people whom two sensors see", () => {
  const three = [
    [2.2, 1],
    [2.4, 2],
    [2.2, 3],
  ] as const;
  const moved = three.map(([x, y]) => [x + 0.3, y + 0.2] as const);

  test("count once where footprints overlap", () => {
    const { sense } = senses(building);
    assert.deepEqual(words(sense(frame("sensor_1", t, ...three), frame("sensor_2", t + 1, ...moved))), [
      "room_1 3 @0",
      "space_1 3 @0",
      "zone_1 0 @0",
    ]);
  });

  test("count twice in a room and on a floor that say so", async () => {
    const model = hall();
    groundFloor(model).overlap = "sum";
    const { sense } = senses(await built(model));
    sense(frame("sensor_1", t, ...three));
    assert.deepEqual(words(sense(frame("sensor_2", t + 1_000, ...moved))), ["room_1 6 @1000", "space_1 6 @1000"]);
  });

  test("count twice in the room and once on the floor where the room alone says so", async () => {
    const model = hall();
    Object.assign(groundFloor(model).rooms[0]!, { overlap: "sum" });
    const { sense } = senses(await built(model));
    sense(frame("sensor_1", t, ...three));
    assert.deepEqual(words(sense(frame("sensor_2", t + 1_000, ...moved))), ["room_1 6 @1000"]);
  });

  test("are two people beyond 0.9 m, and within one frame however near", () => {
    const { sense } = senses(building);
    sense(frame("sensor_1", t, [2.2, 2]));
    assert.deepEqual(words(sense(frame("sensor_2", t + 1_000, [2.2, 2.91]))), ["room_1 2 @1000", "space_1 2 @1000"]);
    assert.deepEqual(words(sense(frame("sensor_2", t + 2_000, [2.2, 2.9]))), ["room_1 1 @2000", "space_1 1 @2000"]);
    assert.deepEqual(words(sense(frame("sensor_2", t + 3_000, [2.2, 2.1], [2.2, 2.05]))), [
      "room_1 2 @3000",
      "space_1 2 @3000",
    ]);
  });

  test("are matched one to one, the nearest first", () => {
    const { sense } = senses(building);
    sense(frame("sensor_1", t, [2.2, 1], [2.2, 1.8]));
    // The nearer pair leaves the first one alone; nobody is matched twice.
    assert.deepEqual(words(sense(frame("sensor_2", t + 1_000, [2.2, 1.7]))), []);
    assert.deepEqual(words(sense(frame("sensor_2", t + 2_000, [2.2, 1.7], [2.2, 0.4]))), []);
  });

  test("of different rooms stand in one room only: the one whose outline holds them", async () => {
    const model = hall();
    Object.assign(groundFloor(model).sensors[1]!, { center: [3.4, 2] });
    Object.assign(groundFloor(model).sensors[2]!, { center: [4.6, 2] });
    const { sense } = senses(await built(model));
    sense(frame("sensor_2", t, [4.2, 2]));
    assert.deepEqual(words(sense(frame("sensor_3", t + 1_000, [4.3, 2]))), ["room_1 0 @1000", "room_2 1 @1000"]);
  });

  test("do not count in a mask of the floor, nor in one of the sensor that sees them", async () => {
    const model = hall();
    groundFloor(model).masks = [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ],
    ];
    Object.assign(groundFloor(model).sensors[0]!, {
      masks: [
        [
          [2, 2],
          [3, 2],
          [3, 3],
          [2, 3],
        ],
      ],
    });
    const { sense } = senses(await built(model));
    const facts = sense(frame("sensor_1", t, [0.5, 0.5], [2.5, 2.5], [1.5, 3]));
    assert.deepEqual(words(facts), ["room_1 1 @0", "space_1 1 @0", "zone_1 0 @0"]);
    const [detections] = only(facts, "detections");
    assert.deepEqual(detections?.world, [[1.5, 3]]);
    assert.equal(detections.local.length, 1);
    assert.deepEqual(words(sense(frame("sensor_2", t + 1_000, [2.5, 2.5]))), ["room_1 2 @1000", "space_1 2 @1000"]);
  });
});

describe("a sensor that the model changes", () => {
  const busy = () => {
    const all = senses(building);
    all.sense(frame("sensor_1", t, [1, 3], [1.2, 1]), frame("sensor_3", t + 100, [6, 1]));
    return all;
  };
  const without = async (index: number) => {
    const model = hall();
    groundFloor(model).sensors.splice(index, 1);
    return built(model);
  };

  test("and removes keeps nobody in its room", async () => {
    const { sense, move } = busy();
    move(await without(0));
    assert.deepEqual(words(sense(frame("sensor_3", t + 1_500, [6, 1]))), ["space_1 1 @1000"]);
    assert.deepEqual(words(sense(frame("sensor_2", t + 1_600))), ["room_1 0 @1600", "zone_1 0 @1600"]);
  });

  test("and removes and returns brings nobody back with its old frame", async () => {
    const { sense, move } = busy();
    move(await without(0));
    move(building);
    assert.deepEqual(words(sense(frame("sensor_3", t + 1_500, [6, 1]))), ["space_1 1 @1000"]);
  });

  test("and replaces by another device under the same id begins anew", async () => {
    const { sense, move } = busy();
    const model = hall();
    Object.assign(groundFloor(model).sensors[0]!, { mac_address: "00-17-0d-00-00-00-00-99" });
    move(await built(model));
    assert.deepEqual(words(sense(frame("sensor_3", t + 1_500, [6, 1]))), ["space_1 1 @1000"]);
  });

  test("and moves to another room leaves nobody in the old one, which is lost when it was the last", async () => {
    const { sense, move, lost } = busy();
    const model = hall();
    groundFloor(model).sensors.splice(1, 1);
    Object.assign(groundFloor(model).sensors[0]!, { room_id: "room_2", center: [5, 2] });
    move(await built(model));
    assert.deepEqual(lost, ["room:room_1", "zone:zone_1"]);
    assert.deepEqual(words(sense(frame("sensor_1", t + 2_000, [5, 2]))), [
      "space_1 1 @1000",
      "room_2 2 @2000",
      "space_1 2 @2000",
    ]);
  });

  test("elsewhere on the floor is counted as before", async () => {
    const { sense, move } = busy();
    move(await without(4));
    assert.deepEqual(words(sense(frame("sensor_3", t + 1_500, [6, 1]))), ["space_1 3 @1000"]);
  });

  test("keeps what was said over a restart", () => {
    const { sense, restart } = busy();
    restart();
    // What was held back for a second when the process ended is said by the next one.
    assert.deepEqual(words(sense(frame("sensor_3", t + 1_500, [6, 1]))), ["space_1 3 @1000"]);
    assert.deepEqual(words(sense(frame("sensor_3", t + 1_600, [6, 1]))), []);
    assert.deepEqual(words(sense(frame("sensor_3", t + 2_500))), ["room_2 0 @2500", "space_1 2 @2500"]);
  });

  test("and that was restarted says what waited for its second, though nobody speaks any more", () => {
    const { restart, pass } = busy();
    restart();
    assert.deepEqual(words(pass(t + 5_000)), ["space_1 3 @1000"]);
  });

  test("and that was restarted does not take an old frame for now", () => {
    const { accept, restart, pass } = senses(building);
    accept(frame("sensor_1", t, [1, 3], [1.2, 1]), t);
    pass(t + 100_000);
    accept(frame("sensor_3", t - 30_000), t + 200_000);
    pass(t + 240_000);
    restart();
    // Late frames of before the last one: they correct minutes.
    assert.deepEqual(words(accept(frame("sensor_1", t - 20_000, [1, 3]), t + 250_000)), []);
    assert.deepEqual(words(pass(t + 260_000)), []);
  });

  test("nor one of a sensor of which another late frame was read again, and not its last", () => {
    const { accept, restart, pass } = senses(building);
    accept(frame("sensor_1", t, [1, 3], [1.2, 1]), t);
    accept(frame("sensor_1", t - 13_000), t + 2_000);
    pass(t + 100_000);
    accept(frame("sensor_1", t - 5_000, [1, 3]), t + 151_000);
    pass(t + 151_500);
    restart();
    assert.deepEqual(words(pass(t + 152_000)), []);
    assert.deepEqual(words(accept(frame("sensor_1", t - 4_000, [1, 3]), t + 153_000)), []);
  });
});
