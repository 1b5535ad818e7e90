import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { newSecret, sign } from "../../receiver/src/index.ts";
import { describe } from "../../src/words/payload.ts";
import { runProgram } from "../../src/cli/program.ts";
import { systemClock, systemRandom } from "../../src/clock.ts";
import { startEdge } from "./edge.ts";
import { createTestTerminal } from "./test-terminal.ts";

const room = JSON.stringify({
  id: "event_1",
  type: "ROOM_OCCUPANCY",
  metadata: { room_name: "Cherry Falls" },
  data: 4,
});
const entry = JSON.stringify({
  event: { resource_type: "access_log", action: "create", data: { name: "\u001b[31mMallory", access_point: 7 } },
});

async function listen(t: TestContext, args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "belfry-listen-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const caFile = join(folder, "ca.pem");
  const terminal = createTestTerminal();
  const ended = runProgram(["listen", "--ca-file", caFile, ...args], { terminal });
  await Promise.race([
    terminal.shows("Listening on https://"),
    ended.then((code) => assert.fail(`${code}: ${terminal.notes()}`)),
  ]);
  const url = /https:\/\/[^,\s]+/.exec(terminal.notes())![0];
  const deliver = (
    body: string,
    headers: Record<string, string> = {},
    path = "/hooks",
    method = "POST",
    ca = readFileSync(caFile, "utf8"),
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, { method, ca, headers, agent: false }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode!));
      });
      sent.on("error", reject).end(body);
    });
  const end = async (): Promise<number> => {
    terminal.pressCtrlC();
    return ended;
  };
  return { terminal, url, deliver, end, caFile };
}

function signed(secret: string, id: string, body: string): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign({ id, timestamp, body, secret }),
  };
}

