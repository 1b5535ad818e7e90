// The request of a delivery as people are shown it: composed as every attempt is, with the subscription as it is now. No signature
// and no header by which a receiver lets Belfry in is told, only that it is there.

import type { Subscription } from "../../model/subscription.ts";
import type { SentText } from "../../store/history.ts";
import type { DueDelivery } from "../../store/owed.ts";
import { type Composer, prepare, request, type Timeouts } from "./attempt.ts";

export interface ShownRequest {
  readonly url: string;
  /** `value`: null where it is a secret, or proves one. */
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
  readonly body: string;
}

/** `attempts`: made before. */
export interface ShownDelivery {
  readonly number: number;
  readonly attempts: number;
  readonly sequence: number | null;
  readonly text: SentText;
}

/** Says nothing that a receiver must keep to itself. */
const plain = /^(content-type|user-agent|webhook-id|webhook-timestamp|belfry-[a-z-]+)$/;

/** `at`: when the attempt begins, epoch ms. */
export function shownRequest(
  subscription: Subscription,
  delivery: ShownDelivery,
  composer: Composer,
  timeouts: Timeouts,
  at: number,
): ShownRequest {
  const prepared = prepare(subscription, composer, timeouts);
  const { url, headers, body } = request(prepared, dueAt(delivery, at), composer, at);
  // A header of the owner's choice is masked even where its name looks plain.
  const own = new Set(prepared.closing.map(([name]) => name));
  return {
    url,
    headers: headers.map(([name, value]) => ({
      name,
      value: plain.test(name) && !own.has(name) ? value : null,
    })),
    body,
  };
}

/** As the engine would have it when the attempt begins. */
function dueAt({ text, ...rest }: ShownDelivery, at: number): DueDelivery {
  const { eventNumber, event, variant, lane, ...told } = text;
  const due = { ...rest, lane, variant, class: "live", due: at, createdAt: at } as const;
  return { ...due, event: { ...told, number: eventNumber, id: event } };
}
