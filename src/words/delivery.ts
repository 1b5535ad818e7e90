// How a delivery stands, in a sentence. Of what the operator API answers, for the console and the command line alike. Pure;
// imports nothing but words.

import { outcomeWords } from "./outcome.ts";
import { plural } from "./plural.ts";
import type { LaneStatus } from "./subscription.ts";
import { left, took } from "./time.ts";

export interface ToldDelivery {
  readonly state: string;
  readonly attempt_count: number;
  readonly due: string | null;
  readonly last_attempt: {
    readonly code: string;
    readonly status: number | null;
    readonly duration_ms: number;
    readonly detail: string | null;
  } | null;
  /** The one about its subject that goes before it, in a subscription that keeps order. */
  readonly waits_behind?: (Omit<ToldDelivery, "waits_behind"> & { readonly id: string }) | null;
}

/** `lane`: how its subscription stands, where that is known. */
export function deliverySentence(
  { state, attempt_count: attempts, last_attempt: last, due, waits_behind: before = null }: ToldDelivery,
  lane: Lane,
  now: number,
): string {
  const said = last === null ? null : outcomeWords(last.code, last.status);
  switch (state) {
    case "delivered":
      return `The receiver ${said ?? "accepted it"}${last === null ? "" : ` in ${took(last.duration_ms)}`}${attempts > 1 ? `, at attempt ${attempts}` : ""}.`;
    case "pending":
      if (before !== null) return behind(before, lane, now);
      return `${attempts === 0 ? "It waits for its first attempt." : `The receiver ${said}.`} ${next(due, lane, now)}`.trim();
    case "held":
      return last?.code === "quarantined"
        ? "It is in quarantine: it was under way at several crashes. Send it again if you know why."
        : "It waits: its subscription is paused or disabled. It goes out when that ends.";
    case "exhausted":
      return `All ${plural(attempts, "attempt")} failed; at the last the receiver ${said ?? "did not take it"}. Nothing more happens by itself.`;
    case "cancelled":
      return last?.detail ?? "It was cancelled before it was delivered.";
    case "superseded":
      return "A newer state of its subject took its place before it went out.";
    default:
      return "Its event reached the end of its retention before it was delivered.";
  }
}

type Lane = Pick<LaneStatus, "state" | "until"> | null;

/** Which one goes before it, and how that one stands. */
function behind(
  { id, attempt_count: attempts, last_attempt: last, due }: NonNullable<ToldDelivery["waits_behind"]>,
  lane: Lane,
  now: number,
): string {
  const why = `It waits behind ${id}, since its subscription keeps the order of each subject.`;
  const stands = attempts === 0 || last === null ? "waits for its first attempt" : "is tried again";
  const said = last === null || attempts === 0 ? "" : `: the receiver ${outcomeWords(last.code, last.status)}`;
  return `${why} That one ${stands}${said}. ${next(due, lane, now)}`.trim();
}

/** What it waits for. */
function next(due: string | null, lane: Lane, now: number): string {
  if (lane?.state === "backing_off") {
    const leftMs = lane.until === null ? 0 : Date.parse(lane.until) - now;
    return `Its subscription is backing off${leftMs <= 0 ? "" : `, for ${left(leftMs)} more`}; nothing is lost.`;
  }
  const leftMs = due === null ? 0 : Date.parse(due) - now;
  return leftMs > 0 ? `Next try in ${left(leftMs)}.` : "";
}
