// How a subscription stands, in a word and a sentence: what is, why, and what happens next. Of what the operator API answers,
// for the console and the command line alike. Pure; imports nothing but words.

import { outcomeWords } from "./outcome.ts";
import { plural } from "./plural.ts";
import { clock, left, roughly } from "./time.ts";

export type StandingWord =
  | "paused"
  | "disabled"
  | "unknown"
  | "backing off"
  | "probing"
  | "failing"
  | "idle"
  | "delivering";

export interface Standing {
  readonly word: StandingWord;
  readonly sentence: string;
  /** Higher: needs somebody more. 2 and more: does not deliver as it should. */
  readonly trouble: number;
}

/** `lane.status` as the operator API shows it; times are ISO 8601. */
export interface LaneStatus {
  readonly state: string;
  readonly waiting_for: string | null;
  readonly until: string | null;
  readonly consecutive_failures: number;
  readonly last_failure: { readonly code: string; readonly status: number | null } | null;
  readonly in_flight: number;
  readonly cap: number;
  readonly waiting_in_memory: number;
  readonly more_on_disk: boolean;
}

/** What the sentence is made of. */
export interface Told {
  readonly state: string;
  readonly paused: { readonly at: string } | null;
  readonly disabled_reason: string | null;
  readonly lane: { readonly status: LaneStatus | null };
  /** What is owed by count, where somebody asked for it: on the disk as well. */
  readonly figures?: { readonly backlog: number; readonly is_backlog_whole: boolean };
}

/** How many deliveries wait, those under way not counted. `more`: at least so many. */
export interface Waiting {
  readonly count: number;
  readonly more: boolean;
}

/** null: it is not known. Without figures the lane tells how many are in memory, and whether there are others on the disk. */
export function waitingOf({ lane: { status }, figures }: Pick<Told, "lane" | "figures">): Waiting | null {
  if (figures !== undefined) {
    return { count: Math.max(0, figures.backlog - (status?.in_flight ?? 0)), more: !figures.is_backlog_whole };
  }
  return status === null ? null : { count: status.waiting_in_memory, more: status.more_on_disk };
}

const reasons: Readonly<Record<string, string>> = {
  stopping: "Belfry is stopping.",
  withdrawing: "What its tenant may no longer have is being cancelled.",
  local_shortage: "This machine had no file or port left. It goes on within a second.",
  recovering: "Belfry tries one at a time what was under way when it crashed.",
  at_lane_cap: "As many attempts are under way as this receiver may have.",
  rate_limit: "Its rate limit, or a pace that its receiver asked for, lets the next one start a little later.",
  store_stuck: "The store fails, so that nothing can be read or written. Belfry tries again every few seconds.",
  memory_full: "The memory for waiting deliveries is full.",
  loading: "The next deliveries are being read.",
  cut_off: "This node cannot reach its database, and starts nothing until it does.",
  at_overall_cap: "As many attempts are under way as Belfry may have.",
  at_organization_cap: "As many attempts are under way as the organization may have.",
  at_host_cap: "As many attempts are under way as this host may have.",
  slow_share: "Slow receivers hold all the slots that they may.",
};

/** `now`: epoch ms; `zone`: IANA name. */
export function standingOf(subscription: Told, now: number, zone: string): Standing {
  const { paused, lane, state } = subscription;
  const status = lane.status;
  const wait = waitingOf(subscription);
  if (state === "paused") {
    const since =
      paused === null
        ? ""
        : ` since ${clock(Date.parse(paused.at), zone)} (${roughly(now - Date.parse(paused.at))} ago)`;
    return { word: "paused", trouble: 2, sentence: `Paused${since}. ${held(wait)}` };
  }
  if (state === "disabled" || status?.state === "disabled") {
    const why = subscription.disabled_reason ?? "Disabled.";
    return { word: "disabled", trouble: 3, sentence: `${why.replace(/\.?$/, ".")} ${held(wait)}` };
  }
  if (status === null || wait === null)
    return { word: "unknown", trouble: 1, sentence: "How it stands is not known here." };
  if (status.state === "backing_off") return backingOff(status, wait, now);
  if (status.state === "probing") return probing(status, wait);
  return flowing(status, wait);
}

const held = (wait: Waiting | null): string => {
  if (wait === null || (wait.count === 0 && !wait.more)) return "Nothing waits. New events are kept for it.";
  return `${waiting(wait)} None is lost.`;
};

/** `312 deliveries wait.` */
function waiting({ count, more }: Waiting): string {
  if (count === 0) return more ? "Deliveries wait on the disk." : "Nothing waits.";
  return `${more ? "At least " : ""}${plural(count, "delivery", "deliveries")} ${count === 1 ? "waits" : "wait"}.`;
}

/** ` now. 5 deliveries wait for a later try`; empty: none waits. */
function later(wait: Waiting): string {
  if (wait.count === 0) return wait.more ? " now. Deliveries wait for a later try" : "";
  return ` now. ${waiting(wait).slice(0, -1)} for a later try`;
}

const failedWith = (status: LaneStatus): string =>
  status.last_failure === null
    ? "asked Belfry to wait"
    : outcomeWords(status.last_failure.code, status.last_failure.status);

const inARow = (count: number): string => (count > 1 ? `, ${count} failures in a row` : "");

function backingOff(status: LaneStatus, wait: Waiting, now: number): Standing {
  const leftMs = status.until === null ? null : Date.parse(status.until) - now;
  const next = leftMs === null || leftMs <= 0 ? "The next try is about to start." : `Next try in ${left(leftMs)}.`;
  const sentence = `Backing off: the receiver ${failedWith(status)}${inARow(status.consecutive_failures)}. ${next} ${waiting(wait)} None is lost.`;
  return { word: "backing off", trouble: 5, sentence };
}

function probing(status: LaneStatus, wait: Waiting): Standing {
  const sentence = `Trying one delivery: the receiver ${failedWith(status)}${inARow(status.consecutive_failures)}. A success lets all go on. ${waiting(wait)}`;
  return { word: "probing", trouble: 4, sentence };
}

function flowing(status: LaneStatus, wait: Waiting): Standing {
  const { in_flight: flying, cap, consecutive_failures: failures, waiting_for: reason } = status;
  if (failures > 0) {
    const sentence = `The receiver ${failedWith(status)}${inARow(failures)}. Those deliveries are tried again later; others go on. ${waiting(wait)}`;
    return { word: "failing", trouble: 4, sentence };
  }
  if (flying === 0 && (reason === "nothing_due" || reason === null) && status.waiting_in_memory === 0) {
    return { word: "idle", trouble: 0, sentence: `Nothing is due${later(wait)}.` };
  }
  const why = reason === null || reason === "nothing_due" ? "" : ` ${reasons[reason] ?? ""}`;
  const sentence = `Delivering: ${flying} of at most ${cap} at a time. ${waiting(wait)}${why}`;
  return { word: "delivering", trouble: reason === "store_stuck" ? 4 : 0, sentence };
}
