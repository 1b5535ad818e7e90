import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkModel } from "../../src/building/check.ts";
import type { Problem } from "../../src/errors.ts";
import { campus, checked, compiled } from "./models.ts";

type Campus = ReturnType<typeof campus>;
type Spoil = (model: Campus, building: Campus["sites"][0]["buildings"][0]) => void;

const floor = "sites[0].buildings[0].floors[0]";
const building = "sites[0].buildings[0]";

function problemsOf(value: unknown): readonly Problem[] {
  const result = checkModel(JSON.parse(JSON.stringify(value)));
  return "problems" in result ? result.problems : [];
}

function spoilt(spoil: Spoil): Campus {
  const model = campus();
  spoil(model, model.sites[0]!.buildings[0]!);
  return model;
}

const square = (side: number) => [
  [0, 0],
  [side, 0],
  [side, side],
  [0, side],
];

/** Sets a field, whatever its type should be. */
function set(record: object | undefined, field: string, value: unknown): void {
  (record as Record<string, unknown>)[field] = value;
}

describe("a sound model", () => {
  test("passes", () => assert.deepEqual(problemsOf(campus()), []));

  test("comes back in normal form: ids as text, MAC addresses lower case with hyphens, null optional fields absent", () => {
    const model = campus();
    set(model.sites[0]!.buildings[0]!.floors![0]!.rooms[0], "customID", null);
    const document = checked(model);
    const first = document.sites[0]!.buildings![0]!;
    assert.equal(first.access_points![1]!.id, "842395203");
    assert.equal(first.tenants![0]!.unit_id, "474917539");
    assert.equal(first.units![1]!.label, "102");
    assert.deepEqual(
      first.floors![0]!.sensors!.map((sensor) => sensor.mac_address),
      [
        "00-17-0d-00-00-cc-bb-01",
        "00-17-0d-00-00-cc-bb-02",
        "00-17-0d-00-00-cc-bb-03",
        "00-17-0d-cc-bb-04",
        "00-17-0d-00-00-cc-bb-05",
      ],
    );
    assert.equal("customID" in first.floors![0]!.rooms![0]!, false);
    assert.deepEqual(checked(document), document);
  });

  test("keeps the fields that Belfry does not know, and changes nothing that it was given", () => {
    const model = spoilt((model, building) => {
      set(model, "note", { deep: [1, null] });
      set(building.floors![0]!.rooms[0], "roomType", "meeting");
    });
    const before = structuredClone(model);
    const document = checked(model) as unknown as Campus & { note: unknown };
    assert.deepEqual(document.note, { deep: [1, null] });
    assert.equal((document.sites[0]!.buildings[0]!.floors![0]!.rooms[0] as { roomType?: string }).roomType, "meeting");
    assert.deepEqual(model, before);
  });

  test("may be empty, and may close its outlines", () => {
    assert.deepEqual(problemsOf({ organization: { id: "o", name: "O" }, sites: [] }), []);
    assert.deepEqual(
      problemsOf(
        spoilt((_, { floors }) =>
          set(floors![0]!.rooms[0], "coordinates", [
            [0, 0],
            [4, 0],
            [4, 4],
            [0, 0],
          ]),
        ),
      ),
      [],
    );
  });

  test("may leave fields empty as the vendors' own answers do, and hold a tenant's whole unit", () => {
    const document = checked(
      spoilt((_, { floors, tenants }) => {
        set(floors![0]!.rooms[0], "coordinates", []);
        set(floors![0]!.rooms[1], "customID", "");
        set(floors![0]!.sensors![0], "room_id", "");
        set(floors![0]!.sensors![0], "hive_id", "");
        set(floors![0]!.sensors![0], "model", "");
        set(tenants[0], "unit_id", undefined);
        set(tenants[0], "unit", { id: 474917539, label: "2B", floor: "2" });
      }),
    );
    const { floors, tenants } = document.sites[0]!.buildings![0]!;
    for (const [record, fields] of [
      [floors![0]!.rooms![0]!, ["coordinates"]],
      [floors![0]!.rooms![1]!, ["customID"]],
      [floors![0]!.sensors![0]!, ["room_id", "hive_id", "model"]],
      [tenants![0]!, ["unit"]],
    ] as const) {
      for (const field of fields) assert.equal(field in record, false, field);
    }
    assert.equal(tenants![0]!.unit_id, "474917539");
  });

  test("may use a vendor's integer in references, and Intl's names for time zones", () => {
    const model = spoilt((model, building) => {
      set(building.keychains[1], "unit_id", 843107216);
      set(model.sites[0], "timezone", "UTC");
    });
    assert.deepEqual(problemsOf(model), []);
  });
});

