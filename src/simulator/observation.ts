// The observations that the simulator makes, in the form in which POST /v1/observations takes them. `at` is epoch ms.

import type { AccessLog, CallLog, Point } from "../model/fact.ts";

interface Reading {
  readonly id: string;
  readonly at: number;
}

/** `world` while it is being made; a sensor without a counting line sends `local` instead. */
export interface DetectionsReading extends Reading {
  readonly kind: "detections";
  readonly sensor: string;
  readonly world?: readonly Point[];
  readonly local?: readonly Point[];
  /** Who is who from frame to frame, one for each point. */
  readonly tracks?: readonly string[];
}

export interface TrafficReading extends Reading {
  readonly kind: "traffic";
  readonly sensor: string;
  /** Either people of one passing … */
  readonly in?: number;
  readonly out?: number;
  /** … or running totals. */
  readonly total_in?: number;
  readonly total_out?: number;
}

export interface MotionReading extends Reading {
  readonly kind: "motion";
  readonly sensor: string;
  readonly motion: boolean;
}

/** Of exactly one of both. */
export interface HeartbeatReading extends Reading {
  readonly kind: "heartbeat";
  readonly sensor?: string;
  readonly hive?: string;
}

export interface CallStatusReading extends Reading {
  readonly kind: "call_status";
  readonly guid: string;
  readonly status: string;
}

export type AccessReading = { readonly kind: "access"; readonly at: number } & AccessLog;
export type CallReading = { readonly kind: "call"; readonly at: number } & CallLog;

export type SimulatedObservation =
  | DetectionsReading
  | TrafficReading
  | MotionReading
  | HeartbeatReading
  | AccessReading
  | CallReading
  | CallStatusReading;

/** `sentAt`: when it leaves for the server, epoch ms. */
export interface SentObservation {
  readonly observation: SimulatedObservation;
  readonly sentAt: number;
}
