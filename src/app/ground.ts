// What all other parts stand on: settings, log, clock, chance, keys and the store. Settings that cannot be are refused before the
// store is opened.

import { hkdfSync, randomUUID } from "node:crypto";
import { newSecret, newSigningKey as newPrivateKey, publicKeyOf } from "../../receiver/src/index.ts";
import { systemClock as clock, systemRandom as random } from "../clock.ts";
import { readAuthorities } from "../config/authorities.ts";
import type { Config } from "../config/config.ts";
import { deliverySettings, guardSettings } from "../config/parts.ts";
import { createPolicy } from "../delivery/guard/policy.ts";
import { createResolver } from "../delivery/guard/resolver.ts";
import { checkRetention } from "../delivery/settle/retention.ts";
import { deliveryDefaults } from "../delivery/settings.ts";
import { SettingError } from "../errors.ts";
import { countLines } from "../http/log-metrics.ts";
import { createMetrics } from "../http/metrics.ts";
import type { Log } from "../log.ts";
import { newId } from "../model/ksuid.ts";
import { loadMasterKey } from "../store/master-key.ts";
import { closeToOthers } from "../store/permissions.ts";
import { briefWhileAway } from "../nodes/brief-log.ts";
import { nodeTimes } from "../nodes/membership.ts";
import { version } from "../version.ts";
import { openStore } from "./store.ts";

export type Ground = Awaited<ReturnType<typeof openGround>>;

/** `asIs`: open the files of the data directory though something is missing in them, or may be. */
export async function openGround(config: Config, written: Log, asIs: boolean) {
  const metrics = createMetrics({ processFigures: true });
  const isOneOfSeveral = config.databaseUrl !== undefined;
  const log = countLines(isOneOfSeveral ? briefWhileAway(written, clock) : written, metrics);
  const settings = { ...deliveryDefaults, ...deliverySettings(config) };
  const objection = checkRetention(settings, config.retentionEvents);
  if (objection !== null) throw new SettingError(objection);
  const policy = createPolicy(guardSettings(config));
  const resolver = createResolver({ clock, servers: config.dnsServers, poolSize: process.env["UV_THREADPOOL_SIZE"] });
  const ca = config.caFile === undefined ? undefined : readAuthorities(config.caFile);
  for (const said of closeToOthers(config.data)) log.warn("data.permissions", { data: config.data }, said);
  const masterKey = loadMasterKey(config.masterKey, config.data);
  const { store, others } = await openStore(config, { masterKey, clock, log, asIs });
  if (store.isRenumbered) {
    log.warn(
      "store.renumbered",
      {},
      "The database is a copy, or was opened as it is: its numbers go on far above the last.",
    );
  }
  return {
    config,
    metrics,
    log,
    clock,
    random,
    /** Of the delivery engine. */
    settings,
    policy,
    resolver,
    tls: ca === undefined ? {} : { ca },
    store,
    others,
    /** This process, among those that share the database. */
    node: { id: newId("node", clock.now(), random.bytes(16)), role: config.role, version },
    nodeTimes: nodeTimes(config.timeoutMax),
    /** One key for each purpose, so that none can be used for another. */
    derive: (purpose: string) =>
      new Uint8Array(hkdfSync("sha256", masterKey, new Uint8Array(), `belfry ${purpose}`, 32)),
    newId: (prefix: string) => newId(prefix, clock.now(), random.bytes(16)),
    newEventId: () => newId("event", clock.now(), random.bytes(16)),
    newGuid: randomUUID,
    newSecret: () => newSecret(random),
    newSigningKey() {
      const privateKey = newPrivateKey(random);
      return { privateKey, publicKey: publicKeyOf(privateKey) };
    },
  };
}
