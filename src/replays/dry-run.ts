// The same look as a job's, without a write: what would be sent, by type and hour, and how long that would take.

import type { Dialect } from "../dialects/dialect.ts";
import type { Clock } from "../clock.ts";
import { type FactType, isDerivable } from "../model/fact.ts";
import type { Subscription } from "../model/subscription.ts";
import type { History } from "../store/history.ts";
import type { Ledger } from "../store/ledger.ts";
import type { DryRun, ReplayRequest } from "./replays-port.ts";
import { type Derived, fromLog } from "./from-log.ts";
import { createScan, type Match, type ScanDeps } from "./scan.ts";

export interface DryRunDeps extends Omit<ScanDeps, "now" | "dialect"> {
  readonly history: ScanDeps["history"] & Pick<History, "event">;
  readonly ledger: Pick<Ledger, "readObservations">;
  readonly dialect: (name: string) => Pick<Dialect, "variant" | "valueOf" | "compose" | "typeOf" | "express">;
  readonly clock: Clock;
}

/** How long one looks; then it answers with what it has. */
const budgetMs = 5_000;
const hourMs = 3_600_000;
const mostSamples = 5;

/** `isDraft`: nobody has it yet, so what was not stored for want of it is worked out from the observation log as far as there is
 * time. A job sends what is stored, so of a subscription that is there nothing else is counted. */
export async function dryRun(
  deps: DryRunDeps,
  subscription: Subscription,
  request: ReplayRequest & { readonly perSecond: number },
  isDraft: boolean,
): Promise<DryRun> {
  const { clock, history } = deps;
  const begun = clock.monotonic();
  const range = await history.eventRange(subscription.organization, request.from, request.to);
  const { start, upTo, keptFrom } = range;
  const isUp = (part = 1) => clock.monotonic() - begun >= budgetMs * part;
  // Half of the time at most, so that some of what is known can be counted.
  const isLate = () => isUp(0.5);
  const of = { subscription, criteria: request, start, after: start, upTo, isLate };
  const scan = await createScan({ ...deps, now: clock.now }, of);
  const tally = createTally();
  let scannedUntil: number | null = null;
  let [isEnd, isComplete] = [false, false];
  do {
    const page = await scan();
    tally.add(page.matches, page.seen);
    scannedUntil = page.reachedAt ?? scannedUntil;
    isEnd = page.isEnd;
    isComplete = isEnd && !page.isCut;
  } while (!isEnd && !isUp());
  const missing = isComplete ? missingTypes(deps, subscription, request, tally.seen) : [];
  const onMatches = (matches: readonly Match[]) => tally.add(matches, []);
  const derived =
    isDraft && missing.length > 0
      ? await fromLog(deps, { subscription, criteria: request, types: missing, isLate: isUp, onMatches })
      : null;
  const { total, counts } = tally;
  return {
    total: total(),
    perSecond: request.perSecond,
    takesMs: Math.ceil((total() * 1_000) / request.perSecond),
    counts: counts(),
    sample: await shown(deps, subscription, tally.sample()),
    isComplete,
    scannedUntil,
    keptFrom,
    derived: derived === null ? null : { types: missing, ...derived },
    notKept: isWhole(derived, request) ? [] : await notKept(deps, missing),
  };
}

interface Tally {
  add(matches: readonly Match[], seen: readonly string[]): void;
  total(): number;
  counts(): DryRun["counts"];
  /** The first of each type, then others. */
  sample(): readonly Match[];
  readonly seen: ReadonlySet<string>;
}

function createTally(): Tally {
  const counts = new Map<string, Map<number, number>>();
  const firsts: Match[] = [];
  const others: Match[] = [];
  const seen = new Set<string>();
  let total = 0;
  return {
    add(matches, types) {
      for (const type of types) seen.add(type);
      total += matches.length;
      for (const match of matches) {
        const { type, acceptedAt } = match.event;
        let hours = counts.get(type);
        if (hours === undefined) {
          counts.set(type, (hours = new Map()));
          firsts.push(match);
        } else if (others.length < mostSamples) others.push(match);
        const hour = Math.floor(acceptedAt / hourMs) * hourMs;
        hours.set(hour, (hours.get(hour) ?? 0) + 1);
      }
    },
    total: () => total,
    counts: () =>
      [...counts]
        .flatMap(([type, hours]) => [...hours].map(([hour, count]) => ({ type, hour, count })))
        .toSorted((a, b) => (a.type === b.type ? a.hour - b.hour : a.type < b.type ? -1 : 1)),
    sample: () =>
      [...firsts, ...others]
        .slice(0, mostSamples)
        .toSorted((a, b) => a.event.acceptedAt - b.event.acceptedAt || a.event.number - b.event.number),
    seen,
  };
}

/** An event that has gone meanwhile is left out. One that is not stored is here whole. */
async function shown(
  { history, dialect }: DryRunDeps,
  { organization, dialect: name }: Subscription,
  sample: readonly Match[],
): Promise<DryRun["sample"]> {
  const found = await Promise.all(
    sample.map(async ({ event, variant }) => {
      const { body } = event;
      return { variant, event: body === null ? await history.event(organization, event.id) : { ...event, body } };
    }),
  );
  return found.flatMap(({ variant, event }) => {
    if (event === null) return [];
    const { id, type, subject, at, acceptedAt, body } = event;
    return [{ id, type, subject, at, acceptedAt, body: dialect(name).compose(body, variant) }];
  });
}

/** What sensors see of people, in the order in which their types are told. */
const peopleFacts: readonly FactType[] = [
  { kind: "detections" },
  ...(["instant", "minute"] as const).flatMap((window) =>
    (["floor", "room", "zone"] as const).map((level) => ({ kind: "occupancy", level, window }) as const),
  ),
];

/** Types that become events only while somebody takes them. */
const derivableTypes = ({ typeOf }: Pick<Dialect, "typeOf">): readonly string[] =>
  peopleFacts.filter(isDerivable).flatMap((fact) => typeOf(fact) ?? []);

function missingTypes(
  { dialect }: DryRunDeps,
  { dialect: name, bindings }: Subscription,
  { types }: ReplayRequest,
  seen: ReadonlySet<string>,
): readonly string[] {
  const wanted = types ?? bindings.map(({ type }) => type);
  return derivableTypes(dialect(name)).filter((type) => wanted.includes(type) && !seen.has(type));
}

const isWhole = (derived: Derived | null, { from, to }: ReplayRequest): boolean =>
  derived !== null && derived.from <= from && derived.until >= to;

async function notKept({ ledger }: DryRunDeps, missing: readonly string[]): Promise<DryRun["notKept"]> {
  if (missing.length === 0) return [];
  const [first] = await ledger.readObservations(0, 1);
  return missing.map((type) => ({ type, logFrom: first?.acceptedAt ?? null }));
}
