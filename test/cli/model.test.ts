// belfry model import, from files to a model that is printed, written or put.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import type { FloorDocument, ModelDocument } from "../../src/building/document.ts";
import { runProgram } from "../../src/cli/program.ts";
import { compiled } from "../building/models.ts";
import { startEdge } from "./edge.ts";
import { createTestTerminal } from "./test-terminal.ts";

const fixtures = join(import.meta.dirname, "../fixtures");
const plan = join(fixtures, "plans/ground-floor.geojson");
const imdf = join(fixtures, "imdf");
const whose = ["--organization", "acme", "--timezone", "Europe/Zurich"];

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "belfry-model-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function run(...args: readonly string[]) {
  const terminal = createTestTerminal();
  const code = await runProgram(["model", "import", ...args], { terminal });
  return { code, out: terminal.out(), notes: terminal.notes() };
}

async function imported(
  ...args: readonly string[]
): Promise<{ model: ModelDocument; floors: readonly FloorDocument[] }> {
  const { code, out, notes } = await run(...args, ...whose);
  assert.equal(code, 0, notes);
  const model = JSON.parse(out) as ModelDocument;
  return { model, floors: model.sites[0]!.buildings![0]!.floors! };
}

/** A GeoJSON file of features, each as its properties and its geometry. */
function drawing(
  t: TestContext,
  features: readonly (readonly [properties: object, geometry: object | null])[],
): string {
  const file = join(folder(t), "first.geojson");
  const written = features.map(([properties, geometry]) => ({ type: "Feature", properties, geometry }));
  writeFileSync(file, JSON.stringify({ type: "FeatureCollection", features: written }));
  return file;
}

const polygon = (...rings: readonly (readonly (readonly number[])[])[]) => ({ type: "Polygon", coordinates: rings });
const square = (size: number) => [
  [0, 0],
  [size, 0],
  [size, size],
  [0, size],
  [0, 0],
];

