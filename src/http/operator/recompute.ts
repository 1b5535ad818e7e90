// POST /v1/recompute: minutes are computed again from the observation log, with everything that came late, and corrections go out.

import { z } from "zod";
import { managers, notFound } from "../../auth/authorize.ts";
import { mayManage } from "../../model/principal.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { spaceAsked } from "./space-asked.ts";
import { bodyMoment, iso, time } from "./time.ts";

const range = z.strictObject({
  space: z.string().min(1).max(128).describe("The whole floor of this space is computed."),
  organization: z.string().optional(),
  from: bodyMoment.describe("Begin of the first minute."),
  to: bodyMoment.describe("End of the last minute; at most 24 hours later."),
});

export function recomputeRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock, numbers } = deps;
  return [
    route({
      method: "POST",
      path: "/v1/recompute",
      summary:
        "Compute the minutes of a floor again from the observation log, with all that came late. Corrections go out.",
      roles: managers,
      status: 202,
      body: range,
      answer: z.object({
        organization: z.string(),
        floor: z.string(),
        from: time,
        to: time,
        minutes: z.number().describe("Minutes that will be computed."),
        waiting: z.number().describe("The same with those that were asked for before."),
      }),
      handle: async ({ who, body: { space: name, organization: asked, from, to } }) => {
        const space = await spaceAsked(deps, who, name, asked);
        if (!mayManage(who, space.organization)) throw notFound("space");
        const { floor, minutes, waiting } = await numbers.recompute(space, from, to);
        const { organization } = space;
        const detail = JSON.stringify({ organization, from: iso(from), to: iso(to) });
        await registry.audit({ at: clock.now(), actor: who.key, action: "minutes.recompute", object: floor, detail });
        return { organization, floor, from: iso(from), to: iso(to), minutes, waiting };
      },
    }),
  ];
}
