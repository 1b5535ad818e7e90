import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readMoment, splitCells } from "../../../src/cli/formats/csv.ts";
import { type FormatName, loadFormat } from "../../../src/cli/formats/formats.ts";
import type { RecordingLine } from "../../../src/cli/text-lines.ts";
import { runProgram } from "../../../src/cli/program.ts";
import { startEdge } from "../edge.ts";
import { createTestTerminal } from "../test-terminal.ts";

interface Options {
  readonly columns?: Readonly<Record<string, string>>;
  readonly sensor?: string;
}

/** What a file of these lines sends, ids left out, and what is wrong with it by line. */
async function read(name: FormatName, lines: readonly string[], { columns = {}, sensor }: Options = {}) {
  const format = await loadFormat(name, { columns: new Map(Object.entries(columns)), sensor: sensor ?? null });
  const sent: Record<string, unknown>[] = [];
  const ids: string[] = [];
  const problems: Record<number, string> = {};
  for await (const item of format.observations(numbered(lines))) {
    if ("problem" in item) {
      problems[item.line] = item.problem;
      continue;
    }
    const { id, ...observation } = JSON.parse(item.text) as Record<string, unknown>;
    assert.equal(observation["at"], item.at);
    ids.push(id as string);
    sent.push(observation);
  }
  return { sent, ids, problems };
}

async function* numbered(texts: readonly string[]): AsyncGenerator<RecordingLine> {
  for (const [index, text] of texts.entries()) yield { number: index + 1, text, share: (index + 1) / texts.length };
}

const fails = (name: FormatName, lines: readonly string[], options: Options, message: RegExp) =>
  assert.rejects(read(name, lines, options), { name: "CommandFailure", message });

const at = Date.UTC(2026, 5, 17, 10, 12, 19);
const frame = (sensor: string, ms: number, world: readonly (readonly number[])[], tracks?: readonly string[]) => ({
  kind: "detections",
  sensor,
  at: at + ms,
  world,
  ...(tracks === undefined ? {} : { tracks }),
});