test("listen verifies what arrives over TLS and says ok, duplicate or BAD SIGNATURE, one line each, and totals", async (t) => {
  const secret = newSecret(systemRandom);
  const { terminal, deliver, end } = await listen(t, ["--secret", secret]);
  assert.equal(await deliver(room, signed(secret, "event_1", room)), 204);
  assert.equal(await deliver(room, signed(secret, "event_1", room)), 204);
  assert.equal(await deliver(entry, signed(newSecret(systemRandom), "event_2", entry)), 401);
  assert.equal(await deliver(room, signed(secret, "event_3", entry)), 401);
  assert.equal(await deliver(room), 401);
  assert.equal(await end(), 0);
  const lines = terminal.out().trim().split("\n");
  assert.equal(lines.length, 5);
  assert.match(lines[0]!, /^\d\d:\d\d:\d\d\.\d{3} {2}ROOM_OCCUPANCY {2}Cherry Falls {2}4 people {2}ok$/);
  assert.match(lines[1]!, / {2}4 people {2}duplicate$/);
  assert.match(lines[2]!, /access_log\.create {2}\\x1b\[31mMallory {2}BAD SIGNATURE \(No signature matches/);
  assert.match(lines[4]!, /BAD SIGNATURE \(The webhook-id header is missing\.\)/);
  assert.match(terminal.notes(), /5 received: 1 ok, 1 duplicates, 0 not verified, 3 with a bad signature\./);
});

test("the same event for two subscriptions is no duplicate", async (t) => {
  const [first, second] = [newSecret(systemRandom), newSecret(systemRandom)];
  const { terminal, deliver, end } = await listen(t, ["--secret", first, second, "--json"]);
  await deliver(room, signed(first, "event_1", room));
  await deliver(room, signed(second, "event_1", room));
  await end();
  const lines = terminal
    .out()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.match(String(lines[0]!["listening"]), /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual(
    lines.slice(1, 3).map((line) => line["verdict"]),
    ["ok", "ok"],
  );
  assert.deepEqual(lines[3], { received: 2, ok: 2, duplicate: 0, unverified: 0, bad_signature: 0 });
});

test("without a secret nothing is verified, and listen says so", async (t) => {
  const { terminal, deliver, end } = await listen(t, []);
  assert.equal(await deliver("no json \u0007", { "webhook-id": "1" }), 204);
  assert.equal(await deliver("again", { "webhook-id": "1" }), 204);
  assert.equal(await deliver("", {}, "/", "GET"), 405);
  await end();
  assert.match(terminal.notes(), /Signatures are not verified/);
  assert.match(terminal.out(), /\? {2}- {2}no json \\x07 {2}not verified\n.* {2}again {2}duplicate\n$/);
});

test("listen says which settings let a Belfry deliver here", async (t) => {
  const { terminal, caFile, end } = await listen(t, []);
  await end();
  const settings = `  BELFRY_CA_FILE=${caFile} BELFRY_ALLOW_NETWORKS=127.0.0.0/8,::1/128 BELFRY_ALLOW_LOOPBACK=true\n`;
  assert.ok(terminal.notes().includes(settings));
});

test("a listen started again with the same --ca-file is trusted by who trusted the first, until the names change", async (t) => {
  const first = await listen(t, []);
  const trusted = readFileSync(first.caFile, "utf8");
  await first.end();
  assert.equal(statSync(`${first.caFile}.key`).mode & 0o777, 0o600);
  const again = await listen(t, ["--ca-file", first.caFile]);
  assert.equal(await again.deliver(room, {}, "/hooks", "POST", trusted), 204);
  await again.end();
  const elsewhere = await listen(t, ["--ca-file", first.caFile, "--host", "127.0.0.2"]);
  await assert.rejects(elsewhere.deliver(room, {}, "/hooks", "POST", trusted));
  assert.equal(await elsewhere.deliver(room, {}, "/hooks", "POST", readFileSync(first.caFile, "utf8")), 204);
  await elsewhere.end();
});

test("listen writes over nobody's authority and says where it cannot write", async (t) => {
  const { caFile, end } = await listen(t, []);
  await end();
  const failing = async (file: string): Promise<string> => {
    const terminal = createTestTerminal();
    assert.equal(await runProgram(["listen", "--ca-file", file], { terminal }), 1);
    return terminal.notes();
  };
  assert.match(await failing(`${caFile}.key`), /exists and was not written by listen: name another file/);
  assert.match(await failing(join(caFile, "x.pem")), /cannot be written \(.*\): name another file/);
});

test("--subscription fetches the signing secret through the operator API", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "belfry-listen-test-"));
  const server = await startEdge(data);
  t.after(() => server.stop());
  const secret = newSecret(systemRandom);
  server.answers.set("POST /v1/subscriptions/webhook_1/signing-secret/reveal", {
    status: 200,
    body: { signing_secret: secret },
  });
  const { terminal, deliver, end } = await listen(t, ["--subscription", "webhook_1", "--data", data]);
  assert.equal(await deliver(room, signed(secret, "event_1", room)), 204);
  await end();
  assert.match(terminal.notes(), /Verifying with 1 signing secret\./);
  assert.ok(!(terminal.notes() + terminal.out()).includes(secret));

  const failing = createTestTerminal();
  assert.equal(await runProgram(["listen", "--subscription", "webhook_2", "--data", data], { terminal: failing }), 1);
  assert.match(failing.notes(), /404 NOT_FOUND/);
});

test("a port that is taken is told in a sentence", async (t) => {
  const { url, end } = await listen(t, []);
  const terminal = createTestTerminal();
  assert.equal(await runProgram(["listen", "--port", new URL(url).port], { terminal }), 1);
  assert.match(
    terminal.notes(),
    /^Something listens on 127\.0\.0\.1:\d+ already: stop it, or choose another port with --port/,
  );
  await end();
});

