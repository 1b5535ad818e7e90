// What a draft would have received of types that become events only while somebody takes them: worked out again from the
// observation log, by the same sensing, begun anew a little before. Writes nothing, and ends when the time for it is up.

import type { Dialect } from "../dialects/dialect.ts";
import type { Fact } from "../model/fact.ts";
import type { LoggedObservation } from "../model/observation.ts";
import type { ReplayCriteria } from "../model/replay.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Organizations } from "../organizations/organizations.ts";
import { createSensing, type Sensing } from "../sensing/sensing.ts";
import type { Ledger } from "../store/ledger.ts";
import { createReplayMatch, needsValues } from "./match.ts";
import type { Match } from "./scan.ts";

export interface FromLogDeps {
  readonly ledger: Pick<Ledger, "readObservations" | "isLogWhole">;
  readonly organizations: Pick<Organizations, "get">;
  readonly dialect: (name: string) => Pick<Dialect, "variant" | "valueOf" | "typeOf" | "express">;
}

export interface FromLogOf {
  readonly subscription: Subscription;
  readonly criteria: ReplayCriteria;
  /** Of its types those that are worked out. */
  readonly types: readonly string[];
  /** true: there is no more time. */
  readonly isLate: () => boolean;
  readonly onMatches: (matches: readonly Match[]) => void;
}

/** Of which observations everything was worked out: accepted from `from` on and before `until`, epoch ms. */
export interface Derived {
  readonly from: number;
  readonly until: number;
}

/** Sensing begins with nothing: within this time every sensor has spoken, and what is late has come. */
const warmMs = 120_000;
const pageRows = 200;
const lookEveryMs = 1_000;

/** null: the log holds nothing of that time, or there is no building model. */
export async function fromLog(deps: FromLogDeps, of: FromLogOf): Promise<Derived | null> {
  const { from, to } = of.criteria;
  const model = (await deps.organizations.get(of.subscription.organization))?.model ?? null;
  const [first] = await deps.ledger.readObservations(0, 1);
  if (model === null || first === undefined || first.acceptedAt >= to) return null;
  const begin = (await deps.ledger.isLogWhole()) ? from : Math.max(from, first.acceptedAt + warmMs);
  if (begin >= to) return null;
  const wantsDetections = of.types.includes(deps.dialect(of.subscription.dialect).typeOf({ kind: "detections" }) ?? "");
  const sensing = createSensing({ model, stored: [], now: begin - warmMs, wantsDetections: () => wantsDetections });
  const take = createTake(deps, of, model, begin);
  const step = createStep(sensing, of.subscription.organization);
  let position = await positionBefore(deps.ledger, first.position, begin - warmMs);
  for (let reached = begin; ; ) {
    if (of.isLate()) return reached > begin ? { from: begin, until: reached } : null;
    const page = await deps.ledger.readObservations(position, pageRows);
    for (const each of page) {
      if (each.acceptedAt >= to) {
        take(step.until(to), to - 1);
        return { from: begin, until: to };
      }
      take(step.fold(each), each.acceptedAt);
    }
    // Minutes and records, which nobody here asks for.
    sensing.changes();
    const last = page.at(-1);
    if (last === undefined) {
      take(step.until(to), to - 1);
      return { from: begin, until: to };
    }
    [position, reached] = [last.position, Math.max(reached, last.acceptedAt)];
  }
}

/** What follows from an observation, and from time alone until then, as the log's own processor goes on. */
function createStep(sensing: Sensing, organization: string) {
  let lookAt = -Infinity;
  const until = (now: number): readonly Fact[] => {
    if (now < lookAt) return [];
    lookAt = now + lookEveryMs;
    const facts: Fact[] = [];
    while (sensing.nextDue() <= now) {
      const more = sensing.advance(now);
      facts.push(...more);
      if (more.length === 0) break;
    }
    return facts;
  };
  return {
    until,
    fold(each: LoggedObservation): readonly Fact[] {
      const due = until(each.acceptedAt);
      if (each.organization !== organization) return due;
      try {
        return [...due, ...sensing.fold(each.observation, each.acceptedAt, each.position)];
      } catch {
        // One bad row is passed over, as when it came; the log said so then.
        return due;
      }
    },
  };
}

type Model = Parameters<Dialect["express"]>[1];

function createTake(deps: FromLogDeps, of: FromLogOf, model: Model, begin: number) {
  const { subscription, criteria, types, onMatches } = of;
  const dialect = deps.dialect(subscription.dialect);
  const match = createReplayMatch({ subscription, criteria, dialect, home: null, endingOf: () => "none" });
  const hasValues = needsValues(subscription);
  let made = 0;
  return (facts: readonly Fact[], acceptedAt: number): void => {
    const matches: Match[] = [];
    for (const fact of facts) {
      if (!types.includes(dialect.typeOf(fact) ?? "")) continue;
      const event = dialect.express(fact, model, () => `event_from_log_${++made}`);
      if (event === null || acceptedAt < begin) continue;
      const { id, type, subject, at, body } = event;
      const kept = { number: 0, id, dialect: event.dialect, type, subject, at, acceptedAt, body };
      const told = { ...kept, scopes: JSON.stringify(event.scopes) };
      const variant = match(hasValues ? told : { ...told, body: null });
      if (variant !== null) matches.push({ event: told, variant });
    }
    if (matches.length > 0) onMatches(matches);
  };
}

/** A position before which everything was accepted before a time. */
async function positionBefore(ledger: FromLogDeps["ledger"], first: number, time: number): Promise<number> {
  const isBefore = async (position: number): Promise<boolean> => {
    const [next] = await ledger.readObservations(position, 1);
    return next !== undefined && next.acceptedAt < time;
  };
  let low = first - 1;
  if (!(await isBefore(low))) return low;
  let width = 1;
  while (await isBefore(low + width)) {
    low += width;
    width *= 2;
  }
  for (let high = low + width; high - low > 1; ) {
    const middle = Math.floor((low + high) / 2);
    if (await isBefore(middle)) low = middle;
    else high = middle;
  }
  return low;
}
