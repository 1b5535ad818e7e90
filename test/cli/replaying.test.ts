import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { CommandFailure } from "../../src/cli/failure.ts";
import { createOperatorClient } from "../../src/cli/operator-client.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createProgress } from "../../src/cli/progress.ts";
import type { Recorded } from "../../src/cli/recording.ts";
import { replay, type Summary } from "../../src/cli/replaying.ts";
import { startEdge, type Edge, type Misbehaviour } from "./edge.ts";
import { createLeapingClock, createTestTerminal } from "./test-terminal.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "belfry-replay-test-"));

async function edge(
  t: TestContext,
  ...parts: Parameters<typeof startEdge> extends [string, ...infer Rest] ? Rest : never
) {
  const data = folder();
  const server = await startEdge(data, ...parts);
  t.after(() => server.stop());
  return { data, server };
}

async function* recording(size: number, everyMs = 1000): AsyncGenerator<Recorded> {
  for (let index = 0; index < size; index++) {
    const at = 1_000_000 + index * everyMs;
    const text = JSON.stringify({ id: `r-${index}`, kind: "traffic", sensor: `s${index % 3}`, at, in: 1, out: 0 });
    yield { line: index + 1, share: (index + 1) / size, at, text };
  }
}

async function send(
  data: string,
  what: AsyncIterable<Recorded>,
  options: { speed?: number; batch?: number; terminal?: ReturnType<typeof createTestTerminal> } = {},
): Promise<{ summary: Summary; waits: number[]; notes: string; clock: ReturnType<typeof createLeapingClock> }> {
  const terminal = options.terminal ?? createTestTerminal();
  const clock = createLeapingClock();
  const summary = await replay(what, {
    client: createOperatorClient({ data }, terminal),
    clock,
    interrupted: terminal.interrupted,
    progress: createProgress(terminal, clock, "test"),
    speed: options.speed ?? Number.POSITIVE_INFINITY,
    batch: options.batch ?? 10,
  });
  return { summary, waits: clock.waits, notes: terminal.notes(), clock };
}

const inOrder = (server: Edge): boolean => {
  const times = [...server.taken.values()].map((text) => (JSON.parse(text) as { at: number }).at);
  return times.every((at, index) => index === 0 || times[index - 1]! <= at);
};

test("a recording arrives whole, in order and in batches", async (t) => {
  const { data, server } = await edge(t);
  const { summary } = await send(data, recording(95));
  assert.equal(server.taken.size, 95);
  assert.ok(inOrder(server));
  assert.deepEqual(
    server.requests.map(({ body }) => body.trim().split("\n").length),
    [10, 10, 10, 10, 10, 10, 10, 10, 10, 5],
  );
  assert.ok(
    server.requests.every(
      ({ type, authorization }) => type === "application/x-ndjson" && authorization === "Bearer the-key",
    ),
  );
  assert.deepEqual(
    { ...summary, seconds: 0 },
    { accepted: 95, duplicates: 0, rejected: 0, reasons: [], resent: 0, seconds: 0, complete: true },
  );
});

test("a server that dies twenty times on the way, with and without having taken what it got, loses nothing", async (t) => {
  let deaths = 0;
  const { data, server } = await edge(t, (request) => {
    if (deaths >= 20 || request % 2 === 0) return null;
    return { kind: deaths++ % 2 === 0 ? "die-after-taking" : "die-before-taking" };
  });
  const { summary } = await send(data, recording(500));
  assert.equal(deaths, 20);
  assert.equal(server.taken.size, 500);
  assert.ok(inOrder(server));
  assert.equal(summary.accepted + summary.duplicates, 500);
  assert.equal(summary.duplicates, 100, "ten batches were taken and not answered");
  assert.equal(summary.rejected, 0);
  assert.ok(summary.resent >= 20);
});

test("whatever the server answers on the way, everything is taken once and in order", async () => {
  const misbehaviour = fc.oneof(
    fc.constantFrom<Misbehaviour>({ kind: "die-after-taking" }, { kind: "die-before-taking" }),
    fc.record({ kind: fc.constant("status" as const), status: fc.constantFrom(429, 500, 502, 503, 504) }),
  );
  const script = fc.array(fc.option(misbehaviour), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      script,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 20 }),
      async (steps, size, batch) => {
        const data = folder();
        const server = await startEdge(data, (request) => steps[request] ?? null);
        try {
          const { summary } = await send(data, recording(size), { batch });
          assert.equal(server.taken.size, size);
          assert.ok(inOrder(server));
          assert.equal(summary.accepted + summary.duplicates, size);
        } finally {
          await server.stop();
        }
      },
    ),
    { numRuns: 25 },
  );
});

test("Retry-After is waited for", async (t) => {
  const { data } = await edge(t, (request) =>
    request === 0 ? { kind: "status", status: 429, retryAfter: "7" } : null,
  );
  const { waits, notes, summary } = await send(data, recording(3));
  assert.deepEqual(waits, [7000]);
  assert.equal(summary.accepted, 3);
  assert.match(notes, /The server is away.*429/);
  assert.match(notes, /back after 7\.0 s/);
});

