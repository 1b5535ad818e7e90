// What is wrong at the moment, for whoever asks: read from the lanes and from sensing as they are, so that it is known where nobody
// has alerts, too. What only alerts watch (certificates, the backlog) is added from their open matters.

import type { Clock } from "../clock.ts";
import { isAlertTarget } from "../model/alert.ts";
import type { LaneStatus } from "../model/lane.ts";
import { stateOf, type Subscription } from "../model/subscription.ts";
import type { OpenAlert } from "./alerts-port.ts";
import { describe, type Described, type Known } from "./describe.ts";
import { type DiskSpace, diskMatter } from "./installation-watch.ts";
import type { AlertItem } from "./item.ts";
import { failureFacts, fails, subjectOf, watchedMatter } from "./listen.ts";
import { keyOf, type Matter } from "./matters.ts";
import type { ProblemKind } from "./problems.ts";
import { helpOf, sentence } from "./sentences.ts";
import type { Watching } from "./take-up.ts";

export interface WrongNowDeps {
  readonly clock: Pick<Clock, "now">;
  readonly known: Known;
  readonly subscriptions: () => Iterable<Subscription>;
  /** Those of one organization. */
  readonly subscriptionsOf: (organization: string) => Promise<Iterable<Subscription>>;
  readonly lane: (number: number) => LaneStatus | null;
  /** What sensing knows of the sensors of an organization; null: of each. */
  readonly watching: (organization: string | null) => AsyncIterable<Watching>;
  /** Of the file system of the data directory. */
  readonly disk: () => Promise<DiskSpace>;
  readonly matters: () => Iterable<Matter>;
}

interface Wrong extends Omit<Described, "key"> {
  readonly kind: ProblemKind;
}

/** What nothing but alerts watches. */
const watchedByAlerts: ReadonlySet<ProblemKind | null> = new Set(["certificate.expiring", "backlog.growing"]);

/** `organization` null: of all of them, and of this server. */
export async function wrongNow(deps: WrongNowDeps, organization: string | null): Promise<readonly OpenAlert[]> {
  const isAsked = (of: string | null): boolean => organization === null || of === organization;
  const found: Wrong[] = [];
  const subscriptions = organization === null ? deps.subscriptions() : await deps.subscriptionsOf(organization);
  for (const subscription of subscriptions) found.push(...ofSubscription(deps, subscription));
  for await (const watching of deps.watching(organization)) found.push(...ofWatched(watching, deps.clock.now()));
  for (const { now, subject, since, facts } of deps.matters()) {
    if (now !== null && watchedByAlerts.has(now) && isAsked(subject.organization)) {
      found.push({ kind: now, subject, since, facts });
    }
  }
  if (organization === null) found.push(...(await ofDisk(deps)));
  const open: OpenAlert[] = [];
  for (const { kind, ...wrong } of found) {
    const item = await describe({ ...wrong, key: keyOf(kind, wrong.subject) }, { kind, isRepeat: false }, deps.known);
    if (item !== null) open.push(inWords(item));
  }
  return open;
}

function inWords(item: AlertItem): OpenAlert {
  const { key, kind, type, id, name, organization, building, tenant, since } = item;
  const whose = { organization: organization?.id ?? null, building, tenant };
  return { key, kind, type, id, name, ...whose, since, text: sentence([item]), help: helpOf(kind) };
}

function ofSubscription({ clock, lane }: WrongNowDeps, subscription: Subscription): readonly Wrong[] {
  if (isAlertTarget(subscription)) return [];
  const subject = subjectOf(subscription);
  const state = stateOf(subscription);
  if (state === "disabled") {
    const facts = { reason: subscription.disabledReason };
    return [{ kind: "subscription.disabled", subject, since: subscription.updatedAt, facts }];
  }
  const status = state === "active" ? lane(subscription.number) : null;
  if (status === null || !fails(status)) return [];
  const since = status.failing?.since ?? status.lastFailure?.at ?? clock.now();
  return [{ kind: "subscription.failing", subject, since, facts: failureFacts(status) }];
}

function ofWatched({ model, sensor, hive }: Watching, now: number): readonly Wrong[] {
  const organization = model.organization.id;
  const fact = { kind: "health", at: now, revision: 0 } as const;
  const changes = [
    ...[...model.sensors].map((each) => {
      return { ...fact, type: "SENSOR_HEALTH", sensor: each.id, health: sensor(each) } as const;
    }),
    ...[...model.hives].map((each) => ({ ...fact, type: "HIVE_HEALTH", hive: each.id, health: hive(each) }) as const),
  ];
  return changes.flatMap((change) => {
    const { kind, subject, facts } = watchedMatter(organization, change);
    if (kind === null) return [];
    const [since] = Object.values(facts);
    return [{ kind, subject, since: Date.parse(String(since)), facts }];
  });
}

/** A disk that cannot be looked at is told by nobody here: alerts log it. */
async function ofDisk({ disk, clock }: WrongNowDeps): Promise<readonly Wrong[]> {
  const space = await disk().catch(() => null);
  const low = space === null ? null : diskMatter(space);
  return low === null ? [] : [{ ...low, since: clock.now() }];
}
