import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";
import { newSecret, sign } from "../../receiver/src/index.ts";
import { createFeed } from "../../src/cli/demo/feed.ts";
import { isDown } from "../../src/cli/demo/flaky.ts";
import { houseInTheMorning, morningMs } from "../../src/cli/demo/house.ts";
import { createPlain, picture, type Scene } from "../../src/cli/demo/picture.ts";
import { count, createMeter, createTally, summary, type Tally } from "../../src/cli/demo/tally.ts";
import { nothingSeen } from "../../src/cli/demo/watch.ts";
import type { DemoServerOptions, StartDemoServer } from "../../src/cli/demo/stage.ts";
import type { ReceivedDelivery } from "../../src/cli/local-receiver.ts";
import { runProgram } from "../../src/cli/program.ts";
import { systemClock, systemRandom } from "../../src/clock.ts";
import { createBuilding } from "../../src/simulator/building.ts";
import type { SimulatedObservation } from "../../src/simulator/observation.ts";
import { until } from "../fixtures/until.ts";
import { createLeapingClock, createTestTerminal } from "./test-terminal.ts";

interface Seen {
  readonly calls: { call: string; authorization: string; body: string }[];
  options: DemoServerOptions | null;
  stopped: boolean;
}

const inboxUrl = "http://127.0.0.1:8080/inbox/of-the-tenant";

/** Stands where Belfry stands: both vendors' APIs answer, and every batch of observations gives one signed delivery to each
 * subscription. `forge`: sign with another secret than was told. */
