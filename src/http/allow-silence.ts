// For requests that are answered late, since they wait for news: nothing moves on their connection meanwhile, which would else
// end it [limits/connections.ts].

import { Socket } from "node:net";
import type { HttpReply } from "./scope.ts";

/** Nothing needs to move for so long, ms. The next request of the connection has the usual time again. */
export function allowSilence({ raw }: HttpReply, ms: number): void {
  // In tests that use no connection it is none.
  if (raw.socket instanceof Socket) raw.socket.setTimeout(ms);
}
