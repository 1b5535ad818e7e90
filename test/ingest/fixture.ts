// The way in on a real store: acceptor and deriver joined as the composition root joins them, with an intake that notes
// what it is given.

import { quietActs } from "../fixtures/owner-acts.ts";
import assert from "node:assert/strict";
import { checkModel } from "../../src/building/check.ts";
import type { ModelDocument } from "../../src/building/document.ts";
import { grantsOf } from "../../src/building/entitled.ts";
import { assignNumbers } from "../../src/building/assign-numbers.ts";
import { placeIdsOf } from "../../src/building/place-ids.ts";
import { systemRandom } from "../../src/clock.ts";
import type { Enqueuer } from "../../src/delivery/enqueue-port.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { createModelChanges } from "../../src/organizations/replace-model.ts";
import { createButlr } from "../../src/dialects/butlr/index.ts";
import { createButterflymx } from "../../src/dialects/butterflymx/index.ts";
import { createIngest } from "../../src/ingest/ingest.ts";
import type { Ingest, IngestResult } from "../../src/ingest/ingest-port.ts";
import { createLogProcessor, type LogProcessor } from "../../src/ingest/derive/log-processor.ts";
import type { Organizations } from "../../src/organizations/organizations.ts";
import { liveOrganizations } from "../fixtures/live-organizations.ts";
import type { EngineEvents } from "../../src/model/engine-events.ts";
import { newId } from "../../src/model/ksuid.ts";
import type { Principal } from "../../src/model/principal.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import type { Ledger } from "../../src/store/ledger.ts";
import type { DueDelivery } from "../../src/store/owed.ts";
import type { Registry } from "../../src/store/registry.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import type { Store } from "../../src/store/store.ts";
import { noSignIns } from "../fixtures/no-sign-ins.ts";
import { calm, createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";
import { notingLog } from "../fixtures/noted-log.ts";

export const operator: Principal = { key: "k_operator", role: "operator", organization: null, targets: [] };
export const keyOf = (organization: string): Principal => ({ key: "k", role: "ingest", organization, targets: [] });

export interface WayIn {
  readonly clock: SteeredClock;
  readonly store: Store;
  readonly registry: Registry;
  readonly organizations: Organizations;
  readonly acceptor: Ingest;
  readonly dialects: readonly Dialect[];
  /** The one that runs now. */
  deriver: LogProcessor;
  /** What came to the lanes, and places that are reserved still. */
  readonly offered: DueDelivery[];
  reserved(): number;
  /** Errors that were logged. */
  readonly errors: object[];
  /** Sensors whose clock is wrong, as organization, sensor and fault. */
  readonly wrongClocks: string[];
  /** Engine events, as name and arguments. */
  readonly heard: unknown[][];
  /** What listeners hear of sensing. */
  readonly sensed: unknown[][];
  /** What listeners hear of what was written. */
  readonly written: unknown[][];
  /** Called before the ledger's accept. */
  beforeAccept: () => Promise<void> | void;
  /** Called before the log is read on, and before a floor is read from it. */
  beforeRead: () => Promise<void> | void;
  beforeReadFloor: () => Promise<void> | void;
  /** Called once a log processor that starts has asked what sensing remembers. */
  beforeReadState: () => Promise<void> | void;
  observe(...observations: object[]): Promise<IngestResult>;
  put(document: ModelDocument): Promise<void>;
  subscribe(subscription: Subscription): Promise<void>;
  /** Stops the deriver in order and starts a new one on the same store, which may be told of the log before it has begun. */
  restart(told?: "before it begins"): Promise<void>;
  /** kill -9 of the deriver, now or, where `when` says so, at its next write: just before the commit or just after it. A new
   * one starts on what was committed. */
  kill(when?: "before the commit" | "after the commit"): Promise<void>;
  /** Stored events of these types, or all, oldest first, as type and parsed body. */
  events(...types: readonly string[]): Promise<{ type: string; body: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export async function createWayIn(): Promise<WayIn> {
  const clock = createSteeredClock();
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32), clock });
  const { organizations, registry, place } = liveOrganizations(store.registry, clock);
  const nobody = {
    principal: async (authorization?: string) => (authorization === "Bearer operator" ? operator : null),
    login: async () => null,
  };
  const guard = {
    url: async () => ({ allowed: true }) as const,
    header: () => ({ allowed: true }) as const,
    headers: () => ({ allowed: true }) as const,
  };
  const door = { registry, authenticator: nobody, guard, clock, random: systemRandom, newSecret: () => "whsec_" };
  const dialects: readonly Dialect[] = [
    createButlr({
      ...door,
      place,
      models: createModelChanges({ registry, clock }),
      authenticator: { ...nobody, forget: () => {} },
      keys: { issue: () => assert.fail("nobody makes keys here") },
      newSigningKey: () => ({ privateKey: "whsk_", publicKey: "whpk_" }),
      history: store.history,
      acts: quietActs({ registry, place, clock }),
      eventsKeptMs: async () => 30 * 24 * 3_600_000,
    }),
    createButterflymx({
      ...door,
      ...noSignIns,
      place,
      models: createModelChanges({ registry, clock }),
      history: store.history,
      entitled: grantsOf,
      newSigningKey: () => ({ privateKey: "whsk_", publicKey: "whpk_" }),
      qrKey: new Uint8Array(32),
      publicUrl: null,
      newGuid: () => "guid",
      doorBridge: null,
      doorBridgeUrl: null,
    }),
  ];
  const newEventId = () => newId("event", clock.now(), systemRandom.bytes(16));
  const offered: DueDelivery[] = [];
  const errors: object[] = [];
  const wrongClocks: string[] = [];
  const heard: unknown[][] = [];
  const sensed: unknown[][] = [];
  const written: unknown[][] = [];
  const engineEvents: EngineEvents = {
    accepted: (kind, { accepted, duplicates, rejected }) =>
      heard.push(["accepted", kind, accepted, duplicates, rejected.length]),
    folded: (observations, events) => heard.push(["folded", observations, events]),
    minutesTold: ({ closed, corrected, tooLate }) => sensed.push(["minutes", closed, corrected, tooLate]),
    sensorChanged: (organization, { type }) => sensed.push(["changed", organization, type]),
    spaceLost: (...lost) => sensed.push(["lost", ...lost]),
    sensed: (organization, { kind }) => written.push([organization, kind]),
    eventsWritten: (organization, hasEntries) =>
      written.push([organization, hasEntries ? "events with entries" : "events"]),
  };
  let reserved = 0;
  const intake: Enqueuer = {
    reserve: () => {
      reserved++;
      return true;
    },
    release: () => void reserved--,
    enqueue: (delivery) => {
      reserved--;
      offered.push(delivery);
    },
    readLater: () => {},
  };
  const { epoch } = await store.ledger.acquire(clock.now(), 0);
  const ledger: Ledger = {
    ...store.ledger,
    accept: async (...given) => {
      await way.beforeAccept();
      return store.ledger.accept(...given);
    },
    readObservations: async (...given) => {
      await way.beforeRead();
      return store.ledger.readObservations(...given);
    },
    readSensingState: async (...given) => {
      await way.beforeReadState();
      return store.ledger.readSensingState(...given);
    },
    readFloor: async (...given) => {
      await way.beforeReadFloor();
      return store.ledger.readFloor(...given);
    },
  };
  /** The process in which the deriver lives: nothing comes out of a dead one, nor into it. */
  let life = { dead: false };
  let onAccept: ((write: () => Promise<unknown>) => Promise<void>) | null = null;
  const never = () => new Promise<never>(() => {});
  const ledgerOf = (mine: { dead: boolean }): Ledger => {
    const gated =
      (run: (...given: unknown[]) => Promise<unknown>) =>
      async (...given: unknown[]) => {
        if (mine.dead) return never();
        const result = await run(...given);
        return mine.dead ? never() : result;
      };
    const all = Object.entries(ledger).map(([verb, run]) => [verb, gated(run as () => Promise<unknown>)]);
    const own = Object.fromEntries(all) as unknown as Ledger;
    const accept = own.accept;
    return {
      ...own,
      accept: async (...given) => {
        const strike = mine.dead ? null : onAccept;
        if (strike === null) return accept(...given);
        onAccept = null;
        await strike(() => ledger.accept(...given));
        return never();
      },
    };
  };
  const log = notingLog(({ level, facts }) => level === "error" && errors.push(facts));
  const startDeriver = (mine = life): LogProcessor =>
    createLogProcessor({
      ledger: ledgerOf(mine),
      organizations,
      dialects,
      enqueuer: intake,
      clock: { ...clock, after: (ms, then) => clock.after(ms, () => mine.dead || then()) },
      log,
      newEventId,
      events: engineEvents,
      epoch: () => epoch,
    });
  let guids = 0;
  const common = { ledger, now: () => clock.now() };
  const acceptor = createIngest(
    dialects,
    {
      ...common,
      placeLookup: place,
      newGuid: () => `guid-${++guids}`,
      logged: (position) => way.deriver.wake(position),
      wrongClock: (...named) => wrongClocks.push(named.slice(0, 3).join(" ")),
    },
    {
      ...common,
      organizations,
      createOrganization: async (id, { key }) => {
        await registry.ensureOrganization(id, id, entry(key));
      },
      enqueuer: intake,
      place,
      newEventId,
    },
    { events: engineEvents },
  );
  const entry = (actor: string) => ({ at: clock.now(), actor, action: "test", object: "test", detail: null });
  const way: WayIn = {
    clock,
    dialects,
    store,
    registry,
    organizations,
    acceptor,
    deriver: startDeriver(),
    offered,
    reserved: () => reserved,
    errors,
    wrongClocks,
    heard,
    sensed,
    written,
    beforeAccept: () => {},
    beforeRead: () => {},
    beforeReadFloor: () => {},
    beforeReadState: () => {},
    observe: (...observations) =>
      acceptor.observations(
        observations.map((value) => ({ text: JSON.stringify(value), value })),
        operator,
      ),
    async put(given) {
      const checked = checkModel(given);
      if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
      const document = await assignNumbers(checked.document, null, (count) => registry.allocate(count));
      const { id, name } = document.organization;
      await registry.ensureOrganization(id, name, entry("k"));
      const model = { document: JSON.stringify(document), places: placeIdsOf(document) };
      await registry.change({ organization: id, revision: null, model, audit: [entry("k")] });
    },
    async subscribe(subscription) {
      const { organization } = subscription;
      await registry.change({ organization, revision: null, put: [subscription], audit: [entry("k")] });
    },
    async restart(told) {
      await way.deriver.stop();
      way.deriver = startDeriver();
      if (told !== undefined) {
        way.deriver.wake(1);
        await calm();
      }
      await way.deriver.start();
      await way.deriver.settled();
    },
    async kill(when) {
      const end = async (): Promise<void> => {
        life.dead = true;
        life = { dead: false };
        way.deriver = startDeriver();
        await way.deriver.start();
      };
      if (when === undefined) return end();
      onAccept = async (write) => {
        if (when === "after the commit") await write();
        await end();
      };
    },
    async events(...types) {
      const { items } = await store.history.events({
        organization: null,
        type: null,
        since: null,
        limit: 100_000,
        before: null,
      });
      return items
        .filter(({ type }) => types.length === 0 || types.includes(type))
        .map(({ type, body }) => ({ type, body: JSON.parse(body) as Record<string, unknown> }))
        .toReversed();
    },
    async close() {
      await way.deriver.stop();
      await store.close();
    },
  };
  await way.deriver.start();
  return way;
}
