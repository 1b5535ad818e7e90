// How a delivery stands, in a sentence. Of what the operator API answers, for the console and the command line alike. Pure;
// imports nothing but words.

import { outcomeWords } from "./outcome.ts";
import { plural } from "./plural.ts";
import type { LaneStatus } from "./subscription.ts";
import { span, took } from "./time.ts";

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
}

/** `lane`: how its subscription stands, where that is known. */
export function deliverySentence(
  { state, attempt_count: attempts, last_attempt: last, due }: ToldDelivery,
  lane: Pick<LaneStatus, "state" | "until"> | null,
  now: number,
): string {
  const said = last === null ? null : outcomeWords(last.code, last.status);
  switch (state) {
    case "delivered":
      return `The receiver ${said ?? "accepted it"}${last === null ? "" : ` in ${took(last.duration_ms)}`}${attempts > 1 ? `, at attempt ${attempts}` : ""}.`;
    case "pending":
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

/** What it waits for. */
function next(due: string | null, lane: Pick<LaneStatus, "state" | "until"> | null, now: number): string {
  if (lane?.state === "backing_off") {
    const left = lane.until === null ? 0 : Date.parse(lane.until) - now;
    return `Its subscription is backing off${left <= 0 ? "" : `, for ${span(left)} more`}; nothing is lost.`;
  }
  const left = due === null ? 0 : Date.parse(due) - now;
  return left > 0 ? `Next try in ${span(left)}.` : "";
}
