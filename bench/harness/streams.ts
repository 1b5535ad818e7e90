// Streams of changes that somebody holds open while something else is measured, and reads.

import { type ClientRequest, get } from "node:http";
import { atEnd } from "./places.ts";
import type { Server } from "./server.ts";

export interface HeldStreams {
  /** Messages that came so far, of all streams together. */
  messages(): number;
}

/** Resolves when all are open. They close with the run. */
export async function holdStreams({ url, key }: Server, count: number): Promise<HeldStreams> {
  let messages = 0;
  const open: ClientRequest[] = [];
  atEnd(() => {
    for (const request of open) request.destroy();
  });
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = get(`${url}/v1/stream`, { headers: { authorization: `Bearer ${key}` }, agent: false });
      open.push(request);
      request.on("error", reject).on("response", (response) => {
        if (response.statusCode !== 200) reject(new Error(`A stream was refused with ${response.statusCode}.`));
        response
          .on("error", () => {})
          .on("data", (part: Buffer) => {
            for (let at = part.indexOf("event: "); at >= 0; at = part.indexOf("event: ", at + 1)) messages++;
            resolve();
          });
      });
    });
  await Promise.all(Array.from({ length: count }, one));
  return { messages: () => messages };
}
