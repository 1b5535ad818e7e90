// What is known when somebody begins to have alerts, at a start above all: what is wrong, and what an earlier process has told of
// it. The alerts themselves are that memory: they are events, kept longer than a matter goes without being told again.

import type { BuildingModel, Hive, Sensor } from "../building/building.ts";
import type { Clock } from "../clock.ts";
import { type AlertKind, isAlertTarget } from "../model/alert.ts";
import type { LaneStatus } from "../model/lane.ts";
import type { HiveHealth, SensorHealth } from "../model/sensor-health.ts";
import { stateOf, type Subscription } from "../model/subscription.ts";
import type { History } from "../store/history.ts";
import type { AlertBody } from "./body.ts";
import { failureFacts, fails, subjectOf, watchedChanged } from "./listen.ts";
import { keyOf, type Matter, newMatter } from "./matters.ts";
import type { OpenMatters } from "./open-matters.ts";
import { isEnd, isProblem, longestAgainMs } from "./problems.ts";
import type { Targets } from "./targets.ts";

export interface Watching {
  readonly model: BuildingModel;
  readonly sensor: (sensor: Sensor) => SensorHealth;
  readonly hive: (hive: Hive) => HiveHealth;
}

export interface TakeUpDeps {
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly history: Pick<History, "deliveries" | "event">;
  readonly targets: Targets;
  readonly matters: OpenMatters;
  /** Whether this process tells of the organization; null: of this server. */
  readonly isOwn: (organization: string | null) => boolean;
  readonly subscriptions: () => Iterable<Subscription>;
  readonly lane: (number: number) => LaneStatus | null;
  /** What sensing knows of the sensors of an organization; null: of each. */
  readonly watching: (organization: string | null) => AsyncIterable<Watching>;
}

/** Deliveries of a target that are read: more than it can have got in the time, as long as it is well. */
const mostRead = 200;
const slackMs = 3_600_000;

export async function takeUp(deps: TakeUpDeps): Promise<void> {
  const told = await readTold(deps);
  takeUpLanes(deps, told);
  for await (const watching of deps.watching(null)) takeUpWatched(deps.matters, watching);
}

/** Matters that were told of and not ended, by key; all but those of subscriptions are open from now on. */
async function readTold({ clock, history, targets, matters, isOwn }: TakeUpDeps): Promise<ReadonlyMap<string, Matter>> {
  const told = new Map<string, Matter>();
  const known = new Set<string>();
  const read = new Set<string>();
  const since = clock.now() - longestAgainMs - slackMs;
  for (const { id, organization } of targets.all()) {
    const query = { organization, subscription: id, state: null, since, limit: mostRead, before: null };
    for (const { event } of (await history.deliveries(query)).items) {
      if (read.has(event)) continue;
      read.add(event);
      const stored = await history.event(organization, event);
      if (stored === null) continue;
      const { kind, about } = JSON.parse(stored.body) as AlertBody;
      if (kind === "test" || !(isProblem(kind) || isEnd(kind))) continue;
      for (const each of about) {
        const key = keyOf(kind, each);
        if (known.has(key) || !isOwn(each.organization)) continue;
        known.add(key);
        const matter = matterTold(key, kind, each, stored.at, clock);
        if (matter !== null) told.set(key, matter);
      }
    }
  }
  for (const matter of told.values()) if (matter.subject.type !== "subscription") matters.restore(matter);
  return told;
}

function matterTold(
  key: string,
  kind: AlertKind,
  { type, id, organization, since }: AlertBody["about"][number],
  at: number,
  clock: TakeUpDeps["clock"],
): Matter | null {
  if (!isProblem(kind)) return null;
  const subject = { type: type as Matter["subject"]["type"], organization, id, number: 0 };
  const toldAt = clock.monotonic() - Math.max(clock.now() - at, 0);
  return { ...newMatter(key, subject, Date.parse(since)), now: kind, told: kind, toldAt };
}

/** Of subscriptions only those that are still there, by the lanes that they have now. */
function takeUpLanes({ matters, subscriptions, lane, isOwn }: TakeUpDeps, told: ReadonlyMap<string, Matter>): void {
  for (const subscription of subscriptions()) {
    if (isAlertTarget(subscription) || !isOwn(subscription.organization)) continue;
    const subject = subjectOf(subscription);
    const certificate = told.get(keyOf("certificate.expiring", subject));
    if (certificate !== undefined) matters.restore({ ...certificate, subject });
    const own = told.get(keyOf("subscription.failing", subject));
    if (own?.now === "subscription.disabled" && stateOf(subscription) === "active") continue;
    if (own !== undefined) matters.restore({ ...own, subject });
    const status = lane(subscription.number);
    if (status !== null && fails(status)) matters.open("subscription.failing", subject, failureFacts(status));
    else if (own?.now === "subscription.failing") matters.close("subscription.failing", subject);
  }
}

function takeUpWatched(matters: OpenMatters, { model, sensor, hive }: Watching): void {
  const organization = model.organization.id;
  const fact = { kind: "health", at: 0, revision: 0 } as const;
  for (const each of model.sensors) {
    const change = { ...fact, type: "SENSOR_HEALTH", sensor: each.id, health: sensor(each) } as const;
    watchedChanged(matters, organization, change);
  }
  for (const each of model.hives) {
    const change = { ...fact, type: "HIVE_HEALTH", hive: each.id, health: hive(each) } as const;
    watchedChanged(matters, organization, change);
  }
}