describe("points-csv", () => {
  test("rows of one sensor and time are one frame, and a row without x and y says that nobody is there", async () => {
    const { sent, problems } = await read("points-csv", [
      "time,sensor,id,x,y",
      "2026-06-17T10:12:19Z,xovis-1,7,1.5,2",
      "2026-06-17T10:12:19Z,xovis-1,8,-0.25,3.125",
      "2026-06-17T10:12:20Z,xovis-1,8,0,3",
      "",
      "2026-06-17T10:12:21Z,xovis-1,,,",
      "2026-06-17T10:12:22Z,xovis-1",
    ]);
    assert.deepEqual(problems, {});
    assert.deepEqual(sent, [
      frame(
        "xovis-1",
        0,
        [
          [1.5, 2],
          [-0.25, 3.125],
        ],
        ["7", "8"],
      ),
      frame("xovis-1", 1_000, [[0, 3]], ["8"]),
      frame("xovis-1", 2_000, [], []),
      frame("xovis-1", 3_000, [], []),
    ]);
  });

  test("columns may have other names, stand anywhere and be told apart by semicolons; without ids there are no tracks", async () => {
    const options = { columns: { time: "When", sensor: "Device", x: "Pos X", y: "pos y" } };
    const { sent } = await read(
      "points-csv",
      [
        '\uFEFFpos y;"Pos X";Height;When;Device',
        '2;"1,5";1.7;1781691139;A',
        "2;1.5;1.7;1781691140.250;A",
        "2;1.5;1.7;1781691141500;A",
      ],
      options,
    );
    assert.deepEqual(sent, [frame("A", 1_250, [[1.5, 2]]), frame("A", 2_500, [[1.5, 2]])]);
  });

  test("one sensor for the whole file", async () => {
    const { sent } = await read("points-csv", ["time,x,y", `${at},1,2`], { sensor: "02-00-00-00-00-00-00-01" });
    assert.deepEqual(sent, [frame("02-00-00-00-00-00-00-01", 0, [[1, 2]])]);
  });

  test("frames of several sensors may be mixed, and each goes out once it is over", async () => {
    const { sent, problems } = await read("points-csv", [
      "time,sensor,x,y",
      `${at},A,1,1`,
      `${at - 30},B,2,2`,
      `${at},A,3,3`,
      `${at + 500},A,1,1`,
      `${at + 2_000},A,1,1`,
      `${at - 30},B,9,9`,
    ]);
    assert.deepEqual(sent, [
      frame("A", 0, [
        [1, 1],
        [3, 3],
      ]),
      frame("B", -30, [[2, 2]]),
      frame("A", 500, [[1, 1]]),
      frame("A", 2_000, [[1, 1]]),
    ]);
    assert.match(problems[7]!, /belongs to a frame that is followed by rows more than 1000 ms later: sort the file/);
  });

  test("each unreadable row is told with its line, and its frame is not sent with a person too few", async () => {
    const { sent, problems } = await read("points-csv", [
      "time,sensor,id,x,y",
      `${at},A,1,1,1`,
      `${at},A,2,one,1`,
      `${at + 500},A,1,1,`,
      `${at + 1_000},A,,1,1`,
      `${at + 1_500},A,1,1,1`,
      `${at + 1_500},A,1,2,2`,
      `${at + 2_000},A,1,1,1,1`,
      `yesterday,A,1,1,1`,
      `2026-06-17T10:12:19,A,1,1,1`,
      `12.5,A,1,1,1`,
      `${at + 2_000},,1,1,1`,
      `${at + 2_000},A,"1,1,1`,
      `${at + 3_000},A,1,1,1`,
      `${at + 2_500},A,1,1,1`,
    ]);
    assert.deepEqual(sent, [frame("A", 3_000, [[1, 1]], ["1"])]);
    assert.deepEqual(problems, {
      3: 'its x and y, "one" and "1", are not numbers of metres',
      4: 'its x and y, "1" and "", are not numbers of metres',
      5: "has a point without the id of its track",
      7: "names track 1 a second time in the same frame",
      8: "has 6 cells where the first line has 5",
      9: "its time is not an ISO 8601 time with a zone. Write it like 2026-06-17T10:12:19Z",
      10: "its time is not an ISO 8601 time with a zone. Write it like 2026-06-17T10:12:19Z",
      11: "its time is neither epoch seconds (10 digits) nor epoch milliseconds (13 digits)",
      12: "names no sensor",
      13: "has a quotation mark without its end",
      15: "is 500 ms before an earlier row of sensor A: sort the file by time, oldest first",
    });
  });

  test("a file of which the columns are not known ends the command with what it has", async () => {
    const header = ["t,device,x,y"];
    await fails(
      "points-csv",
      header,
      {},
      /must name a column time\..*--columns time=t\. The file has: t, device, x, y/,
    );
    const time = { time: "t" };
    await fails(
      "points-csv",
      header,
      { columns: time },
      /No column says which sensor.*--columns sensor=….*--sensor ID/,
    );
    await fails("points-csv", header, { columns: { ...time, sensor: "dev" } }, /There is no column dev\. The file has/);
    await fails(
      "points-csv",
      header,
      { columns: { ...time, z: "y" } },
      /knows no z\. It takes time, sensor, id, x, y\./,
    );
    await fails("points-csv", ["t,device,lat,lon"], { columns: time, sensor: "A" }, /columns x and y, in metres/);
    const both = { columns: { ...time, sensor: "device" }, sensor: "A" };
    await fails("points-csv", header, both, /has a column for the sensor\. Leave out --sensor/);
  });
});

describe("counts-csv", () => {
  test("a row is what passed in and out since the row before", async () => {
    const { sent, problems } = await read("counts-csv", [
      "time\tsensor\tin\tout",
      "2026-06-17T10:12:00Z\tA\t3\t0",
      "2026-06-17T10:12:00Z\tB\t1\t1",
      "2026-06-17T12:13:00+02:00\tA\t0\t2",
    ]);
    assert.deepEqual(problems, {});
    assert.deepEqual(sent, [
      { kind: "traffic", sensor: "A", at: at - 19_000, in: 3, out: 0 },
      { kind: "traffic", sensor: "B", at: at - 19_000, in: 1, out: 1 },
      { kind: "traffic", sensor: "A", at: at + 41_000, in: 0, out: 2 },
    ]);
  });

  test("running totals win where a file has both", async () => {
    const columns = { total_in: "FW total", total_out: "BW total", in: "FW", out: "BW" };
    const { sent } = await read("counts-csv", ["time,FW,BW,FW total,BW total", `${at},3,0,1003,980`], {
      columns,
      sensor: "A",
    });
    assert.deepEqual(sent, [{ kind: "traffic", sensor: "A", at, total_in: 1003, total_out: 980 }]);
  });

  test("rows that would be counted twice or cannot be read are told with their line", async () => {
    const { sent, problems } = await read("counts-csv", [
      "time,sensor,in,out",
      `${at},A,1,0`,
      `${at},A,1,0`,
      `${at + 60_000},A,-1,0`,
      `${at + 60_000},A,1,`,
      `${at - 60_000},A,1,0`,
      `${at + 60_000},A,1,0`,
    ]);
    assert.equal(sent.length, 2);
    assert.deepEqual(problems, {
      3: "is the second row of sensor A for this time: add the rows up, or name a sensor for each",
      4: 'its in, "-1", is not a whole number from 0 up',
      5: 'its out, "", is not a whole number from 0 up',
      6: "is 120000 ms before an earlier row of sensor A: sort the file by time, oldest first",
    });
  });

  test("one of two columns is not enough", async () => {
    await fails("counts-csv", ["time,sensor,in"], {}, /columns in and out, or total_in and total_out/);
    await fails("counts-csv", ["time,sensor,in,total_out"], {}, /columns in and out, or total_in and total_out/);
  });
});

