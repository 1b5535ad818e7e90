// What was missed, asked of Belfry: GET /v1/subscriptions/{id}/events tells every number with its state, and gives the bodies that
// it still has.

import type { Given } from "./handle.ts";

/** A number, or numbers, as Belfry tells them. */
export interface MissedItem {
  readonly sequence: number;
  /** The last number of several that have no event. */
  readonly through?: number;
  /** `pending`, `delivered`, `exhausted`, …; of numbers without an event `forgotten` or `skipped_by_restore`. */
  readonly state: string;
  /** Id of the event, as its `webhook-id` says it. */
  readonly event?: string;
  /** The body as it is delivered. */
  readonly body?: string;
  /** Of a correction. */
  readonly revision?: number;
  readonly previous_value?: unknown;
}

export interface MissedPage {
  readonly data: readonly MissedItem[];
  /** The last number there is. */
  readonly last: number;
}

/** Gives what comes behind a number, in order. */
export type FetchMissed = (after: number) => Promise<MissedPage>;

export interface MissedOptions {
  /** `https://…/v1/subscriptions/{id}/events` of the Belfry that sends. */
  readonly url: string;
  /** A key that may read the subscription. */
  readonly key: string;
  /** Default: the fetch of the platform. */
  readonly fetch?: typeof fetch;
}

/** The event as its handler gets it. */
export function missedEvent(item: MissedItem & { readonly event: string; readonly body: string }): Given {
  const { event: id, body, sequence, revision = 0, previous_value: previous } = item;
  const payload: unknown = JSON.parse(body);
  const bytes = new TextEncoder().encode(body);
  return { id, payload, body: bytes, sequence, revision, ...(previous === undefined ? {} : { previous }) };
}

const patienceMs = 30_000;

export function missedFrom({ url, key, fetch: ask = fetch }: MissedOptions): FetchMissed {
  return async (after) => {
    const asked = new URL(url);
    asked.searchParams.set("after", String(after));
    const answer = await ask(asked, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(patienceMs),
    });
    if (!answer.ok) throw new Error(`Belfry answered ${answer.status} when it was asked for missed events.`);
    return (await answer.json()) as MissedPage;
  };
}
