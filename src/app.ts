// The composition root: all parts of the server are made and joined here and in app/, and nowhere else. Each file of app/ makes
// one group of parts out of the groups before it.

import { assembleDelivery } from "./app/delivery.ts";
import { assembleDialects, assembleOwnerActs } from "./app/dialects.ts";
import { type Ground, openGround } from "./app/ground.ts";
import { assembleFindable, assembleHttp } from "./app/http.ts";
import { assembleInput } from "./app/input.ts";
import type { Later } from "./app/later.ts";
import { assembleListeners } from "./app/listeners.ts";
import { assembleNumbers, showGauges } from "./app/numbers.ts";
import { assembleOrganizations } from "./app/organizations.ts";
import { assembleReplays } from "./app/replays.ts";
import { assembleSending } from "./app/sending.ts";
import { assembleUpkeep } from "./app/upkeep.ts";
import { assembleStreams } from "./app/streams.ts";
import type { Config } from "./config/config.ts";
import { StartError } from "./errors.ts";
import type { Log } from "./log.ts";
import { type Service, startAll, stopAll } from "./service.ts";
import { warnOfBrokenAudit } from "./store/warn-of-broken-audit.ts";

export interface Belfry {
  readonly url: string;
  /** The key of `<data>/operator.key`. */
  readonly operatorKey: string;
  /** Whether that key was made just now: at the first start, or because it was asked for. */
  readonly newOperatorKey: boolean;
  /** Resolves when the server can no longer be trusted to keep what it accepts: the process must end. */
  readonly broken: Promise<Error>;
  /** Takes nothing new, lets attempts under way finish, and closes the store. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Make an operator key though there is one. */
  readonly newOperatorKey?: boolean | undefined;
  /** Start with the files of the data directory though something is missing in them, or may be. */
  readonly asIs?: boolean | undefined;
}

/** Throws a StartError that says what to do where it must not start. */
export async function startBelfry(
  config: Config,
  written: Log,
  { newOperatorKey = false, asIs = false }: StartOptions = {},
): Promise<Belfry> {
  const ground = await openGround(config, written, asIs);
  const { store } = ground;
  try {
    return await start(ground, newOperatorKey);
  } catch (error) {
    const broken = await Promise.race([store.broken, Promise.resolve(null)]);
    await store.close();
    if (broken === null) throw error;
    throw new StartError(`The database in ${config.data} has failed (${broken.message}): restore a backup.`, {
      cause: error,
    });
  }
}

async function start(ground: Ground, newOperatorKey: boolean): Promise<Belfry> {
  const { store, log } = ground;
  const failure = Promise.withResolvers<Error>();
  void store.broken.then(failure.resolve);
  let draining = false;
  const { services, server, findable } = await assemble(ground, {
    newOperatorKey,
    draining: () => draining,
    onFailed: (error) => failure.resolve(error instanceof Error ? error : new Error(String(error))),
  });
  await startAll(services);
  void warnOfBrokenAudit(store.history, log, () => !draining);
  const { key, isNew } = findable.operatorKey();
  return {
    url: server.url,
    operatorKey: key,
    newOperatorKey: isNew,
    broken: failure.promise,
    async stop() {
      draining = true;
      // In reverse: first the traces by which it is found, then the server, so that nothing is accepted that the dispatcher
      // no longer takes.
      await ended(ground, stopAll(services));
    },
  };
}

/** A stop of one node ends in time, whatever its database does: what it could not give back others take over. */
const longestStopMs = 18_000;

async function ended({ store, clock }: Ground, stopping: Promise<void>): Promise<void> {
  const close = () => store.close();
  const stopped = stopping.then(close, async (error: unknown) => {
    await close();
    throw error;
  });
  if (store.nodes === null) return stopped;
  let cancel = () => {};
  const late = new Promise<void>((resolve) => (cancel = clock.after(longestStopMs, resolve)));
  await Promise.race([stopped, late]).finally(() => cancel());
}

interface Given {
  readonly newOperatorKey: boolean;
  readonly draining: () => boolean;
  /** Delivery cannot go on. */
  readonly onFailed: (error: unknown) => void;
}

/** `services`: in the order in which they start. */
async function assemble(ground: Ground, { newOperatorKey, draining, onFailed }: Given) {
  const later: Later = {
    engine: () => delivery.engine,
    census: () => census,
    dialect: (name) => dialects.find((each) => each.name === name)!,
    dialects: () => dialects,
  };
  const known = await assembleOrganizations(ground);
  const listeners = assembleListeners(ground, known, later);
  const sending = assembleSending(ground, known, listeners, later);
  const delivery = assembleDelivery(ground, known, listeners, sending, later, onFailed);
  const acts = assembleOwnerActs(ground, known, sending, delivery, later);
  const dialects = assembleDialects(ground, known, sending, acts, delivery);
  const replaying = assembleReplays(ground, known, delivery, later);
  const input = assembleInput(ground, known, listeners, delivery, dialects);
  const { numbers, census } = assembleNumbers(ground, known, delivery, dialects);
  showGauges(ground, delivery, census);
  const upkeep = assembleUpkeep(ground, known, listeners, delivery);
  const streams = assembleStreams(ground, known, listeners);

  const { dialect } = later;
  const behind = { ground, known, listeners, sending, delivery, acts, replaying, numbers, upkeep, streams, dialect };
  const nonce = Buffer.from(ground.random.bytes(24)).toString("base64url");
  const server = assembleHttp({ ...behind, input, dialects, draining }, nonce);
  const findable = assembleFindable(ground, known, sending, server, { nonce, newOperatorKey });
  const connections: Service = { start: async () => undefined, stop: () => sending.client.close() };
  const services: readonly Service[] = [
    connections,
    delivery.owners,
    delivery.heartbeats,
    upkeep.inactiveTenants,
    listeners.alerts,
    upkeep.retention,
    upkeep.heldExpiring,
    upkeep.removal,
    upkeep.backups,
    server,
    delivery.arrivals,
    streams,
    findable,
  ];
  return { services, server, findable };
}
