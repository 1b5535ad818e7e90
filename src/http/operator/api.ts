// The operator API whole, and the document that describes it.

import type { KnownRoute } from "../known-routes.ts";
import { openApi, operatorApi } from "../openapi.ts";
import { registerRoutes, type Route } from "../route.ts";
import type { HttpScope } from "../scope.ts";
import { createWhoAsks } from "../who-asks.ts";
import { alertRoutes } from "./alerts.ts";
import { backupRoutes } from "./backups.ts";
import { buildingModelRoutes } from "./building-model.ts";
import { deliveryActRoutes } from "./delivery-acts.ts";
import { explainRoutes } from "./explain.ts";
import { occupancyRoutes } from "./occupancy.ts";
import { portalLinkRoutes } from "./portal-links.ts";
import { recomputeRoutes } from "./recompute.ts";
import { retentionRoutes } from "./retention.ts";
import { pictureRoutes } from "./pictures.ts";
import { replayRoutes } from "./replays.ts";
import { sensorRoutes } from "./sensors.ts";
import type { OperatorDeps } from "./deps.ts";
import { entryRoutes } from "./entries.ts";
import { eventSubscriptionRoutes } from "./event-subscriptions.ts";
import { inboxRoutes } from "./inboxes.ts";
import { keyRoutes } from "./keys.ts";
import { logRoutes } from "./log.ts";
import { nameRoutes } from "./names.ts";
import { numberedEventRoutes } from "./numbered-events.ts";
import { ownerActRoutes } from "./owner-acts.ts";
import { organizationRoutes } from "./organizations.ts";
import { subscriptionSettingRoutes } from "./subscription-settings.ts";
import { sessionRoutes } from "./sessions.ts";
import { streamRoutes } from "./stream.ts";
import { signingSecretRoutes } from "./signing-secret.ts";
import { subscriptionRoutes } from "./subscriptions.ts";

/** The routes of /v1. `more`: routes that other parts bring. */
export function createOperatorApi(deps: OperatorDeps, more: readonly Route[] = []): (scope: HttpScope) => void {
  const routes = [
    ...buildingModelRoutes(deps),
    ...subscriptionRoutes(deps),
    ...ownerActRoutes(deps),
    ...subscriptionSettingRoutes(deps),
    ...signingSecretRoutes(deps),
    ...numberedEventRoutes(deps),
    ...logRoutes(deps),
    ...eventSubscriptionRoutes(deps),
    ...deliveryActRoutes(deps),
    ...replayRoutes(deps),
    ...alertRoutes(deps),
    ...inboxRoutes(deps),
    ...entryRoutes(deps),
    ...keyRoutes(deps),
    ...pictureRoutes(deps),
    ...organizationRoutes(deps),
    ...retentionRoutes(deps),
    ...occupancyRoutes(deps),
    ...explainRoutes(deps),
    ...recomputeRoutes(deps),
    ...sensorRoutes(deps),
    ...nameRoutes(deps),
    ...streamRoutes(deps),
    ...sessionRoutes(deps),
    ...portalLinkRoutes(deps),
    ...backupRoutes(deps),
    ...more,
  ];
  return (scope) =>
    registerRoutes(scope, createWhoAsks(deps.authenticator, deps.sessions, deps.portals), deps.pauseFor, routes);
}

/** /v1/openapi.json, made of the server's `routes` and open to everybody: it says nothing about this installation. */
export function createOpenApiRoute(routes: readonly KnownRoute[], version: string): (scope: HttpScope) => void {
  // One text for all answers: they are large, and anybody may ask.
  let text: string | null = null;
  return (scope) => {
    scope.get("/v1/openapi.json", async (_, reply) => {
      text ??= JSON.stringify(openApi(routes, operatorApi(version)));
      return reply.type("application/json; charset=utf-8").send(text);
    });
  };
}