test("a body beyond a mebibyte is refused", async (t) => {
  const { deliver, terminal, end } = await listen(t, []);
  const answer = await deliver("x".repeat(2 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) => error.code);
  assert.ok(answer === 413 || answer === "EPIPE" || answer === "ECONNRESET");
  await end();
  assert.match(terminal.notes(), /0 received/);
});

test("type, subject and value are read from payloads of both dialects, and from nothing", () => {
  assert.deepEqual(describe(room), { type: "ROOM_OCCUPANCY", subject: "Cherry Falls", value: "4 people" });
  assert.deepEqual(describe(JSON.stringify({ type: "TRAFFIC", metadata: { floor_name: "1st Floor" } })), {
    type: "TRAFFIC",
    subject: "1st Floor",
    value: "nobody",
  });
  const call = { event: { resource_type: "call", action: "create", data: { device: { name: "Main Entrance" } } } };
  assert.deepEqual(describe(JSON.stringify(call)), { type: "call.create", subject: "Main Entrance", value: "" });
  for (const body of ["", "null", "[]", "7", '{"type":5}'])
    assert.deepEqual(describe(body), { type: "?", subject: "", value: "" });
});

test("an alert of Belfry's own is its kind, whom it is about, and its sentence on one line", async (t) => {
  const text = `Subscription “Lobby feed” (webhook_1) of Birch & Vale fails: its receiver answers 503; ${"check it ".repeat(9)}.`;
  const of = { type: "subscription", id: "webhook_1", name: "Lobby feed" };
  const alert = (about: readonly object[], kind = "subscription.failing"): string =>
    JSON.stringify({ id: "event_1", kind, at: "2026-06-17T10:36:12.000Z", text, count: about.length, about });
  const said = (body: string) => Object.values(describe(body)).slice(0, 2);
  assert.deepEqual(describe(alert([of])), { type: "subscription.failing", subject: "Lobby feed", value: text });
  assert.deepEqual(said(alert([{ ...of, name: null }])), ["subscription.failing", "webhook_1"]);
  assert.deepEqual(said(alert([of, of])), ["subscription.failing", ""], "the sentence says how many");
  assert.deepEqual(said(alert([{ type: "installation", id: "x" }], "disk.low")), ["disk.low", ""]);
  assert.deepEqual(said(alert([], "test")), ["test", ""]);
  const { terminal, deliver, end } = await listen(t, []);
  assert.equal(await deliver(alert([of])), 204);
  await end();
  assert.ok(terminal.out().includes(`  subscription.failing  Lobby feed  ${text}  not verified\n`), terminal.out());
});

test("the value of every kind of payload is said in a few words", () => {
  const said = (type: string, data: unknown): string => describe(JSON.stringify({ type, data })).value;
  assert.equal(said("ZONE_OCCUPANCY_1MIN", 1), "1 person");
  assert.equal(said("FLOOR_OCCUPANCY", 0), "0 people");
  assert.equal(said("TRAFFIC", { in: 2, out: 1 }), "2 in, 1 out");
  assert.equal(said("TRAFFIC", { in: 0, out: 1 }), "1 out");
  assert.equal(said("DETECTIONS", { local: [[0, 0]], world: [[1, 1]] }), "1 person seen");
  assert.equal(said("PIR_MOTION", {}), "motion");
  assert.equal(said("PIR_NO_MOTION", {}), "no motion");
  assert.equal(said("SENSOR_HEALTH", { online: false }), "silent");
  const door = (resource_type: string, data: object): string =>
    describe(JSON.stringify({ event: { resource_type, action: "create", data } })).value;
  const unlocked = { name: "Ada Moss", release_status: "Unlocked" };
  assert.equal(door("access_log", { ...unlocked, entry_method: "PIN" }), "Unlocked, PIN");
  assert.equal(door("access_log", { ...unlocked, entry_method: { keychain: { id: 1 } } }), "Unlocked, visitor pass");
  assert.equal(door("call", { notification_type: "video", status: "answered" }), "video, answered");
});