describe("GeoJSON in metres", () => {
  test("becomes a floor with its outline, rooms, zones, masks, hives, sensors, lines and doors", async () => {
    const { model, floors } = await imported(plan);
    assert.deepEqual(model.organization, { id: "acme", name: "acme" });
    assert.deepEqual([model.sites[0]!.id, model.sites[0]!.timezone], ["acme-site", "Europe/Zurich"]);
    const [floor] = floors;
    assert.deepEqual([floor!.id, floor!.name, floor!.customID], ["space_ground", "Ground floor", "EG"]);
    assert.equal("overlap" in floor!, false, "null in a property is an absent field");
    assert.deepEqual(floor!.coordinates, [
      [0, 0],
      [12, 0],
      [12, 8],
      [0, 8],
    ]);
    assert.deepEqual(
      floor!.rooms!.map(({ id, pir_zero_enable, no_motion_after_s }) => [id, pir_zero_enable, no_motion_after_s]),
      [
        ["room_lobby", true, undefined],
        ["room_office", undefined, 120],
      ],
    );
    assert.deepEqual(floor!.zones, [
      {
        id: "zone_desk",
        name: "Front desk",
        room_id: "room_lobby",
        coordinates: [
          [5, 0],
          [8, 0],
          [8, 2],
          [5, 2],
        ],
      },
    ]);
    assert.deepEqual(floor!.masks, [
      [
        [0, 7],
        [1, 7],
        [1, 8],
        [0, 8],
      ],
    ]);
    const [sensor] = floor!.sensors!;
    assert.deepEqual(sensor!.center, [5.123, 4]);
    assert.equal(sensor!.mac_address, "00-17-0d-00-00-00-00-02");
    assert.deepEqual(sensor!.masks, [
      [
        [8, 0],
        [12, 0],
        [12, 8],
        [8, 8],
      ],
    ]);
    assert.deepEqual(sensor!.counting_line, {
      line: [
        [8, 3],
        [8, 5],
      ],
    });
    assert.deepEqual(model.sites[0]!.buildings![0]!.access_points, [
      {
        id: "door_main",
        name: "Main entrance",
        line: [
          [0, 3],
          [0, 4.2],
        ],
        floor_id: "space_ground",
      },
    ]);
  });

  test("gives a model that a server compiles, with everybody where they were drawn", async () => {
    const { model } = await imported(plan);
    const building = await compiled(model);
    const on = building.planOf("space_ground");
    const sensor = building.sensors.get("sensor_lobby")!;
    assert.deepEqual(
      on.roomsAt(7.9, 1).map(({ id }) => id),
      ["room_lobby"],
    );
    assert.deepEqual(
      on.roomsAt(8, 1).map(({ id }) => id),
      ["room_office"],
    );
    assert.deepEqual(
      on.zonesAt(6, 1).map(({ id }) => id),
      ["zone_desk"],
    );
    assert.equal(on.isMasked(sensor, 9, 1), true);
    assert.equal(on.isMasked(sensor, 5, 1), false);
    assert.equal(on.isMasked(sensor, 0.5, 7.5), true);
  });

  test("takes what the files do not say from options, else from their names", async (t) => {
    const rooms = [[{ kind: "room", id: 7 }, polygon(square(4))]] as const;
    const file = drawing(t, rooms);
    const named = await imported(file, "--site", "s", "--building", "b", "--floor", "f");
    assert.deepEqual(
      [named.model.sites[0]!.id, named.model.sites[0]!.buildings![0]!.id, named.floors[0]!.id],
      ["s", "b", "f"],
    );
    assert.deepEqual(named.floors[0]!.rooms![0]!.name, "7");
    const two = await imported(file, plan);
    assert.deepEqual(
      two.floors.map(({ id }) => id),
      ["first", "space_ground"],
    );
  });

  test("has all its faults told beside file and feature, and gives nothing", async (t) => {
    const file = drawing(t, [
      [
        { kind: "room", id: "bow" },
        polygon([
          [0, 0],
          [4, 4],
          [4, 0],
          [0, 4],
          [0, 0],
        ]),
      ],
      [{ kind: "room" }, polygon(square(2))],
      [{ kind: "desk", id: "d" }, polygon(square(2))],
      [{ id: "x" }, null],
      [
        { kind: "sensor", id: "s", mode: "presence" },
        { type: "Point", coordinates: [1, 2] },
      ],
      [
        { kind: "zone", id: "z", room_id: "nowhere" },
        { type: "Point", coordinates: [1, 2] },
      ],
      [{ kind: "mask", sensor_id: "other" }, polygon(square(1))],
      [
        { kind: "room", id: "broken" },
        { type: "Polygon", coordinates: [[[0, "1"]]] },
      ],
      [
        { kind: "door", id: "odd" },
        { type: "GeometryCollection", geometries: [] },
      ],
      [{ kind: "floor", id: "f" }, polygon(square(9))],
      [{ kind: "floor", id: "g" }, polygon(square(9))],
      [{ kind: "room", id: "bow" }, polygon(square(3))],
      [
        { kind: "door", id: "inherited" },
        { type: "constructor", coordinates: [1, 2] },
      ],
    ]);
    const { code, out, notes } = await run(file, ...whose);
    assert.deepEqual([code, out], [1, ""]);
    for (const [feature, said] of [
      [1, /must not cross or touch itself/],
      [2, /The room has no id/],
      [3, /Its kind is "desk": set the property kind to one of floor, room, zone/],
      [4, /It has no kind/],
      [5, /mac_address of sensor s is required/],
      [6, /A zone must be a Polygon/],
      [6, /zone z names room nowhere, which is not in this model/],
      [7, /names sensor "other" in sensor_id, which is not in this file/],
      [8, /not a Polygon of positions/],
      [9, /"GeometryCollection" cannot be read/],
      [11, /one floor; this is the second/],
      [12, /room bow is there twice/],
      [13, /"constructor" cannot be read/],
    ] as const) {
      const lines = notes.split("\n").filter((line) => line.startsWith(`  ${file}, feature ${feature}: `));
      assert.ok(
        lines.some((line) => said.test(line)),
        `${said} in ${notes}`,
      );
    }
    assert.match(notes, /^Nothing is imported: 13 faults\.\n/);
  });

  test("is refused where its positions are degrees", async (t) => {
    const hall = [
      [8.5417, 47.3769],
      [8.542, 47.3769],
      [8.542, 47.3771],
      [8.5417, 47.3771],
      [8.5417, 47.3769],
    ];
    const { code, notes } = await run(drawing(t, [[{ kind: "room", id: "hall" }, polygon(hall)]]), ...whose);
    assert.equal(code, 1);
    assert.match(notes, /must be metres on the floor, not longitude and latitude/);
  });

  test("says what a file is that is none", async (t) => {
    const data = folder(t);
    for (const [name, text, said] of [
      ["a.imdf", "PK\x03\x04", /zip archive\. Unpack it and name the folder/],
      ["b.geojson", "{", /This is not JSON: /],
      ["c.geojson", '{"type": "Feature"}', /not GeoJSON of the type "FeatureCollection"/],
    ] as const) {
      writeFileSync(join(data, name), text);
      const { code, notes } = await run(join(data, name), ...whose);
      assert.equal(code, 1);
      assert.match(notes, said);
    }
    assert.match((await run(join(data, "absent"), ...whose)).notes, /cannot be read\. Is the name right\?/);
    assert.match((await run(join(fixtures, "schemas"), ...whose)).notes, /has no \.geojson files in it/);
  });
});

