// Connections at rest between two requests, by where they lead. The youngest is used first, so that those not needed
// grow old and go.

import type { Cancel, Clock } from "../../clock.ts";
import type { ConnectedSocket } from "./connect.ts";
import { createJitter } from "./jitter.ts";

export interface Connection {
  /** Of its rest, monotonic ms. */
  deadline: number;
  readonly key: string;
  readonly line: ConnectedSocket;
  /** It carries no request that begins later, monotonic ms. */
  readonly until: number;
  /** How many requests it has carried. */
  requests: number;
  /** It was at rest, in which the receiver may close it unseen. */
  rested: boolean;
}

export interface ConnectionPool {
  /** A connection that was just opened; it is not at rest yet. */
  opened(key: string, line: ConnectedSocket): Connection;
  take(key: string): Connection | null;
  /** Keeps the connection unless it is too old or there are too many. `keepAliveMs`: the receiver's own limit. */
  put(connection: Connection, keepAliveMs: number | null): void;
  /** Ends those with this key, or all. */
  drop: (key?: string) => void;
  stop(): void;
}

/** So that a changed certificate or address is seen within a minute. */
const longestMs = 60_000;
const idleMs = 15_000;
const mostPerKey = 64;
const mostInAll = 2_048;
/** Leaves before the receiver closes, where it says when. */
const keepAliveMarginMs = 1_000;
const lookEveryMs = 500;

export function createConnectionPool(clock: Clock): ConnectionPool {
  const idle = new Map<string, Connection[]>();
  const lifetime = createJitter(longestMs);
  let count = 0;
  let cancel: Cancel | null = null;

  /** Most rest for less than a millisecond: looking at all of them now and then costs less than a note for each. */
  function look(): void {
    const now = clock.monotonic();
    const old = [...idle.values()].flatMap((list) => list.filter(({ deadline }) => deadline <= now));
    for (const connection of old) remove(connection);
    for (const [key, list] of idle) if (list.length === 0) idle.delete(key);
    cancel = count === 0 ? null : clock.after(lookEveryMs, look);
  }

  function remove(connection: Connection): void {
    const list = idle.get(connection.key);
    const at = list?.indexOf(connection) ?? -1;
    if (list === undefined || at === -1) return;
    list.splice(at, 1);
    count--;
    connection.line.socket.destroy();
  }

  function drop(key?: string): void {
    const dropped = key === undefined ? [...idle.values()].flat() : [...(idle.get(key) ?? [])];
    for (const connection of dropped) remove(connection);
  }

  return {
    opened: (key, line) => ({
      key,
      line,
      until: clock.monotonic() + lifetime(),
      requests: 0,
      rested: false,
      deadline: 0,
    }),

    take(key) {
      const now = clock.monotonic();
      for (;;) {
        const list = idle.get(key);
        const connection = list?.pop();
        if (list === undefined || connection === undefined) return null;
        count--;
        if (connection.deadline > now && connection.line.socket.writable) return connection;
        connection.line.socket.destroy();
      }
    },

    put(connection, keepAliveMs) {
      const now = clock.monotonic();
      connection.rested = true;
      const rest = Math.min(idleMs, (keepAliveMs ?? Number.POSITIVE_INFINITY) - keepAliveMarginMs);
      connection.deadline = Math.min(now + rest, connection.until);
      const list = idle.get(connection.key);
      if (connection.deadline <= now || count >= mostInAll || (list?.length ?? 0) >= mostPerKey) {
        connection.line.socket.destroy();
        return;
      }
      const { line } = connection;
      // Whatever a receiver says unasked, this connection is no longer to be trusted with a request.
      line.onBytes = line.onEnd = () => remove(connection);
      if (list === undefined) idle.set(connection.key, [connection]);
      else list.push(connection);
      count++;
      cancel ??= clock.after(lookEveryMs, look);
    },

    drop,

    stop() {
      drop();
      cancel?.();
      cancel = null;
    },
  };
}
