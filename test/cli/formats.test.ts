import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { ModelDocument, SensorDocument } from "../../src/building/document.ts";
import { type FormatName, formatNames, loadFormat } from "../../src/cli/formats/formats.ts";
import type { Recorded } from "../../src/cli/recording.ts";
import { type RecordingLine, readLines } from "../../src/cli/text-lines.ts";
import { wallClock, wallClockWithin } from "../../src/cli/wall-clock.ts";
import { recording } from "../fixtures/recordings.ts";

/** The recordings are not part of the project: a test that needs one and does not find it says so. */
function recordingAt(t: TestContext, file: string): string | null {
  const { path, skip } = recording(file);
  if (skip === false) return path;
  t.skip(skip);
  return null;
}

interface Read {
  readonly id: string;
  readonly kind: string;
  readonly sensor: string;
  readonly at: number;
  readonly in: number;
  readonly out: number;
  readonly motion: boolean;
  readonly local: readonly (readonly [number, number])[];
  readonly world: readonly (readonly [number, number])[];
  readonly tracks: readonly string[];
}

const format = (name: FormatName) => loadFormat(name, { columns: new Map(), sensor: null });

async function observe(
  name: FormatName,
  lines: AsyncIterable<RecordingLine>,
): Promise<{ read: Read[]; problems: number[]; shares: number[] }> {
  const read: Read[] = [];
  const problems: number[] = [];
  const shares: number[] = [];
  for await (const item of (await format(name)).observations(lines)) {
    shares.push(item.share);
    if ("problem" in item) problems.push(item.line);
    else read.push(JSON.parse((item satisfies Recorded).text) as Read);
  }
  return { read, problems, shares };
}

async function* linesOf(...texts: readonly string[]): AsyncGenerator<RecordingLine> {
  for (const [index, text] of texts.entries()) yield { number: index + 1, text, share: (index + 1) / texts.length };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const time = (at: number): string => new Date(at).toISOString();

async function modelOf(name: FormatName): Promise<ModelDocument> {
  return (await format(name)).model!;
}

function sensorsOf(model: ModelDocument): readonly SensorDocument[] {
  return model.sites.flatMap((site) =>
    site.buildings!.flatMap((house) => house.floors!.flatMap((floor) => floor.sensors!)),
  );
}

/** Even-odd rule, lower edges in. */
function inside(outline: readonly (readonly [number, number])[], [x, y]: readonly [number, number]): boolean {
  let odd = false;
  for (const [index, [ax, ay]] of outline.entries()) {
    const [bx, by] = outline[(index + 1) % outline.length]!;
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) odd = !odd;
  }
  return odd;
}

for (const name of formatNames) {
  test(`${name}: sensors of its model have what a model must have, and ids that name the format`, async () => {
    const { model } = await format(name);
    if (model === null) return assert.ok(["ndjson", "points-csv", "counts-csv"].includes(name));
    assert.equal(model.organization.id, `org_${name}`);
    assert.equal(model.sites[0]!.timezone, "UTC");
    for (const sensor of sensorsOf(model)) {
      assert.match(sensor.mac_address, /^([0-9a-f]{2}-){7}[0-9a-f]{2}$/);
      assert.match(sensor.id, new RegExp(`^sensor_${name}`));
    }
    for (const floor of model.sites[0]!.buildings![0]!.floors!) {
      for (const hive of floor.hives!) assert.match(hive.serialNumber, /^[0-9a-f]{16}$/);
      for (const sensor of floor.sensors!) assert.ok(floor.hives!.some((hive) => hive.id === sensor.hive_id));
      for (const sensor of floor.sensors!)
        assert.ok(sensor.room_id === undefined || floor.rooms!.some((room) => room.id === sensor.room_id));
    }
    return undefined;
  });
}

