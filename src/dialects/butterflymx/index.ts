// The ButterflyMX dialect: door and call events in that vendor's wire format, managed over its REST API.

import type { Clock, Random } from "../../clock.ts";
import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import type { Log } from "../../log.ts";
import type { Authenticator } from "../../auth/authenticator-port.ts";
import type { Registry } from "../../store/registry.ts";
import type { Dialect } from "../dialect.ts";
import type { PlacePort } from "../place-port.ts";
import { compose } from "./compose.ts";
import { integrationRoutes } from "./rest-api.ts";
import { createIntegrations } from "./integrations.ts";
import { tokenRoute } from "./oauth.ts";
import { type Entitled, express, typeOf } from "./payload.ts";
import { createRead } from "./read.ts";
import { types } from "./types.ts";
import { variant } from "./variant.ts";

export interface ButterflymxDeps {
  readonly registry: Registry;
  readonly place: PlacePort;
  readonly authenticator: Authenticator;
  readonly guard: DestinationGuard;
  readonly clock: Clock;
  readonly random: Random;
  /** A `whsec_…` signing secret (the receiver package makes them). */
  readonly newSecret: (random: Random) => string;
  /** Which tenants an entry or a call concerns (building/entitled). */
  readonly entitled: Entitled;
  readonly log?: Log;
}

export function createButterflymx(deps: ButterflymxDeps): Dialect {
  return {
    name: "butterflymx",
    types,
    typeOf,
    express: (fact, model, newId) => express(fact, model, newId, deps.entitled),
    read: createRead(deps),
    variant,
    compose,
    // The vendor knows no header or password of the receiver's own: a secret goes into the URL, or in our signature.
    authentication: () => [],
    async routes(scope) {
      await integrationRoutes(scope, { ...deps, integrations: createIntegrations(deps) });
      await tokenRoute(scope, deps);
    },
  };
}
