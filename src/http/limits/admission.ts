// How much of large request bodies may be in work at once. A body becomes ten times its size on its way to the disk, so
// without a ceiling a hundred gateways that catch up at the same moment would take the process down with all they sent.
// What does not fit waits unread, which slows its sender down, and is asked to come again when that takes too long. Bodies that
// are worked on for seconds, building models, wait for each other only: nobody's events stand behind somebody's model.

import type { IncomingMessage } from "node:http";
import type { Cancel, Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { HttpRequest, HttpScope } from "../scope.ts";
import { createSharedRoom } from "./shared-room.ts";
import { sharerOf } from "./sharer.ts";

export interface AdmissionLimits {
  /** Bytes of bodies in work, and the size up to which a body is not counted: many small ones cost little. */
  readonly bodyBytes: number;
  readonly smallBodyBytes: number;
  /** How long a body may wait, ms. */
  readonly bodyPatienceMs: number;
}

export const defaultAdmissionLimits: AdmissionLimits = {
  bodyBytes: 8 * 1024 * 1024,
  smallBodyBytes: 16 * 1024,
  bodyPatienceMs: 10_000,
};

/** So long a body counts as large as it was announced. One that has not come by then counts what has come, and takes room for
 * each further piece: who announces much and sends little keeps nobody out. */
const promptMs = 1_000;

/** Holds a request after it is known who asks and before its body is read. The bodies of one sharer go in the order of their
 * arrival, the sharers take turns. */
export function admitBodies(scope: HttpScope, limits: AdmissionLimits, clock: Clock): void {
  const usual = createRoomInTurn(limits.bodyBytes);
  const long = createRoomInTurn(limits.bodyBytes);

  scope.addHook("preParsing", (request, reply, payload, done) => {
    const announced = sizeOf(request);
    // One that is larger than its route allows is refused unread.
    const isTooLarge = announced > (request.routeOptions.bodyLimit ?? Infinity);
    if (announced <= limits.smallBodyBytes || isTooLarge) return done(null, payload);
    const sharer = sharerOf(request);
    const { raw } = request;
    const room = request.routeOptions.config.worksLong === true ? long : usual;
    let held = 0;
    let cancel: Cancel = () => {};

    /** Calls back once there is room for so many bytes more. */
    const take = (bytes: number, entered: () => void, late: (error: Error) => void): void => {
      let stopWaiting: Cancel = () => {};
      const leave = room.enter(sharer, bytes, () => {
        stopWaiting();
        held += bytes;
        entered();
      });
      if (leave === null) return;
      const cancelPatience = clock.after(limits.bodyPatienceMs, () => {
        leave();
        late(new BelfryError("UNAVAILABLE", "Too much is being sent at this moment. Wait, then send the same again."));
      });
      stopWaiting = cancel = () => {
        cancelPatience();
        leave();
      };
    };

    const shrinkTo = (bytes: number): void => {
      // Not a number where there is no connection.
      if (!(bytes < held)) return;
      room.give(sharer, held - bytes);
      held = bytes;
    };

    const read = (): void => {
      const arrived = arrivalOf(raw);
      raw.once("end", () => shrinkTo(arrived()));
      cancel = clock.after(promptMs, () => {
        if (raw.complete) return;
        shrinkTo(arrived());
        raw.on("data", () => {
          const more = arrived() - held;
          if (more <= 0) return;
          raw.pause();
          take(
            more,
            () => raw.resume(),
            (error) => raw.emit("error", error),
          );
        });
      });
      done(null, payload);
    };

    // Whatever becomes of the request, its response closes.
    reply.raw.once("close", () => {
      cancel();
      shrinkTo(0);
    });
    take(Math.min(announced, limits.bodyBytes), read, done);
  });
}

/** Bytes of a body that have come since now, as far as its connection tells: no listener must set it flowing before its reader
 * listens. */
function arrivalOf(raw: IncomingMessage): () => number {
  const before = raw.socket.bytesRead - raw.readableLength;
  return () => raw.socket.bytesRead - before;
}

/** As announced; a body of unknown length counts as large as it may become. */
function sizeOf({ headers, routeOptions }: HttpRequest): number {
  if (headers["transfer-encoding"] !== undefined) return routeOptions.bodyLimit ?? Infinity;
  return Number(headers["content-length"] ?? 0);
}

interface RoomInTurn {
  /** Takes the bytes and calls back, at once or when it is this sharer's turn and there is room. Returns null if that was at
   * once, else how to stop waiting. */
  enter(sharer: string, bytes: number, entered: () => void): (() => void) | null;
  give(sharer: string, bytes: number): void;
}

interface Waiting {
  readonly bytes: number;
  readonly entered: () => void;
}

function createRoomInTurn(size: number): RoomInTurn {
  const room = createSharedRoom(size);
  /** By sharer; one that was served goes to the end. */
  const lines = new Map<string, Set<Waiting>>();

  function next(): void {
    for (const [sharer, line] of lines) {
      const [first] = line;
      if (first === undefined || !room.fits(sharer, first.bytes)) continue;
      lines.delete(sharer);
      line.delete(first);
      if (line.size > 0) lines.set(sharer, line);
      room.take(sharer, first.bytes);
      first.entered();
    }
  }

  return {
    enter(sharer, bytes, entered) {
      const line = lines.get(sharer);
      if (line === undefined && room.fits(sharer, bytes)) {
        room.take(sharer, bytes);
        entered();
        return null;
      }
      const waiting = { bytes, entered };
      if (line === undefined) lines.set(sharer, new Set([waiting]));
      else line.add(waiting);
      return () => {
        const line = lines.get(sharer);
        if (line === undefined || !line.delete(waiting)) return;
        if (line.size === 0) lines.delete(sharer);
        next();
      };
    },
    give(sharer, bytes) {
      room.give(sharer, bytes);
      next();
    },
  };
}