function standIn(seen: Seen, forge = false): StartDemoServer {
  return async (options) => {
    seen.options = options;
    const agent = new Agent({ ca: readFileSync(options.caFile), keepAlive: true });
    const subscriptions: { url: string; secret: string; body: string }[] = [];
    let deliveries = 0;
    const subscribe = (url: string, body: object) => {
      const secret = newSecret(systemRandom);
      // What goes to an inbox stays in the server.
      if (url !== inboxUrl) {
        subscriptions.push({ url, secret: forge ? newSecret(systemRandom) : secret, body: JSON.stringify(body) });
      }
      return secret;
    };
    const deliver = ({ url, secret, body }: (typeof subscriptions)[number]): void => {
      const [id, timestamp] = [`event_${++deliveries}`, Math.floor(Date.now() / 1000)];
      const signature = sign({ id, timestamp, body, secret });
      const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
      const sent = request(url, { method: "POST", agent, headers }, (response) => response.resume());
      sent.on("error", () => {}).end(body);
    };
    const answers: Record<string, (body: string) => unknown> = {
      "PUT /v1/building-model": (body) => JSON.parse(body) as unknown,
      "POST /v1/session-links": () => ({ path: "/console/#sign-in=once", url: null }),
      "POST /v1/keys": () => ({ client_id: "client_1", client_secret: "s", key: "belfry_key" }),
      "POST /api/v2/clients/login": () => ({
        access_token: "butlr-token",
        token_type: "Bearer",
        expires_in: 3600,
        scope: "",
      }),
      "POST /oauth/token": () => ({ access_token: "butterflymx-token", token_type: "Bearer" }),
      "POST /api/v3/graphql": (body) => {
        const { variables } = JSON.parse(body) as { variables: { input: [{ endpoint_config: { url: string } }] } };
        const signing_secret = subscribe(variables.input[0].endpoint_config.url, { type: "ROOM_OCCUPANCY", data: 1 });
        return { data: { createWebhooks: [{ id: "webhook_1", signing_secret }] } };
      },
      "POST /v1/recompute": () => ({}),
      "POST /v1/inboxes": () => ({ url: inboxUrl }),
      "GET /v1/inboxes": () => ({ data: [], next: null }),
      "GET /v1/occupancy": () => ({ data: [], next: null }),
      "GET /v1/subscriptions": () => ({ data: [], next: null }),
      "GET /metrics": () => ({}),
      "POST /v1/observations": (body) => {
        const accepted = body.trim().split("\n").length;
        for (const subscription of subscriptions) deliver(subscription);
        return { accepted, duplicates: 0, rejected: [] };
      },
    };
    const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const call = `${incoming.method} ${incoming.url}`;
      if (call.startsWith("GET /v1/server?")) {
        response.end(JSON.stringify({ name: "belfry" }));
        return;
      }
      if (call.startsWith("GET /v1/occupancy?space=")) {
        response.end(JSON.stringify({ minutes: { presence: { data: Array.from({ length: 190 }) } } }));
        return;
      }
      seen.calls.push({ call, authorization: incoming.headers.authorization ?? "", body });
      const integration = (): unknown => {
        const { data } = JSON.parse(body) as { data: { attributes: { configuration: { url: string } } } };
        const event = { event: { resource_type: "access_log", action: "create", data: { name: "Ann" } } };
        return {
          data: { id: "7", attributes: { signing_secret: subscribe(data.attributes.configuration.url, event) } },
        };
      };
      response.end(JSON.stringify((answers[call] ?? integration)(body)));
    };
    const server = createServer((incoming, response) => void answer(incoming, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      operatorKey: "operator-key",
      async stop() {
        seen.stopped = true;
        agent.destroy();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  };
}

const nothingSeenYet = (): Seen => ({ calls: [], options: null, stopped: false });

test("the demo subscribes at both doors as clients do, shows what arrives, and leaves nothing behind", async () => {
  const seen = nothingSeenYet();
  const terminal = createTestTerminal();
  const ended = runProgram(["demo"], { terminal, startDemoServer: standIn(seen) });
  await terminal.shows("First delivery: ");
  await terminal.shows("/s\n");
  terminal.pressCtrlC();
  assert.equal(await ended, 0, terminal.notes());

  const house = createBuilding(1).sites[0]!.buildings![0]!;
  const tenant = house.tenants![0]!.butterflymx_id;
  assert.deepEqual(
    seen.calls
      .filter(({ call }) => call !== "POST /v1/observations" && !call.startsWith("GET "))
      .map(({ call, authorization }) => `${call} ${authorization}`.trim()),
    [
      "POST /v1/session-links Bearer operator-key",
      "PUT /v1/building-model Bearer operator-key",
      "POST /v1/keys Bearer operator-key",
      "POST /v1/keys Bearer operator-key",
      "POST /v1/recompute Bearer operator-key",
      "POST /v1/recompute Bearer operator-key",
      "POST /api/v2/clients/login",
      "POST /api/v3/graphql Bearer butlr-token",
      "POST /api/v2/clients/login",
      "POST /api/v3/graphql Bearer butlr-token",
      "POST /oauth/token",
      `POST /v4/buildings/${house.butterflymx_id}/integrations Bearer butterflymx-token`,
      "POST /v1/inboxes Bearer operator-key",
      "POST /oauth/token",
      `POST /v4/tenants/${tenant}/integrations Bearer butterflymx-token`,
    ],
  );
  assert.match(
    terminal.notes(),
    /^Open the console, signed in .*:\n {2}http:\/\/127\.0\.0\.1:\d+\/console\/#sign-in=once\n/,
    "the first thing that it says",
  );
  assert.match(
    terminal.notes(),
    /curl -s http:\/\/127\.0\.0\.1:\d+\/api\/v3\/graphql -H 'authorization: Bearer belfry_key'/,
  );
  assert.match(terminal.out(), /observations in, \d+ webhooks received and verified/);
  assert.match(terminal.out(), /\nDone\. \d+ observations in, \d+ webhooks received and verified\.\n$/);
  assert.ok(seen.stopped);
  assert.equal(existsSync(dirname(seen.options!.data)), false);
  assert.deepEqual(
    { ...seen.options, data: "", caFile: "" },
    { data: "", caFile: "", port: 0, allowNetworks: ["127.0.0.0/8"], allowLoopback: true },
  );
});

test("the demo ends by itself with --for, and fails when signatures do not hold", async (t) => {
  const terminal = createTestTerminal();
  // Its time is up as soon as something has arrived, however long that takes here.
  const hasArrived = (): boolean => /"bad_signature":[1-9]/.test(terminal.out());
  const { after } = systemClock;
  t.mock.method(systemClock, "after", (ms: number, then: () => void) => {
    if (ms !== 2_000) return after(ms, then);
    void until("a delivery", hasArrived)
      .catch(() => {})
      .then(then);
    return () => {};
  });
  const code = await runProgram(["demo", "--for", "2", "--json"], {
    terminal,
    startDemoServer: standIn(nothingSeenYet(), true),
  });
  assert.equal(code, 1);
  const last = JSON.parse(terminal.out().trim().split("\n").at(-1)!) as Record<string, number>;
  assert.equal(last["ok"], 0);
  assert.ok(last["bad_signature"]! > 0);
  assert.match(terminal.notes(), /\d+ deliveries came with a bad signature/);
});

test("a server that does not start leaves nothing behind either", async () => {
  const terminal = createTestTerminal();
  let folder = "";
  const startDemoServer: StartDemoServer = ({ data }) => {
    folder = dirname(data);
    return Promise.reject(new Error("no"));
  };
  assert.equal(await runProgram(["demo"], { terminal, startDemoServer }), 1);
  assert.notEqual(folder, "");
  assert.equal(existsSync(folder), false);
});

const at = (time: number): SimulatedObservation => ({
  id: `t${time}`,
  kind: "traffic",
  sensor: "s",
  at: time,
  in: 1,
  out: 0,
});

test("the feed sends what was sensed until now at once and in order, then lives with the clock, and never runs ahead", async () => {
  const clock = createLeapingClock();
  const stop = new AbortController();
  const now = clock.now();
  const times = [now - 9_000, now - 60, now, now + 150, now + 1_000];
  const sent: { at: number; when: number; batch: number }[] = [];
  let batches = 0;
  const feeding = createFeed({
    observations: times.map(at).values(),
    clock,
    stopped: stop.signal,
    async send(batch) {
      batches++;
      for (const observation of batch) sent.push({ at: observation.at, when: clock.now(), batch: batches });
      if (sent.length === times.length) stop.abort();
    },
  });
  await feeding.catchUp();
  assert.equal(sent.length, 3);
  assert.equal(batches, 1);
  await feeding.run();
  assert.deepEqual(
    sent.map((one) => one.at),
    times,
  );
  for (const { at, when } of sent) assert.ok(at <= when, "nothing from the future");
  assert.ok(sent[3]!.when - sent[3]!.at < 1_000, "within a second");
});

test("where the house stands it is about twenty to eleven, whenever the demo is started", () => {
  for (let hour = 0; hour < 48; hour++) {
    const now = Date.UTC(2026, 6, 15, 3, 17) + hour * 1_800_000;
    const { timezone } = houseInTheMorning(createBuilding(1), morningMs, now).sites[0]!;
    const local = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, timeStyle: "short" }).format(now);
    assert.match(local, /^(10:[1-5]\d|11:[01]\d)$/, `${timezone}: ${local}`);
  }
});

