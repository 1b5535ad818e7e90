// The health of each sensor as far as it spoke. Messages change it in place.

import type { BuildingModel, Sensor } from "../../building/building.ts";
import type { HealthFact } from "../../model/fact.ts";
import type { HeartbeatObservation, SensorObservation } from "../../model/observation.ts";
import { type SensorClock, type SensorHealth, unheardSensor } from "../../model/sensor-health.ts";
import type { DueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import { identityOf, isOf, type SensorIdentity } from "../sensor-identity.ts";
import { type Gaps, usualGap } from "../usual-gap.ts";
import { type LastWords, newWords, takeWords } from "./last-words.ts";
import { type ClockWatch, clockOf, newClockWatch, watchClock } from "./sensor-clock.ts";
import { hear, judge, judgeAt, newVoice, type Voice, voiceState } from "./voice.ts";

export interface SensorWatch {
  heard(
    sensor: Sensor,
    observation: SensorObservation | HeartbeatObservation,
    at: number,
    listening: number,
  ): { readonly fact: HealthFact | null; readonly unprompted: boolean };
  rejected(sensor: Sensor, fault: "ahead" | "wrong", now: number): void;
  judge(sensor: Sensor | undefined, now: number, listening: number): HealthFact | null;
  of(sensor: Sensor): SensorHealth;
  follow(model: BuildingModel): void;
}

type Messages = SensorHealth["lastMessage"];

interface Watched {
  /** In the due times. */
  readonly key: string;
  readonly identity: SensorIdentity;
  readonly voice: Voice;
  readonly words: LastWords;
  readonly clock: ClockWatch;
  /** null: only rejected observations came. */
  lastMessage: { -readonly [Kind in keyof Messages]: Messages[Kind] } | null;
  /** What was told of it last, as stateOf gives it. */
  told: number;
  written: number;
}

interface Kept extends SensorIdentity {
  readonly heard: number;
  readonly gaps: Gaps | null;
  readonly online: boolean;
  readonly silentSince: number | null;
  readonly stuckSince: number | null;
  readonly lastMessage: Messages | null;
  readonly told: number;
}

export const writtenEveryMs = 60_000;
const { lastMessage: noMessage } = unheardSensor;

export function createSensorWatch(records: SensingRecords, due: DueTimes): SensorWatch {
  const kept = records.of<Kept>("sensor-health");
  const watched = new Map<string, Watched>();

  /** What is known of this very sensor; undefined: it never spoke. */
  const known = (sensor: Sensor): Watched | undefined => {
    let found = watched.get(sensor.id);
    if (found === undefined) {
      const record = kept.get(sensor.id);
      if (record === undefined) return undefined;
      watched.set(sensor.id, (found = revived(sensor.id, record)));
    }
    return isOf(found.identity, sensor) ? found : undefined;
  };

  const knownOrNew = (sensor: Sensor, at: number): Watched => {
    let found = known(sensor);
    if (found === undefined) watched.set(sensor.id, (found = newWatched(sensor, at)));
    return found;
  };

  const write = (id: string, { identity, voice, words, lastMessage, told }: Watched): void => {
    const { heard, gaps, online, silentSince } = voice;
    const { stuckSince } = words;
    const messages = lastMessage && { ...lastMessage };
    kept.set(id, { ...identity, heard, gaps, online, silentSince, stuckSince, lastMessage: messages, told });
  };

  /** A fact where it is another way than it was told last. */
  const tell = (sensor: Sensor, each: Watched, at: number, listening: number): HealthFact | null => {
    due.set(each.key, judgeAt(each.voice, listening));
    const state = stateOf(each);
    const isNew = state !== each.told;
    if (isNew || at >= each.written + writtenEveryMs) {
      each.told = state;
      each.written = at;
      write(sensor.id, each);
    }
    if (!isNew) return null;
    return { kind: "health", type: "SENSOR_HEALTH", at, revision: 0, sensor: sensor.id, health: healthOf(each) };
  };

  return {
    heard(sensor, observation, at, listening) {
      const each = knownOrNew(sensor, at);
      const threshold = sensor.room?.pirZero.threshold ?? 0;
      const unprompted = takeWords(each.words, observation, at, threshold);
      hear(each.voice, at, unprompted);
      watchClock(each.clock, observation.at, at);
      each.lastMessage ??= { ...noMessage };
      each.lastMessage[observation.kind] = at;
      return { fact: tell(sensor, each, at, listening), unprompted };
    },
    rejected(sensor, fault, now) {
      let each = known(sensor);
      if (each === undefined) {
        watched.set(sensor.id, (each = newWatched(sensor, now)));
        each.voice.online = false;
      }
      each.clock.fault = fault;
      each.clock.faultAt = now;
      due.set(each.key, now);
    },
    judge(sensor, now, listening) {
      const each = sensor === undefined ? undefined : known(sensor);
      if (sensor === undefined || each === undefined) return null;
      judge(each.voice, now, listening);
      return tell(sensor, each, now, listening);
    },
    of(sensor) {
      const each = known(sensor);
      return each === undefined ? unheardSensor : healthOf(each);
    },
    follow(model) {
      for (const [id, record] of kept.entries()) if (!isOf(record, model.sensors.get(id))) kept.delete(id);
      for (const [id, { identity }] of watched) if (!isOf(identity, model.sensors.get(id))) watched.delete(id);
      // Whoever was known before a restart must be judged although they never speak again.
      for (const [id] of kept.entries()) if (!watched.has(id)) due.set(keyOf(id), 0);
    },
  };
}

const keyOf = (id: string): string => `s${id}`;

function newWatched(sensor: Sensor, at: number): Watched {
  return {
    key: keyOf(sensor.id),
    identity: identityOf(sensor),
    voice: newVoice(at),
    words: newWords(),
    clock: newClockWatch(at),
    lastMessage: null,
    told: -1,
    written: -Infinity,
  };
}

function revived(id: string, { mac, floor, room, stuckSince, lastMessage, told, ...voice }: Kept): Watched {
  return {
    key: keyOf(id),
    identity: { mac, floor, room },
    voice,
    words: newWords(stuckSince),
    clock: newClockWatch(voice.heard),
    lastMessage: lastMessage && { ...lastMessage },
    told,
    written: voice.heard,
  };
}

/** Everything of which a change is told, in one number: every frame is compared. */
function stateOf({ voice, words, clock }: Watched): number {
  return voiceState(voice) + (words.stuckSince === null ? 0 : 4) + 8 * clocks.indexOf(clockOf(clock));
}

const clocks: readonly SensorClock[] = ["ok", "ahead", "behind", "wrong"];

function healthOf({ voice, words, clock, lastMessage }: Watched): SensorHealth {
  return {
    online: voice.online,
    lastHeartbeat: lastMessage === null ? null : voice.heard,
    silentSince: voice.silentSince,
    usualGapMs: usualGap(voice.gaps),
    lastMessage: { ...(lastMessage ?? noMessage) },
    stuckSince: words.stuckSince,
    clock: clockOf(clock),
  };
}
