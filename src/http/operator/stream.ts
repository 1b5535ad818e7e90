// GET /v1/stream: what changes, as server-sent events [HTML §9.2]. It names what changed and shows nothing of it: who hears a
// name reads it through the lists, which decide what is shown.

import type { Readable } from "node:stream";
import { z } from "zod";
import { actingFor, listedOrganization, organizationHeader } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import type { Role } from "../../model/principal.ts";
import { type Route, route } from "../route.ts";
import { createWhoAsks } from "../who-asks.ts";
import type { OperatorDeps } from "./deps.ts";
import { type Topic, topicRoles, topics } from "./stream-topics.ts";

/** All but those who only send. */
const listeners = [...new Set(Object.values(topicRoles).flat())];

const query = z.strictObject({
  topics: z
    .string()
    .transform((text) => [...new Set(text.split(","))])
    .pipe(z.array(z.enum(topics)))
    .optional()
    .describe(`Of ${topics.join(", ")}, with commas between them; without it all that the key may read.`),
  organization: z.string().optional(),
  subscription: z.string().optional().describe("Of subscriptions, deliveries and alerts: those of this one alone."),
  building: z.string().optional().describe("Of occupancy and sensors: those of this one alone."),
});

const answer = z.custom<Readable | Uint8Array>().meta({
  type: "string",
  description:
    "Server-sent events. `hello` {at, topics}: from here on everything is told; read anew what you show. With `partial` true there are" +
    " several nodes, and what happens at others is not told: read now and then as well. `changed` {organization," +
    " and by topic either ids or true}: read that again. Ids are those of subscriptions, alerts or buildings; true: there are more" +
    " than 50, or the topic has none. A comment comes every 15 s.",
});

export function streamRoutes({ streams, authenticator, sessions, portals }: OperatorDeps): readonly Route[] {
  const whoAsks = createWhoAsks(authenticator, sessions, portals);
  return [
    route({
      method: "GET",
      path: "/v1/stream",
      summary:
        "What changes of all that the key may read, as it happens. It ends with the key, the session or the portal link.",
      roles: listeners,
      waits: true,
      query,
      media: ["text/event-stream"],
      answer,
      handle: async ({ who, query: { topics: asked, ...wanted }, reply }) => {
        const { request } = reply;
        const organization = listedOrganization(who, wanted.organization);
        const { subscription = null, building = null } = wanted;
        const whoNow = async () => {
          const now = await whoAsks(request);
          return now === null ? null : actingFor(now, request.headers[organizationHeader]);
        };
        reply.type("text/event-stream; charset=utf-8").header("x-accel-buffering", "no");
        const heard = { topics: topicsFor(who.role, asked), organization, subscription, building };
        // Nobody would ever end what goes to a connection that is gone.
        const hasReader = request.method !== "HEAD" && !reply.raw.destroyed;
        return hasReader ? streams.open(who, heard, whoNow) : new Uint8Array();
      },
    }),
  ];
}

function topicsFor(role: Role, asked: readonly Topic[] | undefined): readonly Topic[] {
  const may = (topic: Topic): boolean => topicRoles[topic].includes(role);
  const refused = asked?.find((topic) => !may(topic));
  if (refused === undefined) return asked ?? topics.filter(may);
  throw new BelfryError("FORBIDDEN", `Keys of this role may not hear of ${refused}. Leave it out of topics.`);
}
