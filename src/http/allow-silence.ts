// For requests that are answered late, since they wait for news: nothing moves on their connection meanwhile, which would else
// end it [limits/connections.ts].

import type { HttpReply } from "./scope.ts";

/** Nothing needs to move for so long, ms. The next request of the connection has the usual time again. */
export function allowSilence({ raw }: HttpReply, ms: number): void {
  // A reply without a connection, as tests have it, has no time either.
  const socket: Partial<Pick<NonNullable<typeof raw.socket>, "setTimeout">> | null = raw.socket;
  socket?.setTimeout?.(ms);
}
