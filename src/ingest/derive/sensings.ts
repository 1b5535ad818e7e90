// The sensing of every organization that has something to sense: made from what the store remembers when it is first needed, and
// kept in step with the building model.

import type { Dialect } from "../../dialects/dialect.ts";
import type { Fact } from "../../model/fact.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { Organization } from "../../organizations/organizations.ts";
import { createSensing, type Sensing } from "../../sensing/sensing.ts";
import type { SubjectState } from "../../store/acceptance.ts";
import { isWanted } from "./wanted.ts";

export interface Conclusion {
  readonly organization: string;
  readonly fact: Fact;
  /** Of the observation it follows from; of the last one where it follows from time. */
  readonly position: number;
  /** The trace of the one observation it follows from; absent: it has none, or there are several. */
  readonly trace?: string;
}

export interface Sensings {
  /** What an earlier process left. */
  restore(records: readonly SubjectState[]): void;
  /** Organizations with something restored or sensed. */
  ids(): readonly string[];
  /** null: it has no building model. `now`: epoch ms. */
  of(organization: Organization, now: number): Sensing | null;
  fold(organization: Organization, logged: LoggedObservation): readonly Fact[];
  reread(organization: Organization, logged: LoggedObservation): void;
  /** Everything was read again that was accepted up to `at`, by a process that began at `begun`. */
  resume(at: number, begun: number): void;
  /** What is due at `now`, when it is time to look. */
  advance(organization: Organization, now: number): readonly Fact[];
  /** Whether `advance` has more to do at once. */
  isDue(organization: string, now: number): boolean;
  /** When there is something to do for any of them, epoch ms; Infinity: never. */
  nextDue(): number;
  known(organization: string): Sensing | undefined;
  /** The organization was removed. */
  forget(organization: string): void;
}

interface Kept {
  readonly sensing: Sensing;
  organization: Organization;
  wantsDetections: boolean;
  /** Nothing is due before, epoch ms. */
  lookAt: number;
}

/** Between two looks at what is due in one organization, ms. */
const lookEveryMs = 1_000;

export function createSensings(dialects: readonly Dialect[]): Sensings {
  const stored = new Map<string, Map<string, string>>();
  const all = new Map<string, Kept>();
  let resumed: readonly [at: number, begun: number] | null = null;

  const wantsDetections = (organization: Organization): boolean =>
    isWanted({ kind: "detections" }, organization, dialects);

  function keptOf(organization: Organization, now: number): Kept | null {
    const { id, model } = organization;
    if (model === null) return null;
    let kept = all.get(id);
    if (kept === undefined) {
      const made: Kept = {
        sensing: createSensing({
          model,
          stored: stored.get(id) ?? [],
          now,
          wantsDetections: () => made.wantsDetections,
        }),
        organization,
        wantsDetections: wantsDetections(organization),
        lookAt: 0,
      };
      stored.delete(id);
      if (resumed !== null) made.sensing.health.resume(...resumed);
      all.set(id, (kept = made));
    }
    if (kept.organization !== organization) {
      kept.organization = organization;
      kept.wantsDetections = wantsDetections(organization);
      kept.sensing.follow(model, now);
    }
    return kept;
  }

  function advance(kept: Kept, now: number): readonly Fact[] {
    const { sensing, lookAt } = kept;
    // Unless the clock was set back meanwhile.
    if (now < lookAt && lookAt <= now + lookEveryMs) return [];
    kept.lookAt = now + lookEveryMs;
    if (sensing.nextDue() > now) return [];
    const facts = sensing.advance(now);
    if (sensing.nextDue() <= now && facts.length > 0) kept.lookAt = now;
    return facts;
  }

  return {
    restore(records) {
      for (const { organization, key, value } of records) {
        let texts = stored.get(organization);
        if (texts === undefined) stored.set(organization, (texts = new Map()));
        if (value !== null) texts.set(key, value);
      }
    },
    ids: () => [...stored.keys(), ...all.keys()],
    of: (organization, now) => keptOf(organization, now)?.sensing ?? null,
    fold(organization, { observation, acceptedAt, position }) {
      const kept = keptOf(organization, acceptedAt);
      if (kept === null) return [];
      const due = advance(kept, acceptedAt);
      const facts = kept.sensing.fold(observation, acceptedAt, position);
      return due.length === 0 ? facts : [...due, ...facts];
    },
    reread(organization, { observation, acceptedAt, position }) {
      keptOf(organization, acceptedAt)?.sensing.reread(observation, acceptedAt, position);
    },
    resume(at, begun) {
      resumed = [at, begun];
      for (const { sensing } of all.values()) sensing.resume(at, begun);
    },
    advance(organization, now) {
      const kept = keptOf(organization, now);
      return kept === null ? [] : advance(kept, now);
    },
    isDue(id, now) {
      const kept = all.get(id);
      return kept !== undefined && kept.lookAt <= now && kept.sensing.nextDue() <= now;
    },
    nextDue() {
      let next = Infinity;
      for (const { sensing, lookAt } of all.values()) next = Math.min(next, Math.max(lookAt, sensing.nextDue()));
      return next;
    },
    known: (organization) => all.get(organization)?.sensing,
    forget(organization) {
      stored.delete(organization);
      all.delete(organization);
    },
  };
}
