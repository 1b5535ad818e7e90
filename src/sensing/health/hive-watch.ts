// The health of each hive: it speaks itself, and with every message of its sensors, which all pass through it.

import type { BuildingModel, Hive } from "../../building/building.ts";
import type { HealthFact } from "../../model/fact.ts";
import { type HiveHealth, unheardHive } from "../../model/sensor-health.ts";
import type { DueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import { usualGap } from "../usual-gap.ts";
import { createTeller, neverTold, type Progress, type Watched } from "./teller.ts";
import { hear, newVoice, type Voice, voiceState } from "./voice.ts";

export interface HiveWatch {
  /** `mustWrite`: the record of the sensor that spoke was written. */
  heard(hive: Hive, at: number, unprompted: boolean, mustWrite: boolean): readonly HealthFact[];
  /** The same without a word, for what an earlier process has told. `position`: of the message. */
  reread(hive: Hive, at: number, unprompted: boolean, position: number): void;
  judge(hive: Hive | undefined, now: number): readonly HealthFact[];
  /** Writes its record: no record of a sensor may be ahead of that of its hive. */
  write(hive: Hive, now: number): void;
  of(hive: Hive): HiveHealth;
  follow(model: BuildingModel): void;
  /** The server listens since another moment. */
  listens(): void;
}

interface HiveIdentity {
  readonly serial: string;
  readonly floor: string;
}

interface WatchedHive extends Watched {
  readonly identity: HiveIdentity;
}

interface Kept extends Readonly<Voice>, HiveIdentity {
  readonly told: number;
  /** Absent in records of before they were written. */
  readonly toldAt?: number;
  readonly position?: number;
}

export function createHiveWatch(records: SensingRecords, due: DueTimes, progress: Progress): HiveWatch {
  const kept = records.of<Kept>("hive-health");
  const watched = new Map<string, WatchedHive>();
  const teller = createTeller<Hive, WatchedHive>({
    due,
    progress,
    stateOf: ({ voice }) => voiceState(voice),
    write: ({ id }, { identity, voice, told, toldAt }) =>
      kept.set(id, { ...identity, ...voice, told, toldAt, position: progress.position }),
    factOf: ({ id }, { voice }, at) => {
      return { kind: "health", type: "HIVE_HEALTH", at, revision: 0, hive: id, health: healthOf(voice) };
    },
  });

  const known = (hive: Hive): WatchedHive | undefined => {
    let found = watched.get(hive.id);
    if (found === undefined) {
      const record = kept.get(hive.id);
      if (record === undefined) return undefined;
      watched.set(hive.id, (found = revived(hive.id, record)));
      teller.plan(found);
    }
    return isHive(found.identity, hive) ? found : undefined;
  };

  return {
    heard(hive, at, unprompted, mustWrite) {
      let each = known(hive);
      if (each === undefined) watched.set(hive.id, (each = newWatched(hive, at)));
      const silence = each.tellAfter < at ? teller.silence(hive, each, at) : none;
      hear(each.voice, at, unprompted);
      const fact = teller.tell(hive, each, at, mustWrite);
      return fact === null ? silence : [...silence, fact];
    },
    reread(hive, at, unprompted, position) {
      const each = known(hive);
      if (each === undefined || position <= each.readTo) return;
      hear(each.voice, at, unprompted);
      each.isUnwritten = true;
      teller.plan(each);
    },
    judge(hive, now) {
      const each = hive === undefined ? undefined : known(hive);
      return hive === undefined || each === undefined ? none : teller.judge(hive, each, now);
    },
    write(hive, now) {
      const each = known(hive);
      if (each !== undefined) teller.tell(hive, each, now, true);
    },
    of(hive) {
      const each = known(hive);
      return each === undefined ? unheardHive : healthOf(each.voice);
    },
    follow(model) {
      for (const [id, record] of kept.entries()) if (!isHive(record, model.hives.get(id))) kept.delete(id);
      for (const [id, { identity }] of watched) if (!isHive(identity, model.hives.get(id))) watched.delete(id);
      for (const [id] of kept.entries()) if (!watched.has(id)) due.set(keyOf(id), 0);
    },
    listens() {
      for (const each of watched.values()) teller.plan(each);
    },
  };
}

const none: readonly HealthFact[] = [];

const keyOf = (id: string): string => `h${id}`;

function isHive({ serial, floor }: HiveIdentity, hive: Hive | undefined): boolean {
  return hive !== undefined && hive.serial === serial && hive.floor.id === floor;
}

function newWatched({ id, serial, floor }: Hive, at: number): WatchedHive {
  return { ...neverTold, key: keyOf(id), identity: { serial, floor: floor.id }, voice: newVoice(at), readTo: 0 };
}

function revived(id: string, record: Kept): WatchedHive {
  const { serial, floor, told, toldAt = -Infinity, position = Infinity, ...voice } = record;
  const written = voice.heard;
  return { ...neverTold, key: keyOf(id), identity: { serial, floor }, voice, readTo: position, told, toldAt, written };
}

function healthOf({ online, heard, silentSince, gaps }: Voice): HiveHealth {
  return { online, lastHeartbeat: heard, silentSince, usualGapMs: usualGap(gaps) };
}
