// How a replay stands, as a mark and a sentence.

import type { Replay } from "../api/types.ts";
import type { Shape } from "../words/shape.ts";
import { plural } from "../../../src/words/plural.ts";
import { span } from "../../../src/words/time.ts";
import { endsAt } from "./criteria.ts";

export const replayMarks: Readonly<Record<Replay["state"], Shape>> = {
  running: "waiting",
  cancelling: "backing",
  done: "delivering",
  cancelled: "cancelled",
};

export const isOpen = ({ state }: Replay): boolean => state === "running" || state === "cancelling";

/** `now`: epoch ms. */
export function replaySentence(replay: Replay, now: number): string {
  const { state, done, progress, reason, created_at: created } = replay;
  const added = plural(done, "delivery", "deliveries");
  if (state === "done") return `It has looked through all of its time and added ${added}.`;
  if (state === "cancelled") return `${reason ?? "It was cancelled."} It had added ${added}.`;
  if (state === "cancelling")
    return `${reason ?? ""} What it added and is not delivered yet is being cancelled.`.trim();
  const end = endsAt(progress, Date.parse(created), now);
  const left = end === null ? "" : ` About ${span(end - now)} to go.`;
  return `${Math.floor(progress * 100)} % of its time is looked through, ${added} added so far.${left} It goes on when this page is closed.`;
}
