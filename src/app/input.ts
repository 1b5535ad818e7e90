// The way in: what may be sent to Belfry.

import type { Dialect } from "../dialects/dialect.ts";
import { createWrongClocks } from "../ingest/derive/wrong-clocks.ts";
import { createIngest } from "../ingest/ingest.ts";
import type { Delivery } from "./delivery.ts";
import type { Ground } from "./ground.ts";
import type { Listeners } from "./listeners.ts";
import type { Known } from "./organizations.ts";

export type Input = ReturnType<typeof assembleInput>;

export function assembleInput(
  { store, clock, newEventId, newGuid }: Ground,
  { organizations, registry, place }: Known,
  { events, tracing }: Listeners,
  { engine, arrivals, nodes }: Delivery,
  dialects: readonly Dialect[],
) {
  const { ledger } = store;
  const { enqueuer } = arrivals;
  const now = () => clock.now();
  const ingest = createIngest(
    dialects,
    {
      ledger,
      placeLookup: place,
      now,
      newGuid,
      logged: engine.logged,
      wrongClock: createWrongClocks(
        engine,
        (organization, ...wrong) => nodes?.tellWrongClock(organization, ...wrong) ?? null,
      ),
    },
    {
      ledger,
      organizations,
      createOrganization: async (id, who) => {
        const entry = { at: clock.now(), actor: who.key, action: "organization.create", object: id, detail: null };
        await registry.ensureOrganization(id, id, entry);
      },
      enqueuer,
      place,
      now,
      newEventId,
    },
    { events, tracing },
  );
  return { ingest };
}
