// Sends one request and says what came of it. HTTP/1.1 over judged connections, one request at a time on each, one
// absolute deadline over everything, no redirects. Never throws for what a receiver or a network does.

import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { Outcome } from "../../model/attempt.ts";
import type { Policy } from "../guard/policy.ts";
import type { Resolver } from "../guard/resolver.ts";
import { judgeUrl, type UrlVerdict } from "../guard/url.ts";
import type { DeliveryRequest, Send } from "../attempt/request.ts";
import type { TlsIdentity } from "../attempt/tls-identity.ts";
import type { Shortage } from "../shortage.ts";
import { createDeadlines, type Limited } from "./deadlines.ts";
import { type CertificateListener, createConnect, type Connected, type Destination, destinationOf } from "./connect.ts";
import { type Encoded, encodeRequest } from "./request-encoder.ts";
import { exchangeFailure, type ClientFailure } from "./failure.ts";
import { answered, failed } from "./outcome.ts";
import { createConnectionPool, type Connection } from "./connection-pool.ts";
import { createConnectionQueue } from "./connection-queue.ts";
import { feed, feedEnd } from "./response-parser.ts";
import { isOver, newResponse, type Response } from "./response.ts";

export interface ClientSettings {
  readonly policy: Policy;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** PEM of authorities to trust besides the usual ones. */
  readonly tls?: { readonly ca?: string | readonly string[] };
  readonly onCertificate?: CertificateListener;
}

export interface DeliveryClient {
  readonly send: Send;
  /** Ends the connections to where this URL leads as this identity, after a subscription's endpoint was changed: those in use
   * after that. */
  drop(url: string, identity?: TlsIdentity | null): void;
  /** Ends everything; attempts under way become `interrupted`. */
  close(): Promise<void>;
}

/** An attempt under way. */
interface PendingRequest extends Limited<PendingRequest> {
  /** When to look at it next, monotonic ms: its end, or an earlier end of its body; Infinity while it has no connection,
   * since whoever opens one ends that in time. */
  deadline: number;
  /** Both count from when it got a connection or began to open one: what it waited before is no fault of its receiver. */
  end: number;
  startedAt: number;
  readonly organization: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly target: Destination;
  readonly bytes: Encoded;
  readonly resolve: (outcome: Outcome) => void;
  readonly response: Response;
  connection: Connection | null;
  /** The endpoint was changed since: its connection is not for others. */
  outdated: boolean;
  readonly once: boolean;
  finished: boolean;
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

export function createClient({ policy, resolver, clock, tls, onCertificate }: ClientSettings): DeliveryClient {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const ca = typeof tls?.ca === "string" ? [tls.ca] : (tls?.ca ?? []);
  const pool = createConnectionPool(clock);
  const relieve = () => pool.drop();
  const connect = createConnect({ policy, resolver, clock, ca, buffer, relieve, onCertificate });
  const deadlines = createDeadlines<PendingRequest>(clock, lookEveryMs, expire);
  const verdicts = new LRUCache<string, UrlVerdict>({
    max: 10_000,
    maxSize: mostVerdicts,
    sizeCalculation: (verdict, url) => url.length + (verdict.allowed ? verdict.target.path.length : 0) + 1,
  });
  const queue = createConnectionQueue<PendingRequest>(clock, open);
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
    const target = destinationOf(verdict.target, request.identity);
    return new Promise((resolve) => {
      const pending: PendingRequest = {
        list: null,
        before: null,
        after: null,
        deadline: Number.POSITIVE_INFINITY,
        end: 0,
        startedAt: 0,
        organization: request.organization,
        url: request.url,
        timeoutMs: request.timeoutMs,
        target,
        bytes,
        resolve,
        response: newResponse(),
        connection: null,
        outdated: false,
        once: request.once === true,
        finished: false,
      };
      deadlines.watch(pending);
      begin(pending);
      const connection = pending.once ? null : pool.take(target.key);
      if (connection === null) queue.add(target.key, pending);
      else exchange(pending, connection);
    });
  }

  function begin(pending: PendingRequest): void {
    pending.startedAt = clock.monotonic();
    pending.end = pending.startedAt + pending.timeoutMs;
  }

  /** Opens a connection for an attempt that waits for one. The new connection goes to the attempt that has waited longest,
   * since this one may have been served meanwhile. A failure to connect is this attempt's alone. */
  function open(pending: PendingRequest): void {
    begin(pending);
    const { key } = pending.target;
    const before = drops;
    void connect.open(pending.target, pending.organization, pending.end).then((connected) => {
      if ("line" in connected) rest(pool.opened(key, connected.line), null, before !== drops);
      else if (queue.remove(key, pending)) notConnected(pending, connected);
      queue.opened(key, pending);
    });
  }

  /** The receiver closed the idle connection we reused. Send once more on a new one, within the same deadline; waiting for
   * its turn does not count. */
  function openAgain(pending: PendingRequest): void {
    const since = clock.monotonic();
    queue.inTurn(() => {
      const waited = clock.monotonic() - since;
      pending.startedAt += waited;
      pending.end += waited;
      void replace(pending);
    });
  }

