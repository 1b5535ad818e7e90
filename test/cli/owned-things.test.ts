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
  says("GET /v1/subscriptions?state=active&type=TRAFFIC&figures=true", { data, next: null });
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
  says("GET /v1/subscriptions/webhook_2?figures=true", backingOff());
  const { out } = await run("subscriptions show webhook_2");
  assert.match(out, /^takes {9}ROOM_OCCUPANCY, TRAFFIC$/m);
  assert.match(out, /^status {8}backing off: the receiver answered 503/m);
  assert.match(out, /^lane {10}backing_off, waits for: backing_off$/m);
  assert.match(out, /^last failure {2}1970-01-01T00:00:00.000Z: the receiver answered 503$/m);
  assert.equal(server.requests.at(-1)!.path, "/v1/subscriptions/webhook_2?figures=true");
  says("GET /v1/subscriptions/webhook_1?figures=true", well);
  assert.match((await run("subscriptions show webhook_1")).out, /^status {8}idle\. Nothing is due\.$/m);
});

test("subscriptions show and list count what waits on the disk as well, as far as the server does", async (t) => {
  const { run, says } = await begin(t);
  const shown = async (backlog: number, is_backlog_whole: boolean, status: object = quietLane) => {
    const one = { ...well, lane: { status }, figures: { backlog, is_backlog_whole } };
    says("GET /v1/subscriptions/webhook_1?figures=true", one);
    says("GET /v1/subscriptions?figures=true", { data: [one], next: null });
    const { out } = await run("subscriptions show webhook_1");
    const row = (await run("subscriptions list")).out.split("\n")[1]!;
    return [/^wait +(.*)$/m.exec(out)![1], /^status +(.*)$/m.exec(out)![1], / a\.test +(\S+)/.exec(row)![1]];
  };
  const onDisk = { ...quietLane, more_on_disk: true };
  assert.deepEqual(await shown(0, true), ["0 deliveries", "idle. Nothing is due.", "0"]);
  const later = "idle. Nothing is due now. 1,200 deliveries wait for a later try.";
  assert.deepEqual(await shown(1_200, true, onDisk), ["1,200 deliveries", later, "1,200"]);
  const failing = { ...onDisk, state: "backing_off", last_failure: failure, in_flight: 2, waiting_in_memory: 7 };
  assert.deepEqual(await shown(10_009, false, failing), [
    "at least 10,007 deliveries",
    "backing off: the receiver answered 503. The next try is about to start. At least 10,007 deliveries wait. None is lost.",
    "10,007+",
  ]);
});

test("subscriptions show tells the settings that differ from a new one's", async (t) => {
  const { run, says } = await begin(t);
  const usual = {
    ...well,
    scope: { kind: "organization" },
    filters: null,
    send_on_value_change: false,
    repeat_minutes: 0,
    order: "none",
    mode: "all",
    heartbeat_s: null,
    rate_limit: null,
    auto_disable_after_s: 432_000,
    signatures: ["standard"],
    payload_format: "both",
    endpoint: { url: "https://a.test/", timeout_ms: null, has_api_key: false, has_basic_auth: false, header_names: [] },
    lane: { status: quietLane, max_in_flight: null, retry_delays_ms: null },
  };
  const shown = async (subscription: object) => {
    says("GET /v1/subscriptions/webhook_1?figures=true", subscription);
    const { out } = await run("subscriptions show webhook_1");
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/ {2,}/, ": "));
    const at = (name: string) => lines.findIndex((line) => line.startsWith(name));
    return lines.slice(at("goes to") + 1, at("status"));
  };
  assert.deepEqual(await shown(usual), ["auto-disable: after 5 d without a success"]);
  const endpoint = { url: "https://a.test/", timeout_ms: 7_000, has_api_key: true, api_key_header: "x-api-key" };
  const set = {
    ...usual,
    dialect: "butterflymx",
    scope: { kind: "tenant", id: "tenant_1" },
    filters: { room_ids: ["room_1"] },
    send_on_value_change: true,
    repeat_minutes: 5,
    order: "subject",
    mode: "latest",
    heartbeat_s: 90,
    rate_limit: { per_second: 0.5, burst: 3 },
    auto_disable_after_s: null,
    signatures: ["standard", "ed25519"],
    payload_format: "flat",
    include_locked: true,
    endpoint: { ...endpoint, has_basic_auth: true, basic_auth_username: "bell", header_names: ["x-tenant"] },
    lane: { status: quietLane, max_in_flight: 4, retry_delays_ms: [5_000, 3_600_000] },
  };
  assert.deepEqual(await shown(set), [
    "scope: tenant tenant_1",
    'filters: {"room_ids":["room_1"]}',
    "only changes: yes",
    "minutes: sent in five minutes on end",
    "order: of each subject: one after another",
    "mode: latest: of states that wait only the newest is sent",
    "heartbeat: after 1 min 30 s without a request",
    "rate limit: 0.5 a second, 3 at once after a pause",
    "at a time: at most 4",
    "retries: after 5 s, 1 h",
    "timeout: 7 s",
    "auto-disable: never by itself",
    "signatures: standard, ed25519",
    "credentials: key in x-api-key; basic auth of bell; headers x-tenant",
    "payload: flat; also of doors that did not open",
  ]);
});

test("an empty list says which id in its filters is unknown, and nothing where all are known", async (t) => {
  const { run, says } = await begin(t);
  const empty = { data: [], next: null };
  says("GET /v1/deliveries?subscription=webhook_9&event=event_9&limit=50", empty);
  const none = (what: string) => `There is no ${what}, or this key may not see it.\n`;
  const asked = "deliveries list --subscription webhook_9 --event event_9";
  assert.equal((await run(asked)).notes, none("subscription webhook_9") + none("event event_9"));
  says("GET /v1/subscriptions/webhook_9", well);
  assert.equal((await run(`${asked} --json`)).notes, none("event event_9"));
  says("GET /v1/events/event_9", {}, 403);
  assert.deepEqual(Object.values(await run(`${asked} --json`)), ["", ""]);
  says("GET /v1/replays?subscription=webhook_8", empty);
  assert.equal((await run("redeliver list --subscription webhook_8")).notes, none("subscription webhook_8"));
  says("GET /v1/deliveries?subscription=alert_1&limit=50", empty);
  says("GET /v1/alerts/alert_1", {});
  assert.equal((await run("deliveries list --subscription alert_1")).notes, "");
  says("GET /v1/sensors?organization=org_1&floor=space_1&room=room_1", empty);
  says("GET /v1/organizations/org_1", {});
  says("GET /v1/occupancy?space=room_1&organization=org_1", {});
  assert.equal((await run("sensors --organization org_1 --floor space_1 --room room_1")).notes, none("floor space_1"));
  for (const list of ["subscriptions", "alerts"]) {
    says(`GET /v1/${list}?organization=org_9${list === "alerts" ? "" : "&figures=true"}`, empty);
    assert.equal((await run(`${list} list --organization org_9`)).notes, none("organization org_9"));
  }
  says("GET /v1/occupancy?organization=org_9", empty);
  assert.equal((await run("occupancy --organization org_9")).notes, none("organization org_9"));
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
  const all = (await run("deliveries list")).out.split("\n").slice(0, 2);
  assert.deepEqual(all, [
    "id          subscription  made       type            about   state    attempts  the receiver",
    "delivery_7  webhook_1     1 min ago  ROOM_OCCUPANCY  room_1  pending  1         answered 503",
  ]);
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
  const due = iso(Date.now() + 270_000);
  assert.match((await stateOf({ due }))!, /answered 503\. Next try in 4 min( \d+ s)?\.$/);
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
