// Offers events to a server: as fast as it answers, over a few connections, in batches of one organization each.

import { batchText, eventText } from "./events.ts";
import { moment } from "./figures.ts";
import { openConnections, requestText } from "./http-client.ts";
import type { Tenant } from "./tenants.ts";

export interface Load {
  readonly url: string;
  readonly tenants: readonly Tenant[];
  readonly events: number;
  /** Number of the first event. */
  readonly first: number;
  readonly batch: number;
  readonly connections: number;
  /** How many rooms the events are about; default: one. */
  readonly subjects?: number;
  /** No batch begins after this, monotonic ms. */
  readonly until?: number;
  /** Waited for before each batch, so that the load can be held back. */
  readonly gate?: (sent: number) => Promise<void>;
  /** Number of the batch's first event, and how long the answer took, ms. */
  readonly onAnswer?: (first: number, wait: number) => void;
}

/** A single event goes as an object, several as an array. Resolves when everything was accepted. */
export async function offer(load: Load): Promise<void> {
  const { tenants, events, first, batch, subjects = 1, until = Infinity, gate, onAnswer } = load;
  const url = `${load.url}/v1/events?dialect=butlr`;
  const connections = await openConnections(load.url, load.connections);
  let sent = 0;
  let turn = 0;
  await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        if (gate !== undefined) await gate(sent);
        if (sent >= events || moment() >= until) break;
        const count = Math.min(batch, events - sent);
        const tenant = tenants[turn++ % tenants.length]!;
        const text =
          batch === 1
            ? eventText(tenant.organization, first + sent, subjects)
            : batchText(tenant.organization, first + sent, count, subjects);
        const request = requestText(url, tenant.key, text);
        const number = first + sent;
        sent += count;
        const begun = moment();
        const { status, body } = await connection.send(request);
        onAnswer?.(number, moment() - begun);
        if (status !== 202 || !body.startsWith(`{"accepted":${count},`)) throw new Error(`${status}: ${body}`);
      }
    }),
  );
  for (const connection of connections) connection.close();
}
