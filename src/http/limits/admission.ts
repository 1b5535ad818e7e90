// How much of large request bodies may be in work at once. A body becomes ten times its size on its way to the disk, so
// without a ceiling a hundred gateways that catch up at the same moment would take the process down with all they sent.
// What does not fit waits unread, which slows its sender down, and is asked to come again when that takes too long.

import type { Cancel, Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { HttpRequest, HttpScope } from "../scope.ts";

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

interface WaitingBody {
  readonly bytes: number;
  enter(): void;
}

/** In the order of arrival. Holds a request after it is known who asks and before its body is read. */
export function admitBodies(scope: HttpScope, limits: AdmissionLimits, clock: Clock): void {
  const waiting = new Set<WaitingBody>();
  let inWork = 0;

  const fits = (bytes: number): boolean => inWork + bytes <= limits.bodyBytes;

  function next(): void {
    for (const first of waiting) {
      if (!fits(first.bytes)) return;
      waiting.delete(first);
      first.enter();
    }
  }

  scope.addHook("preParsing", (request, reply, payload, done) => {
    const bytes = Math.min(sizeOf(request), limits.bodyBytes);
    if (bytes <= limits.smallBodyBytes) return done(null, payload);
    let cancel: Cancel = () => {};
    let entered = false;
    const entry: WaitingBody = {
      bytes,
      enter() {
        cancel();
        entered = true;
        inWork += bytes;
        done(null, payload);
      },
    };
    // Whatever becomes of the request, its response closes.
    reply.raw.once("close", () => {
      cancel();
      waiting.delete(entry);
      if (entered) inWork -= bytes;
      next();
    });
    if (waiting.size === 0 && fits(bytes)) return entry.enter();
    waiting.add(entry);
    cancel = clock.after(limits.bodyPatienceMs, () => {
      waiting.delete(entry);
      done(new BelfryError("UNAVAILABLE", "Too much is being sent at this moment. Wait, then send the same again."));
      next();
    });
  });
}

/** As declared; a body of unknown length counts as large as it may become. */
function sizeOf({ headers, routeOptions }: HttpRequest): number {
  if (headers["transfer-encoding"] !== undefined) return routeOptions.bodyLimit ?? Infinity;
  return Number(headers["content-length"] ?? 0);
}