test("pauses between tries grow and stop growing at two seconds", async (t) => {
  const { data } = await edge(t, (request) => (request < 7 ? { kind: "status", status: 503 } : null));
  const { waits } = await send(data, recording(1));
  assert.deepEqual(waits, [100, 200, 400, 800, 1600, 2000, 2000]);
});

test("an answer that will not change ends the replay with what the server said", async (t) => {
  const { data, server } = await edge(t, () => null);
  server.answers.set("POST /v1/observations", {
    status: 403,
    body: { code: "FORBIDDEN", detail: "This key may not observe." },
  });
  await assert.rejects(send(data, recording(3)), (error) => {
    assert.ok(error instanceof CommandFailure);
    assert.match(error.message, /403 FORBIDDEN to POST \/v1\/observations: This key may not observe\./);
    return true;
  });
});

test("an internal error that stays ends the replay after ten tries", async (t) => {
  const { data, server } = await edge(t, () => ({ kind: "status", status: 500 }));
  await assert.rejects(send(data, recording(1)), /answered 500/);
  assert.equal(server.requests.length, 10);
});

test("an answer whose counts do not add up is not believed", async (t) => {
  const { data, server } = await edge(t);
  server.answers.set("POST /v1/observations", { status: 202, body: { accepted: 1, duplicates: 0, rejected: [] } });
  await assert.rejects(send(data, recording(3)), /counts 1 of 3 observations/);
});

test("rejected observations are counted, the first five told with their line", async (t) => {
  const { data } = await edge(t, undefined, ({ at }) => ((at as number) % 2000 === 0 ? "No such sensor." : null));
  const { summary } = await send(data, recording(30));
  assert.equal(summary.rejected, 15);
  assert.equal(summary.accepted, 15);
  assert.equal(summary.reasons.length, 5);
  assert.deepEqual(summary.reasons[1], { line: 3, code: "REFUSED", message: "No such sensor." });
});

test("at speed 1 a recording takes as long as it did, at speed 10 a tenth of it", async (t) => {
  const { data, server } = await edge(t);
  const real = await send(data, recording(11, 2000), { speed: 1 });
  assert.equal(Math.round(real.clock.monotonic()), 20_000);
  assert.equal(server.requests.length, 11, "each is sent when it is due");
  const fast = await send(data, recording(11, 2000), { speed: 10 });
  assert.equal(Math.round(fast.clock.monotonic()), 2000);
});

test("a recording that goes back in time is not waited for", async (t) => {
  const { data } = await edge(t);
  async function* back(): AsyncGenerator<Recorded> {
    for (const at of [5000, 6000, 1000, 2000])
      yield { line: 1, share: 1, at, text: JSON.stringify({ id: `b${at}`, at }) };
  }
  const { clock, summary } = await send(data, back(), { speed: 1 });
  assert.equal(clock.monotonic(), 2000);
  assert.equal(summary.accepted, 4);
});

test("Ctrl-C while the server is away ends the replay and says that it is not complete", async (t) => {
  const terminal = createTestTerminal();
  const { data } = await edge(t, (request) => {
    if (request === 3) terminal.pressCtrlC();
    return { kind: "status", status: 503 };
  });
  const { summary } = await send(data, recording(20), { terminal });
  assert.equal(summary.complete, false);
  assert.equal(summary.accepted, 0);
});

test("replay puts the recording's own model first and ends with one JSON line", async (t) => {
  const { data, server } = await edge(t);
  const file = join(data, "doors.data");
  writeFileSync(file, "7,07/24/05,00:00:00,1\n9,07/24/05,00:00:00,4\n7,07/24/05,00:30:00,0\n9,07/24/05,00:30:00,2\n");
  const terminal = createTestTerminal();
  assert.equal(await runProgram(["replay", file, "--format", "calit2", "--data", data, "--json"], { terminal }), 0);
  assert.deepEqual(
    server.requests.map(({ method, path }) => `${method} ${path}`),
    ["PUT /v1/building-model", "POST /v1/observations", "GET /v1/subscriptions?limit=1&organization=org_calit2"],
  );
  assert.equal((server.model() as { organization: { id: string } }).organization.id, "org_calit2");
  const told = JSON.parse(terminal.out()) as Record<string, unknown>;
  assert.equal(told["accepted"], 2);
  assert.equal(told["rejected"], 0);
  assert.equal(await runProgram(["replay", file, "--format", "calit2", "--data", data], { terminal }), 0);
  assert.match(terminal.out(), /calit2: 0 accepted, 2 duplicates, 0 rejected in /);
});

