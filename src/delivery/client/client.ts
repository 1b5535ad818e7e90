// Sends one request and says what came of it. HTTP/1.1 over judged connections, one request at a time on each, one
// absolute deadline over everything, no redirects. Never throws for what a receiver or a network does.

import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { Outcome } from "../../model/attempt.ts";
import type { Policy } from "../guard/policy.ts";
import type { Resolver } from "../guard/resolver.ts";
import { judgeUrl, type Target, type UrlVerdict } from "../guard/url.ts";
import type { DeliveryRequest, Send } from "../attempt/request.ts";
import type { Shortage } from "../local-shortage.ts";
import { createDeadlines, type Limited } from "./deadlines.ts";
import { createConnect, type Connected } from "./connect.ts";
import { type Encoded, encodeRequest } from "./request-encoder.ts";
import { exchangeFailure, type ClientFailure } from "./failure.ts";
import { answered, failed } from "./outcome.ts";
import { createConnectionPool, type Connection } from "./connection-pool.ts";
import { createConnectionQueue } from "./connection-queue.ts";
import { feed, feedEnd, isOver, newResponse, type Response } from "./response-parser.ts";

export interface ClientSettings {
  readonly policy: Policy;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** PEM of authorities to trust besides the usual ones. */
  readonly tls?: { readonly ca?: string | readonly string[] };
}

export interface DeliveryClient {
  readonly send: Send;
  /** Ends the connections to where this URL leads, after a subscription's endpoint was changed: those in use after that. */
  drop(url: string): void;
  /** Ends everything; attempts under way become `interrupted`. */
  close(): Promise<void>;
}

/** An attempt under way. */
interface Flight extends Limited<Flight> {
  /** When to look at it next, monotonic ms: its end, or an earlier end of its body; Infinity while it has no connection,
   * since whoever opens one ends that in time. */
  deadline: number;
  /** Both count from when it got a connection or began to open one: what it waited before is no fault of its receiver. */
  end: number;
  startedAt: number;
  readonly organization: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly target: Target;
  readonly bytes: Encoded;
  readonly resolve: (outcome: Outcome) => void;
  readonly response: Response;
  connection: Connection | null;
  /** The endpoint was changed since: its connection is not for others. */
  outdated: boolean;
  landed: boolean;
}

const shortageDetails: Record<Shortage, string> = {
  no_socket: "This machine has no file descriptor left to connect with. Raise its limit.",
  no_port: "This machine has no port left to connect to this host from. Raise its limit.",
};

/** How long a body may take when the status is known: a receiver must not hold the slot with it. */
const longestBodyMs = 2_000;
const lookEveryMs = 20;
const bufferBytes = 65_536;
/** Of URLs that were judged and of the paths in them, in UTF-16 units: what is not ASCII grows ninefold on its way. */
const mostVerdicts = 2 * 1024 * 1024;

