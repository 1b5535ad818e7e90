// What a handler receives: an event whose payload is typed by its name.

import type { ButlrPayloads } from "./payloads/butlr.ts";
import type { ButterflymxPayloads } from "./payloads/butterflymx.ts";

/** Event name → payload. */
export interface Payloads extends ButlrPayloads, ButterflymxPayloads {}

export type EventName = keyof Payloads;

export const eventNames: readonly EventName[] = [
  "DETECTIONS",
  "TRAFFIC",
  "FLOOR_OCCUPANCY",
  "ROOM_OCCUPANCY",
  "ZONE_OCCUPANCY",
  "FLOOR_OCCUPANCY_1MIN",
  "ROOM_OCCUPANCY_1MIN",
  "ZONE_OCCUPANCY_1MIN",
  "PIR_MOTION",
  "PIR_NO_MOTION",
  "SENSOR_HEALTH",
  "HIVE_HEALTH",
  "access_log.create",
  "door_release.create",
  "call.create",
  "call.create.flat",
  "call.status_update",
];

/** Common to everything that is received. */
export interface ReceivedMessage {
  /** The same on every attempt and resend of an event. Duplicates are recognized by it. */
  readonly id: string;
  /** The raw body. */
  readonly body: Uint8Array;
  /** 0 for the first statement, n for its n-th correction. From the header `belfry-revision`. */
  readonly revision: number;
  /** The number of the event in its subscription: 1, 2, 3, … without holes. The same on every attempt, resend and replay; null: it
   * has none. From the header `belfry-sequence`. */
  readonly sequence: number | null;
  /** The value that this correction replaces. From the header `belfry-previous-value`. */
  readonly previous?: unknown;
}

/** A received event. For several names a union: test `name` to narrow it. */
export type Received<Name extends EventName = EventName> = {
  [Each in Name]: ReceivedMessage & { readonly name: Each; readonly payload: Payloads[Each] };
}[Name];

/** JSON of a kind that this package does not know. `name` is the event's own name for itself, or empty. */
export interface ReceivedUnknown extends ReceivedMessage {
  readonly name: string;
  readonly payload: unknown;
}