describe("IMDF", () => {
  test("becomes a site with a building, floors in metres, rooms, zones and doors", async () => {
    const { model, floors } = await imported(imdf);
    const [site] = model.sites;
    assert.deepEqual([site!.id, site!.name], ["1a2b3c01-0000-4000-8000-000000000001", "Limmat Works"]);
    assert.equal(site!.buildings![0]!.name, "North House");
    assert.deepEqual(
      floors.map(({ name }) => name),
      ["Ground Floor", "1"],
    );
    assert.deepEqual(floors[0]!.coordinates, [
      [0, 0],
      [30, 0],
      [30, 20],
      [0, 20],
    ]);
    assert.deepEqual(
      floors.map(({ rooms }) => rooms!.map(({ name }) => name)),
      [
        ["Reception", "Aare", "Kiosk Seefeld", "walkway 4d5e6f04", "elevator 4d5e6f05", "stairs 4d5e6f06"],
        ["Open space", "Lab"],
      ],
    );
    assert.deepEqual(
      floors.map(({ zones }) => zones!.map(({ name }) => name)),
      [["Waiting area"], []],
    );
    assert.deepEqual(
      site!.buildings![0]!.access_points!.map(({ name }) => name),
      ["Main entrance", "Door 6f7a8b02"],
    );
  });

  test("has people in the corridor around a core, and not in the core as well", async () => {
    const building = await compiled((await imported(imdf)).model);
    const on = building.planOf("3c4d5e00-0000-4000-8000-000000000000");
    const names = (x: number, y: number) => on.roomsAt(x, y).map(({ name }) => name);
    for (const [x, y] of [
      [6, 10],
      [20, 8],
      [15, 18],
      [24, 14],
    ] as const)
      assert.deepEqual(names(x, y), ["walkway 4d5e6f04"]);
    assert.deepEqual(names(13, 12), ["elevator 4d5e6f05"]);
    assert.deepEqual(names(15, 12), ["stairs 4d5e6f06"]);
    assert.deepEqual(names(10, 3), ["Aare"]);
  });

  test("tells where its plans lie and what it left out, and keeps the first with each floor", async () => {
    const { code, notes, out } = await run(imdf, ...whose, "--rotation", "90");
    assert.equal(code, 0);
    assert.match(
      notes,
      /^\[0, 0\] of every floor is at longitude 8\.5417, latitude 47\.3769; its x axis points 90 degrees/,
    );
    assert.match(notes, /unit\.geojson, feature 8: only the largest of its 2 parts is taken\.\n/);
    const floor = (JSON.parse(out) as ModelDocument).sites[0]!.buildings![0]!.floors![0] as FloorDocument & {
      georeference: object;
    };
    assert.deepEqual(floor.georeference, {
      origin: [8.5417, 47.3769],
      rotation: 90,
      metres_per_degree: [75519.50649198478, 111178.19013093782],
    });
    assert.deepEqual(floor.coordinates, [
      [0, 0],
      [0, -30],
      [20, -30],
      [20, 0],
    ]);
  });

  test("makes zones of the fixtures that are asked for, in the room of their anchor", async () => {
    const { floors } = await imported(imdf, "--fixtures", "desk,equipment");
    assert.deepEqual(
      floors[1]!.zones!.map(({ name, room_id }) => [name, room_id]),
      [["Desk 1", "4d5e6f07-0000-4000-8000-000000000007"]],
    );
    assert.equal(floors[0]!.zones!.length, 1);
  });

  test("may be named file by file", async () => {
    const files = ["venue", "building", "level", "unit"].map((name) => join(imdf, `${name}.geojson`));
    const { floors } = await imported(...files, "--format", "imdf", "--site", "site_1");
    assert.equal(floors[0]!.rooms!.length, 6);
  });

  test("has all its faults told beside file and feature", async (t) => {
    const data = folder(t);
    for (const name of ["venue", "building", "level", "unit", "opening"]) {
      const text = readFileSync(join(imdf, `${name}.geojson`), "utf8");
      writeFileSync(
        join(data, `${name}.geojson`),
        name === "unit"
          ? text
              .replace('"level_id": "3c4d5e00-0000-4000-8000-000000000000"', '"level_id": "gone"')
              .replace('"id": "4d5e6f02-0000-4000-8000-000000000002"', '"id": "a b"')
          : name === "level"
            ? text.replaceAll("2b3c4d01", "2b3c4dff")
            : name === "opening"
              ? text.replace("8.5417,", "854.17,")
              : text,
      );
    }
    const { code, notes } = await run(data, ...whose);
    assert.equal(code, 1);
    for (const said of [
      /unit\.geojson, feature 1: Its level_id "gone" is the id of no level\./,
      /unit\.geojson, feature 2: id of room a b must be 1 to 128 printable/,
      /level\.geojson, feature 1: Its building_ids name "2b3c4dff-/,
      /opening\.geojson, feature 1: Its geometry is not a LineString of positions/,
    ])
      assert.match(notes, said);
  });

  test("needs one venue and a level", async () => {
    const only = (name: string) => run(join(imdf, `${name}.geojson`), "--format", "imdf", ...whose);
    assert.match((await only("level")).notes, /No file has a venue: IMDF needs venue\.geojson/);
    assert.match((await only("venue")).notes, /No file has a level: IMDF needs level\.geojson/);
  });
});