test("the flaky receiver is well at first, fails for a while, and is well again", () => {
  const down = [-Infinity, 0, 14_999, 15_000, 54_999, 55_000, 179_999, 195_000].map(isDown);
  assert.deepEqual(down, [false, false, false, true, true, false, false, true]);
});

test("Ctrl-C while the server starts ends the demo well, with nothing left behind and nothing asked of the server", async () => {
  const seen = nothingSeenYet();
  const terminal = createTestTerminal();
  const start = standIn(seen);
  const startDemoServer: StartDemoServer = (options) => {
    terminal.pressCtrlC();
    return start(options);
  };
  assert.equal(await runProgram(["demo"], { terminal, startDemoServer }), 0);
  assert.equal(terminal.notes(), "");
  assert.match(terminal.out(), /^Done\. 0 observations in/);
  assert.deepEqual(seen.calls, []);
  assert.ok(seen.stopped);
  assert.equal(existsSync(dirname(seen.options!.data)), false);
});

const scene = (tally: Tally, server: Partial<Scene["server"]> = {}): Scene => ({
  title: "The Foundry",
  now: Date.UTC(2026, 10, 30, 10, 42),
  timezone: "Etc/UTC",
  url: "http://127.0.0.1:40123",
  tally,
  server: { ...nothingSeen, ...server },
  doors: new Map([[7, "Main Entrance"]]),
});

const floors = [
  {
    name: "1st Floor",
    people: 6,
    rooms: [
      { name: "Atrium", people: 0, capacity: 12 },
      { name: "The Pantry", people: 1, capacity: 20 },
      { name: "Archive", people: null, capacity: null },
      { name: "Ground Corridor", people: 5, capacity: null },
    ],
  },
];
const backsOff = {
  path: "/flaky-partner",
  state: "backing_off",
  failure: "503",
  until: Date.UTC(2026, 10, 30, 10, 42, 12),
};

