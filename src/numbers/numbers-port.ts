// Port: the numbers of an organization, for whoever shows them: how many people its spaces hold, why, and how its sensors are.
// Presence and traffic are two estimates and are never mixed. Times are epoch ms. Authorization is the caller's.

import type { SpaceLevel } from "../model/fact.ts";
import type { Minute } from "../model/minute.ts";
import type { DeliveryState } from "../model/delivery.ts";
import type { HiveHealth, SensorHealth } from "../model/sensor-health.ts";
import type {
  ExplainedMoment,
  ExplainedSensor as SensorOfMoment,
  Explanation,
  PresenceNow,
} from "../sensing/sensing.ts";
export type { ExplainedFrame } from "../sensing/sensing.ts";
import type { Placed, PlacePage } from "./ordered.ts";

export interface Space {
  readonly organization: string;
  readonly level: SpaceLevel;
  readonly id: string;
  readonly name: string;
  /** Ids. */
  readonly floor: string;
  readonly building: string;
}

/** People whom presence sensors see. */
export type PresenceCount = Omit<PresenceNow, "level" | "id">;

/** Ins less outs of the doors. */
export interface TrafficCount {
  readonly value: number;
  /** When a door was last passed or the count last set. */
  readonly at: number;
  /** Passages that came too late to correct their minute. */
  readonly late: number;
}

export interface SpaceNow extends Space {
  readonly presence: PresenceCount;
  /** null: no door of this space was heard yet. */
  readonly traffic: TrafficCount | null;
}

export type Estimate = "presence" | "traffic";

export interface ExplainedSensor extends SensorOfMoment {
  readonly health: SensorHealth;
}

export interface ExplainedMinute {
  readonly at: number;
  /** Whether it is over and was told, if it was observed. */
  readonly isClosed: boolean;
  /** As the log gives it; null: not observed for long enough. */
  readonly computed: MinuteCount | null;
  /** The same with what came too late; null where nothing did. */
  readonly withTooLate: { readonly computed: MinuteCount | null } | null;
  /** As of Explanation. */
  readonly late: Explanation["late"];
  readonly lateCount: number;
}

export type MinuteCount = Pick<Minute, "value" | "min" | "max" | "mean" | "observedS">;

export interface ExplainedRevision {
  readonly revision: number;
  /** null: not known any more. */
  readonly value: number | null;
  readonly event: string;
  readonly type: string;
  readonly acceptedAt: number;
  readonly deliveries: Partial<Record<DeliveryState, number>>;
}

/** What the log says of a moment. */
export interface FromLog extends Omit<ExplainedMoment, "sensors"> {
  readonly sensors: readonly ExplainedSensor[];
  readonly minute: ExplainedMinute;
}

/** Why the log says nothing: it does not reach back so far, or the floor said more than is read for one answer. */
export type NotExplained =
  | { readonly reason: "not_kept"; readonly keptFrom: number | null }
  | { readonly reason: "too_much" };

export interface Explained {
  readonly at: number;
  readonly log: FromLog | NotExplained;
  /** The minute as it is stored; null: it is not. */
  readonly stored: Minute | null;
  readonly revisions: readonly ExplainedRevision[];
  /** null: not a room. `absentSince`: since when the room's motion sensors agree that nobody is there; null: they do not. */
  readonly zeroing: { readonly enabled: boolean; readonly absentSince: number | null } | null;
}

export interface Recompute {
  /** Minutes of the floor that will be computed. */
  readonly minutes: number;
  /** The same with those that were asked for before. */
  readonly waiting: number;
  readonly floor: string;
}

interface WatchedThing {
  readonly organization: string;
  readonly id: string;
  readonly floor: string;
  readonly building: string;
  readonly model: string | null;
}

/** A sensor or a hive, and how it is. */
export type Watched =
  | (WatchedThing & {
      readonly kind: "sensor";
      readonly mac: string;
      readonly mode: "presence" | "traffic";
      readonly room: string | null;
      readonly hive: string | null;
      readonly health: SensorHealth;
    })
  | (WatchedThing & { readonly kind: "hive"; readonly serial: string; readonly health: HiveHealth });

/** null: wherever. */
export interface WatchedWhere {
  readonly buildings: readonly string[] | null;
  readonly floor: string | null;
  readonly room: string | null;
}

export interface NumbersPort {
  /** The spaces that go by this name, an id or `room:ID`; several where a room and a zone, say, have the same id. */
  find(organization: string, name: string): Promise<readonly Space[]>;
  /** Spaces of an organization by floor, page by page; null: it has no building model. `buildings`: null is all. */
  spaces(organization: string, buildings: readonly string[] | null, page: PlacePage): Promise<Placed<Space> | null>;
  /** In the order given; all of one organization. */
  now(spaces: readonly Space[]): Promise<readonly SpaceNow[]>;
  /** Minutes with `from` ≤ begin < `until`, at most a week. */
  minutes(space: Space, estimate: Estimate, from: number, until: number): Promise<readonly Minute[]>;
  /** `at`: null is now. TOO_MANY_REQUESTS: others are being explained. */
  explain(space: Space, at: number | null): Promise<Explained>;
  /** Whole minutes with `from` ≤ begin < `until` of the space's floor are computed again from the log, soon. INVALID: not of
   * this range; CONFLICT: many are waiting. */
  recompute(space: Space, from: number, until: number): Promise<Recompute>;
  /** The traffic occupancy is known to be `count` at this moment. INVALID: it cannot be set there. */
  setPoint(space: Space, at: number, count: number): Promise<void>;
  /** Sensors and hives by floor, page by page; null: no building model. */
  watched(organization: string, where: WatchedWhere, page: PlacePage): Promise<Placed<Watched> | null>;
}
