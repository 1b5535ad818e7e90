// The alerts that went out lately, read back from their events: one that went to several targets is one.

import { deliveryId } from "../model/delivery.ts";
import type { Subscription } from "../model/subscription.ts";
import type { History } from "../store/history.ts";
import type { ToldAlert } from "./alerts-port.ts";
import type { AlertBody } from "./body.ts";
import { isEnd } from "./problems.ts";

/** Of one target. */
const most = 100;

/** An event, and whom it went to. */
interface Sent {
  readonly organization: string;
  readonly event: string;
  /** The highest number of its deliveries. */
  readonly last: number;
  readonly deliveries: ToldAlert["deliveries"];
}

export async function toldLately(
  history: Pick<History, "deliveries" | "event">,
  targets: readonly Subscription[],
  limit: number,
): Promise<readonly ToldAlert[]> {
  const byEvent = new Map<string, Sent>();
  for (const { id, organization } of targets) {
    const query = { organization, subscription: id, state: null, since: null, limit: most, before: null };
    for (const { event, number, state } of (await history.deliveries(query)).items) {
      const { last = 0, deliveries = [] } = byEvent.get(event) ?? {};
      const delivery = { alert: id, delivery: deliveryId(number), state };
      byEvent.set(event, { organization, event, last: Math.max(last, number), deliveries: [...deliveries, delivery] });
    }
  }
  // The newest first: no more events are read than are told.
  const all: ToldAlert[] = [];
  for (const { organization, event, deliveries } of [...byEvent.values()].toSorted((a, b) => b.last - a.last)) {
    if (all.length >= limit) break;
    const told = await read(history, organization, event);
    if (told !== null) all.push({ ...told, deliveries });
  }
  return all.toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

/** null: it is past its retention. */
async function read(history: Pick<History, "event">, organization: string, event: string): Promise<ToldAlert | null> {
  const stored = await history.event(organization, event);
  if (stored === null) return null;
  const { id, kind, at, text, help, repeat, about } = JSON.parse(stored.body) as AlertBody;
  const ends = kind !== "test" && isEnd(kind);
  const of = about.map(({ type, id: which, name }) => ({ type, id: which, name }));
  return { id, kind, ends, at, text, help, repeat, about: of, deliveries: [] };
}