export function createClient({ policy, resolver, clock, tls }: ClientSettings): DeliveryClient {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const ca = typeof tls?.ca === "string" ? [tls.ca] : (tls?.ca ?? []);
  const pool = createConnectionPool(clock);
  const dial = createConnect({ policy, resolver, clock, ca, buffer, relieve: () => pool.drop() });
  const flights = createDeadlines<Flight>(clock, lookEveryMs, expire);
  const verdicts = new LRUCache<string, UrlVerdict>({
    max: 10_000,
    maxSize: mostVerdicts,
    sizeCalculation: (verdict, url) => url.length + (verdict.allowed ? verdict.target.path.length : 0) + 1,
  });
  const waiting = createConnectionQueue<Flight>(clock, open);
  /** How often endpoints were changed. */
  let drops = 0;
  let closed = false;

  function judge(url: string): UrlVerdict {
    let verdict = verdicts.get(url);
    if (verdict === undefined) verdicts.set(url, (verdict = judgeUrl(url, policy)));
    return verdict;
  }

  function send(request: DeliveryRequest): Promise<Outcome> {
    const verdict = judge(request.url);
    if (!verdict.allowed) {
      const code = verdict.code === "address_forbidden" ? verdict.code : "url_forbidden";
      return Promise.resolve(failed(code, verdict.message, 0));
    }
    const bytes = encodeRequest(request, verdict.target);
    if (bytes === null) return Promise.resolve(failed("header_forbidden", "A header cannot be sent as it is.", 0));
    if (closed) return Promise.resolve(failed("interrupted", "Belfry is stopping.", 0));
    return new Promise((resolve) => {
      const flight: Flight = {
        list: null,
        before: null,
        after: null,
        deadline: Number.POSITIVE_INFINITY,
        end: 0,
        startedAt: 0,
        organization: request.organization,
        url: request.url,
        timeoutMs: request.timeoutMs,
        target: verdict.target,
        bytes,
        resolve,
        response: newResponse(),
        connection: null,
        outdated: false,
        landed: false,
      };
      flights.watch(flight);
      begin(flight);
      const connection = pool.take(verdict.target.key);
      if (connection === null) waiting.add(verdict.target.key, flight);
      else exchange(flight, connection);
    });
  }

  function begin(flight: Flight): void {
    flight.startedAt = clock.monotonic();
    flight.end = flight.startedAt + flight.timeoutMs;
  }

  /** Opens a connection for an attempt that waits for one. By the time it is open another one may have served that, so it
   * goes to whoever has waited longest; a failure is this attempt's alone. */
  function open(flight: Flight): void {
    begin(flight);
    const { key } = flight.target;
    const before = drops;
    void dial.open(flight.target, flight.organization, flight.end).then((dialled) => {
      if ("line" in dialled) rest(pool.opened(key, dialled.line), null, before !== drops);
      else if (waiting.remove(key, flight)) notConnected(flight, dialled);
      waiting.opened(key, flight);
    });
  }

  /** The one that was at rest was closed by the receiver: this time it must be a new one, within the same time, of which
   * waiting takes nothing. */
  function openAgain(flight: Flight): void {
    const since = clock.monotonic();
    waiting.inTurn(() => {
      const waited = clock.monotonic() - since;
      flight.startedAt += waited;
      flight.end += waited;
      void replace(flight);
    });
  }

  async function replace(flight: Flight): Promise<void> {
    const { key } = flight.target;
    const dialled = await dial.open(flight.target, flight.organization, flight.end);
    if (!("line" in dialled)) notConnected(flight, dialled);
    else if (flight.landed) dialled.line.socket.destroy();
    else exchange(flight, pool.opened(key, dialled.line));
  }

  function notConnected(flight: Flight, dialled: Exclude<Connected, { readonly line: unknown }>): void {
    if (closed) land(flight, failed("interrupted", "Belfry was stopped.", duration(flight)));
    else if ("shortage" in dialled) land(flight, failed("local_shortage", shortageDetails[dialled.shortage], 0));
    else fail(flight, dialled.failure);
  }

  /** Nobody uses the connection now: it serves whoever waits for one, or is kept. `outdated`: an endpoint was changed since
   * it was begun, so that it serves one attempt at most. */
  function rest(connection: Connection, keepAliveMs: number | null, outdated = false): void {
    const { key, until, line } = connection;
    if (closed) return void line.socket.destroy();
    const next = until > clock.monotonic() ? waiting.next(key) : undefined;
    if (next === undefined) return outdated ? void line.socket.destroy() : pool.put(connection, keepAliveMs);
    next.outdated ||= outdated;
    begin(next);
    exchange(next, connection);
  }

  function exchange(flight: Flight, connection: Connection): void {
    flight.connection = connection;
    connection.requests++;
    const { line } = connection;
    line.onBytes = (count) => received(flight, buffer.subarray(0, count));
    line.onEnd = () => ended(flight, null);
    line.onClose = (error) => ended(flight, error);
    // Closed in the moment before it got here.
    if (!line.socket.writable) return ended(flight, null);
    flight.deadline = flight.end;
    line.socket.write(flight.bytes, "latin1");
  }

  function received(flight: Flight, bytes: Buffer): void {
    const { response } = flight;
    const headRead = response.headRead;
    feed(response, bytes);
    if (isOver(response)) {
      if (response.fault !== null) fail(flight, response.fault);
      else land(flight, answer(flight));
    } else if (response.headRead && !headRead) {
      flight.deadline = Math.min(flight.end, clock.monotonic() + longestBodyMs);
    }
  }

  function ended(flight: Flight, error: Error | null): void {
    const { response, connection } = flight;
    if (flight.landed) return;
    feedEnd(response);
    if (response.status !== null) return land(flight, answer(flight));
    if (!response.begun && connection !== null && (connection.requests > 1 || connection.rested)) {
      // The receiver closed it while it was at rest; that is no failure of this attempt.
      drop(flight);
      return openAgain(flight);
    }
    fail(flight, exchangeFailure(error));
  }

  function expire(flight: Flight): void {
    if (flight.response.headRead) return land(flight, answer(flight));
    const detail = `The receiver did not answer within ${flight.timeoutMs} ms. Whether it took the event is not known.`;
    land(flight, failed("timeout", detail, duration(flight), flight.response));
  }

  function fail(flight: Flight, failure: ClientFailure): void {
    land(flight, failed(failure.code, failure.detail, duration(flight), flight.response));
  }

  function answer(flight: Flight): Outcome {
    return answered(flight.response, flight.url, { now: clock.now(), durationMs: duration(flight) });
  }

  function duration(flight: Flight): number {
    return Math.round(clock.monotonic() - flight.startedAt);
  }

  function land(flight: Flight, outcome: Outcome): void {
    if (flight.landed) return;
    flight.landed = true;
    flights.unwatch(flight);
    const { connection, response, outdated } = flight;
    const reusable = response.phase === "done" && response.reusable && !outdated && !closed;
    flight.resolve(outcome);
    if (connection !== null && reusable && isFlushed(connection)) rest(connection, response.keepAliveMs);
    else drop(flight);
  }

  /** Parts the flight from its connection and ends the connection. */
  function drop(flight: Flight): void {
    flight.deadline = Number.POSITIVE_INFINITY;
    const { connection } = flight;
    if (connection === null) return;
    flight.connection = null;
    const { line } = connection;
    line.onBytes = line.onEnd = line.onClose = () => {};
    line.socket.destroy();
  }

  return {
    send,
    drop(url) {
      const verdict = judge(url);
      if (!verdict.allowed) return;
      const { key } = verdict.target;
      drops++;
      pool.drop(key);
      for (const flight of flights.watched()) if (flight.target.key === key) flight.outdated = true;
      dial.forget(verdict.target);
    },
    close() {
      closed = true;
      waiting.stop();
      pool.stop();
      dial.close();
      for (const flight of flights.watched()) {
        land(flight, failed("interrupted", "Belfry was stopped.", duration(flight), flight.response));
      }
      flights.stop();
      return Promise.resolve();
    },
  };
}

/** An answer that came before the request had left: what is left of it must not be taken for the next one. */
function isFlushed(connection: Connection): boolean {
  return connection.line.socket.writableLength === 0;
}
