// One organization's keys and some strangers want everything for themselves, one way after the other and then all at once. What
// another organization sends, gets and reads meanwhile, and readiness, must be as quick as before.

import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../harness/call.ts";
import { moment, pause, percentile, round } from "../harness/figures.ts";
import { sendSteadily } from "../harness/open-loop.ts";
import { type Options, say } from "../harness/options.ts";
import { atEnd, makePlace } from "../harness/places.ts";
import { startReceiver } from "../harness/receiver.ts";
import { type Server, startServer } from "../harness/server.ts";
import { makeTenants } from "../harness/tenants.ts";
import { watch } from "../harness/watch.ts";
import type { Attack } from "./crowd-attackers.ts";
import { integrationAt } from "./integration-at.ts";
import { conclude } from "./verdict.ts";

/** Of each: events, and reads and looks at readiness together. */
const rate = 200;
const names = ["unread", "bodies", "models", "integrations", "host", "reads", "documents", "strangers"] as const;
const mostMs = 100;
const mostRss = 600;
const defaultSeconds = 30;
const attackers = "org_attackers";
/** Integrations of the attackers at the host and port of the other organization. None of them answers. */
const hanging = 120;
/** Integrations of one tenant: as many as it may have. */
const ofTenant = 1_000;
const building = 577_696_272;

export async function soakCrowd(options: Options): Promise<void> {
  const receiver = await startReceiver({ count: 1 });
  // Fewer places, so that a soak need not open thousands.
  const settings = { BELFRY_CONNECTIONS: "1500", BELFRY_CONNECTIONS_PER_ADDRESS: "1000" };
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile, settings });
  const tenants = await makeTenants(server, [`${receiver.origins[0]!}/hook/0`]);
  const { key } = tenants[0]!;
  const keys = await prepareAttackers(server, receiver.origins[0]!);
  const seconds = options.seconds ?? defaultSeconds;
  say(
    `crowd: ${rate} events and ${rate} reads a second, ${seconds} s calm, beside each of ${names.join(", ")}, and all`,
  );
  let first = 1;

  const measure = async () => {
    const events = rate * seconds;
    await receiver.expect(first, events);
    const sending = sendSteadily({ url: server.url, tenants, first, events, rate });
    const reading = readSteadily(server.url, key, seconds);
    const { due, answered } = await sending;
    await receiver.complete(events);
    first += events;
    const arrivals = await receiver.arrivals();
    const late = (times: Float64Array) =>
      percentile(
        Array.from(times, (at, index) => at - due[index]!),
        0.99,
      );
    return { ingest: late(answered), delivery: late(arrivals), ...(await reading) };
  };

  await measure();
  const calm = await measure();
  const seen: Record<string, number> = {};
  let rss = 0;
  const note = (name: string, figures: typeof calm) => {
    say(
      `  ${name}: ${Object.entries(figures)
        .map(([what, ms]) => `${what} ${round(ms, 1)} ms`)
        .join(", ")}`,
    );
    for (const [what, ms] of Object.entries(figures)) seen[`${name}_${what}_p99_ms`] = round(ms, 1);
  };
  note("calm", calm);
  const bounds = [];
  for (const attack of [...names.map((name) => [name]), names]) {
    const child = fork(join(import.meta.dirname, "crowd-attackers.ts"), [
      JSON.stringify({ url: server.url, building, ...keys, names: attack } satisfies Attack),
    ]);
    const begun = moment();
    const forget = atEnd(() => child.kill("SIGKILL"));
    await pause(1_000);
    let figures = calm;
    const samples = await watch(
      server,
      measure().then((found) => (figures = found)),
    );
    const cores = cpuSeconds(child.pid!) / ((moment() - begun) / 1_000);
    child.kill("SIGKILL");
    forget();
    rss = Math.max(rss, ...samples.map((sample) => sample.rss));
    const name = attack.length === 1 ? attack[0]! : "all";
    note(name, figures);
    seen[`${name}_attackers_cores`] = round(cores, 2);
    for (const what of ["ingest", "delivery", "read", "ready"] as const) {
      const most = Math.max(mostMs, 2 * calm[what]);
      bounds.push({ what: `${what} beside ${name}, p99 ms`, seen: figures[what], most: round(most, 1) });
    }
    await pause(1_000);
  }
  bounds.push({ what: "RSS, MB", seen: rss, most: mostRss });
  const lag = (await server.metric("nodejs_eventloop_lag_p99_seconds")) * 1000;
  conclude(
    options,
    "crowd",
    { ...seen, rss_mb: Math.round(rss), event_loop_p99_ms: round(lag, 1), v8: server.v8 },
    bounds,
  );
}

