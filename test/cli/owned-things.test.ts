// belfry subscriptions and belfry deliveries: what they ask of the server, and how they tell the answer.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runProgram } from "../../src/cli/program.ts";
import { table } from "../../src/cli/table.ts";
import { quietLane } from "../fixtures/quiet-lane.ts";
import { startEdge } from "./edge.ts";
import { createTestTerminal } from "./test-terminal.ts";

const iso = (ms: number): string => new Date(ms).toISOString();
const failure = { code: "http_error", status: 503, at: iso(0) };
const well = {
  id: "webhook_1",
  organization: "org_1",
  name: "rooms",
  bindings: [{ type: "ROOM_OCCUPANCY" }, { type: "TRAFFIC" }],
  endpoint: { url: "https://a.test/hook?token=1" },
  lane: { status: quietLane },
  state: "active",
  paused: null,
  disabled_reason: null,
};
const backingOff = (): object => ({
  ...well,
  id: "webhook_2",
  name: "",
  lane: {
    status: {
      ...quietLane,
      state: "backing_off",
      waiting_for: "backing_off",
      until: iso(Date.now() + 18 * 60_000),
      consecutive_failures: 7,
      last_failure: failure,
      waiting_in_memory: 3,
    },
  },
});
const delivery = {
  id: "delivery_7",
  event: "event_1",
  type: "ROOM_OCCUPANCY",
  subject: "room_1",
  subscription: "webhook_1",
  state: "pending",
  attempt_count: 1,
  created_at: iso(Date.now() - 65_000),
  due: null,
  last_attempt: { code: "http_error", status: 503, duration_ms: 7, detail: null },
};
const attempt = { attempt: 1, started_at: iso(0), duration_ms: 7, code: "http_error", status: 503, detail: null };

