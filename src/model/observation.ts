// An observation: one sensor or panel says one thing at one moment. This is the form after reading and checking
// (ingest/), before any meaning is given to it (sensing/). `body` fields keep what the sender gave.

import type { AccessLog, CallLog, Point } from "./fact.ts";

interface ObservationBase {
  /** The sender's own id, for idempotency; null when there is none. */
  readonly id: string | null;
  /** Moment of sensing, epoch ms. */
  readonly at: number;
}

export interface DetectionsObservation extends ObservationBase {
  readonly kind: "detections";
  /** Id or MAC address of the sensor. */
  readonly sensor: string;
  /** Exactly one of both: shares of the sensor's footprint, or metres on the floor. */
  readonly local?: readonly Point[];
  readonly world?: readonly Point[];
  /** What the sensor calls each of these people, as long as it follows them: one id per point. */
  readonly tracks?: readonly string[];
}

export interface TrafficObservation extends ObservationBase {
  readonly kind: "traffic";
  readonly sensor: string;
  /** Either people since the last report … */
  readonly in?: number;
  readonly out?: number;
  /** … or running totals of the device, which may roll over or be reset. */
  readonly total_in?: number;
  readonly total_out?: number;
}

export interface MotionObservation extends ObservationBase {
  readonly kind: "motion";
  readonly sensor: string;
  readonly motion?: boolean;
  /** 0 to 1, judged against the room's threshold. */
  readonly confidence?: number;
}

/** A sensor or a hive is there, and has nothing else to say. */
export interface HeartbeatObservation extends ObservationBase {
  readonly kind: "heartbeat";
  /** Exactly one of both: a sensor by id or MAC address, or a hive by id. */
  readonly sensor?: string;
  readonly hive?: string;
}

/** Entries and calls get their number from their place in the log: `id` is the panel's own. */
export interface AccessObservation extends ObservationBase {
  readonly kind: "access";
  readonly data: Omit<AccessLog, "id">;
}

export interface CallObservation extends ObservationBase {
  readonly kind: "call";
  readonly data: Omit<CallLog, "id">;
}

/** How a call goes on: it was answered, it opened a door, nobody was there. */
export interface CallStatusObservation extends ObservationBase {
  readonly kind: "call_status";
  /** Of the call. */
  readonly guid: string;
  /** In the vendor's words [butterflymx.md §5.5]. */
  readonly status: string;
}

/** What a sensor says of what it sees. */
export type SensorObservation = DetectionsObservation | TrafficObservation | MotionObservation;

export type Observation =
  | SensorObservation
  | HeartbeatObservation
  | AccessObservation
  | CallObservation
  | CallStatusObservation;

export type ObservationKind = Observation["kind"];

/** An observation in the log: numbered in order of acceptance and placed in its organization. */
export interface LoggedObservation {
  readonly position: number;
  readonly organization: string;
  readonly acceptedAt: number;
  readonly observation: Observation;
  /** The trace that it came with [trace.ts]; absent: none. */
  readonly trace?: string;
}