describe("a faulty model", () => {
  const cases: readonly (readonly [what: string, spoil: Spoil, path: string, code: string, naming: RegExp])[] = [
    ["lacks a name", (_, b) => set(b, "name", undefined), `${building}.name`, "REQUIRED", /building_1/],
    ["has an empty name", (_, b) => set(b.floors![0], "name", " "), `${floor}.name`, "WRONG_TYPE", /floor space_1/],
    ["has a list that is none", (_, b) => set(b, "floors", {}), `${building}.floors`, "WRONG_TYPE", /building_1/],
    ["has a record that is none", (_, b) => set(b.units, "2", "x"), `${building}.units[2]`, "WRONG_TYPE", /building_1/],
    [
      "has an id with a space",
      (_, b) => set(b.devices, "1", { id: "a b", name: "x" }),
      `${building}.devices[1].id`,
      "INVALID_ID",
      /device a b/,
    ],
    [
      "has an id with a slash",
      (_, b) => set(b.devices, "1", { id: "a/b", name: "x" }),
      `${building}.devices[1].id`,
      "INVALID_ID",
      /a\/b/,
    ],
    [
      "has an id that is too long",
      (_, b) => set(b.devices, "1", { id: "a".repeat(129), name: "x" }),
      `${building}.devices[1].id`,
      "INVALID_ID",
      /128/,
    ],
    [
      "has a fractional id",
      (_, b) => set(b.devices, "1", { id: 1.5, name: "x" }),
      `${building}.devices[1].id`,
      "INVALID_ID",
      /1\.5/,
    ],
    ["lacks the organization", (m) => set(m, "organization", undefined), "organization", "REQUIRED", /the model/],
    [
      "has an unknown time zone",
      (m) => set(m.sites[0], "timezone", "Mars/Olympus"),
      "sites[0].timezone",
      "UNKNOWN_TIME_ZONE",
      /site_1/,
    ],
    [
      "has an offset for a time zone",
      (m) => set(m.sites[0], "timezone", "+01:00"),
      "sites[0].timezone",
      "UNKNOWN_TIME_ZONE",
      /site_1/,
    ],
    [
      "has a room twice",
      (_, b) => set(b.floors![1]!.rooms[0], "id", "room_1"),
      `${building}.floors[1].rooms[0].id`,
      "DUPLICATE_ID",
      /room room_1 .*floors\[0\]\.rooms\[0\]/,
    ],
    [
      "has a room with two corners",
      (_, b) =>
        set(b.floors![0]!.rooms[1], "coordinates", [
          [0, 0],
          [1, 1],
        ]),
      `${floor}.rooms[1].coordinates`,
      "TOO_FEW_CORNERS",
      /room_2/,
    ],
    [
      "has a room that crosses itself",
      (_, b) =>
        set(b.floors![0]!.rooms[1], "coordinates", [
          [0, 0],
          [4, 4],
          [4, 0],
          [0, 4],
        ]),
      `${floor}.rooms[1].coordinates`,
      "SELF_CROSSING",
      /room_2/,
    ],
    [
      "has a corner with three numbers",
      (_, b) =>
        set(b.floors![0]!.rooms[1], "coordinates", [
          [0, 0],
          [4, 4, 1],
          [4, 0],
        ]),
      `${floor}.rooms[1].coordinates[1]`,
      "WRONG_TYPE",
      /room_2/,
    ],
    [
      "has an outline without end",
      (_, b) =>
        set(
          b.floors![0]!.rooms[1],
          "coordinates",
          Array.from({ length: 1001 }, (_, i) => [i, i * i]),
        ),
      `${floor}.rooms[1].coordinates`,
      "TOO_MANY_CORNERS",
      /1000/,
    ],
    [
      "resets its occupancy at an hour that no clock shows",
      (m) => set(m.sites[0], "occupancy_reset", "24:00"),
      "sites[0].occupancy_reset",
      "WRONG_VALUE",
      /occupancy_reset of site site_1 .*HH:MM/,
    ],
    [
      "adds up what it does not know",
      (_, b) => set(b.floors![0], "overlap", "add"),
      `${floor}.overlap`,
      "WRONG_VALUE",
      /floor space_1 must be merge or sum/,
    ],
    [
      "has a mask without corners",
      (_, b) => set(b.floors![0], "masks", [square(1), []]),
      `${floor}.masks[1]`,
      "TOO_FEW_CORNERS",
      /masks\[1\] of floor space_1/,
    ],
    [
      "has masks that are no list",
      (_, b) => set(b.floors![0]!.sensors![0], "masks", "corridor"),
      `${floor}.sensors[0].masks`,
      "WRONG_TYPE",
      /sensor_1/,
    ],
    [
      "has a floor that crosses itself",
      (_, b) =>
        set(b.floors![0], "coordinates", [
          [0, 0],
          [4, 4],
          [4, 0],
          [0, 4],
        ]),
      `${floor}.coordinates`,
      "SELF_CROSSING",
      /floor space_1/,
    ],
    [
      "waits for rest for less than a minute",
      (_, b) => set(b.floors![0]!.rooms[1], "no_motion_after_s", 59),
      `${floor}.rooms[1].no_motion_after_s`,
      "WRONG_VALUE",
      /from 60 to 1800/,
    ],
    [
      "agrees on zero for part of a second",
      (_, b) => set(b.floors![0]!.rooms[1], "pir_zero_window", 1.5),
      `${floor}.rooms[1].pir_zero_window`,
      "WRONG_VALUE",
      /whole number of seconds from 1 to 86400/,
    ],
    [
      "sees people above the sensor",
      (_, b) => set(b.floors![0]!.sensors![0], "detection_plane_height", 3),
      `${floor}.sensors[0].detection_plane_height`,
      "WRONG_VALUE",
      /sensor_1 must be below its height of 3 metres/,
    ],
    [
      "sees people below the floor",
      (_, b) => set(b.floors![0]!.sensors![0], "detection_plane_height", -1),
      `${floor}.sensors[0].detection_plane_height`,
      "WRONG_VALUE",
      /from 0 to/,
    ],
    [
      "says in one text which fields an API set",
      (_, b) => set(b.tenants[0], "set_by_api", "email"),
      "sites[0].buildings[0].tenants[0].set_by_api",
      "WRONG_TYPE",
      /set_by_api of tenant .* must be an array/,
    ],
    [
      "has a counting line without length",
      (_, b) =>
        set(b.floors![0]!.sensors![0], "counting_line", {
          line: [
            [1, 1],
            [1, 1],
          ],
        }),
      `${floor}.sensors[0].counting_line`,
      "WRONG_VALUE",
      /two different points/,
    ],
    [
      "has a counting line with three points",
      (_, b) => set(b.floors![0]!.sensors![0], "counting_line", { line: square(1).slice(1) }),
      `${floor}.sensors[0].counting_line`,
      "WRONG_TYPE",
      /\{"line": \[\[x, y\], \[x, y\]\]\}/,
    ],
    [
      "has a counting line that is a list",
      (_, b) =>
        set(b.floors![0]!.sensors![0], "counting_line", [
          [0, 0],
          [1, 1],
        ]),
      `${floor}.sensors[0].counting_line`,
      "WRONG_TYPE",
      /"line"/,
    ],
    [
      "has a counting line at a door counter",
      (_, b) =>
        set(b.floors![0]!.sensors![3], "counting_line", {
          line: [
            [0, 0],
            [1, 1],
          ],
        }),
      `${floor}.sensors[3].counting_line`,
      "WRONG_VALUE",
      /sensor_4 needs a sensor in presence mode/,
    ],
    [
      "has a counting line at a sensor without a place",
      (_, b) =>
        set(b.floors![0]!.sensors![1], "counting_line", {
          line: [
            [0, 0],
            [1, 1],
          ],
        }),
      `${floor}.sensors[1].counting_line`,
      "WRONG_VALUE",
      /sensor_2 needs a sensor with a place: give it center/,
    ],
    [
      "has a threshold above 1",
      (_, b) => set(b.floors![0]!.rooms[1], "pir_zero_threshold", 5),
      `${floor}.rooms[1].pir_zero_threshold`,
      "WRONG_VALUE",
      /from 0 to 1/,
    ],
    [
      "has a MAC address of 7 bytes",
      (_, b) => set(b.floors![0]!.sensors![0], "mac_address", "00-17-0d-00-00-cc-bb"),
      `${floor}.sensors[0].mac_address`,
      "INVALID_MAC",
      /sensor_1/,
    ],
    [
      "has a MAC address twice, spelt otherwise",
      (_, b) => set(b.floors![0]!.sensors![1], "mac_address", "00170D0000CCBB01"),
      `${floor}.sensors[1].mac_address`,
      "DUPLICATE_MAC",
      /sensor_2 .*sensor_1/,
    ],
    [
      "has two sensors that differ by the prefix only",
      (_, b) => set(b.floors![0]!.sensors![1], "id", "1"),
      `${floor}.sensors[1].id`,
      "DUPLICATE_ID",
      /sensor_1/,
    ],
    [
      "has an unknown mode",
      (_, b) => set(b.floors![0]!.sensors![0], "mode", "radar"),
      `${floor}.sensors[0].mode`,
      "WRONG_VALUE",
      /presence or traffic/,
    ],
    [
      "has a height of 0",
      (_, b) => set(b.floors![0]!.sensors![0], "height", 0),
      `${floor}.sensors[0].height`,
      "WRONG_VALUE",
      /sensor_1/,
    ],
    [
      "has a field of view of 180 degrees",
      (_, b) => set(b.floors![0]!.sensors![0], "field_of_view", 180),
      `${floor}.sensors[0].field_of_view`,
      "WRONG_VALUE",
      /below 180/,
    ],
    [
      "has a plain orientation",
      (_, b) => set(b.floors![0]!.sensors![0], "orientation", 90),
      `${floor}.sensors[0].orientation`,
      "WRONG_TYPE",
      /roll/,
    ],
    [
      "has a footprint without width",
      (_, b) => set(b.floors![0]!.sensors![0], "footprint", [0, 2]),
      `${floor}.sensors[0].footprint`,
      "WRONG_TYPE",
      /above 0/,
    ],
    [
      "names a room that is not there",
      (_, b) => set(b.floors![0]!.sensors![0], "room_id", "room_9"),
      `${floor}.sensors[0].room_id`,
      "UNKNOWN_REFERENCE",
      /sensor sensor_1 names room room_9/,
    ],
    [
      "names a room of another floor",
      (_, b) => set(b.floors![0]!.sensors![0], "room_id", "room_3"),
      `${floor}.sensors[0].room_id`,
      "FOREIGN_REFERENCE",
      /sensor_1 .*room_3.*floor space_1.*floors\[1\]\.rooms\[0\]/,
    ],
    [
      "names a zone that is not there",
      (_, b) => set(b.floors![0]!.sensors![0], "zone_ids", ["zone_1", "zone_9"]),
      `${floor}.sensors[0].zone_ids[1]`,
      "UNKNOWN_REFERENCE",
      /zone_9/,
    ],
    [
      "names a hive that is not there",
      (_, b) => set(b.floors![0]!.sensors![0], "hive_id", "hive_9"),
      `${floor}.sensors[0].hive_id`,
      "UNKNOWN_REFERENCE",
      /hive_9/,
    ],
    [
      "decorates a zone with a room that is not there",
      (_, b) => set(b.floors![0]!.zones![0], "room_id", "room_9"),
      `${floor}.zones[0].room_id`,
      "UNKNOWN_REFERENCE",
      /zone zone_1/,
    ],
    [
      "names a device that is not there",
      (_, b) => set(b.access_points[1], "device_ids", [5]),
      `${building}.access_points[1].device_ids[0]`,
      "UNKNOWN_REFERENCE",
      /access point 842395203 names device 5/,
    ],
    [
      "names a unit of another building",
      (_, b) => set(b.tenants[0], "unit_id", "unit_x"),
      `${building}.tenants[0].unit_id`,
      "FOREIGN_REFERENCE",
      /tenant_duncan .*unit_x.*building_1/,
    ],
    [
      "names a tenant that is not there",
      (_, b) => set(b.access_tools![0], "tenant_id", "nobody"),
      `${building}.access_tools[0].tenant_id`,
      "UNKNOWN_REFERENCE",
      /access tool fob/,
    ],
    [
      "has a number twice",
      (_, b) => set(b.units[0], "butterflymx_id", 843107216),
      `${building}.units[1].butterflymx_id`,
      "DUPLICATE_NUMBER",
      /unit_b .*474917539/,
    ],
    [
      "has a number that is another's id",
      (_, b) => set(b.units[1], "butterflymx_id", 474917539),
      `${building}.units[1].butterflymx_id`,
      "DUPLICATE_NUMBER",
      /unit_b .*474917539/,
    ],
    [
      "has a number of 0",
      (_, b) => set(b, "butterflymx_id", 0),
      `${building}.butterflymx_id`,
      "WRONG_VALUE",
      /building_1/,
    ],
    [
      "has a number beyond 2^53",
      (_, b) => set(b, "butterflymx_id", 2 ** 53),
      `${building}.butterflymx_id`,
      "WRONG_VALUE",
      /2\^53/,
    ],
    [
      "has a number as text",
      (_, b) => set(b, "butterflymx_id", "12"),
      `${building}.butterflymx_id`,
      "WRONG_TYPE",
      /building_1/,
    ],
    [
      "has an unknown tenant scope",
      (_, b) => set(b, "tenant_scope", "all"),
      `${building}.tenant_scope`,
      "WRONG_VALUE",
      /unit or own/,
    ],
  ];
  for (const [what, spoil, path, code, naming] of cases) {
    test(`that ${what} is refused with its place, once`, () => {
      const problems = problemsOf(spoilt(spoil));
      assert.deepEqual(
        problems.map((problem) => [problem.path, problem.code]),
        [[path, code]],
      );
      assert.match(problems[0]!.message, naming);
    });
  }

  test("names every fault at once", () => {
    const model = spoilt((model, building) => {
      set(model.sites[0], "timezone", 5);
      set(building.floors![0]!.rooms[0], "coordinates", "square");
      set(building.floors![0]!.sensors![0], "hive_id", "hive_9");
      set(building.tenants[0], "unit_id", null);
    });
    assert.deepEqual(
      problemsOf(model).map(({ path }) => path),
      [
        "sites[0].timezone",
        `${floor}.rooms[0].coordinates`,
        `${building}.tenants[0].unit_id`,
        `${floor}.sensors[0].hive_id`,
      ],
    );
  });

  for (const value of [null, undefined, 5, "model", []]) {
    test(`that is ${JSON.stringify(value)} is refused as a whole`, () => {
      const result = checkModel(value);
      assert.ok("problems" in result);
      assert.deepEqual(result.problems, [
        { path: "", code: "WRONG_TYPE", message: "body of the request must be an object." },
      ]);
    });
  }
});

