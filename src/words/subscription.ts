// How a subscription stands, in a word and a sentence: what is, why, and what happens next. Of what the operator API answers,
// for the console and the command line alike. Pure; imports nothing but words.

import { outcomeWords } from "./outcome.ts";
import { plural } from "./plural.ts";
import { clock, roughly, span } from "./time.ts";

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
  at_overall_cap: "As many attempts are under way as Belfry may have.",
  at_organization_cap: "As many attempts are under way as the organization may have.",
  at_host_cap: "As many attempts are under way as this host may have.",
  slow_share: "Slow receivers hold all the slots that they may.",
};

/** `now`: epoch ms; `zone`: IANA name. */
export function standingOf(subscription: Told, now: number, zone: string): Standing {
  const { paused, lane, state } = subscription;
  const status = lane.status;
  if (state === "paused") {
    const since =
      paused === null
        ? ""
        : ` since ${clock(Date.parse(paused.at), zone)} (${roughly(now - Date.parse(paused.at))} ago)`;
    return { word: "paused", trouble: 2, sentence: `Paused${since}. ${held(status)}` };
  }
  if (state === "disabled" || status?.state === "disabled") {
    const why = subscription.disabled_reason ?? "Disabled.";
    return { word: "disabled", trouble: 3, sentence: `${why.replace(/\.?$/, ".")} ${held(status)}` };
  }
  if (status === null) return { word: "unknown", trouble: 1, sentence: "How it stands is not known here." };
  if (status.state === "backing_off") return backingOff(status, now);
  if (status.state === "probing") return probing(status);
  return flowing(status);
}

const held = (status: LaneStatus | null): string => {
  if (status === null || isEmpty(status)) return "Nothing waits. New events are kept for it.";
  return `${waiting(status)} None is lost.`;
};

const isEmpty = ({ waiting_in_memory: count, more_on_disk: more }: LaneStatus): boolean => count === 0 && !more;

/** `312 deliveries wait.` */
function waiting({ waiting_in_memory: count, more_on_disk: more }: LaneStatus): string {
  if (count === 0) return more ? "Deliveries wait on the disk." : "Nothing waits.";
  return `${more ? "At least " : ""}${plural(count, "delivery", "deliveries")} ${count === 1 && !more ? "waits" : "wait"}.`;
}

const failedWith = (status: LaneStatus): string =>
  status.last_failure === null
    ? "asked Belfry to wait"
    : outcomeWords(status.last_failure.code, status.last_failure.status);

const inARow = (count: number): string => (count > 1 ? `, ${count} failures in a row` : "");

function backingOff(status: LaneStatus, now: number): Standing {
  const left = status.until === null ? null : Date.parse(status.until) - now;
  const next = left === null || left <= 0 ? "The next try is about to start." : `Next try in ${span(left)}.`;
  const sentence = `Backing off: the receiver ${failedWith(status)}${inARow(status.consecutive_failures)}. ${next} ${waiting(status)} None is lost.`;
  return { word: "backing off", trouble: 5, sentence };
}

function probing(status: LaneStatus): Standing {
  const sentence = `Trying one delivery: the receiver ${failedWith(status)}${inARow(status.consecutive_failures)}. A success lets all go on. ${waiting(status)}`;
  return { word: "probing", trouble: 4, sentence };
}

function flowing(status: LaneStatus): Standing {
  const { in_flight: flying, cap, consecutive_failures: failures, waiting_for: reason } = status;
  if (failures > 0) {
    const sentence = `The receiver ${failedWith(status)}${inARow(failures)}. Those deliveries are tried again later; others go on. ${waiting(status)}`;
    return { word: "failing", trouble: 4, sentence };
  }
  if (flying === 0 && (reason === "nothing_due" || reason === null) && status.waiting_in_memory === 0) {
    const sentence = status.more_on_disk ? "Nothing is due now. Deliveries wait for a later try." : "Nothing is due.";
    return { word: "idle", trouble: 0, sentence };
  }
  const why = reason === null || reason === "nothing_due" ? "" : ` ${reasons[reason] ?? ""}`;
  const sentence = `Delivering: ${flying} of at most ${cap} at a time. ${waiting(status)}${why}`;
  return { word: "delivering", trouble: reason === "store_stuck" ? 4 : 0, sentence };
}
