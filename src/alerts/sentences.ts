// What alerts say: for each kind one sentence about one matter and one about many, which say what happened and what to do. Pure.
// Names come from customers: they are cut, and stand in quotes.

import type { AlertKind } from "../model/alert.ts";
import type { AlertItem } from "./item.ts";

interface Words {
  /** The heading of docs/alerts.md that says more. */
  readonly help: string;
  readonly one: (item: AlertItem) => string;
  /** `all`: such as `37 subscriptions of Birch & Vale`; `some`: a few of them by name. */
  readonly many: (all: string, some: string) => string;
}

const triesAgain = "Belfry keeps what is owed and tries again by itself";
const nothingToDo = "there is nothing to do";
const power = "check their power and network";

const words: Readonly<Record<AlertKind, Words>> = {
  "subscription.failing": {
    help: "A subscription fails",
    one: (item) => `${named(item)} ${failsSince(item)}: ${said(item)}; check the receiver, ${triesAgain}.`,
    many: (all, some) => `${all} fail: ${some}; check their receivers, ${triesAgain}.`,
  },
  "subscription.recovered": {
    help: "A subscription fails",
    one: (item) => `${named(item)} works again: its receiver takes deliveries, and ${nothingToDo}.`,
    many: (all, some) => `${all} work again: ${some}; ${nothingToDo}.`,
  },
  "subscription.failing_long": {
    help: "A subscription is disabled",
    one: (item) =>
      `${named(item)} has taken nothing for ${item.facts["percent"]} % of the time after which Belfry disables it, at` +
      ` ${when(item, "disabled_at")}: repair the receiver before that, or remove the subscription.`,
    many: (all, some) =>
      `${all} fail, and Belfry will disable them: ${some}; repair the receivers, or remove the subscriptions.`,
  },
  "subscription.disabled": {
    help: "A subscription is disabled",
    one: (item) =>
      `${named(item)} is disabled and what it is owed is held: ${because(item)}; repair the receiver, then resume the` +
      " subscription.",
    many: (all, some) =>
      `${all} were disabled, and what they are owed is held: ${some}; repair the receivers, then resume the subscriptions.`,
  },
  "delivery.exhausted": {
    help: "Deliveries are exhausted",
    one: (item) =>
      `${deliveries(item)} to ${decapitalized(named(item))} failed at the last attempt and will not be tried again: repair the` +
      " receiver, then use `belfry redeliver`.",
    many: (all, some) =>
      `Deliveries to ${all} failed at the last attempt and will not be tried again: ${some}; repair the receivers, then use` +
      " `belfry redeliver`.",
  },
  "delivery.expiring": {
    help: "Held deliveries expire",
    one: (item) =>
      `${deliveries(item)} held for ${decapitalized(named(item))} expire soon, the first at ${when(item, "expires_at")}: resume` +
      " the subscription before that.",
    many: (all, some) => `Deliveries held for ${all} expire soon: ${some}; resume them before that.`,
  },
  "certificate.expiring": {
    help: "A certificate ends",
    one: (item) =>
      `The TLS certificate of ${item.facts["host"]}, to which ${decapitalized(named(item))} delivers, ends at` +
      ` ${when(item, "ends_at")}: renew it before that, or deliveries fail.`,
    many: (all, some) =>
      `The TLS certificates of the receivers of ${all} end soon: ${some}; renew them, or deliveries fail.`,
  },
  "certificate.renewed": {
    help: "A certificate ends",
    one: (item) =>
      `The TLS certificate of ${item.facts["host"]}, to which ${decapitalized(named(item))} delivers, was renewed:` +
      ` ${nothingToDo}.`,
    many: (all, some) => `The TLS certificates of the receivers of ${all} were renewed: ${some}; ${nothingToDo}.`,
  },
  "sensor.offline": {
    help: "A sensor or a hive is offline",
    one: (item) => `${named(item)} is offline, last heard at ${when(item, "last_heard")}: check its power and network.`,
    many: (all, some) => `${all} are offline: ${some}; ${power}, and the hive through which they speak.`,
  },
  "sensor.stuck": {
    help: "A sensor is stuck",
    one: (item) =>
      `${named(item)} has sent one and the same frame since ${when(item, "stuck_since")}: restart it, until then its counts` +
      " are wrong.",
    many: (all, some) => `${all} send one and the same frame all the time: ${some}; restart them.`,
  },
  "sensor.back": {
    help: "A sensor or a hive is offline",
    one: (item) => `${named(item)} is back: it is online and its frames change, so ${nothingToDo}.`,
    many: (all, some) => `${all} are back: ${some}; ${nothingToDo}.`,
  },
  "hive.offline": {
    help: "A sensor or a hive is offline",
    one: (item) =>
      `${named(item)} is offline, last heard at ${when(item, "last_heard")}: check its power and network, since its sensors` +
      " cannot be heard without it.",
    many: (all, some) => `${all} are offline: ${some}; ${power}.`,
  },
  "hive.back": {
    help: "A sensor or a hive is offline",
    one: (item) => `${named(item)} is back online: ${nothingToDo}.`,
    many: (all, some) => `${all} are back online: ${some}; ${nothingToDo}.`,
  },
  "disk.low": {
    help: "The disk is nearly full",
    one: ({ facts }) =>
      `The disk of Belfry's data directory is nearly full, ${facts["free"]} of ${facts["size"]} are free: make room or enlarge` +
      " it, since on a full disk Belfry takes nothing in.",
    many: (all) => `${all} are nearly full.`,
  },
  "disk.free": {
    help: "The disk is nearly full",
    one: ({ facts }) =>
      `The disk of Belfry's data directory has room again, ${facts["free"]} of ${facts["size"]} are free: ${nothingToDo}.`,
    many: (all) => `${all} have room again.`,
  },
  "backlog.growing": {
    help: "The backlog grows",
    one: ({ facts }) =>
      `The backlog grows, ${facts["waiting"]} deliveries and observations wait and ten minutes ago it was ${facts["before"]}:` +
      " see in `waiting_for` what the lanes of your subscriptions wait for, and whether this machine is too slow.",
    many: (all) => `${all} grow.`,
  },
  "backlog.shrinking": {
    help: "The backlog grows",
    one: ({ facts }) =>
      `The backlog shrinks again, ${facts["waiting"]} deliveries and observations wait: ${nothingToDo}.`,
    many: (all) => `${all} shrink again.`,
  },
};

