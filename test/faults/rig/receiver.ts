// A receiver that counts: which event came to which subscription how often, what was under way when an era ended (a kill,
// a stop), and how many requests there were at once.

import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { testAuthority } from "../../fixtures/https-receiver.ts";
import { atEnd, pause } from "./places.ts";

export interface Arrival {
  readonly subscription: number;
  readonly event: number;
  readonly attempt: number;
  /** Requests for this event and subscription, this one included. */
  readonly times: number;
}

/** `hang`: no answer at all. */
export type Behaviour = (arrival: Arrival) => { readonly status: number; readonly afterMs: number } | "hang";

/** What came of one event at one subscription. */
export interface Seen {
  /** Requests that came. */
  times: number;
  /** The era of the last of them, and when it came, epoch ms. */
  era: number;
  at: number;
  /** Whether the last of them is, or was when its connection broke, without an answer. */
  open: boolean;
}

export interface Peak {
  readonly all: number;
  /** At the subscription that had the most. */
  readonly subscription: number;
}

export interface Receiver {
  /** Without a slash at the end; subscription n is at `/n`. */
  readonly url: string;
  /** What has come, by `subscription/event`. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** Requests beyond the first for an event and a subscription. */
  duplicates(): number;
  /** The same by the era in which the request before came: what happened at its end made the duplicate. */
  readonly duplicatesByEra: ReadonlyMap<number, number>;
  /** Duplicates of requests that had been answered: their outcome was lost on the way back. */
  duplicatesOfAnswered(): number;
  /** The sender is about to be killed: nothing is answered any more. */
  endEra(): void;
  /** It is gone, and a new era begins. Gives the names of the requests that it left without an answer. */
  beginEra(): readonly string[];
  era(): number;
  /** Most requests at once since this was last asked. */
  peak(): Peak;
  /** All requests so far. */
  requests(): number;
  behave(behaviour: Behaviour): void;
}

export const quick: Behaviour = () => ({ status: 200, afterMs: 0 });

export async function startReceiver(): Promise<Receiver> {
  const address = "127.10.0.1";
  // Valid since some days, so that a clock that was set back takes it too.
  const leaf = await (await testAuthority()).issue([address], { now: Date.now() - 5 * 86_400_000 });
  const seen = new Map<string, Seen>();
  const duplicatesByEra = new Map<number, number>();
  const unanswered = new Set<string>();
  const bySubscription = new Map<number, number>();
  let [duplicates, duplicatesOfAnswered, inFlight, era, requests] = [0, 0, 0, 0, 0];
  let peak = { all: 0, subscription: 0 };
  let behaviour = quick;
  let ending = false;

  function note(name: string): Seen {
    const before = seen.get(name);
    const now = { times: (before?.times ?? 0) + 1, era, at: Date.now(), open: true };
    seen.set(name, now);
    unanswered.add(name);
    if (before === undefined) return now;
    duplicates++;
    if (!before.open) duplicatesOfAnswered++;
    duplicatesByEra.set(before.era, (duplicatesByEra.get(before.era) ?? 0) + 1);
    return now;
  }

  /** Gives what is to be called when it is over: answered, since the sender may go on from then, or broken off. */
  function begin(subscription: number, response: ServerResponse): () => void {
    const there = (bySubscription.get(subscription) ?? 0) + 1;
    bySubscription.set(subscription, there);
    peak = { all: Math.max(peak.all, ++inFlight), subscription: Math.max(peak.subscription, there) };
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      inFlight--;
      bySubscription.set(subscription, bySubscription.get(subscription)! - 1);
    };
    response.once("close", end);
    return end;
  }

  const server = createServer({ cert: leaf.certificate, key: leaf.key, keepAliveTimeout: 600_000 });
  server.on("request", (request, response) => {
    requests++;
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("error", () => {});
    request.on("end", () => {
      const subscription = Number(request.url!.slice(1));
      const event = Number(/"id":(\d+)/.exec(body)?.[1]);
      const name = `${subscription}/${event}`;
      const end = begin(subscription, response);
      const noted = note(name);
      const attempt = Number(request.headers["belfry-attempt"]);
      const answer = behaviour({ subscription, event, attempt, times: noted.times });
      if (answer === "hang") return;
      void pause(answer.afterMs).then(() => {
        if (response.destroyed || ending || noted.era !== era) return;
        noted.open = false;
        unanswered.delete(name);
        end();
        response.writeHead(answer.status).end();
      });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `https://${address}:${(server.address() as AddressInfo).port}`,
    seen,
    duplicates: () => duplicates,
    duplicatesByEra,
    duplicatesOfAnswered: () => duplicatesOfAnswered,
    endEra: () => void (ending = true),
    beginEra() {
      const left = [...unanswered];
      unanswered.clear();
      ending = false;
      era++;
      return left;
    },
    era: () => era,
    peak() {
      const most = peak;
      peak = { all: inFlight, subscription: Math.max(0, ...bySubscription.values()) };
      return most;
    },
    requests: () => requests,
    behave: (next) => (behaviour = next),
  };
}
