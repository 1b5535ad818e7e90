// A receiver that counts: which event came to which subscription how often, and how many requests were under way at once.

import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { testAuthority } from "../../fixtures/https-receiver.ts";
import { atEnd, pause } from "./places.ts";

export interface Arrival {
  readonly subscription: number;
  readonly event: number;
  readonly attempt: number;
}

/** `hang`: no answer at all. */
export type Behaviour = (arrival: Arrival) => { readonly status: number; readonly afterMs: number } | "hang";

export interface Receiver {
  /** Without a slash at the end; subscription n is at `/n`. */
  readonly url: string;
  /** What has come, as `subscription/event`. */
  readonly seen: { has(name: string): boolean };
  /** Requests beyond the first for an event and a subscription. */
  duplicates(): number;
  /** The same by the era in which the request before came: what happened at its end made the duplicate. */
  readonly duplicatesByEra: ReadonlyMap<number, number>;
  /** A new era begins. */
  endEra(): void;
  /** Epoch ms of the last arrival; 0: none came. */
  lastAt(): number;
  /** Epoch ms of the first arrival since this was last asked; null: none came. */
  firstSince(): number | null;
  /** Most requests at once since this was last asked. */
  peak(): number;
  behave(behaviour: Behaviour): void;
}

export const quick: Behaviour = () => ({ status: 200, afterMs: 0 });

export async function startReceiver(): Promise<Receiver> {
  const address = "127.10.0.1";
  const leaf = await (await testAuthority()).issue([address], { now: Date.now() });
  /** The era of the last request of each. */
  const seen = new Map<string, number>();
  const duplicatesByEra = new Map<number, number>();
  let [duplicates, lastAt, inFlight, peak, era] = [0, 0, 0, 0, 0];
  let first: number | null = null;
  let behaviour = quick;
  const server = createServer({ cert: leaf.certificate, key: leaf.key, keepAliveTimeout: 600_000 });
  server.on("request", (request, response) => {
    peak = Math.max(peak, ++inFlight);
    let ended = false;
    response.once("close", () => {
      if (!ended) inFlight--;
      ended = true;
    });
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("error", () => {});
    request.on("end", () => {
      const arrival = {
        subscription: Number(request.url!.slice(1)),
        event: Number(/"id":(\d+)/.exec(body)?.[1]),
        attempt: Number(request.headers["belfry-attempt"]),
      };
      lastAt = Date.now();
      first ??= lastAt;
      const answer = behaviour(arrival);
      const name = `${arrival.subscription}/${arrival.event}`;
      const before = seen.get(name);
      seen.set(name, era);
      if (before !== undefined) {
        duplicates++;
        duplicatesByEra.set(before, (duplicatesByEra.get(before) ?? 0) + 1);
      }
      if (answer === "hang") return;
      void pause(answer.afterMs).then(() => {
        if (!response.destroyed) response.writeHead(answer.status).end();
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
    endEra: () => void era++,
    lastAt: () => lastAt,
    firstSince() {
      const at = first;
      first = null;
      return at;
    },
    peak() {
      const most = peak;
      peak = inFlight;
      return most;
    },
    behave: (next) => (behaviour = next),
  };
}
