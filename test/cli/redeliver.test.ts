// belfry redeliver: what it asks of the server, and how it tells the answer.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runProgram } from "../../src/cli/program.ts";
import { startEdge } from "./edge.ts";
import { createTestTerminal } from "./test-terminal.ts";

const job = {
  id: "replay_1",
  subscription: "webhook_1",
  state: "running",
  done: 40,
  progress: 0.256,
  from: "2026-11-29T10:00:00.000Z",
  to: "2026-11-29T12:00:00.000Z",
  per_second: 100,
  reason: null,
};
const head =
  "id        subscription  state    done  looked through  from                      to                        per second  reason";
const row =
  "replay_1  webhook_1     running  40    25 %            2026-11-29T10:00:00.000Z  2026-11-29T12:00:00.000Z  100         -";

async function begin(t: TestContext) {
  const data = mkdtempSync(join(tmpdir(), "belfry-redeliver-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const server = await startEdge(data);
  t.after(() => server.stop());
  const run = async (...args: string[]): Promise<string> => {
    const terminal = createTestTerminal();
    const code = await runProgram(["redeliver", ...args, "--url", server.url(), "--key", "k"], { terminal });
    assert.equal(code, 0, terminal.notes());
    return terminal.out();
  };
  const sent = () => JSON.parse(server.requests.findLast(({ method }) => method === "POST")!.body) as object;
  return { server, run, sent };
}

test("start sends what was asked for, and tells the job", async (t) => {
  const { server, run, sent } = await begin(t);
  server.answers.set("POST /v1/replays", { status: 202, body: job });
  assert.equal(await run("start", "webhook_1", "--from", "0", "--to", "2026-11-29T12:00:00Z"), `${head}\n${row}\n`);
  assert.deepEqual(sent(), { subscription: "webhook_1", from: 0, to: "2026-11-29T12:00:00Z" });
  const narrowed = "--type A --type B --space room_1 --state exhausted --state none --per-second 5 --json".split(" ");
  assert.equal(await run("start", "webhook_1", "--from", "0", "--to", "1", ...narrowed), `${JSON.stringify(job)}\n`);
  assert.deepEqual(sent(), {
    subscription: "webhook_1",
    from: 0,
    to: 1,
    types: ["A", "B"],
    spaces: ["room_1"],
    states: ["exhausted", "none"],
    per_second: 5,
  });
});

test("a draft of a subscription is counted, and what cannot be meant is refused before anything is asked", async (t) => {
  const { server, run, sent } = await begin(t);
  const answer = { total: 0, takes_s: 0, per_second: 2, counts: [], complete: true, not_kept: [] };
  server.answers.set("POST /v1/replays", { status: 202, body: answer });
  const times = ["--from", "0", "--to", "1"];
  const draft = ["start", "--draft", "butlr", "--type", "TRAFFIC", "--type", "MOTION", "--dry-run", ...times];
  assert.equal(await run(...draft), "0 deliveries, 0 s at 2 a second. Nothing was sent.\n");
  const butlr = { dialect: "butlr", types: ["TRAFFIC", "MOTION"] };
  assert.deepEqual(sent(), { subscription: butlr, from: 0, to: 1, dry_run: true });
  await run(...draft, "--building", "b1", "--space", "room_1");
  const ofBuilding = { ...butlr, scope: { kind: "building", id: "b1" } };
  assert.deepEqual(sent(), { subscription: ofBuilding, from: 0, to: 1, spaces: ["room_1"], dry_run: true });
  const { length } = server.requests;
  for (const [args, says] of [
    [["start", ...times], /name a subscription, or a draft/],
    [["start", "webhook_1", "--draft", "butlr", ...times], /name a subscription, or a draft/],
    [["start", "webhook_1", "--tenant", "t1", ...times], /--space narrows/],
    [["start", "--draft", "butlr", "--type", "TRAFFIC", ...times], /add --dry-run/],
    [["start", "--draft", "butlr", "--dry-run", ...times], /--type TYPE/],
  ] as const) {
    const terminal = createTestTerminal();
    assert.equal(await runProgram(["redeliver", ...args, "--url", server.url(), "--key", "k"], { terminal }), 2);
    assert.match(terminal.notes(), says);
  }
  assert.equal(server.requests.length, length);
});

test("a dry run tells counts, the time, and what is not known", async (t) => {
  const { server, run, sent } = await begin(t);
  const answer = {
    total: 3,
    takes_s: 2,
    per_second: 2,
    counts: [{ type: "TRAFFIC", hour: "2026-11-29T10:00:00.000Z", count: 3 }],
    complete: false,
    scanned_until: "2026-11-29T11:00:00.000Z",
    derived: { types: ["DETECTIONS"], from: "2026-11-29T09:02:00.000Z", until: "2026-11-29T10:00:00.000Z" },
    not_kept: ["DETECTIONS", "ZONE_OCCUPANCY"].map((type) => ({ type, log_from: "2026-11-29T09:00:00.000Z" })),
  };
  server.answers.set("POST /v1/replays", { status: 202, body: answer });
  const out = await run("start", "webhook_1", "--from", "0", "--to", "1", "--dry-run");
  assert.equal(
    out,
    "type     hour                      count\n" +
      "TRAFFIC  2026-11-29T10:00:00.000Z  3\n" +
      "3 deliveries, 2 s at 2 a second. Nothing was sent.\n" +
      "The time was up: what was accepted after 2026-11-29T11:00:00.000Z is not counted.\n" +
      "DETECTIONS: not kept, and worked out again from what was observed from 2026-11-29T09:02:00.000Z to 2026-11-29T10:00:00.000Z.\n" +
      "DETECTIONS, ZONE_OCCUPANCY: nothing is kept of that time, since nobody took these types, or nothing happened. The observation log reaches back to 2026-11-29T09:00:00.000Z.\n",
  );
  assert.deepEqual(sent(), { subscription: "webhook_1", from: 0, to: 1, dry_run: true });
});

test("list, show and cancel tell jobs as a table or as JSON", async (t) => {
  const { server, run } = await begin(t);
  server.answers.set("GET /v1/replays", { status: 200, body: { data: [job, { ...job, id: "replay_2" }], next: null } });
  server.answers.set("GET /v1/replays/replay_1", { status: 200, body: job });
  const ended = { ...job, state: "cancelling", reason: "Somebody cancelled it." };
  server.answers.set("POST /v1/replays/replay_1/cancel", { status: 200, body: ended });
  assert.equal(await run("list"), `${head}\n${row}\n${row.replace("replay_1", "replay_2")}\n`);
  assert.equal((await run("list", "--json")).split("\n").length, 3);
  assert.equal(await run("show", "replay_1"), `${head}\n${row}\n`);
  assert.match(await run("cancel", "replay_1"), /cancelling .* Somebody cancelled it\.\n$/);
  assert.equal(await run("cancel", "replay_1", "--json"), `${JSON.stringify(ended)}\n`);
});
