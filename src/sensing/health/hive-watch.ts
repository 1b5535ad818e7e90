// The health of each hive: it speaks itself, and with every message of its sensors, which all pass through it.

import type { BuildingModel, Hive } from "../../building/building.ts";
import type { HealthFact } from "../../model/fact.ts";
import { type HiveHealth, unheardHive } from "../../model/sensor-health.ts";
import type { DueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import { usualGap } from "../usual-gap.ts";
import { writtenEveryMs } from "./sensor-watch.ts";
import { hear, judge, judgeAt, newVoice, type Voice, voiceState } from "./voice.ts";

export interface HiveWatch {
  heard(hive: Hive, at: number, unprompted: boolean, listening: number): HealthFact | null;
  judge(hive: Hive | undefined, now: number, listening: number): HealthFact | null;
  of(hive: Hive): HiveHealth;
  follow(model: BuildingModel): void;
}

interface HiveIdentity {
  readonly serial: string;
  readonly floor: string;
}

interface Watched extends Voice {
  /** In the due times. */
  readonly key: string;
  readonly identity: HiveIdentity;
  /** What was told of it last. */
  told: number;
  written: number;
}

type Kept = Readonly<Voice> & HiveIdentity & { readonly told: number };

export function createHiveWatch(records: SensingRecords, due: DueTimes): HiveWatch {
  const kept = records.of<Kept>("hive-health");
  const watched = new Map<string, Watched>();

  const known = (hive: Hive): Watched | undefined => {
    let found = watched.get(hive.id);
    if (found === undefined) {
      const record = kept.get(hive.id);
      if (record === undefined) return undefined;
      const { serial, floor, ...voice } = record;
      watched.set(
        hive.id,
        (found = { ...voice, key: keyOf(hive.id), identity: { serial, floor }, written: voice.heard }),
      );
    }
    return isHive(found.identity, hive) ? found : undefined;
  };

  const tell = (hive: Hive, each: Watched, at: number, listening: number): HealthFact | null => {
    due.set(each.key, judgeAt(each, listening));
    const state = voiceState(each);
    const isNew = state !== each.told;
    if (isNew || at >= each.written + writtenEveryMs) {
      each.told = state;
      each.written = at;
      const { identity, heard, gaps, online, silentSince } = each;
      kept.set(hive.id, { ...identity, heard, gaps, online, silentSince, told: state });
    }
    if (!isNew) return null;
    return { kind: "health", type: "HIVE_HEALTH", at, revision: 0, hive: hive.id, health: healthOf(each) };
  };

  return {
    heard(hive, at, unprompted, listening) {
      let each = known(hive);
      if (each === undefined) {
        const identity = { serial: hive.serial, floor: hive.floor.id };
        watched.set(hive.id, (each = { ...newVoice(at), key: keyOf(hive.id), identity, told: -1, written: -Infinity }));
      }
      hear(each, at, unprompted);
      return tell(hive, each, at, listening);
    },
    judge(hive, now, listening) {
      const each = hive === undefined ? undefined : known(hive);
      if (hive === undefined || each === undefined) return null;
      judge(each, now, listening);
      return tell(hive, each, now, listening);
    },
    of(hive) {
      const each = known(hive);
      return each === undefined ? unheardHive : healthOf(each);
    },
    follow(model) {
      for (const [id, record] of kept.entries()) if (!isHive(record, model.hives.get(id))) kept.delete(id);
      for (const [id, { identity }] of watched) if (!isHive(identity, model.hives.get(id))) watched.delete(id);
      for (const [id] of kept.entries()) if (!watched.has(id)) due.set(keyOf(id), 0);
    },
  };
}

const keyOf = (id: string): string => `h${id}`;

function isHive({ serial, floor }: HiveIdentity, hive: Hive | undefined): boolean {
  return hive !== undefined && hive.serial === serial && hive.floor.id === floor;
}

function healthOf({ online, heard, silentSince, gaps }: Voice): HiveHealth {
  return { online, lastHeartbeat: heard, silentSince, usualGapMs: usualGap(gaps) };
}
