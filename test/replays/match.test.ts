// Which kept events a replay sends: the rules one by one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scopes } from "../../src/model/event.ts";
import { createReplayMatch, type MatchRule } from "../../src/replays/match.ts";
import type { KeptEvent } from "../../src/store/replay-reads.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

const made = 1_000;
const all = { spaces: null, endings: null };
const dialect = { variant: () => 7, valueOf: (_: string, body: string) => body };
const rule = (change: Partial<MatchRule> = {}): MatchRule => ({
  subscription: makeSubscription({ createdAt: made }),
  criteria: all,
  dialect,
  home: null,
  endingOf: () => "none",
  ...change,
});
const kept = (scopes: Scopes | null, change: Partial<KeptEvent> = {}): KeptEvent => ({
  number: 1,
  id: "event_1",
  dialect: "butlr",
  type: "TRAFFIC",
  subject: "sensor_1",
  at: made + 1,
  acceptedAt: made + 1,
  scopes: scopes === null ? null : JSON.stringify(scopes),
  body: null,
  ...change,
});

test("an event that the subscription takes is owed in the form in which it takes it, any other is not", () => {
  const match = createReplayMatch(rule());
  assert.equal(match(kept({})), 7);
  assert.equal(match(kept(null)), 7, "events of early releases have no scopes");
  assert.equal(match(kept({}, { type: "DETECTIONS" })), null);
});

test("a place is what the event is about, or anything that it happened in", () => {
  const scopes: Scopes = { site: "s", building: "b", floor: "f", room: "r", zone: "z", mac: "m", resource: "door" };
  for (const id of ["sensor_1", ...Object.values(scopes)] as string[]) {
    const match = createReplayMatch(rule({ criteria: { ...all, spaces: ["other", id] } }));
    assert.equal(match(kept(scopes)), 7, id);
    assert.equal(match(kept({}, { subject: "another" })), null, id);
  }
});

test("what is still owed fits no state, and other events fit theirs", () => {
  const asked = (ending: ReturnType<MatchRule["endingOf"]>) =>
    createReplayMatch(rule({ criteria: { ...all, endings: ["exhausted", "none"] }, endingOf: () => ending }))(kept({}));
  assert.deepEqual([asked("exhausted"), asked("none"), asked("delivered"), asked(null)], [7, 7, null, null]);
});

test("of the time before its integration was made a tenant gets what names them in their building, and nothing of others", () => {
  const subscription = makeSubscription({ createdAt: made, scope: { kind: "tenant", id: "t" } });
  const match = createReplayMatch(rule({ subscription, home: "b" }));
  const [self, mate] = [
    { building: "b", tenants: ["t"], selves: ["t"] },
    { building: "b", tenants: ["t", "mate"], selves: ["mate"] },
  ];
  const before = { acceptedAt: made - 1 };
  assert.deepEqual([match(kept(self)), match(kept(mate))], [7, 7]);
  assert.deepEqual([match(kept(self, before)), match(kept(mate, before))], [7, null]);
  assert.equal(match(kept({ ...self, building: "the one before" }, before)), null);
  assert.equal(match(kept({ building: "b", tenants: ["t"] }, before)), null, "it does not say whom it names");
  assert.equal(createReplayMatch(rule({ subscription, home: null }))(kept(self)), null, "their time is over");
});

test("of changes only: an equal value is left out, but not a late one, nor the one after it", () => {
  const match = createReplayMatch(rule({ subscription: makeSubscription({ sendOnValueChange: true }) }));
  const said = (body: string, at: number, subject = "sensor_1") => match(kept({}, { body, at, subject })) !== null;
  assert.deepEqual(
    [said("1", 10), said("1", 20), said("2", 30), said("2", 40, "other"), said("2", 25), said("2", 50), said("2", 60)],
    [true, false, true, true, true, true, false],
  );
});
