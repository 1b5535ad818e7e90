// A body in pieces of a decent size, however small those are in which it comes. Each piece of a body is kept as an object
// of two hundred bytes until the body is whole: one in pieces of a single byte would take two hundred times its size.

import { Readable } from "node:stream";
import type { HttpScope } from "../scope.ts";

const pieceBytes = 16 * 1024;

/** Only bodies of unknown length say how they are cut; of others the network decides, and rarely so badly. */
export function coalesceBodies(scope: HttpScope): void {
  scope.addHook("preParsing", (request, _reply, payload, done) => {
    done(null, request.headers["transfer-encoding"] === undefined ? payload : gathered(payload));
  });
}

/** Reads from the source when it is read itself. */
function gathered(source: Readable): Readable {
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  let used = 0;
  let begun = false;
  const target = new Readable({ read: begin });
  // Whoever reads it may have stopped listening before the source fails.
  target.on("error", () => {});

  function begin(): void {
    if (begun) return;
    begun = true;
    source.on("data", take);
    source.once("end", () => {
      give();
      target.push(null);
    });
    source.once("error", (error) => target.destroy(error));
  }

  function take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(piece, used, at);
      used += copied;
      at += copied;
      if (used === piece.length) give();
    }
  }

  function give(): void {
    if (used > 0) target.push(Uint8Array.prototype.slice.call(piece, 0, used));
    used = 0;
  }

  return target;
}
