// A body that is too large is read on and thrown away before the refusal goes out: a client that still writes while its
// connection is closed sees a broken pipe instead of the answer.

import type { IncomingMessage } from "node:http";
import type { Clock } from "../../clock.ts";

/** Beyond them the connection is closed all the same. */
const patience = { bytes: 64 * 1024 * 1024, ms: 5_000 };

/** Resolves at the end of the body, or when patience is over. */
export function drainBody(request: IncomingMessage, clock: Clock): Promise<void> {
  if (request.complete || request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.byteLength;
      if (bytes > patience.bytes) end();
    };
    const cancel = clock.after(patience.ms, () => end());
    const end = (): void => {
      cancel();
      for (const sign of ["end", "close", "error"]) request.removeListener(sign, end);
      request.removeListener("data", count);
      resolve();
    };
    for (const sign of ["end", "close", "error"]) request.on(sign, end);
    request.on("data", count).resume();
  });
}