export const helpOf = (kind: AlertKind): string => words[kind].help;

/** One kind, one item at least. */
export function sentence(items: readonly AlertItem[]): string {
  const [first] = items;
  if (first === undefined) throw new Error("An alert tells of something.");
  const { one, many } = words[first.kind];
  if (items.length === 1) return one(first);
  const shown = items.slice(0, 3).map(({ name, id }) => quoted(name ?? id));
  const more = items.length - shown.length;
  const some =
    more > 0 ? `${shown.join(", ")} and ${more} more` : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
  return many(`${items.length} ${first.type}s of ${whose(items)}`, some);
}

function whose(items: readonly AlertItem[]): string {
  const names = new Map(items.map(({ organization }) => [organization?.id, organization?.name ?? "Belfry"]));
  return names.size === 1 ? clip([...names.values()][0]!) : `${names.size} organizations`;
}

/** `Subscription “Lobby” (webhook_1, North Tower) of Birch & Vale` */
function named({ type, id, name, place, organization }: AlertItem): string {
  const more = [...(name === null ? [] : [id]), ...(place === null ? [] : [place])].map(clip).join(", ");
  const called = `${quoted(name ?? id)}${more === "" ? "" : ` (${more})`}`;
  return `${type.charAt(0).toUpperCase()}${type.slice(1)} ${called} of ${clip(organization?.name ?? "Belfry")}`;
}

/** `2026-06-17 10:36 UTC` */
const minuteOf = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
const when = ({ facts }: AlertItem, fact: string): string => minuteOf(String(facts[fact]));

const decapitalized = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

const failsSince = ({ isRepeat, since }: AlertItem): string =>
  isRepeat ? `has failed since ${minuteOf(new Date(since).toISOString())}` : "fails";

function said({ facts }: AlertItem): string {
  const { status, code } = facts;
  if (typeof status === "number") return `its receiver answers ${status}`;
  return typeof code === "string" ? `the last attempt ended with ${code}` : "its receiver asked Belfry to wait";
}

/** A reason is a sentence. */
const because = ({ facts }: AlertItem): string => decapitalized(clip(String(facts["reason"] ?? "")).replace(/\.$/, ""));

function deliveries({ facts }: AlertItem): string {
  const count = Number(facts["deliveries"]);
  return count === 1 ? "A delivery" : `${count} deliveries`;
}

const quoted = (text: string): string => `“${clip(text)}”`;

/** Short, on one line, and without the quotes around it. */
function clip(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}“”]+/gu, " ").trim();
  // No half of a character at the end.
  return plain.length <= 80 ? plain : `${plain.slice(0, 79).replace(/[\ud800-\udbff]$/, "")}…`;
}
