// The vendors' APIs, and what owners do through all of them: retry, resend, test.

import { grantsOf } from "../building/entitled.ts";
import { createDoorBridge } from "../delivery/door-bridge.ts";
import { createTestDeliveries } from "../delivery/test-deliveries.ts";
import { createButlr } from "../dialects/butlr/index.ts";
import { createButterflymx } from "../dialects/butterflymx/index.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { createOwnerActs } from "../organizations/owner-acts.ts";
import { version } from "../version.ts";
import type { Delivery } from "./delivery.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import { heardByOwners } from "./numbers-elsewhere.ts";
import type { Known } from "./organizations.ts";
import type { Sending } from "./sending.ts";

export function assembleOwnerActs(
  { store, clock, settings, newEventId, newGuid }: Ground,
  { registry, place }: Known,
  { composer, client }: Sending,
  { engine, arrivals }: Delivery,
  { dialect }: Later,
) {
  return createOwnerActs({
    registry,
    place,
    dialect,
    clock,
    newEventId,
    newGuid,
    openLane: engine.openLane,
    hasten: engine.hasten,
    async resend(delivery) {
      const now = clock.now();
      const again = await store.ledger.resend(delivery, now);
      if (again !== null) arrivals.enqueuer.readLater(again.lane, "retry", now);
      return again;
    },
    sendTest: createTestDeliveries({ ...composer, clock, send: client.send, settings }),
  });
}

export function assembleDialects(
  ground: Ground,
  known: Known,
  { guard, client }: Sending,
  acts: ReturnType<typeof assembleOwnerActs>,
  { engine, nodes }: Delivery,
): readonly Dialect[] {
  const { config, store, clock, random, log, derive, newGuid, newSecret, newSigningKey } = ground;
  const { registry, authenticator, place, models, keys, turns, eventsKeptMs } = known;
  const shared = { registry, authenticator, guard, place, models, clock, random, newSecret, newSigningKey, log };
  return [
    createButlr({
      ...shared,
      acts,
      status: heardByOwners(engine, nodes, place.model, clock),
      keys,
      history: store.history,
      turns,
      eventsKeptMs,
    }),
    createButterflymx({
      ...shared,
      history: store.history,
      entitled: (fact, model) => grantsOf(fact, model, clock.now()),
      qrKey: derive("qr"),
      publicUrl: config.publicUrl ?? null,
      newGuid,
      doorBridge:
        config.doorBridgeSecret === undefined
          ? null
          : createDoorBridge({ send: client.send, clock, random, secret: config.doorBridgeSecret, version }),
      doorBridgeUrl: config.doorBridgeUrl ?? null,
      mostIntegrations: { building: config.integrationsBuilding, tenant: config.integrationsTenant },
      signIns: authenticator.signIns,
      redirects: config.oauthRedirects,
      formKey: derive("forms"),
    }),
  ];
}
