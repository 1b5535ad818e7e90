import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoggedObservation } from "../../src/model/observation.ts";
import { keptFrom, readFrames } from "../../src/numbers/kept-log.ts";
import type { Ledger } from "../../src/store/ledger.ts";

/** A log with an observation each millisecond, every tenth a heartbeat, and how often a page of it was read. */
function logOf(count: number, firstPosition = 1) {
  const all = Array.from({ length: count }, (_, at): LoggedObservation => {
    const said = { id: null, at, sensor: "sensor_1" };
    const observation =
      at % 10 === 0 ? ({ kind: "heartbeat", ...said } as const) : ({ kind: "detections", ...said, world: [] } as const);
    return { position: firstPosition + at, organization: "org_1", acceptedAt: at + 5, observation };
  });
  const asked = { pages: 0 };
  const readFloor: Ledger["readFloor"] = async (_organization, _floor, from, until, limit, after) => {
    asked.pages++;
    const within = all.filter(({ observation: { at } }) => at >= from && at < until && at > (after?.at ?? -1));
    return within.slice(0, limit);
  };
  const readObservations: Ledger["readObservations"] = async (position, limit) =>
    all.filter((each) => each.position > position).slice(0, limit);
  const isLogWhole = async (): Promise<boolean> => firstPosition === 1;
  return { readFloor, readObservations, isLogWhole, asked };
}

const floor = { organization: "org_1", floor: "space_1" };

test("frames of a floor are read page by page, in order, and nothing but frames", async () => {
  const log = logOf(2_500);
  const frames = await readFrames(log, floor, { from: 100, until: 2_400 }, 2_300);
  assert.equal(frames?.length, 2_070);
  assert.deepEqual(
    frames.map(({ observation: { at } }) => at),
    frames.map(({ observation: { at } }) => at).toSorted((a, b) => a - b),
  );
  assert.equal(log.asked.pages, 3);
});

test("more observations than one answer may read are null, and not read to their end", async () => {
  const log = logOf(9_000);
  assert.equal(await readFrames(log, floor, { from: 100, until: 2_401 }, 2_300), null);
  assert.equal(await readFrames(log, floor, { from: 0, until: 9_000 }, 2_000), null);
  assert.equal(log.asked.pages, 6);
});

test("the log is kept from its first observation on, unless that is the first there ever was", async () => {
  assert.equal(await keptFrom(logOf(0)), Infinity);
  assert.equal(await keptFrom(logOf(3)), -Infinity);
  assert.equal(await keptFrom(logOf(3, 70)), 5);
});