test("replay says where nobody takes what follows, and --again sends the same with new ids", async (t) => {
  const { data, server } = await edge(t);
  const file = join(data, "doors.data");
  writeFileSync(file, "7,07/24/05,00:00:00,1\n9,07/24/05,00:00:00,4\n");
  const run = async (...more: string[]) => {
    const terminal = createTestTerminal({ command: "npx belfry" });
    const args = ["replay", file, "--format", "calit2", "--data", data, ...more];
    assert.equal(await runProgram(args, { terminal }), 0);
    return { out: terminal.out(), notes: terminal.notes() };
  };
  const subscribed = (list: readonly object[]) =>
    server.answers.set("GET /v1/subscriptions?limit=1&organization=org_calit2", {
      status: 200,
      body: { data: list, next: null },
    });
  subscribed([]);
  const first = await run();
  assert.match(first.out, /1 accepted.*organization org_calit2\n/);
  assert.match(first.notes, /no subscription of org_calit2/);
  assert.match(first.notes, /npx belfry keys create --role organization --for org_calit2/);
  assert.ok(first.notes.includes(`curl ${server.url()}/api/v3/graphql`), first.notes);
  assert.ok(first.notes.includes(`npx belfry replay '${file}' --format calit2 --data ${data} --again`), first.notes);
  subscribed([{ id: "webhook_1" }]);
  const second = await run();
  assert.match(second.out, /0 accepted, 1 duplicates/);
  assert.match(second.notes, /sent before\. --again/);
  const third = await run("--again", "--json");
  const { accepted, organization, subscriptions } = JSON.parse(third.out) as Record<string, unknown>;
  assert.deepEqual([accepted, organization, subscriptions], [1, "org_calit2", "some"]);
  assert.doesNotMatch(third.notes, /Nobody|again/);
  const [one, other] = [...server.taken.keys()];
  assert.ok(other!.startsWith(`${one!}-`) && other!.length <= 128);
});

test("one internal error after the server was away for long does not end the replay", async (t) => {
  const { data } = await edge(t, (request) => {
    if (request < 9) return { kind: "status", status: 503 };
    return request === 9 ? { kind: "status", status: 500 } : null;
  });
  const { summary } = await send(data, recording(1));
  assert.deepEqual([summary.accepted, summary.resent], [1, 10]);
});

test("a file that is no recording of the format changes nothing on the server", async (t) => {
  const { data, server } = await edge(t);
  const file = join(data, "notes.txt");
  writeFileSync(file, "# Notes\n\nnothing of the kind\n");
  const terminal = createTestTerminal();
  assert.equal(await runProgram(["replay", file, "--format", "calit2", "--data", data], { terminal }), 1);
  assert.deepEqual(server.requests, []);
  assert.match(terminal.out(), /0 accepted, 0 duplicates, 2 rejected/);
});

test("replay exits with 1 when something was rejected, and says why on which line", async (t) => {
  const { data } = await edge(t, undefined, () => "Nobody knows \u001b[31mthis sensor.");
  const file = join(data, "lines.ndjson");
  writeFileSync(file, '{"id":"1","kind":"traffic"}\nnot json\n');
  const terminal = createTestTerminal();
  assert.equal(await runProgram(["replay", file, "--format", "ndjson", "--data", data], { terminal }), 1);
  assert.match(terminal.out(), /0 accepted, 0 duplicates, 2 rejected/);
  assert.match(terminal.out(), /line 1: REFUSED Nobody knows \\x1b\[31mthis sensor\./);
  assert.match(terminal.out(), /line 2: UNREADABLE_LINE not a JSON object/);
});

test("replay tells in a sentence when there is no file, an empty file or a refused model", async (t) => {
  const { data, server } = await edge(t);
  const run = async (file: string): Promise<string> => {
    const terminal = createTestTerminal();
    assert.equal(await runProgram(["replay", file, "--format", "calit2", "--data", data], { terminal }), 1);
    return terminal.notes();
  };
  assert.match(await run(join(data, "absent")), /absent cannot be read/);
  assert.match(await run(data), /is a directory/);
  writeFileSync(join(data, "empty"), "");
  assert.match(await run(join(data, "empty")), /is empty/);
  writeFileSync(join(data, "some"), "7,07/24/05,00:00:00,1\n");
  const problems = [{ path: "sites[0].name", code: "REQUIRED", message: "Give the site a name." }];
  server.answers.set("PUT /v1/building-model", {
    status: 422,
    body: { code: "INVALID_MODEL", detail: "The model has faults.", problems },
  });
  assert.match(
    await run(join(data, "some")),
    /422 INVALID_MODEL.*The model has faults\.\n {2}sites\[0\]\.name Give the site a name\./s,
  );
});

test("progress is redrawn on a terminal and a plain line elsewhere", () => {
  for (const notesRedraw of [true, false]) {
    const terminal = createTestTerminal({ notesRedraw });
    let time = 0;
    const clock = { ...createLeapingClock(), monotonic: () => time };
    const progress = createProgress(terminal, clock, "doors");
    time = 10_000;
    progress.update(0.25, 1000);
    const line = "doors: 25 %, 1000 sent, 100/s, 30 s left";
    assert.equal(terminal.notes(), notesRedraw ? `\r\x1b[2K${line}` : `${line}\n`);
    progress.update(0.26, 1001);
    assert.equal(terminal.notes().match(/doors/g)?.length, 1, "drawn only now and then");
  }
});
