// How long the event loop of a server stands still while a building model is put, and how long the writes of others wait for
// the store's thread: models at each limit, one after the other, into a server as its users run it. Another organization sends
// an observation at a time meanwhile. `--events` are the sensors of the usual model.

import { moment, pause, round } from "./harness/figures.ts";
import { call } from "./harness/call.ts";
import { floorOfOutlines, many, manySites } from "./harness/large-models.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { type Server, startServer } from "./harness/server.ts";

type Model = { readonly organization: object; readonly sites: readonly object[]; readonly [field: string]: unknown };

const mac = (n: number): string => `00-17-0d-00-${n.toString(16).padStart(8, "0").replace(/../g, "$&-").slice(0, -1)}`;
const place = (organization: string, sites: readonly object[]): Model => ({
  organization: { id: organization, name: organization },
  sites,
});
const oneBuilding = (organization: string, building: object): Model =>
  place(organization, [
    { id: "site_1", name: "S", timezone: "UTC", buildings: [{ id: "building_1", name: "B", ...building }] },
  ]);

const sensors = (count: number, name = "S") =>
  oneBuilding("org_sensors", {
    floors: many(Math.ceil(count / 500), (f) => ({
      id: `floor_${f}`,
      name: `F ${f}`,
      rooms: many(50, (r) => ({ id: `room_${f}_${r}`, name: `${name} ${r}`, coordinates: square(r * 10) })),
      sensors: many(Math.min(500, count - f * 500), (s) => ({
        id: `sensor_${f}_${s}`,
        mac_address: mac(f * 500 + s),
        mode: "presence",
        room_id: `room_${f}_${s % 50}`,
        center: [(s % 50) * 10 + 5, 5],
        height: 2.75,
      })),
    })),
  });
const square = (x: number) => [
  [x, 0],
  [x + 10, 0],
  [x + 10, 10],
  [x, 10],
];

/** The first says what the machine does to all of them. */
const models = (usual: number): Readonly<Record<string, () => Model>> => ({
  "next to nothing": () => oneBuilding("org_small", {}),
  "200 outlines of 1,000 corners": () => oneBuilding("org_outlines", { floors: [floorOfOutlines("R")] }),
  "60,000 sites": () => place("org_sites", manySites("S")),
  "100,000 records": () =>
    oneBuilding("org_tenants", {
      units: many(20_000, (n) => ({ id: `u${n}`, label: String(n) })),
      tenants: many(79_998, (n) => ({ id: `t${n}`, unit_id: `u${n % 20_000}`, first_name: "A", last_name: `B ${n}` })),
    }),
  "a field that nobody knows, of 30 MiB": () => ({
    ...oneBuilding("org_bytes", {}),
    notes: many(270_000, (n) => ({ n, text: "x".repeat(70), at: n / 7 })),
  }),
  [`${usual} sensors`]: () => sensors(usual),
  [`${usual} sensors, ${heardFirst}`]: () => sensors(usual, "T"),
});

const heardFirst = "all of them heard, and all rooms renamed";

/** Each sensor of the usual model has sent a frame, so that sensing remembers it. */
async function hearAll(server: Server, count: number): Promise<void> {
  const frames = many(count, (n) => ({
    kind: "detections",
    sensor: `sensor_${Math.floor(n / 500)}_${n % 500}`,
    at: Date.now(),
    local: [[0.5, 0.5]],
  }));
  for (let from = 0; from < count; from += 1_000) {
    await call(`${server.url}/v1/observations`, server.key, frames.slice(from, from + 1_000));
  }
  await pause(5_000);
}

/** Longest and 99th percentile of the event loop's delay since it was last asked, ms. */
async function delays(server: Server): Promise<{ readonly p99: number; readonly most: number }> {
  const page = await (await fetch(`${server.url}/metrics`)).text();
  const figure = (name: string) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, "m").exec(page)?.[1]) * 1000;
  return { p99: figure("p99"), most: figure("max") };
}

await run(async () => {
  const options = readOptions();
  const server = await startServer({ data: makePlace(), caFile: "" });
  const beside = "org_beside";
  const door = { access_points: [{ id: "door", name: "D" }] };
  await call(`${server.url}/v1/building-model`, server.key, oneBuilding(beside, door), "PUT");
  const { key } = await call<{ key: string }>(`${server.url}/v1/keys`, server.key, { role: "ingest", for: beside });
  const found: Record<string, number> = {};
  let [worstP99, worst] = [0, 0];
  const usual = options.events ?? 10_000;
  for (const [name, make] of Object.entries(models(usual))) {
    const text = JSON.stringify(make());
    if (name.endsWith(heardFirst)) await hearAll(server, usual);
    await delays(server);
    await pause(300);
    await delays(server);
    const writes: number[] = [];
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        const begun = moment();
        await call(`${server.url}/v1/observations`, key, { kind: "access", access_point: "door", at: Date.now() });
        writes.push(moment() - begun);
        await pause(5);
      }
    })();
    const begun = moment();
    const headers = { authorization: `Bearer ${server.key}`, "content-type": "application/json" };
    const answer = await fetch(`${server.url}/v1/building-model`, { method: "PUT", headers, body: text });
    await answer.arrayBuffer();
    const took = moment() - begun;
    await pause(took < 1_000 ? 1_000 : 300);
    isOver = true;
    await writing;
    const { p99, most } = await delays(server);
    writes.sort((a, b) => a - b);
    const write = writes.at(-1)!;
    say(
      `${name}: ${answer.status}, ${round(text.length / 2 ** 20, 1)} MiB in ${round(took, 0)} ms; event loop p99 ${round(p99, 1)} ms,` +
        ` longest ${round(most, 1)} ms; longest write of another ${round(write, 1)} ms, p99 ${round(writes[Math.floor(writes.length * 0.99)]!, 1)} ms`,
    );
    found[name] = round(most, 1);
    [worstP99, worst] = [Math.max(worstP99, p99), Math.max(worst, most)];
  }
  report(options, "model", {
    loop_p99_ms: round(worstP99, 1),
    loop_most_ms: round(worst, 1),
    rss_mb: Math.round(server.rss()),
  });
  await server.stop();
});
