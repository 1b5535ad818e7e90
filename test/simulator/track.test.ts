import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { createFollower, createTracker } from "../../src/simulator/track.ts";
import { seat, streetDoor } from "../../src/simulator/way.ts";

test("a track is one unbroken way through doors and over stairs at a walking pace", () => {
  const places = fc.constantFrom(
    "1-LOBBY",
    "1-CAFE",
    "1-MAIL",
    "1-CORRIDOR",
    "1-EAST",
    "2-MEETING-A",
    "2-FOCUS",
    "2-CORRIDOR",
    "2-OPEN",
  );
  const visits = fc.array(fc.tuple(places, fc.nat(11), fc.integer({ min: 0, max: 600_000 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(visits, (stops) => {
      const tracker = createTracker(0.5);
      tracker.enter(1000, streetDoor);
      for (const [room, index, ms] of stops) {
        tracker.walk(seat(room, index));
        tracker.stay(tracker.now() + ms);
      }
      tracker.leave();
      for (const [index, leg] of tracker.legs.entries()) {
        if (index === 0) continue;
        assert.equal(leg.from, tracker.legs[index - 1]!.to);
        assert.deepEqual(leg.start, tracker.legs[index - 1]!.end);
        const metres = Math.hypot(leg.end[0] - leg.start[0], leg.end[1] - leg.start[1]);
        if (leg.level !== null && leg.to - leg.from > 50) assert.ok(metres / ((leg.to - leg.from) / 1000) < 1.4);
      }
      const street = tracker.passings.filter(({ room }) => room === null).map(({ inward }) => inward);
      assert.deepEqual(street, [true, false]);
      for (const { room } of tracker.passings) {
        const turns = tracker.passings.filter((passing) => passing.room === room).map(({ inward }) => inward);
        if (room !== "1-LOBBY")
          assert.ok(
            turns.every((inward, turn) => inward === (turn % 2 === 0)),
            "in and out take turns",
          );
      }
    }),
  );
});

test("a follower knows where a person is, and that nobody is on the stairs or outside", () => {
  const tracker = createTracker(0);
  tracker.enter(0, seat("2-LOUNGE", 0));
  tracker.stay(tracker.now() + 60_000);
  tracker.leave();
  const follow = createFollower(tracker);
  assert.equal(follow(-1), null);
  assert.equal(follow(0)!.level, 0);
  const up = tracker.legs.find(({ level }) => level === null)!;
  assert.equal(follow(up.from), null);
  assert.equal(follow(up.to)!.level, 1);
  assert.equal(follow(tracker.now()), null);
});
