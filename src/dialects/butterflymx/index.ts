// The ButterflyMX dialect: door and call events in that vendor's wire format, managed over its REST API.

import type { Clock, Random } from "../../clock.ts";
import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import type { DoorBridge } from "../../delivery/door-bridge.ts";
import { noteRoutes } from "../../http/known-routes.ts";
import type { Log } from "../../log.ts";
import type { Authenticator } from "../../auth/authenticator-port.ts";
import type { SigningKey } from "../../model/subscription.ts";
import type { SignIns } from "../../auth/sign-ins.ts";
import type { Registry } from "../../store/registry.ts";
import type { Dialect } from "../dialect.ts";
import type { History } from "../../store/history.ts";
import { version } from "../../version.ts";
import type { PlaceEditor, PlacePort } from "../place-port.ts";
import { asyncApiRoute } from "./asyncapi/route.ts";
import { compose } from "./compose.ts";
import { restApi } from "./rest-api.ts";
import { accessToolRoutes } from "./records/access-tools.ts";
import { doorReleaseRoutes } from "./records/door-release.ts";
import { entryRoutes } from "./records/entries.ts";
import { createKeyReader } from "./records/key-secrets.ts";
import { listRoutes } from "./records/lists.ts";
import { passRoutes } from "./records/passes.ts";
import { v3Routes } from "./records/v3.ts";
import { qrPictures, qrTokenWith } from "./records/qr-picture.ts";
import { createIntegrations, type IntegrationsDeps, usualMost } from "./integrations.ts";
import { openApiRoute } from "./openapi/document.ts";
import { olderDocuments } from "./openapi/older.ts";
import { oauthRoutes } from "./oauth/routes.ts";
import { type Entitled, express, typeOf } from "./payload.ts";
import { createRead } from "./ready-made/read.ts";
import { sample } from "./sample.ts";
import { createSubscribing } from "./subscribing.ts";
import { pairNames, types } from "./types.ts";
import { variant } from "./variant.ts";

export interface ButterflymxDeps {
  readonly registry: Registry;
  readonly place: PlacePort;
  readonly authenticator: Authenticator;
  readonly signIns: SignIns;
  /** Where sign-in codes may be sent, beside out of band. */
  readonly redirects: readonly string[];
  /** Signs the forms of the sign-in: 32 bytes, the same after a restart. */
  readonly formKey: Uint8Array;
  readonly guard: Pick<DestinationGuard, "url" | "headers">;
  readonly clock: Clock;
  readonly random: Random;
  /** A `whsec_…` signing secret (the receiver package makes them). */
  readonly newSecret: (random: Random) => string;
  readonly newSigningKey: () => SigningKey;
  /** Which tenants an entry or a call concerns (building/entitled). */
  readonly entitled: Entitled;
  readonly history: Pick<History, "entries">;
  readonly models: PlaceEditor;
  /** Proves the addresses of pictures. */
  readonly qrKey: Uint8Array;
  /** Where people reach this server, without a slash at its end; null: where a request did. */
  readonly publicUrl: string | null;
  /** A UUID. */
  readonly newGuid: () => string;
  /** null: no secret is set up. */
  readonly doorBridge: DoorBridge | null;
  /** Of buildings that name none of their own. */
  readonly doorBridgeUrl: string | null;
  readonly mostIntegrations?: NonNullable<IntegrationsDeps["mostIntegrations"]>;
  readonly log?: Log;
}

const heartbeat = (id: string, sequence: number, at: number) => ({
  event: {
    resource_type: "heartbeat",
    action: "create",
    data: { id, sequence, logged_at: new Date(at).toISOString() },
  },
});

export function createButterflymx(deps: ButterflymxDeps): Dialect {
  return {
    name: "butterflymx",
    types,
    states: {},
    typeOf,
    express: (fact, model, newId) => express(fact, model, newId, deps.entitled),
    read: createRead(deps.entitled),
    variant,
    sampleTypes: pairNames,
    sample: (type, subscription, context) => sample(type, subscription, context, deps.entitled),
    subscribing: createSubscribing(deps.mostIntegrations ?? usualMost),
    valueOf: () => null,
    compose,
    heartbeat: (id, sequence, at) => JSON.stringify(heartbeat(id, sequence, at)),
    // Headers of the owner's choice: the shared secret that the vendor recommends and does not specify.
    authentication: ({ endpoint }) => Object.entries(endpoint.headers ?? {}),
    async routes(scope) {
      const known = noteRoutes(scope);
      const qrToken = qrTokenWith(deps.qrKey);
      const keyReader = createKeyReader({ ...deps, qrToken });
      const all = { ...deps, keyReader };
      const routes = [
        ...listRoutes(all),
        ...entryRoutes(all),
        ...passRoutes(all),
        ...accessToolRoutes(all),
        ...doorReleaseRoutes(all),
        ...v3Routes(all),
      ];
      await restApi(scope, { ...deps, integrations: createIntegrations(deps), routes });
      qrPictures(scope, deps);
      // Of the vendor's sign-in host; mobile clients ask it first.
      scope.get("/api/mobile/regions", { config: { document: olderDocuments.regions } }, async () => ({
        regions: ["na"],
      }));
      await oauthRoutes(scope, deps);
      openApiRoute(scope, known, version);
      asyncApiRoute(scope, version);
    },
  };
}
