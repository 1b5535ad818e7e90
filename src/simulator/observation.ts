// The observations that the simulator makes, in the form in which POST /v1/observations takes them.

import type { AccessLog, CallLog, Point } from "../model/fact.ts";

export interface DetectionsReading {
  readonly id: string;
  readonly kind: "detections";
  readonly sensor: string;
  /** Epoch ms. */
  readonly at: number;
  readonly world: readonly Point[];
}

export interface TrafficReading {
  readonly id: string;
  readonly kind: "traffic";
  readonly sensor: string;
  readonly at: number;
  readonly in: number;
  readonly out: number;
}

interface MotionReading {
  readonly id: string;
  readonly kind: "motion";
  readonly sensor: string;
  readonly at: number;
  readonly motion: boolean;
}

export type AccessReading = { readonly kind: "access"; readonly at: number } & AccessLog;
export type CallReading = { readonly kind: "call"; readonly at: number } & CallLog;

export type SimulatedObservation = DetectionsReading | TrafficReading | MotionReading | AccessReading | CallReading;
