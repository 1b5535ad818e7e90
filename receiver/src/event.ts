// What a handler gets: one event by its name, with its payload typed by that name.

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
  "access_log.create",
  "door_release.create",
  "call.create",
  "call.create.flat",
  "call.status_update",
];

/** What was received, whatever it is. */
export interface ReceivedMessage {
  /** The same on every attempt and resend of one event: what duplicates are known by. */
  readonly id: string;
  /** The body, byte for byte. */
  readonly body: Uint8Array;
  /** 0, or which correction of the event this is: the header `belfry-revision`. */
  readonly revision: number;
  /** The value that a correction replaces: the header `belfry-previous-value`. */
  readonly previous?: unknown;
}

/** A received event; of several names, a union that `name` tells apart. */
export type Received<Name extends EventName = EventName> = {
  [Each in Name]: ReceivedMessage & { readonly name: Each; readonly payload: Payloads[Each] };
}[Name];

/** JSON that is no event known here: `name` is what it calls itself, or empty. */
export interface ReceivedUnknown extends ReceivedMessage {
  readonly name: string;
  readonly payload: unknown;
}