async function begin(t: TestContext) {
  const data = mkdtempSync(join(tmpdir(), "belfry-owned-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const server = await startEdge(data);
  t.after(() => server.stop());
  const run = async (line: string, expected = 0) => {
    const terminal = createTestTerminal();
    const code = await runProgram([...line.split(" "), "--url", server.url(), "--key", "k"], { terminal });
    assert.equal(code, expected, terminal.notes());
    return { out: terminal.out(), notes: terminal.notes() };
  };
  const says = (what: string, body: unknown, status = 200): void => void server.answers.set(what, { status, body });
  return { server, run, says, asked: () => server.requests.at(-1)! };
}

test("subscriptions list tells in words what does not deliver as it should, and --json each as it came", async (t) => {
  const { run, says } = await begin(t);
  const data = [backingOff(), well];
  says("GET /v1/subscriptions?state=active&type=TRAFFIC", { data, next: null });
  const { out } = await run("subscriptions list --state active --type TRAFFIC");
  assert.deepEqual(out.replace(/Next try in 1[78] min( \d+ s)?\./, "Next try soon.").split("\n"), [
    "id         name   takes              goes to  wait  status",
    "webhook_2  -      ROOM_OCCUPANCY +1  a.test   3     backing off",
    "  Backing off: the receiver answered 503, 7 failures in a row. Next try soon. 3 deliveries wait. None is lost.",
    "webhook_1  rooms  ROOM_OCCUPANCY +1  a.test   0     idle",
    "",
  ]);
  const json = await run("subscriptions list --state active --type TRAFFIC --json");
  assert.equal(json.out, data.map((each) => `${JSON.stringify(each)}\n`).join(""));
});

test("subscriptions show says how one stands", async (t) => {
  const { run, says, server } = await begin(t);
  says("GET /v1/subscriptions/webhook_2", backingOff());
  const { out } = await run("subscriptions show webhook_2");
  assert.match(out, /^takes {9}ROOM_OCCUPANCY, TRAFFIC$/m);
  assert.match(out, /^status {8}backing off: the receiver answered 503/m);
  assert.match(out, /^lane {10}backing_off, waits for: backing_off$/m);
  assert.match(out, /^last failure {2}1970-01-01T00:00:00.000Z: the receiver answered 503$/m);
  assert.equal(server.requests.at(-1)!.path, "/v1/subscriptions/webhook_2");
  says("GET /v1/subscriptions/webhook_1", well);
  assert.match((await run("subscriptions show webhook_1")).out, /^status {8}idle\. Nothing is due\.$/m);
});

test("every act is asked of the server, of several subscriptions one after the other, and told", async (t) => {
  const { run, says, asked } = await begin(t);
  for (const act of ["pause", "resume", "enable", "disable"]) {
    says(`POST /v1/subscriptions/webhook_1/${act}`, well);
    assert.equal(
      (await run(`subscriptions ${act} webhook_1`)).out,
      "webhook_1 (rooms): Active. What is due goes out now; subscriptions retry sends what waits for a later try, too.\n",
    );
    assert.deepEqual([asked().method, asked().path], ["POST", `/v1/subscriptions/webhook_1/${act}`]);
  }
  says("POST /v1/subscriptions/webhook_1/retry", { ...well, retried: 1_200 });
  says("POST /v1/subscriptions/webhook_2/retry", { ...well, id: "webhook_2", name: "", retried: 0, opened: true });
  assert.equal(
    (await run("subscriptions retry webhook_1 webhook_2")).out,
    "webhook_1 (rooms): 1,200 deliveries that waited for a later try are due now. subscriptions show says how they fare.\n" +
      "webhook_2: No delivery waited for a later try; what is due goes out now. subscriptions show says how they fare.\n",
  );
  says("POST /v1/subscriptions/webhook_1/retry", { code: "CONFLICT", detail: "It is paused: resume it." }, 409);
  const refused = await run("subscriptions retry webhook_1", 1);
  assert.deepEqual([refused.out, /409 CONFLICT.*: It is paused: resume it\./.test(refused.notes)], ["", true]);
});

test("subscriptions test says what the receiver answered, and fails unless it took the sample", async (t) => {
  const { run, says, asked } = await begin(t);
  const sent = {
    ...attempt,
    type: "TRAFFIC",
    webhook_id: "event_9",
    body: "{}",
    response: null,
    response_encoding: null,
  };
  says("POST /v1/subscriptions/webhook_1/test", { ...sent, code: "delivered", status: 204 });
  assert.equal(
    (await run("subscriptions test webhook_1 --type TRAFFIC")).out,
    "Sent TRAFFIC as event_9: the receiver answered 204 after 7 ms.\n",
  );
  assert.equal(asked().body, '{"type":"TRAFFIC"}');
  const down = { ...sent, response: "down\u001b[2J\n", response_encoding: "text", detail: "Why." };
  says("POST /v1/subscriptions/webhook_1/test", down);
  const { out, notes } = await run("subscriptions test webhook_1", 1);
  assert.equal(out, "");
  assert.equal(notes, "Sent TRAFFIC as event_9: the receiver answered 503 after 7 ms. Why. It said: down\\x1b[2J\n");
  assert.equal((await run("subscriptions test webhook_1 --json", 1)).out, `${JSON.stringify(down)}\n`);
});

test("deliveries list takes the filters of the API, no more than asked for, and says when there may be more", async (t) => {
  const { run, says } = await begin(t);
  const filters = "subscription=webhook_1&state=exhausted&type=TRAFFIC&subject=door_1&since=0&limit=1";
  says(`GET /v1/deliveries?${filters}`, { data: [delivery], next: "more" });
  const asks = "--subscription webhook_1 --state exhausted --type TRAFFIC --space door_1 --since 0 --limit 1";
  const { out, notes } = await run(`deliveries list ${asks}`);
  assert.deepEqual(out.split("\n"), [
    "id          made       type            about   state    attempts  the receiver",
    "delivery_7  1 min ago  ROOM_OCCUPANCY  room_1  pending  1         answered 503",
    "",
  ]);
  assert.match(notes, /raise --limit \(now 1\)/);
  says("GET /v1/deliveries?limit=50", { data: [delivery], next: "b" });
  says("GET /v1/deliveries?limit=49&cursor=b", { data: [], next: null });
  const json = await run("deliveries list --json");
  assert.deepEqual([json.out, json.notes], [`${JSON.stringify(delivery)}\n`, ""]);
  await run("deliveries list --state nonsense", 2);
});

test("deliveries show tells attempt by attempt, retry and resend what happens", async (t) => {
  const { run, says, server } = await begin(t);
  const answered = { ...attempt, response: "down for\nmaintenance", response_encoding: "text" };
  says("GET /v1/deliveries/delivery_7", { ...delivery, attempts: [answered] });
  const { out } = await run("deliveries show delivery_7 --organization org_1");
  assert.match(out, /^state {9}pending\. The receiver answered 503\.$/m);
  assert.match(out, /^1 +1970-01-01T00:00:00.000Z +7 ms +answered 503 +down for\\x0amaintenance$/m);
  says("POST /v1/deliveries/delivery_7/retry", delivery, 202);
  assert.equal((await run("deliveries retry delivery_7")).out, "delivery_7 is due now.\n");
  says("POST /v1/deliveries/delivery_7/retry", { ...delivery, state: "delivered" }, 202);
  assert.equal((await run("deliveries retry delivery_7")).out, "delivery_7 is delivered.\n");
  says("POST /v1/deliveries/delivery_7/resend", { id: "delivery_9" }, 202);
  assert.equal((await run("deliveries resend delivery_7")).out, "delivery_7 goes out again as delivery_9.\n");
  assert.equal(server.requests.length, 4);
});

test("deliveries show says which one it waits behind, and how that stands", async (t) => {
  const { run, says } = await begin(t);
  const stateOf = async (before: object) => {
    const waits_behind = { ...delivery, id: "delivery_5", ...before };
    const waiting = { ...delivery, attempt_count: 0, last_attempt: null, attempts: [], waits_behind };
    says("GET /v1/deliveries/delivery_7", waiting);
    return /^state {9}(.*)$/m.exec((await run("deliveries show delivery_7")).out)![1];
  };
  const order = "pending. It waits behind delivery_5, since its subscription keeps the order of each subject.";
  assert.equal(await stateOf({}), `${order} That one is tried again: the receiver answered 503.`);
  assert.match((await stateOf({ due: iso(Date.now() + 250_500) }))!, /answered 503\. Next try in 4 min (10|9) s\.$/);
  const untried = { attempt_count: 0, last_attempt: null };
  assert.equal(await stateOf(untried), `${order} That one waits for its first attempt.`);
});

test("a table fits a terminal: the longest columns are cut, but never the first", () => {
  const rows = [["webhook_123456789", "a long name that goes on and on", "an even longer word than the one before it"]];
  const head = ["id", "name", "words"];
  for (const width of [30, 45, 60, 80, 94]) {
    const lines = table(head, rows, width).trimEnd().split("\n");
    assert.ok(Math.max(...lines.map(({ length }) => length)) <= Math.max(width, 37), `${width}: ${lines.join("\n")}`);
    assert.ok(lines[1]!.startsWith("webhook_123456789  "));
  }
  assert.ok(!table(head, rows, 94).includes("…"));
  assert.ok(!table(head, rows).includes("…"));
});
