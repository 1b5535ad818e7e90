// A simulated morning, once undisturbed and once with the process killed again and again: both must say the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createBuilding } from "../../../src/simulator/building.ts";
import { usualDisturbances } from "../../../src/simulator/disturbances/disturbances.ts";
import type { SentObservation } from "../../../src/simulator/observation.ts";
import { createSeededRandom } from "../../../src/simulator/random.ts";
import { simulateDay } from "../../../src/simulator/simulate.ts";
import { createWayIn, type WayIn } from "../fixture.ts";

const minute = 60_000;
/** The first people came half an hour before. */
const begin = Date.UTC(2026, 0, 5, 8);
const building = createBuilding(3);

/** What sensors of one floor send in a quarter of an hour, with what is late and what comes twice. */
function sentUntil(until: number, late: number): SentObservation[] {
  const disturbances = { ...usualDisturbances, lateness: { share: late, mostMs: 4 * minute }, duplicates: 0.05 };
  const house = simulateDay({ seed: 3, building, morning: begin - 30 * minute, disturbances });
  const floor = building.sites[0]!.buildings![0]!.floors![0]!;
  const sensors = new Set(floor.sensors!.map(({ id }) => id));
  const all: SentObservation[] = [];
  for (const each of house.sent()) {
    if (each.sentAt >= until) break;
    if (each.sentAt < begin) continue;
    if ("sensor" in each.observation && sensors.has(each.observation.sensor)) all.push(each);
  }
  return all;
}

/** What is left of all: the last value of every minute, edges, passages and changes of health, and the rows of minutes. */
async function outcome(way: WayIn) {
  const minutes = new Map<string, unknown>();
  const edges: string[] = [];
  const health: string[] = [];
  for (const { type, body } of await way.events()) {
    const { timestamp, data, metadata } = body as {
      timestamp: number;
      data: unknown;
      metadata: Record<string, string>;
    };
    const place =
      metadata["sensor_id"] ??
      (type === "HIVE_HEALTH" ? metadata["hive_id"] : undefined) ??
      metadata["zone_id"] ??
      metadata["room_id"] ??
      metadata["floor_id"];
    if (type.endsWith("_1MIN")) minutes.set(`${type} ${place} ${timestamp}`, data);
    else if (type === "TRAFFIC" || type.startsWith("PIR"))
      edges.push(`${type} ${place} ${timestamp} ${JSON.stringify(data)}`);
    else if (type.endsWith("_HEALTH")) health.push(`${type} ${place} ${timestamp} ${JSON.stringify(data)}`);
  }
  return { minutes: Object.fromEntries([...minutes].toSorted()), edges: edges.toSorted(), health: health.toSorted() };
}

/** Feeds everything in its time; `meddle` is called every second. */
async function run(sent: readonly SentObservation[], until: number, meddle: (way: WayIn) => Promise<void>) {
  const way = await createWayIn();
  await way.put(building);
  let next = 0;
  while (way.clock.now() < until) {
    await way.clock.pass(1_000);
    const due: object[] = [];
    for (; next < sent.length && sent[next]!.sentAt <= way.clock.now(); next++) due.push(sent[next]!.observation);
    if (due.length > 0) await way.observe(...due);
    await meddle(way);
  }
  await way.deriver.settled();
  const all = await outcome(way);
  assert.deepEqual(way.errors, []);
  await way.close();
  return all;
}

/** Longer than other tests have: on PostgreSQL each takes a minute or two of a machine that is busy. */
const timeout = 400_000;

for (const late of [0, 0.2]) {
  const name = `a process that is killed at any moment leaves what one leaves that is not, ${late * 100} % of it late`;
  test(name, { timeout }, async () => {
    const sent = sentUntil(begin + 12 * minute, late);
    // A silence that began before a kill is told once the process has listened for as long.
    const [killedUntil, until] = [begin + 19 * minute, begin + 23 * minute];
    const calm = await run(sent, until, async () => {});
    assert.ok(
      Object.keys(calm.minutes).length > 50 && calm.edges.length > 3 && calm.health.length > 50,
      "there is something to compare",
    );
    const random = createSeededRandom(`kills ${late}`);
    let kills = 0;
    const killed = await run(sent, until, async (way) => {
      if (way.clock.now() >= killedUntil || !random.chance(0.03)) return;
      kills++;
      await way.kill(random.pick([undefined, "before the commit", "after the commit"] as const));
    });
    assert.ok(kills > 15);
    assert.deepEqual(killed, calm);
  });
}