test("of very many faults the first thousand are named", () => {
  const sites = Array.from({ length: 5_000 }, () => ({}));
  assert.equal(problemsOf({ organization: { id: "org_1", name: "n" }, sites }).length, 1_000);
});

test("a sensor's place is not missed where what is wrong is its height", () => {
  const model = spoilt((_, { floors }) => {
    Object.assign(floors![0]!.sensors![0]!, { height: -1, counting_line: { line: square(2).slice(2) } });
  });
  assert.deepEqual(
    problemsOf(model).map(({ path }) => path),
    [`${floor}.sensors[0].height`],
  );
});

test("a time zone that thousands of sites have is looked up once, in any spelling, and its faults are told of each", () => {
  let lookups = 0;
  const { DateTimeFormat } = Intl;
  const counting = function (locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    lookups++;
    return new DateTimeFormat(locale, options);
  };
  Intl.DateTimeFormat = counting as unknown as typeof DateTimeFormat;
  try {
    const zones = ["Europe/Berlin", "europe/BERLIN", "Mars/Olympus", "mars/olympus"];
    const sites = Array.from({ length: 2_000 }, (_, n) => ({
      id: `s${n}`,
      name: "S",
      timezone: zones[n % zones.length],
    }));
    const problems = problemsOf({ organization: { id: "org_1", name: "n" }, sites });
    assert.equal(lookups, 2);
    assert.equal(problems.length, 1_000);
    assert.equal(problems[0]!.path, "sites[2].timezone");
  } finally {
    Intl.DateTimeFormat = DateTimeFormat;
  }
});

test("of very many records with one id a thousand are named, and very many sound ones compile", async () => {
  const model = (ids: readonly string[]) => {
    const given = campus();
    set(
      given.sites[0]!.buildings[0]!.floors![1],
      "rooms",
      ids.map((id) => ({ id, name: "Room" })),
    );
    return given;
  };
  const twice = checkModel(model(Array.from({ length: 90_000 }, () => "room_9")));
  assert.ok("problems" in twice);
  assert.equal(twice.problems.length, 1_000);
  const many = await compiled(model(Array.from({ length: 90_000 }, (_, n) => `room_${n + 10}`)));
  assert.equal(many.rooms.size, 90_002);
});
