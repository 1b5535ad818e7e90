// The health of each sensor as far as it spoke. Messages change it in place.

import type { BuildingModel, Sensor } from "../../building/building.ts";
import type { HealthFact } from "../../model/fact.ts";
import type { HeartbeatObservation, SensorObservation } from "../../model/observation.ts";
import { type SensorClock, type SensorHealth, unheardSensor } from "../../model/sensor-health.ts";
import type { DueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import { identityOf, isOf, type SensorIdentity } from "../sensor-identity.ts";
import { usualGap } from "../usual-gap.ts";
import { type LastWords, newWords, takeWords } from "./last-words.ts";
import { type ClockWatch, clockOf, newClockWatch, watchClock } from "./sensor-clock.ts";
import { createTeller, neverTold, type Progress, type Watched } from "./teller.ts";
import { hear, newVoice, type Voice, voiceState } from "./voice.ts";

type Message = SensorObservation | HeartbeatObservation;

export interface Spoken {
  readonly facts: readonly HealthFact[];
  /** Nobody's doing caused the message. */
  readonly unprompted: boolean;
  readonly isWritten: boolean;
}

export interface SensorWatch {
  heard(sensor: Sensor, message: Message, at: number): Spoken;
  /** The same without a word, for what an earlier process has told. `position`: of the message. True: unprompted. */
  reread(sensor: Sensor, message: Message, at: number, position: number): boolean;
  rejected(sensor: Sensor, fault: "ahead" | "wrong", now: number): readonly HealthFact[];
  judge(sensor: Sensor | undefined, now: number): readonly HealthFact[];
  of(sensor: Sensor): SensorHealth;
  follow(model: BuildingModel): void;
  /** The server listens since another moment. */
  listens(): void;
}

type Messages = SensorHealth["lastMessage"];

interface WatchedSensor extends Watched {
  readonly identity: SensorIdentity;
  readonly words: LastWords;
  readonly clock: ClockWatch;
  /** null: only rejected observations came. */
  lastMessage: { -readonly [Kind in keyof Messages]: Messages[Kind] } | null;
}

interface Kept extends SensorIdentity, Readonly<Voice> {
  readonly lastMessage: Messages | null;
  readonly told: number;
  /** Absent in records of before they were written. */
  readonly toldAt?: number;
  readonly position?: number;
  readonly words?: Readonly<LastWords>;
  readonly clock?: Readonly<ClockWatch>;
}

const { lastMessage: noMessage } = unheardSensor;

export function createSensorWatch(records: SensingRecords, due: DueTimes, progress: Progress): SensorWatch {
  const kept = records.of<Kept>("sensor-health");
  const watched = new Map<string, WatchedSensor>();
  const teller = createTeller<Sensor, WatchedSensor>({
    due,
    progress,
    stateOf,
    write: ({ id }, { identity, voice, words, clock, lastMessage, told, toldAt }) =>
      kept.set(id, {
        ...identity,
        ...voice,
        lastMessage: lastMessage && { ...lastMessage },
        told,
        toldAt,
        position: progress.position,
        words: { ...words },
        clock: { ...clock },
      }),
    factOf: ({ id }, each, at) => {
      return { kind: "health", type: "SENSOR_HEALTH", at, revision: 0, sensor: id, health: healthOf(each) };
    },
  });

  /** What is known of this very sensor; undefined: it never spoke. */
  const known = (sensor: Sensor): WatchedSensor | undefined => {
    let found = watched.get(sensor.id);
    if (found === undefined) {
      const record = kept.get(sensor.id);
      if (record === undefined) return undefined;
      watched.set(sensor.id, (found = revived(sensor.id, record)));
      teller.plan(found);
    }
    return isOf(found.identity, sensor) ? found : undefined;
  };

  const knownOrNew = (sensor: Sensor, at: number): WatchedSensor => {
    let found = known(sensor);
    if (found === undefined) watched.set(sensor.id, (found = newWatched(sensor, at)));
    return found;
  };

  return {
    heard(sensor, message, at) {
      const each = knownOrNew(sensor, at);
      const silence = each.tellAfter < at ? teller.silence(sensor, each, at) : none;
      const unprompted = take(each, sensor, message, at);
      const fact = teller.tell(sensor, each, at);
      return { facts: fact === null ? silence : [...silence, fact], unprompted, isWritten: !each.isUnwritten };
    },
    reread(sensor, message, at, position) {
      const each = known(sensor);
      if (each === undefined || position <= each.readTo) return false;
      const unprompted = take(each, sensor, message, at);
      each.isUnwritten = true;
      teller.plan(each);
      return unprompted;
    },
    rejected(sensor, fault, now) {
      let each = known(sensor);
      if (each === undefined) {
        watched.set(sensor.id, (each = newWatched(sensor, now)));
        each.voice.online = false;
      }
      const silence = teller.silence(sensor, each, now);
      each.clock.fault = fault;
      each.clock.faultAt = now;
      const fact = teller.tell(sensor, each, now, true);
      return fact === null ? silence : [...silence, fact];
    },
    judge(sensor, now) {
      const each = sensor === undefined ? undefined : known(sensor);
      return sensor === undefined || each === undefined ? none : teller.judge(sensor, each, now);
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
    listens() {
      for (const each of watched.values()) teller.plan(each);
    },
  };
}

const none: readonly HealthFact[] = [];

const keyOf = (id: string): string => `s${id}`;

/** True: unprompted. */
function take(each: WatchedSensor, sensor: Sensor, message: Message, at: number): boolean {
  const unprompted = takeWords(each.words, message, at, sensor.room?.pirZero.threshold ?? 0);
  hear(each.voice, at, unprompted);
  watchClock(each.clock, message.at, at);
  each.lastMessage ??= { ...noMessage };
  each.lastMessage[message.kind] = at;
  return unprompted;
}

function newWatched(sensor: Sensor, at: number): WatchedSensor {
  return {
    ...neverTold,
    key: keyOf(sensor.id),
    identity: identityOf(sensor),
    voice: newVoice(at),
    words: newWords(),
    clock: newClockWatch(at),
    lastMessage: null,
    readTo: 0,
  };
}

function revived(id: string, record: Kept): WatchedSensor {
  const { mac, floor, room, heard, gaps, online, silentSince, lastMessage, told, words, clock } = record;
  return {
    ...neverTold,
    key: keyOf(id),
    identity: { mac, floor, room },
    voice: { heard, gaps, online, silentSince },
    words: { ...(words ?? newWords()) },
    clock: { ...(clock ?? newClockWatch(heard)) },
    lastMessage: lastMessage && { ...lastMessage },
    readTo: record.position ?? Infinity,
    told,
    toldAt: record.toldAt ?? -Infinity,
    written: heard,
  };
}

function stateOf({ voice, words, clock }: WatchedSensor): number {
  return voiceState(voice) + (words.stuckSince === null ? 0 : 4) + 8 * clocks.indexOf(clockOf(clock));
}

const clocks: readonly SensorClock[] = ["ok", "ahead", "behind", "wrong"];

function healthOf({ voice, words, clock, lastMessage }: WatchedSensor): SensorHealth {
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