describe("what is imported", () => {
  test("can be written into a file", async (t) => {
    const file = join(folder(t), "model.json");
    const { code, out } = await run(plan, ...whose, "--out", file);
    assert.deepEqual([code, out], [0, `${file}: 1 floor, 2 rooms, 1 zone, 1 door, 1 sensor.\n`]);
    assert.equal((JSON.parse(readFileSync(file, "utf8")) as ModelDocument).organization.id, "acme");
    const refused = await run(plan, ...whose, "--out", join(file, "no"));
    assert.equal(refused.code, 1);
    assert.match(refused.notes, /cannot be written/);
  });

  test("can be put: into a new model where the server has none", async (t) => {
    const server = await startEdge(folder(t));
    t.after(() => server.stop());
    server.answers.set("GET /v1/building-model?organization=acme", { status: 404, body: { code: "NOT_FOUND" } });
    const { code, out, notes } = await run(plan, ...whose, "--put", "--url", server.url(), "--key", "k");
    assert.equal(code, 0, notes);
    assert.equal(out, "acme: 1 floor, 2 rooms, 1 zone, 1 door, 1 sensor put into the model of the server.\n");
    assert.equal((server.model() as ModelDocument).sites[0]!.buildings![0]!.floors![0]!.rooms!.length, 2);
    assert.equal(
      server.requests.every(({ authorization }) => authorization === "Bearer k"),
      true,
    );
  });

  test("keeps, when it is put, everything of the server's model that it does not draw", async (t) => {
    const server = await startEdge(folder(t));
    t.after(() => server.stop());
    const present = {
      organization: { id: "acme", name: "Acme Corporation" },
      sites: [
        { id: "elsewhere", name: "Elsewhere", timezone: "UTC" },
        {
          id: "acme-site",
          name: "Headquarters",
          timezone: "Europe/Berlin",
          buildings: [
            {
              id: "acme-building",
              name: "Main building",
              butterflymx_id: 5,
              tenants: [{ id: "tenant_kim", unit_id: "unit_1" }],
              units: [{ id: "unit_1", label: "1" }],
              floors: [
                {
                  id: "space_ground",
                  name: "Old name",
                  customID: "old",
                  overlap: "sum",
                  rooms: [
                    { id: "room_lobby", name: "Old lobby", customID: "L" },
                    { id: "room_kept", name: "Kept" },
                  ],
                  sensors: [{ id: "sensor_kept", mac_address: "00-17-0d-00-00-00-00-09", mode: "traffic" }],
                },
                { id: "space_first", name: "First floor" },
              ],
            },
          ],
        },
      ],
    };
    server.answers.set("GET /v1/building-model?organization=acme", { status: 200, body: present });
    const { code, notes } = await run(plan, ...whose, "--put", "--url", server.url(), "--key", "k");
    assert.equal(code, 0, notes);
    const model = server.model() as ModelDocument;
    assert.equal(model.organization.name, "Acme Corporation");
    assert.deepEqual(
      model.sites.map(({ id, timezone }) => [id, timezone]),
      [
        ["elsewhere", "UTC"],
        ["acme-site", "Europe/Berlin"],
      ],
    );
    const [building] = model.sites[1]!.buildings!;
    assert.equal(building!.name, "Main building");
    assert.deepEqual(building!.tenants, [{ id: "tenant_kim", unit_id: "unit_1" }]);
    assert.deepEqual(
      building!.access_points!.map(({ id }) => id),
      ["door_main"],
    );
    const [ground, first] = building!.floors!;
    assert.equal(first!.name, "First floor");
    assert.deepEqual([ground!.name, ground!.customID, ground!.overlap], ["Ground floor", "EG", "sum"]);
    assert.deepEqual(
      ground!.rooms!.map(({ id, name, customID }) => [id, name, customID]),
      [
        ["room_lobby", "Lobby", "L"],
        ["room_kept", "Kept", undefined],
        ["room_office", "Office", undefined],
      ],
    );
    assert.deepEqual(
      ground!.sensors!.map(({ id }) => id),
      ["sensor_kept", "sensor_lobby"],
    );
  });

  test("is put only over the revision that was read, so that nobody's change gets lost", async (t) => {
    const server = await startEdge(folder(t));
    t.after(() => server.stop());
    const read = "GET /v1/building-model?organization=acme";
    const put = () => run(plan, ...whose, "--put", "--url", server.url(), "--key", "k");
    const sent = () => server.requests.filter(({ method }) => method === "PUT").map(({ ifMatch }) => ifMatch);
    const body = { organization: { id: "acme", name: "Acme" }, sites: [] };
    server.answers.set(read, { status: 200, body, etag: '"7"' });
    assert.equal((await put()).code, 0);
    server.answers.set(read, { status: 404, body: {} });
    assert.equal((await put()).code, 0);
    assert.deepEqual(sent(), ['"7"', ""]);
    const changed = { code: "REVISION_CHANGED", detail: "The organization has changed: its revision is 8." };
    server.answers.set("PUT /v1/building-model", { status: 412, body: changed });
    const { code, notes } = await put();
    assert.equal(code, 1);
    assert.match(notes, /^The server answered 412 REVISION_CHANGED to PUT .*its revision is 8\./);
  });

  test("has the faults that only the server knows told beside its features", async (t) => {
    const server = await startEdge(folder(t));
    t.after(() => server.stop());
    server.answers.set("GET /v1/building-model?organization=acme", { status: 404, body: {} });
    const problems = [
      { path: "room room_office", code: "ID_TAKEN", message: "Taken." },
      { path: "sites[0].buildings[0].floors[0].rooms[0].id", code: "DUPLICATE_ID", message: "There twice." },
      { path: "organization", code: "ID_TAKEN", message: "Not yours." },
    ];
    server.answers.set("PUT /v1/building-model", { status: 422, body: { code: "INVALID_MODEL", problems } });
    const put = () => run(plan, ...whose, "--put", "--url", server.url(), "--key", "k");
    const { code, notes } = await put();
    assert.equal(code, 1);
    const lines = [`${plan}, feature 3: Taken.`, `${plan}, feature 2: There twice.`, "organization: Not yours."];
    assert.equal(notes, `The server takes nothing of it: 3 faults.\n${lines.map((line) => `  ${line}\n`).join("")}`);
    server.answers.set("PUT /v1/building-model", {
      status: 403,
      body: { code: "FORBIDDEN", detail: "Not with this key." },
    });
    assert.match(
      (await put()).notes,
      /^The server answered 403 FORBIDDEN to PUT \/v1\/building-model: Not with this key\./,
    );
    server.answers.set("GET /v1/building-model?organization=acme", { status: 401, body: { code: "UNAUTHENTICATED" } });
    assert.match((await put()).notes, /^The server answered 401 UNAUTHENTICATED to GET \/v1\/building-model/);
  });
});
