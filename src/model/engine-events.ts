// Port: what happens in the engine, for whoever counts, shows or reports it: metrics, log, console, alerts, tests. The
// engine calls a listener where the thing happens and waits for nothing. Where nobody listens it costs one comparison; where
// somebody does, listeners get objects that are there already, and must keep none of them.

import type { Outcome } from "./attempt.ts";
import type { DeliveryState } from "./delivery.ts";
import type { DialectName } from "./event.ts";
import type { HealthFact, SpaceLevel } from "./fact.ts";
import type { LaneStatus } from "./lane.ts";
import type { Observation } from "./observation.ts";
import type { Subscription } from "./subscription.ts";

/** What somebody sends: what a sensor or a door says, or a ready-made event. */
export type InputKind = "observation" | "event";

export interface InputResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly unknown[];
}

export interface EngineAttempt {
  /** As it was when the attempt began. */
  readonly subscription: Subscription;
  readonly delivery: {
    readonly number: number;
    /** Attempts before this one. */
    readonly attempts: number;
    /** When it was accepted, epoch ms. */
    readonly createdAt: number;
    readonly event: { readonly id: string; readonly dialect: DialectName; readonly type: string };
  };
  /** Wall time, epoch ms. */
  readonly startedAt: number;
}

export interface MinutesTold {
  readonly closed: number;
  readonly corrected: number;
  /** Frames. */
  readonly tooLate: number;
}

/** Nothing has succeeded for so many percent of the time after which Belfry disables the subscription. */
export interface FailingNotice {
  readonly percent: 50 | 75 | 90;
  /** When its first attempt failed since the last success, epoch ms. */
  readonly since: number;
  /** How many have failed since. */
  readonly attempts: number;
  /** When it will be disabled, epoch ms, if enough attempts have failed by then. */
  readonly disabledAt: number;
}

/** What is held for a subscription begins to expire soon. */
export interface HeldNotice {
  /** How many deliveries are owed of the events that expire within the time of the notice. */
  readonly deliveries: number;
  /** When the first of them expires, epoch ms. */
  readonly expiresAt: number;
}

export interface EngineEvents {
  /** What was sent is durable, was there already, or is refused. */
  readonly accepted?: (kind: InputKind, result: InputResult) => void;
  /** `state`: the one that the delivery has now; `pending` where it will be tried again. Not written yet. */
  readonly attemptFinished?: (attempt: EngineAttempt, outcome: Outcome, state: DeliveryState) => void;
  /** The last attempt of a delivery failed in a lane that keeps order: what is owed later about its subject goes on without it. */
  readonly steppedAside?: (attempt: EngineAttempt) => void;
  /** So many deliveries of the subscription were superseded by newer states. */
  readonly superseded?: (subscription: Subscription, count: number) => void;
  /** A lane began to back off, takes deliveries again, or is disabled by Belfry; once for each change. `disabledBecause`: the
   * reason in words, null where it is not disabled. */
  readonly laneChanged?: (subscription: Subscription, status: LaneStatus, disabledBecause: string | null) => void;
  /** A failed attempt: nothing has succeeded for long. Once for each percentage since the last success. */
  readonly failingLong?: (subscription: Subscription, notice: FailingNotice) => void;
  /** A paused or disabled subscription is about to lose what is held for it. Once a day. */
  readonly heldExpiring?: (subscription: Subscription, notice: HeldNotice) => void;
  /** A sensor or a hive is another way than before: online, silent, stuck or its clock. Once for each change, once durable. */
  readonly sensorChanged?: (organization: string, change: HealthFact) => void;
  /** Minutes were told for the first time, or corrected, and frames came too late to correct any; told once durable. */
  readonly minutesTold?: (minutes: MinutesTold) => void;
  /** So many observations were folded into so many events, and that is durable. */
  readonly folded?: (observations: number, events: number) => void;
  /** Nobody speaks for this space any more: its sensors are silent, or gone from the building model. How many people it holds is
   * unknown from now on. */
  readonly spaceLost?: (organization: string, level: SpaceLevel, space: string) => void;
  /** Rows of deliveries of this lane are durable: owed, settled after an attempt, ended without one, or erased. */
  readonly deliveriesWritten?: (lane: number) => void;
  /** Events of this organization are durable, with their entries. `hasEntries`: there are any. */
  readonly eventsWritten?: (organization: string, hasEntries: boolean) => void;
  /** The observation was folded, and what followed from it is durable. */
  readonly sensed?: (organization: string, observation: Observation) => void;
}

/** One port for all listeners, made once at the start. A listener that throws harms neither the engine nor the others:
 * `onFault` gets its error. */
export function joinListeners(listeners: readonly EngineEvents[], onFault: (error: unknown) => void): EngineEvents {
  const joined: { [Name in keyof EngineEvents]: EngineEvents[Name] } = {};
  for (const name of names) {
    const all = listeners.flatMap((each) => (each[name] as Listener | undefined) ?? []);
    if (all.length > 0) Object.assign(joined, { [name]: callAll(all, onFault) });
  }
  return joined;
}

export interface OpenEvents {
  /** Given to the engine once; each of its functions is looked up where the thing happens. */
  readonly events: EngineEvents;
  /** Joins a listener while the engine runs. Returns how it leaves. */
  readonly listen: (listener: EngineEvents) => () => void;
}

/** Like `joinListeners`, for listeners that come and go: one that has left costs what one costs that never was. */
export function openToListeners(listeners: readonly EngineEvents[], onFault: (error: unknown) => void): OpenEvents {
  const guests = new Set<EngineEvents>();
  const events: { [Name in keyof EngineEvents]: EngineEvents[Name] | undefined } = {};
  const join = (): void => {
    const joined = joinListeners([...listeners, ...guests], onFault);
    for (const name of names) Object.assign(events, { [name]: joined[name] });
  };
  join();
  return {
    events: events as EngineEvents,
    listen(listener) {
      guests.add(listener);
      join();
      return () => {
        if (guests.delete(listener)) join();
      };
    },
  };
}

const names = [
  "accepted",
  "attemptFinished",
  "steppedAside",
  "superseded",
  "laneChanged",
  "failingLong",
  "heldExpiring",
  "sensorChanged",
  "minutesTold",
  "folded",
  "spaceLost",
  "deliveriesWritten",
  "eventsWritten",
  "sensed",
] as const satisfies (keyof EngineEvents)[];

type Listener = (a: unknown, b: unknown, c: unknown) => void;

/** Parameters by name: a rest parameter would make an array for every attempt. */
function callAll(listeners: readonly Listener[], onFault: (error: unknown) => void): Listener {
  return (a, b, c) => {
    for (const listener of listeners) {
      try {
        listener(a, b, c);
      } catch (error) {
        onFault(error);
      }
    }
  };
}