test("calit2: 5,040 half-hours with 19,597 people in and 18,837 out", async (t) => {
  const path = recordingAt(t, "calit2-door-counts/CalIt2.data");
  if (path === null) return;
  const { read, problems, shares } = await observe("calit2", readLines(path));
  assert.deepEqual(problems, []);
  assert.equal(read.length, 5040);
  assert.equal(sum(read.map((slot) => slot.in)), 19_597);
  assert.equal(sum(read.map((slot) => slot.out)), 18_837);
  assert.equal(time(read[0]!.at), "2005-07-24T00:00:00.000Z");
  assert.equal(time(read.at(-1)!.at), "2005-11-05T23:30:00.000Z");
  assert.equal(new Set(read.map(({ id }) => id)).size, 5040);
  assert.deepEqual(read[1], {
    id: read[1]!.id,
    kind: "traffic",
    sensor: "sensor_calit2",
    at: Date.UTC(2005, 6, 24, 0, 30),
    in: 0,
    out: 1,
  });
  assert.ok(read.every(({ at }, index) => index === 0 || at - read[index - 1]!.at === 1_800_000));
  assert.equal(shares.at(-1), 1);
});

test("thermo-presence: every frame once, in shares of the footprint, and an empty one at each sensor's end", async (t) => {
  const path = recordingAt(t, "thermo-presence-detections/detections.ndjson");
  if (path === null) return;
  const { read, problems } = await observe("thermo-presence", readLines(path));
  assert.deepEqual(problems, []);
  assert.equal(read.length, 11_290 + 2);
  assert.equal(new Set(read.map(({ id }) => id)).size, read.length);
  assert.ok(read.every(({ local }) => local.every((point) => point.every((part) => part >= 0 && part <= 1))));
  assert.equal(Math.max(...read.map(({ local }) => local.length)), 5);
  assert.equal(time(read[0]!.at), "2021-05-05T13:10:20.000Z");
  assert.deepEqual(read[0]!.local, [
    [7.25 / 32, 3.1875 / 24],
    [7 / 32, 22.5 / 24],
  ]);
  for (const room of ["A", "B"]) {
    const frames = read.filter(({ sensor }) => sensor === `sensor_thermo-presence_${room}`);
    assert.ok(
      frames.every(({ at }, index) => index === 0 || at > frames[index - 1]!.at),
      `time goes forward in ${room}`,
    );
    assert.deepEqual(frames.at(-1)!.local, []);
    assert.ok(frames.at(-2)!.at < frames.at(-1)!.at);
  }
});

test("thermo-presence: what a sensor sees lies within the walls of its room", async () => {
  const model = await modelOf("thermo-presence");
  for (const floor of model.sites[0]!.buildings![0]!.floors!) {
    const [{ center, footprint }] = floor.sensors as [Required<SensorDocument>];
    const outline = floor.rooms![0]!.coordinates!;
    for (const x of [-0.5, 0.5])
      for (const y of [-0.5, 0.5])
        assert.ok(inside(outline, [center[0] + x * footprint[0], center[1] + y * footprint[1]]));
  }
});

test("room-occupancy-estimation: two motion sensors in one room, a sample of both every half minute", async (t) => {
  const path = recordingAt(t, "room-occupancy-estimation/Occupancy_Estimation.csv");
  if (path === null) return;
  const { read, problems } = await observe("room-occupancy-estimation", readLines(path));
  assert.deepEqual(problems, []);
  assert.equal(read.length, 2 * 10_129);
  assert.equal(time(read[0]!.at), "2017-12-22T10:49:41.000Z");
  assert.equal(time(read.at(-1)!.at), "2018-01-11T09:00:09.000Z");
  assert.equal(new Set(read.map(({ sensor }) => sensor)).size, 2);
  assert.ok(read.every(({ motion }) => typeof motion === "boolean"));
  assert.ok(read.every(({ at }, index) => index === 0 || at >= read[index - 1]!.at));
  assert.ok(read.some(({ motion }) => motion));
});

