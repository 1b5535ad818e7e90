// What this node does when another one asks, for organizations that are owned here.

import { BelfryError } from "../errors.ts";
import type { Calls } from "../nodes/calls.ts";
import type { OwnedSlices } from "../nodes/owned.ts";
import type { Ground } from "./ground.ts";
import type { Known } from "./organizations.ts";
import type { Owner } from "./owner.ts";

interface OfOrganization {
  readonly organization: string;
}
interface OfLane extends OfOrganization {
  readonly lane: number;
}
interface OfDelivery extends OfLane {
  readonly delivery: number;
}

export function answerCalls({ store, clock }: Ground, { organizations }: Known) {
  return (calls: Calls, owned: OwnedSlices<Owner>): void => {
    const here = (organization: string): Owner => {
      const owner = owned.of(organization);
      if (owner !== undefined) return owner;
      throw new BelfryError("UNAVAILABLE", "The organization goes from one node to another. Ask again in a moment.");
    };
    calls.handle("open_lane", async ({ organization, lane }: OfLane) => here(organization).dispatcher.openLane(lane));
    calls.handle("hasten_lane", async ({ organization, lane }: OfLane) =>
      here(organization).dispatcher.hasten.lane(lane),
    );
    calls.handle("hasten_one", async ({ organization, lane, delivery }: OfDelivery) =>
      here(organization).dispatcher.hasten.one(lane, delivery),
    );
    calls.handle("status", async ({ lanes }: { readonly lanes: readonly number[] }) =>
      lanes.map((lane) => {
        const organization = organizations.subscription(lane)?.organization;
        return (organization && owned.of(organization)?.dispatcher.lane(lane)) ?? null;
      }),
    );
    calls.handle("read_again", async ({ organization }: OfOrganization) =>
      here(organization).dispatcher.readAgain(organization),
    );
    calls.handle("expired", async ({ organization, lanes }: OfOrganization & { readonly lanes: readonly number[] }) =>
      here(organization).dispatcher.expired(lanes),
    );
    calls.handle("strayed", async ({ organization, lane, delivery }: OfDelivery) => {
      const { dispatcher } = here(organization);
      const now = clock.now();
      await store.ledger.spill(dispatcher.epoch(), [delivery], now);
      dispatcher.readLater(lane, "live", now);
    });
  };
}
