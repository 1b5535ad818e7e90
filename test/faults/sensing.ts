// kill -9 while sensors send and minutes end. A second server gets the same observations and is left alone: afterwards both have
// said the same of every minute, every edge and everybody who passed.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hallAtFirst, hallOf, spots } from "../simulation/sensing/hall.ts";
import type { Fault } from "./fault.ts";
import { makePlace, pause } from "./rig/places.ts";
import { ask, type Server, serve } from "./rig/server.ts";

/** Between two kills, ms, the start in between not counted. */
const [shortest, longest] = [4_000, 12_000];
const everyMs = 1_000;
/** A minute is closed so long after its end, with time to spare for what came late meanwhile, ms. */
const settledMs = 90_000;

export const sensing: Fault = {
  name: "sensing",
  what: "kill -9 while sensors send and minutes end, beside a server that is left alone",
  rounds: { of: "kills", normally: 15 },
  needs: [],
  async run({ rounds, say }) {
    const calm = createFeed(await begin());
    const killed = createFeed(await begin());
    let isOver = false;
    const feeding = feed([calm, killed], () => isOver);
    for (let round = 1; round <= rounds; round++) {
      await pause(shortest + Math.random() * (longest - shortest));
      const { server } = killed;
      await server.signal("SIGKILL");
      killed.server = await serve({ data: server.data });
      if (round % 5 === 0) say(`${round} kills, ${killed.waiting.length} observations wait`);
    }
    isOver = true;
    const sent = await feeding;
    await pause(settledMs);
    const [expected, found] = [await said(calm.server), await said(killed.server)];
    const faults = [...expected].flatMap(([what, value]) =>
      found.get(what) === value ? [] : [`${what} is ${found.get(what) ?? "not said"}, it should be ${value}`],
    );
    for (const what of found.keys()) if (!expected.has(what)) faults.push(`${what} was said, it should not be`);
    const minutes = [...expected.keys()].filter((what) => what.includes("_1MIN")).length;
    return {
      figures: { kills: rounds, observations: sent.observations, minutes, edges_and_passages: expected.size - minutes },
      faults: [...faults, ...missing(sent, [...expected.keys()])],
    };
  },
};

interface Sent {
  readonly observations: number;
  readonly passages: number;
  /** Whole ones, in which sensors spoke. */
  readonly minutes: number;
}

/** What should have been said and was not, by both servers alike: that they agree says nothing where both say nothing. */
function missing({ passages, minutes }: Sent, told: readonly string[]): readonly string[] {
  const named = (part: string) => told.filter((what) => what.includes(part));
  const spaces = Map.groupBy(named("OCCUPANCY_1MIN "), (what) => what.slice(0, what.lastIndexOf(" ")));
  const least = Math.min(...[...spaces.values()].map((each) => each.length));
  return [
    minutes >= 1 ? [] : "the run was shorter than a minute: ask for more kills",
    spaces.size >= 3 && least >= minutes ? [] : `of ${minutes} minutes ${least} were told of ${spaces.size} spaces`,
    named("TRAFFIC ").length >= passages ? [] : `${passages} people passed, ${named("TRAFFIC ").length} were told`,
    named("PIR_MOTION ").length > 0 ? [] : "nothing was told of motion",
    named("_HEALTH ").length > 0 ? [] : "nothing was told of the health of a sensor",
  ].flat();
}

interface Feed {
  server: Server;
  /** Not acknowledged yet. */
  waiting: object[];
}

const createFeed = (server: Server): Feed => ({ server, waiting: [] });

async function begin(): Promise<Server> {
  const server = await serve({ data: makePlace() });
  await ask(server, "/v1/building-model", JSON.parse(hallOf(hallAtFirst).document));
  return server;
}

/** Sends everybody the same until it is over and acknowledged; returns what that was. */
async function feed(feeds: readonly Feed[], isOver: () => boolean): Promise<Sent> {
  const began = Date.now();
  let [observations, passages, ended] = [0, 0, began];
  for (let second = 0; !isOver() || feeds.some(({ waiting }) => waiting.length > 0); second++) {
    if (!isOver()) {
      ended = Date.now();
      const now = observed(second, ended);
      observations += now.length;
      passages += now.filter(({ kind }) => kind === "traffic").length;
      for (const { waiting } of feeds) waiting.push(...now);
    }
    await Promise.all([pause(everyMs), ...feeds.map(send)]);
  }
  const minutes = Math.max(Math.floor(ended / 60_000) - Math.ceil(began / 60_000), 0);
  return { observations, passages, minutes };
}

async function send(feed: Feed): Promise<void> {
  const batch = feed.waiting.slice(0, 500);
  if (batch.length === 0) return;
  try {
    await ask(feed.server, "/v1/observations", batch);
    feed.waiting = feed.waiting.slice(batch.length);
  } catch {
    // It was killed: the same again.
  }
}

/** Everybody comes and goes in a rhythm of their own. */
function observed(second: number, at: number): { readonly kind: string }[] {
  const frames = Object.entries(spots).map(([sensor, places], eye) => ({
    kind: "detections",
    sensor,
    at,
    world: places.filter((_, index) => Math.floor(second / (11 + 7 * index + eye)) % 2 === 0),
  }));
  const id = `second_${second}`;
  const passed = { id, kind: "traffic", sensor: "hall_door", at, in: 1, out: 0 };
  const moved = { id, kind: "motion", sensor: "eye_1", at, motion: second % 20 === 0 };
  return [...frames, ...(second % 15 === 0 ? [passed] : []), ...(second % 10 === 0 ? [moved] : [])];
}

/** What was said last of each minute, and every edge and passage. Ends the server. */
async function said({ data, signal }: Server): Promise<ReadonlyMap<string, string>> {
  await signal("SIGTERM");
  const database = new DatabaseSync(join(data, "belfry.sqlite"));
  try {
    const events = database.prepare("select body from event order by number").all();
    const last = new Map<string, string>();
    const changes = new Map<string, number>();
    for (const { body } of events) {
      const { type, timestamp, data, metadata } = JSON.parse(String(body)) as Body;
      const place =
        metadata["sensor_id"] ??
        metadata["hive_id"] ??
        metadata["zone_id"] ??
        metadata["room_id"] ??
        metadata["floor_id"];
      if (isHealth(type)) {
        // Who is heard, and since when, is told by the clock of the server that hears: two servers say the same in the same order.
        const count = (changes.get(`${type} ${place}`) ?? 0) + 1;
        changes.set(`${type} ${place}`, count);
        const { online, silent_since: silent } = data as { online: boolean; silent_since: number | null };
        last.set(`${type} ${place} change ${count}`, JSON.stringify({ online, silent: silent !== null }));
      } else last.set(`${type} ${place} ${timestamp}`, JSON.stringify(data ?? null));
    }
    return last;
  } finally {
    database.close();
  }
}

const isHealth = (type: string): boolean => type === "SENSOR_HEALTH" || type === "HIVE_HEALTH";

interface Body {
  readonly type: string;
  readonly timestamp: number;
  readonly data?: unknown;
  readonly metadata: Readonly<Record<string, string>>;
}
