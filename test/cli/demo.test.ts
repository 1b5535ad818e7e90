import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";
import { newSecret, sign } from "../../receiver/src/index.ts";
import { feed, morningOf } from "../../src/cli/demo-feed.ts";
import { count, createPlain, createTally, measure, screen } from "../../src/cli/demo-screen.ts";
import type { DemoServerOptions, StartDemoServer } from "../../src/cli/demo.ts";
import type { ReceivedDelivery } from "../../src/cli/inbox.ts";
import { runProgram } from "../../src/cli/program.ts";
import { systemRandom } from "../../src/clock.ts";
import { createBuilding } from "../../src/simulator/building.ts";
import type { SimulatedObservation } from "../../src/simulator/observation.ts";
import { createLeapingClock, createTestTerminal } from "./test-terminal.ts";

interface Seen {
  readonly calls: { call: string; authorization: string; body: string }[];
  options: DemoServerOptions | null;
  stopped: boolean;
}

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
      subscriptions.push({ url, secret: forge ? newSecret(systemRandom) : secret, body: JSON.stringify(body) });
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

const nothingSeen = (): Seen => ({ calls: [], options: null, stopped: false });

test("the demo subscribes at both doors as clients do, shows what arrives, and leaves nothing behind", async () => {
  const seen = nothingSeen();
  const terminal = createTestTerminal();
  const ended = runProgram(["demo"], { terminal, startDemoServer: standIn(seen) });
  await terminal.shows("access_log.create ");
  terminal.pressCtrlC();
  assert.equal(await ended, 0, terminal.notes());

  const house = createBuilding(1).sites[0]!.buildings![0]!;
  const tenant = house.tenants![0]!.butterflymx_id;
  assert.deepEqual(
    seen.calls
      .filter(({ call }) => call !== "POST /v1/observations")
      .map(({ call, authorization }) => `${call} ${authorization}`.trim()),
    [
      "PUT /v1/building-model Bearer operator-key",
      "POST /v1/keys Bearer operator-key",
      "POST /v1/keys Bearer operator-key",
      "POST /api/v2/clients/login",
      "POST /api/v3/graphql Bearer butlr-token",
      "POST /oauth/token",
      `POST /v4/buildings/${house.butterflymx_id}/integrations Bearer butterflymx-token`,
      "POST /oauth/token",
      `POST /v4/tenants/${tenant}/integrations Bearer butterflymx-token`,
      "POST /v1/session-links Bearer operator-key",
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
  assert.match(terminal.out(), /observations in, \d+ webhooks received and verified, .*ROOM_OCCUPANCY \d+/);
  assert.match(terminal.out(), /\nDone\. \d+ observations in, \d+ webhooks received and verified\.\n$/);
  assert.ok(seen.stopped);
  assert.equal(existsSync(dirname(seen.options!.data)), false);
  assert.deepEqual(
    { ...seen.options, data: "", caFile: "" },
    { data: "", caFile: "", port: 0, allowNetworks: ["127.0.0.0/8"], allowLoopback: true },
  );
});

test("the demo ends by itself with --for, and fails when signatures do not hold", async () => {
  const terminal = createTestTerminal();
  const code = await runProgram(["demo", "--for", "2", "--json"], {
    terminal,
    startDemoServer: standIn(nothingSeen(), true),
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

test("the feed sends in order, at the speed asked for, skips nights and never runs past the present", async () => {
  const clock = createLeapingClock();
  const stop = new AbortController();
  const night = 12 * 3_600_000;
  const start = clock.now() - night - 65_000;
  const times = [start, start + 30_000, start + 60_000, start + 60_000 + night, start + 70_000 + night];
  const sent: { at: number; when: number }[] = [];
  await feed({
    observations: times.map(at).values(),
    clock,
    speed: 60,
    stopped: stop.signal,
    onTime: (now) => assert.ok(now <= clock.now()),
    async send(batch) {
      for (const observation of batch) sent.push({ at: observation.at, when: clock.monotonic() });
      if (sent.length === times.length) stop.abort();
    },
  });
  assert.deepEqual(
    sent.map((one) => one.at),
    times,
  );
  assert.deepEqual(
    sent.slice(0, 3).map(({ when }) => when),
    [0, 600, 1000],
    "a minute in a second",
  );
  for (const { at, when } of sent) assert.ok(at <= 1_790_000_000_000 + when, "nothing from the future");
  assert.ok(sent[4]!.when - sent[3]!.when >= 5000, "the present is reached in real time");
});

test("whole weeks back it is the same day of the week, as the building has it", () => {
  // From the second and the last of them back, clocks change on the way.
  for (const day of [Date.UTC(2026, 0, 15), Date.UTC(2026, 3, 1), Date.UTC(2026, 6, 15), Date.UTC(2026, 10, 26)]) {
    for (const timeZone of ["America/Los_Angeles", "Europe/Warsaw", "Asia/Kolkata", "UTC"]) {
      const weekday = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long" });
      for (let hour = 0; hour < 24; hour++) {
        const now = day + hour * 3_600_000;
        assert.equal(weekday.format(morningOf(timeZone, now, 63)), weekday.format(now), `${timeZone} ${hour}`);
      }
    }
  }
});

test("the morning is at half past seven on the building's own clock", () => {
  const now = Date.UTC(2026, 6, 15, 3);
  for (const timeZone of ["America/Los_Angeles", "Europe/Warsaw", "Asia/Kolkata", "UTC"]) {
    const morning = morningOf(timeZone, now, 60);
    assert.equal(new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "short" }).format(morning), "07:30");
    assert.ok(now - morning > 58 * 86_400_000);
  }
});

test("Ctrl-C while the server starts ends the demo well, with nothing left behind and nothing asked of the server", async () => {
  const seen = nothingSeen();
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

function received(type: string, verdict: ReceivedDelivery["verdict"] = "ok", subject = "Lobby"): ReceivedDelivery {
  return {
    at: 0,
    verdict,
    reason: null,
    subscription: "webhook_1",
    id: "1",
    path: "/",
    attempt: 1,
    status: 204,
    headers: [],
    type,
    subject,
    value: "4 people",
    body: "x".repeat(500),
  };
}

test("the screen counts verified deliveries by type and shows the last eight, none wider than the terminal", () => {
  const tally = createTally();
  for (let round = 0; round < 12; round++) count(tally, received("TRAFFIC"));
  measure(tally);
  count(tally, received("PIR_MOTION"));
  count(tally, received("TRAFFIC", "duplicate"));
  measure(tally);
  const lines = screen(tally, "Tue 08:00", 80, 50);
  assert.ok(lines.every((line) => line.length < 80));
  assert.deepEqual(lines.slice(0, 4), [
    "It is Tue 08:00.",
    "0 observations in, 13 webhooks received and verified",
    "1 duplicates",
    "",
  ]);
  assert.match(lines.join("\n"), /PIR_MOTION +1 +1\/s\n {2}TRAFFIC +12 +0\/s/);
  assert.equal(lines.filter((line) => line.startsWith("00:00:00")).length, 8);
  assert.match(createPlain(tally)("Tue 08:00").at(-1)!, /verified, 1 duplicates, 1\/s {2}PIR_MOTION 1$/);
});

test("the screen is never higher than the terminal", () => {
  const tally = createTally();
  for (const type of ["A", "B", "C"]) count(tally, received(type));
  assert.equal(screen(tally, "now", 80, 50).length, 3 + 3 + 1 + 3);
  assert.equal(screen(tally, "now", 80, 9).length, 8);
  assert.equal(screen(tally, "now", 80, 2).length, 1);
});

test("the first delivery and the door you opened yourself are shown, on screens and line by line", () => {
  const tally = createTally();
  const plain = createPlain(tally);
  assert.equal(plain("now").length, 1);
  count(tally, received("TRAFFIC", "bad_signature"));
  assert.equal(plain("now").length, 1, "only a good one is a delivery");
  count(tally, received("TRAFFIC"));
  assert.match(plain("now")[0]!, /^First delivery: 00:00:00\.000 {2}TRAFFIC {2}Lobby {2}4 people {2}ok/);
  count(tally, received("access_log.create", "ok", "You"));
  for (let more = 0; more < 20; more++) count(tally, received("TRAFFIC"));
  assert.match(plain("now")[0]!, /^Yours: 00:00:00\.000 {2}access_log\.create {2}You {2}4 people {2}ok/);
  assert.equal(plain("now").length, 1);
  assert.equal(screen(tally, "now", 80, 50).filter((line) => line.startsWith("Yours: ")).length, 1);
});