test("reading a file again gives the same ids, another content another id", async () => {
  const lines = ["time,sensor,in,out", `${at},A,1,0`, `${at + 1},A,1,0`];
  const { ids } = await read("counts-csv", lines);
  assert.deepEqual((await read("counts-csv", lines)).ids, ids);
  assert.equal(new Set(ids).size, 2);
  assert.ok(ids.every((id) => /^counts-csv-[A-Za-z0-9_-]{22}$/.test(id)));
  const other = await read("counts-csv", ["time,sensor,in,out", `${at},B,1,0`]);
  assert.ok(!ids.includes(other.ids[0]!));
});

test("cells are cut as RFC 4180 has them", () => {
  assert.deepEqual(splitCells(' a , "b, ""c""" ,,d"e', ","), ["a", 'b, "c"', "", 'd"e']);
  assert.deepEqual(splitCells('a;"b', ";"), null);
  assert.deepEqual(splitCells('"","x"', ","), ["", "x"]);
});

test("a time is epoch seconds, epoch milliseconds or ISO 8601 with a zone, and nothing else is guessed", () => {
  assert.equal(readMoment("1781691139"), at);
  assert.equal(readMoment("1781691139.0625"), at + 63);
  assert.equal(readMoment("1781691139000"), at);
  assert.equal(readMoment("1781691139000.9"), at + 1);
  assert.equal(readMoment("2026-06-17 12:12:19+0200"), at);
  for (const text of ["", "0", "1781691139000000", "2026-06-17", "17.06.2026 10:12:19", "2026-02-30T00:00:00Z"])
    assert.equal(typeof readMoment(text), "string", text);
});

describe("belfry replay", () => {
  const call = async (lines: readonly string[], ...args: readonly string[]) => {
    const data = mkdtempSync(join(tmpdir(), "belfry-csv-test-"));
    const server = await startEdge(data);
    const terminal = createTestTerminal();
    try {
      const file = join(data, "export.csv");
      writeFileSync(file, lines.join("\r\n"));
      const code = await runProgram(["replay", file, "--data", data, ...args], { terminal });
      return { code, out: terminal.out(), notes: terminal.notes(), requests: server.requests };
    } finally {
      await server.stop();
    }
  };

  test("sends a file whose columns were named, to the model that the server has", async () => {
    const lines = ["ts,dev,pid,px,py", `${at},A,1,1,1`, `${at},A,2,2,2`, `${at + 500},A,1,1,1`];
    const columns = "time=ts, sensor=dev,id=pid,x=px,y=py";
    const { code, out, requests } = await call(lines, "--format", "points-csv", "--columns", columns);
    assert.equal(code, 0);
    assert.match(out, /points-csv: 2 accepted, 0 duplicates, 0 rejected/);
    assert.deepEqual(
      requests.map(({ method, path }) => `${method} ${path}`),
      ["POST /v1/observations", "GET /v1/organizations?limit=2", "GET /v1/subscriptions?limit=1"],
    );
  });

  test("sends nothing when the columns are not found", async () => {
    const { code, notes, requests } = await call(["a,b", "1,2"], "--format", "counts-csv", "--sensor", "A");
    assert.deepEqual([code, requests], [1, []]);
    assert.match(notes, /must name a column time/);
  });

  test("takes --columns and --sensor for CSV files only", async () => {
    for (const option of [
      ["--columns", "time=t"],
      ["--sensor", "A"],
    ]) {
      const { code, notes } = await call(["{}"], "--format", "ndjson", ...option);
      assert.equal(code, 2);
      assert.match(notes, /ndjson takes neither --columns nor --sensor/);
    }
    for (const columns of ["time", "time=", "=t", "time=a,time=b", "time=a,,x=b"]) {
      const { code, notes } = await call(["time"], "--format", "counts-csv", "--columns", columns);
      assert.equal(code, 2, columns);
      assert.match(notes, /Write it like time=timestamp,x=pos_x/);
    }
  });
});
