// What an owner has done beyond changing a subscription: retry, resend, test. One place for all APIs, so that the rules and the
// audit are the same. It knows the engine by what it is given.

import type { Clock } from "../clock.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { OwnerActsPort } from "../dialects/owner-acts-port.ts";
import type { PlacePort } from "../dialects/place-port.ts";
import { BelfryError } from "../errors.ts";
import { deliveryId } from "../model/delivery.ts";
import type { Event } from "../model/event.ts";
import { whyNothingIsSent } from "../model/owner-acts.ts";
import type { Subscription } from "../model/subscription.ts";
import type { TestDelivery } from "../model/test-delivery.ts";
import type { Registry } from "../store/registry.ts";

export interface OwnerActsDeps {
  readonly registry: Pick<Registry, "audit">;
  readonly place: Pick<PlacePort, "model">;
  readonly dialect: (name: Subscription["dialect"]) => Pick<Dialect, "sample" | "sampleTypes">;
  readonly clock: Clock;
  readonly newEventId: () => string;
  readonly newGuid: () => string;
  /** Ends the back-off of a lane. Returns whether there was one. */
  readonly openLane: (lane: number) => boolean | Promise<boolean>;
  /** What waits for a later try is due now. `lane` returns how many deliveries that were. */
  readonly hasten: {
    lane(lane: number): Promise<number>;
    one(lane: number, delivery: number): Promise<"due_now" | "under_way">;
  };
  /** Owes an event again and wakes its lane. Null: the event is no longer kept. */
  readonly resend: (delivery: number) => Promise<{ readonly number: number } | null>;
  readonly sendTest: (subscription: Subscription, event: Event, variant: number) => Promise<TestDelivery>;
}

export function createOwnerActs(deps: OwnerActsDeps): OwnerActsPort {
  const { registry, clock, openLane, hasten } = deps;
  const audit = (action: string, object: string, by: string, detail: object | null) =>
    registry.audit({
      at: clock.now(),
      actor: by,
      action,
      object,
      detail: detail === null ? null : JSON.stringify(detail),
    });

  return {
    async open({ number, id }, by) {
      if (await openLane(number)) await audit("lane.open", id, by, null);
    },
    async retry(subscription, by) {
      mustSend(subscription);
      const opened = await openLane(subscription.number);
      const retried = await hasten.lane(subscription.number);
      await audit("subscription.retry", subscription.id, by, { retried, opened });
      return { retried, opened };
    },
    async retryOne(subscription, delivery, by) {
      mustSend(subscription);
      if ((await hasten.one(subscription.number, delivery)) === "under_way") {
        throw new BelfryError(
          "CONFLICT",
          "An attempt of this delivery is under way. Look again when it has ended: if it fails, retry then.",
        );
      }
      await openLane(subscription.number);
      await audit("delivery.retry", deliveryId(delivery), by, null);
    },
    async resend(subscription, delivery, by) {
      mustSend(subscription);
      const again = await deps.resend(delivery);
      if (again === null) throw new BelfryError("CONFLICT", "The event of this delivery is no longer kept.");
      await openLane(subscription.number);
      await audit("delivery.resend", deliveryId(delivery), by, { new: deliveryId(again.number) });
      return again.number;
    },
    async test(subscription, type, by) {
      if (subscription.isUnreadable === true) throw new BelfryError("CONFLICT", subscription.disabledReason ?? "");
      const { event, variant } = await sampleOf(subscription, type ?? subscription.bindings[0]?.type ?? "");
      const sent = await deps.sendTest(subscription, event, variant);
      const { code, status } = sent.outcome;
      await audit("subscription.test", subscription.id, by, { type: event.type, event: event.id, code, status });
      return sent;
    },
  };

  async function sampleOf(subscription: Subscription, type: string) {
    const { sample, sampleTypes } = deps.dialect(subscription.dialect);
    const model = await deps.place.model(subscription.organization);
    const made = sample(type, subscription, {
      model,
      at: clock.now(),
      newId: deps.newEventId,
      newGuid: deps.newGuid,
    });
    if (made !== null) return made;
    throw new BelfryError("INVALID", `There is no event type of this name. Choose one of ${sampleTypes.join(", ")}.`);
  }
}

function mustSend(subscription: Subscription): void {
  const refusal = whyNothingIsSent(subscription);
  if (refusal !== null) throw new BelfryError("CONFLICT", refusal);
}