  async function replace(pending: PendingRequest): Promise<void> {
    const { key } = pending.target;
    const connected = await connect.open(pending.target, pending.organization, pending.end);
    if (!("line" in connected)) notConnected(pending, connected);
    else if (pending.finished) connected.line.socket.destroy();
    else exchange(pending, pool.opened(key, connected.line));
  }

  function notConnected(pending: PendingRequest, connected: Exclude<Connected, { readonly line: unknown }>): void {
    if (closed) finish(pending, failed("interrupted", "Belfry was stopped.", duration(pending)));
    else if ("shortage" in connected) finish(pending, failed("local_shortage", shortageDetails[connected.shortage], 0));
    else fail(pending, connected.failure);
  }

  /** The connection is free: the attempt that has waited longest gets it, or it is kept. `outdated`: an endpoint was changed
   * since it was opened, so it serves one attempt at most. */
  function rest(connection: Connection, keepAliveMs: number | null, outdated = false): void {
    const { key, until, line } = connection;
    if (closed) return void line.socket.destroy();
    const next = until > clock.monotonic() ? queue.next(key) : undefined;
    if (next === undefined) return outdated ? void line.socket.destroy() : pool.put(connection, keepAliveMs);
    next.outdated ||= outdated;
    begin(next);
    exchange(next, connection);
  }

  function exchange(pending: PendingRequest, connection: Connection): void {
    pending.connection = connection;
    connection.requests++;
    const { line } = connection;
    line.onBytes = (count) => received(pending, buffer.subarray(0, count));
    line.onEnd = () => ended(pending, line.error);
    // Closed in the moment before it got here.
    if (!line.socket.writable) return ended(pending, line.error);
    pending.deadline = pending.end;
    line.socket.write(pending.bytes, "latin1");
  }

  function received(pending: PendingRequest, bytes: Buffer): void {
    const { response } = pending;
    const headRead = response.headRead;
    feed(response, bytes);
    if (isOver(response)) {
      if (response.fault !== null) fail(pending, response.fault);
      else finish(pending, answer(pending));
    } else if (response.headRead && !headRead) {
      pending.deadline = Math.min(pending.end, clock.monotonic() + longestBodyMs);
    }
  }

  function ended(pending: PendingRequest, error: Error | null): void {
    const { response, connection } = pending;
    if (pending.finished) return;
    feedEnd(response);
    if (response.status !== null) return finish(pending, answer(pending));
    const wasKept = connection !== null && (connection.requests > 1 || connection.rested);
    if (!response.begun && wasKept && !pending.once) {
      // The receiver closed it while it was at rest; that is no failure of this attempt.
      drop(pending);
      return openAgain(pending);
    }
    fail(pending, exchangeFailure(error));
  }

  function expire(pending: PendingRequest): void {
    if (pending.response.status !== null) return finish(pending, answer(pending));
    const detail = `The receiver did not answer within ${pending.timeoutMs} ms. Whether it took the event is not known.`;
    finish(pending, failed("timeout", detail, duration(pending), pending.response));
  }

  function fail(pending: PendingRequest, failure: ClientFailure): void {
    finish(pending, failed(failure.code, failure.detail, duration(pending), pending.response));
  }

  function answer(pending: PendingRequest): Outcome {
    return answered(pending.response, pending.url, { now: clock.now(), durationMs: duration(pending) });
  }

  function duration(pending: PendingRequest): number {
    return Math.round(clock.monotonic() - pending.startedAt);
  }

  function finish(pending: PendingRequest, outcome: Outcome): void {
    if (pending.finished) return;
    pending.finished = true;
    deadlines.unwatch(pending);
    const { connection, response, outdated } = pending;
    const reusable = response.phase === "done" && response.reusable && !outdated && !closed;
    pending.resolve(outcome);
    if (connection !== null && reusable && isFlushed(connection)) rest(connection, response.keepAliveMs);
    else drop(pending);
  }

  /** Takes the connection from the attempt and ends it. */
  function drop(pending: PendingRequest): void {
    pending.deadline = Number.POSITIVE_INFINITY;
    const { connection } = pending;
    if (connection === null) return;
    pending.connection = null;
    const { line } = connection;
    line.onBytes = line.onEnd = () => {};
    line.socket.destroy();
  }

  return {
    send,
    drop(url, identity) {
      const verdict = judge(url);
      if (!verdict.allowed) return;
      const target = destinationOf(verdict.target, identity);
      const { key } = target;
      drops++;
      pool.drop(key);
      for (const pending of deadlines.watched()) if (pending.target.key === key) pending.outdated = true;
      connect.forget(target);
    },
    close() {
      closed = true;
      queue.stop();
      pool.stop();
      connect.close();
      for (const pending of deadlines.watched()) {
        finish(pending, failed("interrupted", "Belfry was stopped.", duration(pending), pending.response));
      }
      deadlines.stop();
      return Promise.resolve();
    },
  };
}

/** An answer that came before the request had left: what is left of it must not be taken for the next one. */
function isFlushed(connection: Connection): boolean {
  return connection.line.socket.writableLength === 0;
}
