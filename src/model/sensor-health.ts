// How sensors and hives are, as the operator API and the vendor's own API show it. Times are those of the server, epoch ms.

import type { SensorObservation } from "./observation.ts";

/** `ahead`: it sent times in the future; `wrong`: times before 2000; such observations are rejected. `behind`: everything it
 * said in an hour was more than five minutes old when it came. */
export type SensorClock = "ok" | "ahead" | "behind" | "wrong";

/** What a sensor or a hive shares. */
interface Heard {
  /** Heard of within three usual gaps, and at least two minutes; without a usual gap within a day. */
  readonly online: boolean;
  /** The last message of any kind; null: none yet. */
  readonly lastHeartbeat: number | null;
  /** Since when it is silent, once that is more than twice its usual gap; null: it is not. */
  readonly silentSince: number | null;
  /** How long it is usually silent, ms; null: not known yet. */
  readonly usualGapMs: number | null;
}

export interface SensorHealth extends Heard {
  readonly lastMessage: Readonly<Record<SensorObservation["kind"] | "heartbeat", number | null>>;
  /** Since when it has sent one and the same frame with somebody in it, once that is two hours; null: it has not. */
  readonly stuckSince: number | null;
  readonly clock: SensorClock;
}

export type HiveHealth = Heard;

/** Of whoever was never heard. */
export const unheardHive: HiveHealth = { online: false, lastHeartbeat: null, silentSince: null, usualGapMs: null };
export const unheardSensor: SensorHealth = {
  ...unheardHive,
  lastMessage: { detections: null, traffic: null, motion: null, heartbeat: null },
  stuckSince: null,
  clock: "ok",
};