test("listen refuses the first attempts of each delivery as asked, and what was refused is no duplicate later", async (t) => {
  const secret = newSecret(systemRandom);
  const { terminal, deliver, end } = await listen(t, ["--secret", secret, "--fail-first", "2", "--status", "202"]);
  const attempt = (delivery: number, number: number): Promise<number> =>
    deliver(room, {
      ...signed(secret, `event_${delivery}`, room),
      "belfry-delivery": `delivery_${delivery}`,
      "belfry-attempt": `${number}`,
    });
  assert.deepEqual([await attempt(1, 1), await attempt(1, 2), await attempt(2, 1)], [503, 503, 503]);
  assert.deepEqual([await attempt(1, 3), await attempt(2, 2), await attempt(2, 3)], [202, 503, 202]);
  assert.equal(await attempt(1, 4), 202);
  await end();
  const outcomes = terminal
    .out()
    .trim()
    .split("\n")
    .map((line) => line.split("4 people  ")[1]);
  assert.deepEqual(outcomes, [
    "ok, answered 503",
    "ok, attempt 2, answered 503",
    "ok, answered 503",
    "ok, attempt 3, answered 202",
    "ok, attempt 2, answered 503",
    "ok, attempt 3, answered 202",
    "duplicate, attempt 4, answered 202",
  ]);
});

test("listen asks for the delay that it was given, also where it refuses", async (t) => {
  const { deliver, end } = await listen(t, ["--delay", "60000", "--fail-first", "1"]);
  const waits: number[] = [];
  const { after } = systemClock;
  t.mock.method(systemClock, "after", (ms: number, then: () => void) => {
    waits.push(ms);
    return after(0, then);
  });
  assert.deepEqual([await deliver(room), await deliver(room)], [503, 204]);
  assert.deepEqual(waits, [60_000, 60_000]);
  await end();
});

test("listen shows headers and body in full", async (t) => {
  const { terminal, deliver, end } = await listen(t, ["--full"]);
  assert.equal(await deliver(room, { "x-odd": "a" }, "/hook?b=c"), 204);
  await end();
  const shown = terminal.out();
  assert.match(shown, /\n {4}POST \/hook\?b=c\n {4}x-odd: a\n/);
  assert.match(shown, /\n\n {4}\{\n {4} {2}"id": "event_1",\n/);
});

test("numbers that cannot be are refused with what they must be", async () => {
  const refusals = [
    [["--status", "99"], /It is a status of HTTP, from 200 to 599/],
    [["--delay", "-1"], /It is a whole number below a million/],
    [["--fail-first", "x"], /It is a whole number below a million/],
  ] as const;
  for (const [args, says] of refusals) {
    const terminal = createTestTerminal();
    assert.notEqual(await runProgram(["listen", ...args], { terminal }), 0);
    assert.match(terminal.notes(), says);
  }
});

test("deliveries of several subscriptions to one URL are told apart by their names", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "belfry-listen-test-"));
  const server = await startEdge(data);
  t.after(() => server.stop());
  const secrets = [newSecret(systemRandom), newSecret(systemRandom)];
  for (const [index, secret] of secrets.entries()) {
    const path = `/v1/subscriptions/webhook_${index}`;
    server.answers.set(`POST ${path}/signing-secret/reveal`, { status: 200, body: { signing_secret: secret } });
    server.answers.set(`GET ${path}`, { status: 200, body: { name: ["Rooms", "Doors"][index] } });
  }
  const args = ["--subscription", "webhook_0", "webhook_1", "--data", data];
  const { terminal, deliver, end } = await listen(t, args);
  for (const secret of secrets) assert.equal(await deliver(room, signed(secret, "event_1", room)), 204);
  await end();
  assert.match(terminal.out(), /^\S+ {2}Rooms {2}ROOM_OCCUPANCY .* {2}ok\n\S+ {2}Doors {2}ROOM_OCCUPANCY .* {2}ok\n$/);
});
