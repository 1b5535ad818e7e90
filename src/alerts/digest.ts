// What each audience is about to be told: the first matters of a kind by themselves, the others of a window in one alert, so that a
// storm of a thousand failing receivers is one message and not a thousand. In memory until the alert is durable.

import { type AlertKind, alertKinds } from "../model/alert.ts";
import { type Audience, type Audiences, takers } from "./audiences.ts";
import type { AlertItem } from "./item.ts";
import { type AlertPace, isEnd } from "./problems.ts";

interface Bucket {
  readonly audience: string;
  readonly kind: AlertKind;
  /** By key of their matter. */
  readonly items: Map<string, AlertItem>;
  /** Monotonic ms. */
  windowFrom: number;
  told: number;
}

/** One alert. */
export interface Message {
  readonly audience: Audience;
  readonly kind: AlertKind;
  readonly items: readonly AlertItem[];
}

export interface Digest {
  /** For whoever hears of it. What an audience was not told yet and is over by now is told to it no more. */
  add(item: AlertItem, audiences: Audiences): void;
  /** What may be told now; it stays until `sent`. */
  due(audiences: Audiences, at: number): readonly Message[];
  /** It is durable. */
  sent(message: Message): void;
  /** It can be told to nobody any more. */
  drop(message: Message): void;
  isEmpty(): boolean;
}

export function createDigest({ windowMs, mostAlone }: AlertPace): Digest {
  const buckets = new Map<string, Bucket>();
  const nameOf = (audience: string, kind: AlertKind) => `${audience}\n${kind}`;

  function bucketOf(audience: string, kind: AlertKind): Bucket {
    const name = nameOf(audience, kind);
    let bucket = buckets.get(name);
    if (bucket === undefined) {
      buckets.set(name, (bucket = { audience, kind, items: new Map(), windowFrom: -Infinity, told: 0 }));
    }
    return bucket;
  }

  /** What else of the same matter waits for the audience is no longer so. true: it has heard nothing of the matter. */
  function dropOthers({ key, kind }: AlertItem, { key: audience }: Audience): boolean {
    let isUnheard = false;
    for (const other of alertKinds) {
      const items = other === kind ? undefined : buckets.get(nameOf(audience, other))?.items;
      const waiting = items?.get(key);
      if (waiting === undefined) continue;
      items!.delete(key);
      if (!waiting.isRepeat) isUnheard = true;
    }
    return isUnheard;
  }

  function dueOf(bucket: Bucket, audience: Audience, at: number): readonly Message[] {
    if (at - bucket.windowFrom >= windowMs) [bucket.windowFrom, bucket.told] = [at, 0];
    const { kind, items } = bucket;
    const room = mostAlone - bucket.told;
    if (items.size === 0 || room <= 0) return [];
    if (items.size <= room) return [...items.values()].map((item) => ({ audience, kind, items: [item] }));
    return [{ audience, kind, items: [...items.values()] }];
  }

  return {
    add(item, audiences) {
      for (const audience of audiences.of(item)) {
        if (takers(audience, item.kind).length === 0) continue;
        const isUnheard = dropOthers(item, audience);
        if (isUnheard && isEnd(item.kind)) continue;
        bucketOf(audience.key, item.kind).items.set(item.key, item);
      }
    },
    due(audiences, at) {
      const messages: Message[] = [];
      for (const [name, bucket] of buckets) {
        const audience = audiences.get(bucket.audience);
        if (audience === undefined) buckets.delete(name);
        else messages.push(...dueOf(bucket, audience, at));
        if (bucket.items.size === 0 && at - bucket.windowFrom >= windowMs) buckets.delete(name);
      }
      return messages;
    },
    sent({ audience, kind, items }) {
      const bucket = buckets.get(nameOf(audience.key, kind));
      if (bucket === undefined) return;
      for (const item of items) if (bucket.items.get(item.key) === item) bucket.items.delete(item.key);
      bucket.told = items.length > 1 ? mostAlone : bucket.told + 1;
    },
    drop({ audience, kind }) {
      buckets.delete(nameOf(audience.key, kind));
    },
    isEmpty: () => [...buckets.values()].every(({ items }) => items.size === 0),
  };
}
