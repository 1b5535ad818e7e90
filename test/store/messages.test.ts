import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { BelfryError } from "../../src/errors.ts";
import { outcomes, type OutcomeCode } from "../../src/model/attempt.ts";
import { deliveryClasses } from "../../src/model/delivery.ts";
import type { Acceptance, AcceptResult } from "../../src/store/acceptance.ts";
import type { LaneRows, Settlement } from "../../src/store/owed.ts";
import { OwnershipLost } from "../../src/store/ownership.ts";
import type { Call } from "../../src/store/sqlite/group-commit.ts";
import { packAnswer, packCall, unpackAnswer, unpackCall } from "../../src/store/sqlite/thread/messages.ts";

const text = fc.string({ maxLength: 12, unit: "binary" });
const optional = fc.option(text, { nil: null });
const number = fc.nat();

const acceptance: fc.Arbitrary<Acceptance> = fc.record({
  organization: text,
  revision: number,
  events: fc.array(
    fc.record({
      id: text,
      dialect: fc.constantFrom("butlr" as const, "butterflymx" as const),
      type: text,
      subject: text,
      at: number,
      acceptedAt: number,
      body: text,
      revision: number,
      previous: optional,
      value: optional,
      isLate: fc.boolean(),
      scopes: optional,
      key: optional,
      idempotencyKey: fc.option(fc.record({ id: text, hash: text }), { nil: null }),
      deliveries: fc.array(
        fc.record({ lane: number, variant: number, onChange: fc.boolean(), spilled: fc.boolean() }),
        {
          maxLength: 3,
        },
      ),
      repeats: fc.array(fc.record({ lane: number, variant: number, key: text }), { maxLength: 3 }),
      trace: optional,
    }),
    { maxLength: 3 },
  ),
});

const settlement: fc.Arbitrary<Settlement> = fc.record({
  delivery: number,
  lane: number,
  attempt: number,
  startedAt: number,
  outcome: fc.record({
    code: fc.constantFrom(...(Object.keys(outcomes) as OutcomeCode[])),
    status: fc.option(number, { nil: null }),
    detail: optional,
    retryAfterMs: fc.option(number, { nil: null }),
    durationMs: number,
    response: fc.option(fc.uint8Array({ maxLength: 9 }), { nil: null }),
    responseBytes: number,
  }),
  next: fc.oneof(
    fc.record({ due: number }),
    fc.record({ due: number, inOrder: fc.constant(true) }),
    fc.record({ state: fc.constantFrom("delivered" as const, "expired" as const) }),
  ),
});

const result: fc.Arbitrary<AcceptResult> = fc.oneof(
  fc.record({ status: fc.constant("stale" as const), organizations: fc.array(text) }),
  fc.record({
    status: fc.constant("done" as const),
    receipts: fc.array(
      fc.oneof(
        fc.record({
          status: fc.constant("accepted" as const),
          number,
          deliveries: fc.array(number),
          sequences: fc.array(number),
          repeats: fc.array(number),
        }),
        fc.record({ status: fc.constantFrom("duplicate" as const, "reused" as const) }),
      ),
    ),
  }),
);

const laneRows: fc.Arbitrary<LaneRows> = fc
  .record({
    lane: number,
    class: fc.constantFrom(...deliveryClasses),
    nextDue: fc.option(number, { nil: null }),
    moved: number,
    superseded: number,
    skipped: fc.array(fc.record({ from: number, to: number }), { maxLength: 3 }),
    rows: fc.array(
      fc.record({
        number,
        variant: number,
        attempts: number,
        due: number,
        createdAt: number,
        sequence: fc.option(number, { nil: null }),
        event: fc
          .record({
            number,
            id: text,
            dialect: fc.constantFrom("butlr" as const, "butterflymx" as const),
            type: text,
            body: text,
            revision: number,
            previous: optional,
            trace: optional,
          })
          .map(({ trace, ...event }) => (trace === null ? event : { ...event, trace })),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ rows, ...given }) => ({
    ...given,
    rows: rows.map((row) => ({ ...row, lane: given.lane, class: given.class })),
  }));

const crossed = <Value>(value: Value): Value => structuredClone(value);

test("calls cross the border of a thread unchanged", () => {
  const epoch = fc.record({ number, shards: fc.oneof(fc.constant("all"), fc.array(number)) });
  const minute = fc.record({
    organization: text,
    series: fc.constantFrom("presence", "traffic", "traffic_occupancy"),
    subject: text,
    at: number,
    value: number,
    out: number,
    min: number,
    max: number,
    mean: fc.double(),
    observedS: number,
    revision: number,
  });
  const progress = fc.record({
    epoch,
    position: number,
    rereadFrom: number,
    subjects: fc.constant([]),
    minutes: fc.array(minute, { maxLength: 3 }),
  });
  const fold = fc.option(progress, { nil: null });
  const kept = fc.record({
    event: number,
    entry: fc.record({ organization: text, statusOf: text, status: text }),
    acceptedAt: number,
  });
  const events = fc.array(acceptance, { maxLength: 3 });
  const call: fc.Arbitrary<Call> = fc.oneof(
    fc.tuple(fc.constant("accept"), fc.tuple(events, fold, fc.array(kept, { maxLength: 2 }))),
    fc.tuple(fc.constant("accept"), fc.tuple(events, fold)),
    fc.tuple(fc.constant("settle"), fc.tuple(epoch, fc.array(settlement, { maxLength: 4 }))),
    fc.tuple(fc.constant("cancel"), fc.tuple(epoch, number)),
  );
  fc.assert(fc.property(call, (given) => assert.deepEqual(unpackCall(crossed(packCall(given))), plainly(given))));
});

test("answers cross the border of a thread unchanged", () => {
  fc.assert(
    fc.property(result, (value) => {
      assert.deepEqual(unpackAnswer(crossed(packAnswer("accept", { value }))), { value: plainly(value) });
      assert.deepEqual(unpackAnswer(crossed(packAnswer("appendObservations", { value }))), { value: plainly(value) });
    }),
  );
  fc.assert(
    fc.property(fc.array(laneRows, { maxLength: 3 }), (value) => {
      assert.deepEqual(unpackAnswer(crossed(packAnswer("readDue", { value }))), { value: plainly(value) });
    }),
  );
});

test("errors keep their kind over the border of a thread", () => {
  const cross = (error: unknown) => {
    const answer = unpackAnswer(crossed(packAnswer("readDue", { error })));
    return "error" in answer ? answer.error : null;
  };
  assert.ok(cross(new OwnershipLost("gone")) instanceof OwnershipLost);
  const refused = cross(new BelfryError("NOT_FOUND", "There is no organization x."));
  assert.ok(refused instanceof BelfryError && refused.status === 404);
  assert.match(String(cross(new TypeError("bad"))), /TypeError: bad/);
});

/** Generated records have no prototype; what crosses has the ordinary one. */
function plainly<Value>(value: Value): Value {
  return structuredClone(value);
}
