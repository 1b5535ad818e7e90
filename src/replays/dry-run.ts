// The same look as a job's, without a write: what would be sent, by type and hour, and how long that would take.

import type { Dialect } from "../dialects/dialect.ts";
import type { Clock } from "../clock.ts";
import { type FactType, isDerivable } from "../model/fact.ts";
import type { Subscription } from "../model/subscription.ts";
import type { History } from "../store/history.ts";
import type { Ledger } from "../store/ledger.ts";
import type { DryRun, ReplayRequest } from "./replays-port.ts";
import { type Derived, fromLog } from "./from-log.ts";
import { createScan, type Match, type Scan, type ScanDeps } from "./scan.ts";
import { createTally, type Tally } from "./tally.ts";

export interface DryRunDeps extends Omit<ScanDeps, "now" | "dialect"> {
  readonly history: ScanDeps["history"] & Pick<History, "event">;
  readonly ledger: Pick<Ledger, "readObservations" | "isLogWhole">;
  readonly dialect: (name: string) => Pick<Dialect, "variant" | "valueOf" | "compose" | "typeOf" | "express">;
  readonly clock: Clock;
}

/** How long one looks; then it answers with what it has. */
const budgetMs = 5_000;

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
  const { isComplete, scannedUntil } = await countAll(scan, tally, isUp);
  const isKnown = isComplete && (isDraft || !tookAllAlong(subscription, request));
  const missing = isKnown ? missingTypes(deps, subscription, request, tally.seen) : [];
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

/** Counts to the end, or until the time is up. `scannedUntil`: when the last event that was looked at was accepted. */
async function countAll(
  scan: Scan,
  tally: Tally,
  isUp: () => boolean,
): Promise<Pick<DryRun, "isComplete" | "scannedUntil">> {
  let scannedUntil: number | null = null;
  do {
    const { matches, seen, reachedAt, isEnd, isCut } = await scan();
    tally.add(matches, seen);
    scannedUntil = reachedAt ?? scannedUntil;
    if (isEnd) return { isComplete: !isCut, scannedUntil };
  } while (!isUp());
  return { isComplete: false, scannedUntil };
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

/** It took its types before that time and ever since, so what happened of them was stored: what is not there has not happened. */
const tookAllAlong = ({ updatedAt }: Subscription, { from }: ReplayRequest): boolean => updatedAt <= from;

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
