// /v1/organizations: which there are, and the end of one.

import { z } from "zod";
import { operators } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { listOf, pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { organizationSchema, showOrganization } from "./organization-view.ts";

export function organizationRoutes({ registry, removeOrganization }: OperatorDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/organizations",
      summary: "All organizations.",
      roles: operators,
      query: z.strictObject(pageQuery),
      answer: listOf(organizationSchema),
      handle: async ({ query }) =>
        pageOf(await registry.organizations(), query, ["organizations"], ({ id }) => id, showOrganization),
    }),
    route({
      method: "DELETE",
      path: "/v1/organizations/:id",
      summary:
        "Delete an organization with everything that is kept of it. Answered when nothing is left. The audit stays. Backups are not reached.",
      roles: operators,
      query: z.strictObject({ confirm: z.string().optional().describe("Required: the id once more.") }),
      status: 204,
      answer: z.null(),
      handle: async ({ who, params, query }) => {
        const id = params["id"]!;
        if (query.confirm !== id) {
          const how = `Add ?confirm=${encodeURIComponent(id)} if you mean it`;
          throw new BelfryError("BAD_REQUEST", `This deletes everything of ${id}, and nothing brings it back. ${how}.`);
        }
        await removeOrganization(who, id);
        return null;
      },
    }),
  ];
}
