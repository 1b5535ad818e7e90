// What this node does when another one asks, for organizations that are owned here.

import { BelfryError } from "../errors.ts";
import type { Calls } from "../nodes/calls.ts";
import type { OwnedSlices } from "../nodes/owned.ts";
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

interface OfSensor extends OfOrganization {
  readonly sensor: string;
  readonly fault: "ahead" | "wrong";
}

export function answerCalls({ organizations }: Known) {
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
    calls.handle("wrong_clock", async ({ organization, sensor, fault }: OfSensor) => {
      const { logProcessor } = here(organization);
      await logProcessor.act(organization, (sensing, at, say) => say(sensing.rejected(sensor, fault, at)));
    });
    calls.handle("expired", async ({ organization, lanes }: OfOrganization & { readonly lanes: readonly number[] }) =>
      here(organization).dispatcher.expired(lanes),
    );
  };
}
