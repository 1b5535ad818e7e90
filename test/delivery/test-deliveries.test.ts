// How many tests of receivers may be under way. What one sends stands in test/http/owner-acts.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deliveryDefaults } from "../../src/delivery/settings.ts";
import { createTestDeliveries } from "../../src/delivery/test-deliveries.ts";
import { BelfryError } from "../../src/errors.ts";
import type { Outcome } from "../../src/model/attempt.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { subscriptionOf } from "./harness.ts";
import { ok } from "./network.ts";

test("one that is refused says how many are under way: of the organization, or of all where all are too many", async () => {
  const answer = Promise.withResolvers<Outcome>();
  const sendTest = createTestDeliveries({
    version: "1",
    compose: (_, body) => body,
    authentication: () => [],
    clock: createSteeredClock(),
    send: () => answer.promise,
    settings: deliveryDefaults,
  });
  const event = { id: "evt_test", dialect: "butlr", type: "MOTION", body: "{}" } as const;
  const send = (organization: string) => sendTest({ ...subscriptionOf(1, 0), organization }, event, 0);
  const refused = (organization: string, message: string) =>
    assert.rejects(
      send(organization),
      (error) => error instanceof BelfryError && error.code === "TOO_MANY_REQUESTS" && error.message === message,
    );

  const underWay = Array.from({ length: 63 }, (_, index) => send(`org_${Math.floor(index / 4)}`));
  await refused("org_0", "4 tests of this organization are under way. Wait for one to end.");
  underWay.push(send("org_16"));
  await refused("org_15", "64 tests are under way. Wait for one to end.");
  await refused("org_17", "64 tests are under way. Wait for one to end.");
  answer.resolve(ok);
  assert.equal((await Promise.all(underWay)).length, 64);
  await send("org_0");
});