test("juelich: the room holds 75 people at first, never more, never more again, and nobody at the end", async (t) => {
  const path = recordingAt(t, "juelich-pedestrian-trajectories/040_c_56_h-.txt");
  if (path === null) return;
  const { read, problems, shares } = await observe("juelich", readLines(path));
  assert.deepEqual(problems, []);
  assert.equal(read.length, 1657 + 1);
  assert.equal(sum(read.map(({ world }) => world.length)), 63_110);
  assert.ok(read.every(({ world, tracks }) => new Set(tracks).size === world.length));
  assert.equal(new Set(read.flatMap(({ tracks }) => tracks)).size, 75);
  const model = await modelOf("juelich");
  const outline = model.sites[0]!.buildings![0]!.floors![0]!.rooms![0]!.coordinates!;
  const held = read.map(({ world }) => world.filter((point) => inside(outline, point)).length);
  assert.equal(held[0], 75);
  assert.equal(held.at(-2), 0, "the last one is through the door before the recording ends");
  assert.deepEqual(read.at(-1)!.world, []);
  assert.ok(
    held.every((count, index) => index === 0 || count <= held[index - 1]!),
    "nobody comes back",
  );
  assert.ok(read.every(({ at }, index) => index === 0 || at - read[index - 1]!.at === 40));
  assert.ok(shares.every((share, index) => index === 0 || share >= shares[index - 1]!));
});

test("reading the same recording twice gives the same observations, ids included", async (t) => {
  const path = recordingAt(t, "calit2-door-counts/CalIt2.data");
  if (path === null) return;
  const first = await observe("calit2", readLines(path));
  assert.deepEqual(await observe("calit2", readLines(path)), first);
  assert.ok(first.read.every(({ id }) => /^[A-Za-z0-9_-]{1,128}$/.test(id)));
});

test("a line that gives no observation is told with its number, and the others go on", async () => {
  const cases = {
    calit2: [
      linesOf(
        "7,07/24/05,00:00:00,1",
        "8,07/24/05,00:00:00,1",
        "",
        "9,13/24/05,00:00:00,1",
        "9,07/24/05,00:00:00,x",
        "9,07/24/05,00:00:00,2",
      ),
      [2, 4, 5],
      1,
    ],
    "thermo-presence": [
      linesOf(
        '{"room":"A","start":"2021-03-31T11:44:59","frame":0,"points":[]}',
        "{",
        '{"room":"C","start":"2021-03-31T11:44:59","frame":1,"points":[]}',
        '{"room":"A","start":"yesterday","frame":1,"points":[]}',
        '{"room":"A","start":"2021-03-31T11:44:59","frame":-1,"points":[]}',
        '{"room":"A","start":"2021-03-31T11:44:59","frame":1,"points":[[1]]}',
      ),
      [2, 3, 4, 5, 6],
      2,
    ],
    "room-occupancy-estimation": [
      linesOf(
        "Date,Time,S6_PIR,S7_PIR",
        "2017-12-22,9:00:00,0,1",
        "2017-12-22,25:00:00,0,1",
        "2017-12-22,10:00:00,0,2",
      ),
      [3, 4],
      2,
    ],
    juelich: [linesOf("# id frame", "1 0 1.5 2 1.7", "1 one 1.5 2 1.7", "2 0.5 1 1 1"), [3, 4], 2],
    ndjson: [linesOf('{"kind":"traffic"}', "[1]", "null", "{"), [2, 3, 4], 1],
  } as const;
  for (const [name, [lines, problems, good]] of Object.entries(cases)) {
    const result = await observe(name as FormatName, lines);
    assert.deepEqual(result.problems, problems, name);
    assert.equal(result.read.length, good, name);
  }
});

