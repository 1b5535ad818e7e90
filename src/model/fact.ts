// What sensing concludes from observations, before any dialect gives it a wire format. A fact names its place by the
// ids of the building model; a dialect turns it into at most one event.

import type { HiveHealth, SensorHealth } from "./sensor-health.ts";

export type Point = readonly [x: number, y: number];

/** Places whose people are counted. */
export type SpaceLevel = "floor" | "room" | "zone";

interface FactBase {
  /** Moment of sensing, epoch ms; for minutes the start of the window. */
  readonly at: number;
  /** 0 for the first statement about this subject and time, 1, 2, … for corrections of it. */
  readonly revision: number;
  /** For corrections: the value that this one replaces. */
  readonly previous?: number;
}

/** Everybody one presence sensor sees; entry i of `local` and of `world` is the same person. World is in metres. */
export interface DetectionsFact extends FactBase {
  readonly kind: "detections";
  readonly sensor: string;
  readonly local: readonly Point[];
  readonly world: readonly Point[];
}

/** People who passed one door sensor since its last report. Never both zero. */
export interface TrafficFact extends FactBase {
  readonly kind: "traffic";
  readonly sensor: string;
  readonly in: number;
  readonly out: number;
}

/** People that presence sensors see on a floor, in a room or in a zone: at an instant, or smoothed over a minute. */
export interface OccupancyFact extends FactBase {
  readonly kind: "occupancy";
  readonly level: SpaceLevel;
  readonly space: string;
  readonly window: "instant" | "minute";
  readonly count: number;
  /** A later minute of the space may have been stated before this one. */
  readonly isLate?: boolean;
}

/** A room began to move or came to rest. Only ever an edge. */
export interface MotionFact extends FactBase {
  readonly kind: "motion";
  readonly room: string;
  readonly motion: boolean;
}

/** A door was released, or its state changed. Fields as in the access log of the building's system. */
export interface AccessFact extends FactBase {
  readonly kind: "access";
  readonly building: string;
  /** The panel's own id of the entry; null or absent: it gave none. */
  readonly sourceId?: string | null;
  readonly data: AccessLog;
}

/** A visitor calls somebody at a panel. */
export interface CallFact extends FactBase {
  readonly kind: "call";
  readonly building: string;
  /** The panel's own id of the call; null or absent: it gave none. */
  readonly sourceId?: string | null;
  readonly data: CallLog;
}

/** A call has another status now. */
export interface CallStatusFact extends Omit<CallFact, "kind"> {
  readonly kind: "call_status";
  /** false: it follows from time alone, and nobody is told. */
  readonly told: boolean;
}

/** A sensor or a hive went online or offline, fell silent or spoke again, got stuck or free, or its clock changed. */
export type HealthFact = FactBase &
  (
    | {
        readonly kind: "health";
        readonly type: "SENSOR_HEALTH";
        readonly sensor: string;
        readonly health: SensorHealth;
      }
    | { readonly kind: "health"; readonly type: "HIVE_HEALTH"; readonly hive: string; readonly health: HiveHealth }
  );

export type Fact =
  | DetectionsFact
  | TrafficFact
  | OccupancyFact
  | MotionFact
  | HealthFact
  | AccessFact
  | CallFact
  | CallStatusFact;

/** What decides the type of the event that a fact becomes. */
export type FactType =
  | Pick<OccupancyFact, "kind" | "level" | "window">
  | Pick<MotionFact, "kind" | "motion">
  | { readonly kind: "health"; readonly type: HealthFact["type"] }
  | { readonly kind: Exclude<Fact["kind"], "occupancy" | "motion" | "health"> };

/** It can be derived again from the observation log, so it becomes an event only while somebody takes its type; everything else
 * is always kept [design §4.17]. */
export const isDerivable = (fact: FactType): boolean =>
  fact.kind === "detections" || (fact.kind === "occupancy" && fact.window === "instant");

export type EntryMethod =
  | string
  | { readonly keychain: number | string }
  | { readonly access_tool: number | string }
  | null;

/** One entry of an access log, as the vendor's own REST API shows it [butterflymx.md §5.3]. References are numbers where
 * the sender or the model gave a number (`butterflymx_id`). */
export interface AccessLog {
  /** Belfry's own: it rises with acceptance over all panels. */
  readonly id: number | string;
  readonly logged_at: string;
  readonly access_point: number | string;
  readonly release_status: string;
  readonly name: string | null;
  readonly release_type: string | null;
  readonly unit: number | string | null;
  readonly tenant_id: number | string | null;
  readonly entry_method: EntryMethod;
  readonly image_url: string | null;
}

/** One call, as the vendor's own REST API shows it, and its `guid` [butterflymx.md §5.5, design §4.14]. */
export interface CallLog {
  readonly id: number | string;
  readonly guid: string;
  readonly building_id: number | string;
  readonly logged_at: string;
  readonly notification_type: string;
  readonly recipient: { readonly id: number | string | null; readonly type: string };
  readonly unit: { readonly id: number | string } | null;
  readonly device: { readonly id: number | string; readonly name: string } | null;
  readonly status: string | null;
  readonly image_url: string | null;
  /** Who carries its sound and picture, such as `twilio`; Belfry carries neither. */
  readonly provider?: string | null;
}

/** What a call is while nobody has said how it went on [butterflymx.md §5.5]. */
export const ringing = "initializing";

/** What it becomes when nobody says so for a minute: nobody answered. */
export const unanswered = "timeout_online_signal";
