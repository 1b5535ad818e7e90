// The filter of a list of deliveries as a replay, which sends what it shows again. Pure.

import type { Subscription } from "../api/types.ts";

export type Wanted = Readonly<Record<string, string>>;

const endings: ReadonlySet<string> = new Set(["delivered", "exhausted", "cancelled", "expired", "superseded"]);

/** Why what the filter shows cannot be sent by a replay; null: it can. */
export function whyNotMany(wanted: Wanted, subscription: Subscription | undefined): string | null {
  if (subscription === undefined) return "Choose one subscription: a replay sends to one.";
  if (wanted["code"]) return "A replay cannot tell outcomes apart: choose a state instead.";
  if (wanted["replay"]) return "These were sent again by a replay: its page does it once more.";
  if (wanted["event"]) return "This is one event: send it again from its delivery.";
  if (wanted["state"] && !endings.has(wanted["state"])) return `What is ${wanted["state"]} is owed already.`;
  return null;
}

/** The filter as a replay has it. `since`: as the API takes it, null: from the first on. `at`: now, epoch ms. */
export function replayOf(wanted: Wanted, since: string | null, at: number): Readonly<Record<string, unknown>> {
  const time = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);
  return {
    subscription: wanted["subscription"],
    from: since === null ? 0 : time(since),
    to: wanted["until"] ? time(wanted["until"]) : at,
    ...(wanted["type"] && { types: [wanted["type"]] }),
    ...(wanted["subject"] && { spaces: [wanted["subject"]] }),
    ...(wanted["state"] && { states: [wanted["state"]] }),
  };
}