test("a corrected row gives the observations that were missing, and no other one another id", async () => {
  const observed = async (name: FormatName, ...texts: string[]) => (await observe(name, linesOf(...texts))).read;
  const rows = ["7,07/24/05,00:00:00,1", "9,07/24/05,00:00:00,2", "7,07/24/05,00:30:00,3", "9,07/24/05,00:30:00,4"];
  const whole = await observed("calit2", ...rows, "7,07/24/05,01:00:00,5", "9,07/24/05,01:00:00,6");
  for (const [place] of rows.entries()) {
    const torn = await observed(
      "calit2",
      ...rows.with(place, "7;torn"),
      "7,07/24/05,01:00:00,5",
      "9,07/24/05,01:00:00,6",
    );
    // Half a slot is not sent: corrected, it would be another observation beside the first one.
    assert.ok(torn.length === 1 || torn.length === 2, `${place}`);
    for (const one of torn)
      assert.deepEqual(
        one,
        whole.find((each) => each.id === one.id),
      );
  }
  const samples = [
    "Date,Time,S6_PIR,S7_PIR",
    "2017-12-22,9:00:00,0,1",
    "2017-12-22,9:00:30,1,1",
    "2017-12-22,9:01:00,0,0",
  ];
  const all = await observed("room-occupancy-estimation", ...samples);
  const fewer = await observed("room-occupancy-estimation", ...samples.with(2, "torn"));
  assert.deepEqual(
    fewer,
    all.filter(({ at }) => at !== Date.UTC(2017, 11, 22, 9, 0, 30)),
  );
  const people = ["1 0 1.5 2 1.7", "2 0 1.5 3 1.7", "1 1 1.6 2 1.7"];
  const frames = await observed("juelich", ...people);
  assert.deepEqual(await observed("juelich", ...people.with(1, "2 0 torn 3 1.7")), frames.slice(1));
});

test("two recordings of one format share no id for different things", async () => {
  const one = await observe("calit2", linesOf("7,07/24/05,00:00:00,1", "9,07/24/05,00:00:00,2"));
  const other = await observe("calit2", linesOf("7,07/24/05,00:00:00,1", "9,07/24/05,00:00:00,3"));
  assert.notEqual(one.read[0]!.id, other.read[0]!.id);
});

test("dates are read as real copies of the recording spell them", async () => {
  const [from, until] = [Date.UTC(2017, 11, 1), Date.UTC(2018, 1, 1)];
  const at = (date: string) => wallClockWithin(date, "9:00:09", from, until);
  for (const date of ["2018/1/11", "2018-01-11", "11-01-2018", "1/11/2018", "01/11/2018", "11.01.2018"]) {
    assert.equal(at(date), Date.UTC(2018, 0, 11, 9, 0, 9), date);
  }
  for (const date of ["12/22/2017", "22-12-2017", "2017/12/22"])
    assert.equal(at(date), Date.UTC(2017, 11, 22, 9, 0, 9));
  for (const date of ["2018/2/11", "12/22/17", "22/22/2017", "", "yesterday"]) assert.equal(at(date), null, date);
  const header = "Date,Time,Temp,S6_PIR,S7_PIR";
  const lines = linesOf(header, "12/22/2017,10:49:41,25,0,1", "2018/1/11,9:00:09,25,0,0", "11-01-2018,09:00:39,25,0,0");
  const { read, problems } = await observe("room-occupancy-estimation", lines);
  assert.deepEqual(problems, []);
  assert.deepEqual([read.length, time(read.at(-1)!.at)], [6, "2018-01-11T09:00:39.000Z"]);
});

test("ndjson lines go out as they are, paced by at or logged_at in either form", async () => {
  const texts = [
    '{"kind":"traffic","at":1500,"in":1}',
    ' {"kind":"access", "logged_at":"1970-01-01T00:00:02Z"}',
    '{"kind":"motion"}',
  ];
  const items: Recorded[] = [];
  for await (const item of (await format("ndjson")).observations(linesOf(...texts))) items.push(item);
  assert.deepEqual(
    items.map((item) => ("text" in item ? [item.text, item.at] : null)),
    [
      [texts[0], 1500],
      [texts[1]!.trim(), 2000],
      [texts[2], null],
    ],
  );
});

test("a wall clock without a zone is taken as UTC, and an impossible one is none", () => {
  assert.equal(wallClock("2018-01-11", "9:00:09"), Date.UTC(2018, 0, 11, 9, 0, 9));
  for (const [date, clock] of [
    ["2018-02-30", "09:00:00"],
    ["2018-13-01", "09:00:00"],
    ["2018-01-01", "24:00:00"],
    ["2018-01-01", "09:60:00"],
    ["18-01-01", "09:00:00"],
    ["", ""],
  ] as const)
    assert.equal(wallClock(date, clock), null, `${date} ${clock}`);
});
