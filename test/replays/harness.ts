// Replay jobs over a real store, without anybody who attempts what they add. Time is steered.

import { createReplays, type Replays } from "../../src/replays/replays.ts";
import { createReplayRequests } from "../../src/replays/requests.ts";
import type { ReplaysPort } from "../../src/replays/replays-port.ts";
import { valueOf } from "../../src/dialects/butlr/read.ts";
import { express, typeOf } from "../../src/dialects/butlr/payload.ts";
import { eventTypeNames } from "../../src/dialects/butlr/types.ts";
import type { Log } from "../../src/log.ts";
import { silentLog } from "../../src/log.ts";
import type { Organizations } from "../../src/organizations/organizations.ts";
import type { Registry } from "../../src/store/registry.ts";
import type { Epoch } from "../../src/store/shards.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import type { Store } from "../../src/store/store.ts";
import { addOrganization, noon } from "../contract/samples.ts";
import { liveOrganizations } from "../fixtures/live-organizations.ts";
import { createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";

export const minute = 60_000;

export interface Harness {
  readonly store: Store;
  readonly registry: Registry;
  readonly organizations: Organizations;
  readonly clock: SteeredClock;
  readonly epoch: Epoch;
  readonly jobs: Replays;
  readonly requests: ReplaysPort;
  /** Lanes that were told of new rows. */
  readonly told: string[];
  /** Another owner goes on from what is written; the one before may still write what it can. */
  takeOver(): Promise<Harness>;
}

/** What a replay asks of a dialect. */
export const butlrRules = {
  types: eventTypeNames,
  typeOf,
  express,
  valueOf,
  variant: () => 0,
  compose: (body: string) => body,
};

export async function openHarness(
  directory: string | null = null,
  clock = createSteeredClock(noon + 60 * minute),
  log: Log = silentLog,
): Promise<Harness> {
  const store = await openTestStore({ directory, masterKey: new Uint8Array(32).fill(7), clock });
  await addOrganization(store.registry);
  return own(store, clock, log);
}

async function own(store: Store, clock: SteeredClock, log: Log): Promise<Harness> {
  const { registry, organizations } = liveOrganizations(store.registry, clock);
  await organizations.loadAll();
  const { epoch } = await store.ledger.acquire(clock.now(), 0);
  const told: string[] = [];
  const shared = { history: store.history, organizations, dialect: () => butlrRules, clock };
  const jobs = createReplays({
    ...shared,
    store: store.replays,
    log,
    epoch: () => epoch,
    readLater: (lane, of) => void told.push(`${lane} ${of}`),
    bar(lane) {
      told.push(`bar ${lane}`);
      return () => void told.push(`unbar ${lane}`);
    },
  });
  let ids = 0;
  const requests = createReplayRequests({
    ...shared,
    ledger: store.ledger,
    store: store.replays,
    jobs,
    settings: { perSecond: 100, mostPerSecond: 5_000 },
    newId: () => `replay_${clock.now()}_${++ids}`,
  });
  await jobs.start();
  return { store, registry, organizations, clock, epoch, jobs, requests, told, takeOver: () => own(store, clock, log) };
}
