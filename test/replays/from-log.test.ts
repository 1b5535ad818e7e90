// What a draft would have received of types that nobody took: as it was stored where somebody did, and as the log gives it again.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import type { ModelDocument } from "../../src/building/document.ts";
import { dryRun } from "../../src/replays/dry-run.ts";
import { draftSubscription } from "../../src/replays/draft.ts";
import { fromLog } from "../../src/replays/from-log.ts";
import type { Match } from "../../src/replays/scan.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { createWayIn } from "../ingest/fixture.ts";

const minute = 60_000;
const types = ["DETECTIONS", "FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "ZONE_OCCUPANCY"];
const example = JSON.parse(
  readFileSync(new URL("../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;

/** Nine minutes in which people come and go, and two of silence. `taker`: somebody takes the types. */
async function live(t: TestContext, taker: boolean) {
  const way = await createWayIn();
  t.after(() => way.close());
  await way.put(example);
  if (taker) {
    const bindings = types.map((type) => ({ type, variant: 0, resource: null }));
    await way.subscribe(makeSubscription({ organization: "org_example", bindings }));
  }
  const begin = way.clock.now();
  for (let frame = 0; frame < 180; frame++) {
    const people = Math.floor(frame / 7) % 4;
    const world = Array.from({ length: people }, (_, index) => [1 + 2 * index, 1 + (frame % 5) / 2]);
    await way.observe({ kind: "detections", sensor: "sensor_lobby", at: way.clock.now(), world });
    await way.deriver.settled();
    way.clock.advance(3_000);
    await way.deriver.settled();
  }
  for (let second = 0; second < 120; second++) {
    way.clock.advance(1_000);
    await way.deriver.settled();
  }
  const dialect = (name: string) => way.dialects.find((each) => each.name === name)!;
  const deps = { ...way.store, organizations: way.organizations, dialect, clock: way.clock };
  const draft = { organization: "org_example", dialect: "butlr", types, scope: { kind: "organization" } } as const;
  const subscription = draftSubscription({ ...draft, filters: null }, types, way.clock.now());
  const criteria = { from: begin + 3 * minute, to: begin + 12 * minute, types: null, spaces: null, endings: null };
  return { way, deps, subscription, criteria };
}

const bare = (type: string, body: string) => {
  const { id: _, ...rest } = JSON.parse(body) as { id: string };
  return JSON.stringify([type, rest]);
};

test("the log gives again what is stored where somebody took it, letter for letter but for the ids", async (t) => {
  const { way, deps, subscription, criteria } = await live(t, true);
  const query = { organization: "org_example", type: null, since: null, limit: 1_000, before: null };
  const stored = (await way.store.history.events(query)).items
    .filter(({ type, acceptedAt }) => types.includes(type) && acceptedAt >= criteria.from && acceptedAt < criteria.to)
    .map(({ type, body }) => bare(type, body));
  const matches: Match[] = [];
  const onMatches = (more: readonly Match[]) => matches.push(...more);
  const derived = await fromLog(deps, { subscription, criteria, types, isLate: () => false, onMatches });
  assert.deepEqual(derived, { from: criteria.from, until: criteria.to });
  assert.ok(stored.length > 150, `${stored.length}`);
  assert.deepEqual(matches.map(({ event }) => bare(event.type, event.body!)).toSorted(), stored.toSorted());
});

test("a draft is told what the log holds of types that nobody took, and from when to when", async (t) => {
  const { deps, subscription, criteria } = await live(t, false);
  const ask = (more: object = {}, isDraft = true) =>
    dryRun(deps, subscription, { ...criteria, perSecond: 10, ...more }, isDraft);
  const told = await ask();
  const counted = new Set(told.counts.map(({ type }) => type));
  assert.deepEqual([...counted], types);
  assert.deepEqual([told.derived, told.notKept], [{ types, from: criteria.from, until: criteria.to }, []]);
  assert.ok(told.sample.length === 5 && told.sample.every(({ id, body }) => body.includes(`"${id}"`)));

  const other = await ask({ spaces: ["room_meeting"], types: ["ROOM_OCCUPANCY"] });
  assert.deepEqual([other.total, other.derived?.types, other.notKept], [0, ["ROOM_OCCUPANCY"], []]);
  const owned = await ask({}, false);
  assert.deepEqual([owned.total, owned.derived, owned.notKept.length], [0, null, 4], "a job would send none of it");
  const since = async (updatedAt: number) =>
    (await dryRun(deps, { ...subscription, updatedAt }, { ...criteria, perSecond: 10 }, false)).notKept.length;
  assert.deepEqual(
    [await since(criteria.from), await since(criteria.from + 1)],
    [0, 4],
    "what it took all along was kept",
  );
});

test("where the time is up, it is told how far the log was worked through", async (t) => {
  const { deps, subscription, criteria } = await live(t, false);
  const slow: typeof deps.ledger.readObservations = async (position, limit) => {
    if (limit > 1) deps.clock.advance(2_000);
    return deps.ledger.readObservations(position, Math.min(limit, 50));
  };
  const ledger = { ...deps.ledger, readObservations: slow };
  const told = await dryRun({ ...deps, ledger }, subscription, { ...criteria, perSecond: 10 }, true);
  assert.ok(told.derived !== null && told.derived.until < criteria.to, JSON.stringify(told.derived));
  assert.equal(told.notKept.length, 4);
  assert.ok(told.counts.every(({ hour }) => hour <= told.derived!.until));
});