test("the picture fits 80 × 24 and shows rooms with people, what goes in and out, and how each receiver stands", () => {
  const tally = createTally();
  const meter = createMeter(tally);
  for (let round = 0; round < 12; round++) count(tally, received("TRAFFIC"), false);
  tally.observations.total = 1_200;
  meter();
  const lines = picture(scene(tally, { floors, lanes: [backsOff], owed: 41, inbox: 3 }), 80, 24);
  assert.ok(lines.length < 24 && lines.every((line) => line.length < 80), lines.join("\n"));
  assert.deepEqual(lines, [
    " Belfry demo · The Foundry · Mon 10:42 local             http://127.0.0.1:40123",
    "",
    " 1st Floor  6 here",
    "   Atrium        ░░░░░ 0/12  The Pantry    █░░░░ 1/20  Archive       ????? ?",
    "   Ground Corri… █████ 5",
    "",
    " Doors  nobody has come through since the demo began",
    "",
    " In   1,200/s observations, 1,200 so far; most repeat what is known",
    " Out    12/s webhooks, 12 so far, verified; each change, to each subscriber",
    "      41 owed, none lost",
    "   building-app  ● delivering     12  ROOM_OCCUPANCY Lobby 4 people",
    "   concierge     ● delivering      0",
    "   flaky-partner ◐ answered 503 · next try in 12 s · nobody else waits for it",
    "   resident-app  ● an inbox        3  to read in the console, under Inboxes",
    "",
    " [o] console link  [d] open a door  [c] curl lines  [q] quit",
  ]);
});

test("the picture is never higher or wider than the terminal", () => {
  const shown = scene(createTally(), { floors });
  assert.equal(picture(shown, 80, 9).length, 8);
  assert.equal(picture(shown, 80, 2).length, 1);
  assert.ok(picture(shown, 30, 24).every((line) => line.length < 30));
});

test("what should not happen is said, and refused attempts count as nothing", () => {
  const tally = createTally();
  count(tally, received("TRAFFIC"), false);
  count(tally, received("TRAFFIC", "duplicate"), false);
  count(tally, { ...received("TRAFFIC"), status: 503 }, false);
  count(tally, { ...received("TRAFFIC", "bad_signature"), status: 401 }, false);
  assert.equal(
    summary(tally),
    "0 observations in, 1 webhooks received and verified, 1 duplicates, 1 WITH A BAD SIGNATURE",
  );
});

test("the first delivery and the door you opened yourself are shown, in the picture and line by line", () => {
  const tally = createTally();
  const plain = createPlain();
  const lines = (): readonly string[] => plain(scene(tally));
  assert.equal(lines().length, 1);
  count(tally, { ...received("TRAFFIC", "bad_signature"), status: 401 }, false);
  assert.equal(lines().length, 1, "only a good one is a delivery");
  count(tally, received("TRAFFIC"), false);
  assert.match(lines()[0]!, /^First delivery: 00:00:00\.000 {2}TRAFFIC {2}Lobby {2}4 people {2}ok/);
  const body = JSON.stringify({ event: { resource_type: "access_log", data: { access_point: 7 } } });
  const yours = { ...received("access_log.create", "ok", "You"), path: "/concierge", value: "Unlocked", body };
  count(tally, { ...yours, path: "/resident-app" }, false);
  count(tally, yours, true);
  assert.match(lines()[0]!, /^Yours: 00:00:00\.000 {2}access_log\.create {2}You {2}Unlocked {2}ok/);
  assert.equal(lines().length, 1);
  const doors = picture(scene(tally), 80, 24).filter((line) => line.includes("You, Unlocked"));
  assert.deepEqual(doors, [" Doors  00:00:00  Main Entrance: You, Unlocked"], "once, although two receivers got it");
});

test("keys open a door, show the curl lines and a new link above the picture, and quit", async () => {
  const seen = nothingSeenYet();
  let press: (key: string) => void = () => assert.fail("nobody listens");
  let isQuiet = false;
  const terminal = createTestTerminal({
    redraws: true,
    keys: (onKey) => {
      press = onKey;
      return () => (isQuiet = true);
    },
  });
  const ended = runProgram(["demo"], { terminal, startDemoServer: standIn(seen) });
  await terminal.shows("[q] quit");
  const entries = (): number => seen.calls.filter(({ body }) => body.includes('"name":"You"')).length;
  assert.doesNotMatch(terminal.notes(), /curl/);
  press("x");
  press("d");
  press("c");
  press("o");
  await terminal.shows("curl -s");
  await terminal.shows("\u001b[JOpen the console, signed in");
  await until("the entry of the door", () => entries() > 0);
  press("q");
  assert.equal(await ended, 0, terminal.notes());
  assert.equal(entries(), 1);
  assert.ok(isQuiet);
});

function received(type: string, verdict: ReceivedDelivery["verdict"] = "ok", subject = "Lobby"): ReceivedDelivery {
  return {
    at: 0,
    verdict,
    reason: null,
    subscription: "building-app",
    id: "1",
    path: "/building-app",
    attempt: 1,
    status: 204,
    headers: [],
    type,
    subject,
    value: "4 people",
    body: JSON.stringify({ type: "ROOM_OCCUPANCY", metadata: { room_name: "Lobby" }, data: 4 }),
  };
}
