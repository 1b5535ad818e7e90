// /v1/alerts/open and /v1/alerts/told: what is wrong now, and what alerts have said lately. A key reads there what alerts may tell it.

import { z } from "zod";
import type { OpenAlert, ToldAlert } from "../../alerts/alerts-port.ts";
import { listedOrganization, owners, subscriptionReaders } from "../../auth/authorize.ts";
import { type AlertKind, alertKinds, isAlertTarget } from "../../model/alert.ts";
import { deliveryStates } from "../../model/delivery.ts";
import type { Principal } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import { listOf, pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { iso, time } from "./time.ts";

const kindName = z.enum(alertKinds as readonly [AlertKind, ...AlertKind[]]);
const text = z.string().describe("What happened and what to do, in a sentence.");
const help = z.string().nullable().describe("The heading of docs/alerts.md that says more.");

const openSchema = z.object({
  kind: kindName,
  type: z.enum(["subscription", "sensor", "hive", "installation"]),
  id: z.string(),
  name: z.string().nullable(),
  organization: z.string().nullable().describe("Null: this server."),
  since: time,
  text,
  help,
});

const toldSchema = z.object({
  id: z.string().describe("Of its event."),
  kind: z.enum([...kindName.options, "test"]),
  ends: z.boolean().describe("It tells that something is over."),
  at: time,
  text,
  help,
  repeat: z.boolean(),
  about: z.array(z.object({ type: z.string(), id: z.string(), name: z.string().nullable() })),
  deliveries: z.array(z.object({ alert: z.string(), delivery: z.string(), state: z.enum(deliveryStates) })),
});

/** URLs whose alerts are read. */
const mostTargets = 100;

export function alertsToldRoutes(
  { alerts }: Pick<OperatorDeps, "alerts">,
  listed: (who: Principal, organization: string | null) => Promise<readonly Subscription[]>,
): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/alerts/open",
      summary:
        "What is wrong now, by the rules of alerts, newest first; it needs no alerts. Keys of buildings and tenants see what is wrong with their subscriptions.",
      roles: subscriptionReaders,
      query: z.strictObject({ organization: z.string().optional(), ...pageQuery }),
      answer: listOf(openSchema),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization);
        const mine = (await alerts.open(organization)).filter((item) => mayHear(who, item));
        const filter = ["alerts open", who.key, organization];
        return pageOf(mine, query, filter, ({ since, key }) => `${String(since).padStart(16, "0")} ${key}`, showOpen);
      },
    }),
    route({
      method: "GET",
      path: "/v1/alerts/told",
      summary: "The last alerts, newest first. One that went to several URLs stands here once.",
      roles: owners,
      query: z.strictObject({ organization: z.string().optional(), limit: pageQuery.limit }),
      answer: z.object({ data: z.array(toldSchema) }),
      handle: async ({ who, query }) => {
        const all = await listed(who, listedOrganization(who, query.organization));
        const told = await alerts.told(all.filter(isAlertTarget).slice(-mostTargets), query.limit);
        return { data: told.map(showTold) };
      },
    }),
  ];
}

/** As alerts are told: to a building and a tenant of their subscriptions alone. */
const mayHear = ({ role, targets }: Principal, { building, tenant }: OpenAlert): boolean => {
  if (role === "building") return building !== null && targets.includes(building);
  return role !== "tenant" || (tenant !== null && targets.includes(tenant));
};

function showOpen({ kind, type, id, name, organization, since, text: said, help: more }: OpenAlert) {
  return { kind, type, id, name, organization, since: iso(since), text: said, help: more };
}

const showTold = ({ about, deliveries, ...told }: ToldAlert): z.input<typeof toldSchema> => ({
  ...told,
  about: [...about],
  deliveries: [...deliveries],
});
