// How a delivery stands, in a sentence. Pure.

import type { Delivery } from "../api/types.ts";
import { plural } from "../words/ids.ts";
import { outcomeWords } from "../words/outcome.ts";
import { span } from "../words/time.ts";

export function deliverySentence({ state, attempt_count: attempts, last_attempt: last }: Delivery): string {
  const said = last === null ? null : outcomeWords(last.code, last.status);
  switch (state) {
    case "delivered":
      return `The receiver ${said ?? "accepted it"}${last === null ? "" : ` in ${span(last.duration_ms)}`}${attempts > 1 ? `, at attempt ${attempts}` : ""}.`;
    case "pending":
      return attempts === 0
        ? "It waits for its first attempt."
        : `The receiver ${said}. It is tried again until it succeeds or its retries are over.`;
    case "held":
      return last?.code === "quarantined"
        ? "It is in quarantine: it was under way at several crashes. Send it again if you know why."
        : "It waits: its subscription is paused or disabled. It goes out when that ends.";
    case "exhausted":
      return `All ${plural(attempts, "attempt")} failed; at the last the receiver ${said ?? "did not take it"}. Nothing more happens by itself.`;
    case "cancelled":
      return last?.detail ?? "It was cancelled before it was delivered.";
    default:
      return "Its event reached the end of its retention before it was delivered.";
  }
}
