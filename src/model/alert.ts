// Alerts: what Belfry itself tells an operator or an owner, at a URL of theirs. Which kinds there are, who may have them, and how
// often one is repeated. An alert is an event of the dialect `belfry`, and who gets alerts is a subscription of that dialect.

import type { Role } from "./principal.ts";
import type { Subscription } from "./subscription.ts";

/** How the body is written; its place in the list is the variant of a delivery, and never changes. */
export const alertForms = ["json", "slack", "teams"] as const;
export type AlertForm = (typeof alertForms)[number];

/** What an alert is about. `installation`: this server as a whole. */
export type AlertSubject = "subscription" | "sensor" | "hive" | "installation";

const about = {
  "subscription.failing": "subscription",
  "subscription.recovered": "subscription",
  "subscription.failing_long": "subscription",
  "subscription.disabled": "subscription",
  "delivery.exhausted": "subscription",
  "delivery.expiring": "subscription",
  "certificate.expiring": "subscription",
  "certificate.renewed": "subscription",
  "sensor.offline": "sensor",
  "sensor.stuck": "sensor",
  "sensor.back": "sensor",
  "hive.offline": "hive",
  "hive.back": "hive",
  "disk.low": "installation",
  "disk.free": "installation",
  "backlog.growing": "installation",
  "backlog.shrinking": "installation",
} as const satisfies Record<string, AlertSubject>;

export type AlertKind = keyof typeof about;
/** All of them. docs/alerts.md lists the same; a test compares. */
export const alertKinds = Object.keys(about) as readonly AlertKind[];

export const subjectOf = (kind: AlertKind): AlertSubject => about[kind];

/** What keys of this role may hear of: an operator of everything, an organization of what it has, a building and a tenant of
 * their subscriptions. */
export function kindsFor(role: Role): readonly AlertKind[] {
  if (role === "operator") return alertKinds;
  if (role === "organization") return alertKinds.filter((kind) => about[kind] !== "installation");
  return role === "building" || role === "tenant" ? alertKinds.filter((kind) => about[kind] === "subscription") : [];
}

/** Who gets alerts. */
export interface AlertTarget {
  readonly form: AlertForm;
  /** null: all that its owner may hear of, those of later releases among them. */
  readonly kinds: readonly AlertKind[] | null;
}

/** Whether this is no subscription of a vendor's API, but one of alerts. */
export const isAlertTarget = ({ dialect }: Pick<Subscription, "dialect">): boolean => dialect === "belfry";

export const targetOf = ({ document }: Pick<Subscription, "document">): AlertTarget =>
  JSON.parse(document) as AlertTarget;

export const takes = (subscription: Subscription, kind: AlertKind): boolean =>
  targetOf(subscription).kinds?.includes(kind) ?? true;

/** Delays between the attempts to deliver an alert, ms: one that comes after four hours is no use. */
export const alertRetryDelays = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000] as const;