/** Of a process since its start [proc(5), stat]; a tick is 10 ms. Throws where it is gone: then nobody attacked. */
function cpuSeconds(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** Keys of an organization with a thousand events of 10 KB, whose pages are as large as pages get, with integrations that hang, and
 * with a tenant who has all that a tenant may have. */
async function prepareAttackers(server: Server, origin: string): Promise<Omit<Attack, "url" | "building" | "names">> {
  const metadata = { org_id: attackers, room_id: "room_1", name: "n".repeat(10_000) };
  for (let batch = 0; batch < 10; batch++) {
    const events = Array.from({ length: 100 }, (_, index) => ({
      id: `attack_${batch}_${index}`,
      type: "ROOM_OCCUPANCY",
      timestamp: 1_760_000_000_000,
      metadata,
      data: index,
    }));
    await call(`${server.url}/v1/events?dialect=butlr`, server.key, events);
  }
  const house = { id: String(building), name: "A", floors: [{ id: "floor_a", name: "1", rooms: [] }] };
  const home = { units: [{ id: "unit_a", label: "1" }], tenants: [{ id: "tenant_a", unit_id: "unit_a" }] };
  const site = { id: "site_a", name: "A", timezone: "Europe/Berlin", buildings: [{ ...house, ...home }] };
  const model = { organization: { id: attackers, name: "A" }, sites: [site] };
  await call(`${server.url}/v1/building-model`, server.key, model, "PUT");
  const keyFor = async (role: string, target: string): Promise<string> =>
    (await call<{ key: string }>(`${server.url}/v1/keys`, server.key, { role, for: target })).key;
  const owner = await keyFor("organization", attackers);
  const tenant = await keyFor("tenant", "tenant_a");
  const integrate = (key: string, at: string, path: string) =>
    call<{ data: { id: string } }>(`${server.url}/v4/${at}/integrations`, key, integrationAt(`${origin}/${path}`));
  for (let index = 0; index < hanging; index++) await integrate(owner, `buildings/${building}`, `hang/${index}`);
  const integrations: string[] = [];
  for (let index = 0; index < ofTenant; index++) {
    integrations.push((await integrate(tenant, "tenants/tenant_a", `own/${index}`)).data.id);
  }
  return { viewer: await keyFor("viewer", attackers), owner, tenant, integrations, origin, model };
}

/** Reads of the deliveries and looks at readiness in turn, each at its own time; p99 of both, ms. One that is not answered well
 * counts as endless. */
async function readSteadily(url: string, key: string, seconds: number): Promise<{ read: number; ready: number }> {
  const headers = { authorization: `Bearer ${key}` };
  const times = { read: [] as number[], ready: [] as number[] };
  const under: Promise<void>[] = [];
  const ask = async (what: "read" | "ready", due: number): Promise<void> => {
    const path = what === "read" ? "/v1/deliveries?limit=20" : "/readyz";
    const ok = await fetch(url + path, { headers }).then(
      async (answer) => (await answer.arrayBuffer(), answer.ok),
      () => false,
    );
    times[what].push(ok ? moment() - due : Infinity);
  };
  const begun = moment();
  for (let index = 0; index < rate * seconds; ) {
    while (index < rate * seconds && begun + (index * 1000) / rate <= moment()) {
      under.push(ask(index % 2 === 0 ? "read" : "ready", begun + (index * 1000) / rate));
      index++;
    }
    await pause(1);
  }
  await Promise.all(under);
  return { read: percentile(times.read, 0.99), ready: percentile(times.ready, 0.99) };
}
