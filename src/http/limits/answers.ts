// How many answers may be worked out at once, and how much of them may wait for their readers, over all connections. An answer
// that nobody reads stays here, so whoever asks on many connections and reads none could fill the memory. What finds no room is
// thrown away, and its asker told to read first.

import type { Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../scope.ts";
import { createLines } from "./lines.ts";
import { createSharedRoom } from "./shared-room.ts";
import { sharerOf } from "./sharer.ts";

export interface AnswerLimits {
  /** Bytes of answers that wait, and the size up to which one is not counted. */
  readonly answerBytes: number;
  readonly smallAnswerBytes: number;
  /** How long an answer may wait where its sharer needs the room for another, ms. */
  readonly unreadMs: number;
  /** Reads of one sharer that are worked out at once; further ones stand in line. */
  readonly readsAtOnce: number;
}

export const defaultAnswerLimits: AnswerLimits = {
  answerBytes: 64 * 1024 * 1024,
  smallAnswerBytes: 16 * 1024,
  unreadMs: 10_000,
  readsAtOnce: 8,
};

interface Unread {
  readonly sharer: string;
  readonly since: number;
  /** Closes its connection. */
  readonly cut: () => void;
}

/** An answer that is streamed counts by its content-length. */
export function boundAnswers(scope: HttpScope, limits: AnswerLimits, clock: Pick<Clock, "monotonic">): void {
  const room = createSharedRoom(limits.answerBytes);
  /** In the order in which they began to wait. */
  const unread = new Set<Unread>();

  /** Sharers that were refused since the last of their answers was read: nothing more is worked out for them. */
  const full = new Set<string>();

  const refusal = (): BelfryError =>
    new BelfryError("UNAVAILABLE", "Too much of what you asked for waits to be read. Read it, then ask again.");

  const cutOld = (sharer: string): void => {
    const before = clock.monotonic() - limits.unreadMs;
    for (const each of unread) {
      if (each.since > before) return;
      if (each.sharer === sharer) each.cut();
    }
  };

  const lines = createLines(limits.readsAtOnce);
  /** How those that are worked out leave their line. */
  const leaving = new WeakMap<HttpRequest, () => void>();

  const enter = (request: HttpRequest, reply: HttpReply, then: () => void): void => {
    const leave = lines.enter(sharerOf(request), (leave) => {
      leaving.set(request, leave);
      then();
    });
    reply.raw.once("close", leave);
  };

  scope.addHook("preHandler", (request, reply, done) => {
    if (!mayBeLarge(request)) return done();
    const sharer = sharerOf(request);
    const begin = (): void => {
      if (full.has(sharer)) cutOld(sharer);
      done(full.has(sharer) ? refusal() : undefined);
    };
    if (request.method !== "GET" || !request.who) return begin();
    if (request.routeOptions.config.waits !== true) return enter(request, reply, begin);
    request.standInLine = () => new Promise((resolve) => enter(request, reply, resolve));
    begin();
  });

  scope.addHook("onSend", (request, reply, payload, done) => {
    leaving.get(request)?.();
    const bytes = sizeOf(payload, reply);
    // One whose connection has ended meanwhile waits for nobody, and no close would ever tell.
    if (bytes <= limits.smallAnswerBytes || reply.raw.destroyed) return done(null, payload);
    const sharer = sharerOf(request);
    if (!room.fits(sharer, bytes)) cutOld(sharer);
    if (!room.fits(sharer, bytes)) {
      reply.removeHeader("content-length");
      // Only reading ends it, so it must have something to read.
      if ([...unread].some((each) => each.sharer === sharer)) full.add(sharer);
      return done(refusal());
    }
    room.take(sharer, bytes);
    const free = (): void => {
      if (!unread.delete(waiting)) return;
      room.give(sharer, bytes);
      full.delete(sharer);
    };
    const { raw } = reply;
    const waiting: Unread = {
      sharer,
      since: clock.monotonic(),
      cut() {
        free();
        raw.destroy();
      },
    };
    unread.add(waiting);
    raw.once("close", free);
    done(null, payload);
  });
}

/** Reads. What sends or changes something has a short answer, and must not be held up by those who read. */
const mayBeLarge = ({ method, routeOptions }: HttpRequest): boolean =>
  method === "GET" || (routeOptions.url?.startsWith("/api/") ?? false);

function sizeOf(payload: unknown, reply: HttpReply): number {
  if (typeof payload === "string") return payload.length;
  if (payload instanceof Uint8Array) return payload.byteLength;
  return Number(reply.getHeader("content-length") ?? 0);
}
